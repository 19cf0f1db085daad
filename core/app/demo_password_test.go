package app

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"mektep/core/db/dbtest"
)

// A password for all that one of the made-up people can't have is refused before anything is
// made, and the refusal says whose it can't be: half of them would have it otherwise, and
// nobody would know which.
func TestAPasswordForAllIsTriedOnAllBeforeAnythingIsMade(t *testing.T) {
	s := newStillSiteOf(t, dbtest.Config(t), nil)
	ministries, err := demoMinistries()
	if err != nil {
		t.Fatal(err)
	}
	last := ministries[len(ministries)-1]
	who := last.People[len(last.People)-1]
	b := demoBook{path: filepath.Join(t.TempDir(), "demo.json"), password: "Deneme-2026-" + strings.Fields(who.Name)[0]}
	err = s.seed(context.Background(), &b, ministries)
	if err == nil || !strings.Contains(err.Error(), who.Login+" in "+last.Slug) || !strings.Contains(err.Error(), "MEKTEP_DEMO_PASSWORD") {
		t.Errorf("it does not say whose password it can't be: %v", err)
	}
	if all, err := s.Tenants.All(context.Background()); err != nil || len(all) != 0 || len(b.Accounts) != 0 {
		t.Errorf("made all the same: %d ministries, %d accounts, %v", len(all), len(b.Accounts), err)
	}
}
