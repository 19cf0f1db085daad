package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestFromHidesWhatIsNotAFault(t *testing.T) {
	e := From(fmt.Errorf("query: %w", errors.New("password=secret")))
	if e.Kind != Internal || e.Key != "fault.internal" {
		t.Fatalf("got %v %q", e.Kind, e.Key)
	}
	if From(nil) != nil {
		t.Fatal("nil must stay nil")
	}
}

func TestFromFindsAWrappedFault(t *testing.T) {
	denied := New(Denied, "x").WithRule("R-1", "law §1").WithCheck("policy").WithNext("do", "/do", nil)
	e := From(fmt.Errorf("save: %w", denied))
	if e.Rule != "R-1" || e.Law != "law §1" || e.Check != "policy" || e.Next.URL != "/do" {
		t.Fatalf("lost something: %+v", e)
	}
	if !errors.Is(fmt.Errorf("save: %w", denied), New(Denied, "")) {
		t.Fatal("errors.Is by kind must hold")
	}
	if errors.Is(denied, New(Denied, "y")) || errors.Is(denied, New(Locked, "")) {
		t.Fatal("another key or kind must not match")
	}
}

func TestErrorShowsNoArguments(t *testing.T) {
	e := New(Invalid, "k").With("name", "Aiperi").WithField("pin", "bad", Args{"value": "11503201200012"})
	if s := e.Error(); strings.Contains(s, "Aiperi") || strings.Contains(s, "1150320") {
		t.Fatalf("personal data in %q", s)
	}
}

func TestWithReturnsCopies(t *testing.T) {
	base := New(Invalid, "k")
	_ = base.With("a", 1).WithField("f", "bad", nil)
	if base.Args != nil || base.Fields != nil {
		t.Fatalf("the original changed: %+v", base)
	}
	if base.OrNil() != nil {
		t.Fatal("a collection without findings is no error")
	}
	if base.WithField("f", "bad", nil).OrNil() == nil {
		t.Fatal("a finding is an error")
	}
}

func TestEveryKindHasANameAndAStatus(t *testing.T) {
	seen := map[int]Kind{}
	for k := Internal; k <= Unavailable; k++ {
		if strings.HasPrefix(k.String(), "kind_") {
			t.Errorf("kind %d has no name", k)
		}
		s := k.Status()
		if http.StatusText(s) == "" {
			t.Errorf("%v: status %d", k, s)
		}
		if other, dup := seen[s]; dup {
			t.Errorf("%v and %v share status %d", k, other, s)
		}
		seen[s] = k
	}
}
