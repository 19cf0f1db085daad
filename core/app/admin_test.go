package app

import (
	"regexp"
	"strings"
	"testing"
)

// A figure that stands without its time is taken for today's, whenever it was counted.
func TestTheListOfMinistriesSaysWhenItsFiguresWereCounted(t *testing.T) {
	s := newStillSite(t)
	list := func() string {
		t.Helper()
		var out strings.Builder
		if err := s.Ministries(t.Context(), false, &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	before := regexp.MustCompile(`(?m)^kg .*$`).FindString(list())
	if err := s.Tenants.Count(s.inside("kg")); err != nil {
		t.Fatal(err)
	}
	after := regexp.MustCompile(`(?m)^kg .*$`).FindString(list())
	if want := s.Clock.Now().UTC().Format("2006-01-02T15:04Z"); !strings.Contains(after, want) || !strings.Contains(list(), "COUNTED") {
		t.Errorf("%q, then %q: not counted at %s", before, after, want)
	}
}
