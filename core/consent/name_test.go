package consent_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/fault/faulttest"
)

// A name is written with the words that it has, each as often.
func TestKGER7a_AWordSaidTwiceIsAnotherName(t *testing.T) {
	w := newWorld(t)
	n := w.signing("ky")
	n.Name += " " + strings.Fields(n.Name)[0]
	_, err := w.Consent.Sign(w.p.Ctx, n)
	if f := faulttest.Of(t, err); len(f.Fields) != 1 || f.Fields[0].Key != "consent.other_name" {
		t.Errorf("%q: %+v", n.Name, f)
	}
}

// Signed again by another spelling of the name, it is another signature: each stands as it was
// written.
func TestKGER7a_AnotherSpellingIsAnotherSignature(t *testing.T) {
	w := newWorld(t)
	first := w.sign("ky")
	n := w.signing("ky")
	n.Name = strings.ToUpper(n.Name)
	second, err := w.Consent.Sign(w.p.Ctx, n)
	if err != nil || second.UID == first.UID || second.Name != n.Name || len(w.signed()) != 2 {
		t.Errorf("%+v %v", second, err)
	}
}

// Who signs waits while the same account is being signed for elsewhere.
func TestKGER7a_TwoSignaturesAtOnceWaitForEachOther(t *testing.T) {
	w := newWorld(t)
	done := make(chan error, 1)
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.PGX().Exec(ctx, "SELECT FROM account WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE", tx.Tenant(), w.p.ID); err != nil {
			return err
		}
		go func() {
			_, err := w.Consent.Sign(w.p.Ctx, w.signing("ky"))
			done <- err
		}()
		select {
		case err := <-done:
			t.Errorf("it did not wait: %v", err)
			done <- err
		case <-time.After(time.Second):
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
