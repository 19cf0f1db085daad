package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// What stands against an offer is told to whom it is made with their own eyes, before they answer
// and when they do: that its giver sees somebody gives nobody their name.
func TestKGER6d_ARefusedYesNamesNobodyWhomItsOwnerMayNotSee(t *testing.T) {
	x := newLost(t, 0, 0)
	other := identity.Person{Family: "Бөтөнчөлүков", Given: "Чолпон"}
	webtest.Must(x.Identity.Appoint(x.giver.Ctx, identity.NewAppointment{Person: other, Role: "head", Unit: x.Elsewhere, IdentifiedBy: "passport", Order: x.order()}))
	_, err := x.Agree(x.who.Ctx, x.uid)
	f := faulttest.Of(t, err)
	if f.Key != "approval.overtaken" {
		t.Fatalf("%+v", f)
	}
	for what, said := range map[string]any{
		"the refusal":  f.Args,
		"the page":     webtest.Must(x.Approvals.Get(x.who.Ctx, x.uid)).Told(),
		"what is next": f.Next,
	} {
		if text := fmt.Sprintf("%+v", said); strings.Contains(text, other.Family) {
			t.Errorf("%s names them: %s", what, text)
		}
	}
	if text := fmt.Sprintf("%+v", f.Args); !strings.Contains(text, "identity.holder_unseen") {
		t.Errorf("nobody is spoken of: %s", text)
	}
}

// A school that closes before an offered post would end, by what was entered since, is named to whom
// it is made; one that closes after it is not.
func TestKGER6c_AnOfferSaysThatItsUnitClosesBefore(t *testing.T) {
	for name, c := range map[string]struct {
		since, until, closes int
		told                 bool
	}{
		"open": {0, 0, 5, true}, "until later": {2, 20, 5, true}, "until then": {0, 5, 5, false}, "until before": {0, 4, 5, false},
	} {
		x := newLost(t, c.since, c.until)
		act := x.act(c.closes)
		must(t, x.Registry.Close(x.Ctx, x.Elsewhere.UID, nil, act))
		told := slices.ContainsFunc(webtest.Must(x.Approvals.Get(x.who.Ctx, x.uid)).Told(), func(p fault.Phrase) bool { return p.Key == "approval.told.closes" })
		if told != c.told {
			t.Errorf("%s: told %v", name, told)
		}
	}
}
