package identity

import (
	"testing"

	"mektep/core/fault"
	"mektep/core/unit"
)

// Who gives which role depends on the type: nobody takes a post over, or gives one that
// is not theirs to give, by changing it for a while.
func TestKGER6c_AnotherTypeMovesNoPostUnderOthersAlone(t *testing.T) {
	w := newWorld(t)
	const lyceum = "professional_lyceum"
	general, vocational := w.school, w.unit(&w.chuy, unit.Institution, lyceum, "1003")
	officer := w.as(w.with("district_officer", w.chuy))
	other := map[string]string{general.UID: lyceum, vocational.UID: general.Type}
	for uid, typ := range other {
		ok(t, w.s.Retyped(officer, uid, typ)) // nobody holds a post there
	}
	w.with("head", general)
	w.with("head", vocational)
	// Neither out of one's own reach nor into it.
	for uid, typ := range other {
		f := wants(t, w.s.Retyped(officer, uid, typ), fault.Denied, "identity.retype_posts")
		if f.Rule != "KG-ER-6c" || f.Law == "" || f.Next == nil {
			t.Errorf("%+v", f)
		}
	}
	ok(t, w.s.Retyped(officer, general.UID, "school_gymnasium"))
	// Who stands above both may, and so may the system's hand.
	ok(t, w.s.Retyped(w.as(w.with("special_administrator", w.root)), general.UID, lyceum))
	ok(t, w.s.Retyped(w.ctx, general.UID, lyceum))
}
