package consent_test

import (
	"sync"
	"testing"

	"mektep/core/consent"
)

// The same words signed by several at once, as two tabs do, are one signature.
func TestKGER7a_SentTwiceItIsOneSignature(t *testing.T) {
	w := newWorld(t)
	first := w.sign("ky")
	n := consent.Signing{ID: first.ID, Language: "ky", Name: first.Name, Position: first.Position, Agreed: true}
	var all sync.WaitGroup
	uids := make([]string, 6)
	errs := make([]error, 6)
	for k := range uids {
		all.Go(func() {
			var u consent.Undertaking
			u, errs[k] = w.Consent.Sign(w.p.Ctx, n)
			uids[k] = u.UID
		})
	}
	all.Wait()
	for k, uid := range uids {
		if errs[k] != nil || uid != first.UID {
			t.Errorf("%s, %v; signed before as %s", uid, errs[k], first.UID)
		}
	}
	signed, err := w.Consent.Signed(w.p.Ctx, w.p.ID, w.School.Path)
	if err != nil || len(signed) != 1 {
		t.Errorf("%d signatures, %v", len(signed), err)
	}
}
