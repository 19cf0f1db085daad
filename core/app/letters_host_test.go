package app

import (
	"context"
	"strings"
	"testing"

	"mektep/core/caller"
	"mektep/core/db"
)

// Every link of every letter is made in one place, which follows the host name that the
// ministry has for it, and neither what an operator adds nor what a request says.
func TestTRIC1_LinksFollowTheMinistrysOwnHost(t *testing.T) {
	s := newStillSite(t)
	ctx := s.command(context.Background())
	m, err := s.Tenants.BySlug(ctx, "kg")
	if err != nil {
		t.Fatal(err)
	}
	inside := caller.With(context.Background(), caller.System(m.Tenant, "test", db.NewUID()))
	before := s.link(inside, "/reset/x")
	if !strings.Contains(before, "//kg.") {
		t.Fatalf("the link is %s", before)
	}
	for _, host := range []string{"aaa.evil.example", "zzz.evil.example"} {
		if err := s.Tenants.AddHost(ctx, "kg", host); err != nil {
			t.Fatal(err)
		}
		if after := s.link(inside, "/reset/x"); after != before {
			t.Errorf("an operator added %s: the link is %s", host, after)
		}
	}
	gone, cancel := context.WithCancel(inside)
	cancel()
	if at := s.link(gone, "/reset/x"); strings.Contains(at, "evil") {
		t.Errorf("where nothing can be read the link is %s", at)
	}
}
