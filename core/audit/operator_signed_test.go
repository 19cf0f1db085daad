package audit_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/identity"
)

// acts is the record of what operators did, and the owner of the database, who has no
// secret of the service.
type acts struct {
	*bench
	owner *pgx.Conn
}

func newActs(t *testing.T) acts {
	b := newBench(t)
	return acts{b, dbtest.Owner(t, b.db)}
}

func (a acts) did(actions ...string) {
	a.t.Helper()
	err := a.db.Platform(a.platform(), func(ctx context.Context, tx *db.Tx) error {
		for _, action := range actions {
			if err := identity.RecordAct(ctx, tx, a.trail, a.clock.Now(), identity.Act{Action: action, Object: "ministry", Target: "one", Ministry: "one"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

// sealed seals until n more acts are: what another test runs may hold the horizon back.
func (a acts) sealed(n int) {
	a.t.Helper()
	for n > 0 {
		more, err := a.trail.SealOperators(a.platform())
		if n -= more; err != nil {
			a.t.Fatal(err)
		}
	}
}

// before has acts without signature in a block that says nothing of it.
func (a acts) before(actions ...string) {
	a.t.Helper()
	a.did(actions...)
	a.owns("UPDATE platform.operator_act SET digest = NULL, key_id = 0")
	for a.number("SELECT count(*) FROM platform.operator_act_link") < len(actions) {
		if err := a.trail.SealActsOfBefore(a.platform()); err != nil {
			a.t.Fatal(err)
		}
	}
}

func (a acts) owns(statements ...string) {
	a.t.Helper()
	for _, s := range statements {
		if _, err := a.owner.Exec(context.Background(), s); err != nil {
			a.t.Fatal(s, err)
		}
	}
}

func (a acts) number(sql string) (n int) {
	a.t.Helper()
	if err := a.owner.QueryRow(context.Background(), sql).Scan(&n); err != nil {
		a.t.Fatal(err)
	}
	return n
}

// finds proves the record after whatever is there to be sealed was.
func (a acts) finds(when string, want audit.Damage) {
	a.t.Helper()
	if _, err := a.trail.SealOperators(a.platform()); err != nil {
		a.t.Fatal(err)
	}
	r, err := a.trail.VerifyOperators(a.platform())
	switch {
	case err != nil:
		a.t.Fatal(err)
	case want == "" && !r.OK():
		a.t.Errorf("%s: %v", when, r.Finding)
	case want != "" && (r.OK() || r.Finding.Damage != want):
		a.t.Errorf("%s: %v, want %s", when, r.Finding, want)
	}
}

const (
	signatures = "CREATE TABLE platform.away AS SELECT id, key_id, digest FROM platform.operator_act"
	emptied    = "UPDATE platform.operator_act SET digest = NULL"
	restored   = "UPDATE platform.operator_act a SET digest = w.digest, key_id = w.key_id FROM platform.away w WHERE w.id = a.id"
	forged     = "INSERT INTO platform.operator_act (at, operator, action, object, target, outcome, note) VALUES (now(), 'optwo', 'suspend', 'ministry', 'tr', 'allow', 'forged')"
	unsaid     = "UPDATE platform.operator_block SET signed_from = NULL"
)

// From when acts are signed is not the table's to say: emptied of its signatures it makes
// nobody's word an act of an operator, neither then nor once they are put back.
func TestSignaturesTakenAwayLetNoForgedActIntoTheChain(t *testing.T) {
	a := newActs(t)
	a.did("create", "suspend", "resume")
	a.sealed(3)
	a.finds("as it was", "")
	a.owns(signatures, emptied)
	a.finds("emptied", audit.Changed)
	a.owns(forged)
	a.finds("emptied and forged", audit.Changed)
	if n := a.number("SELECT count(*) FROM platform.operator_act_link"); n != 3 {
		t.Errorf("%d acts are sealed of three", n)
	}
	a.owns(restored)
	a.finds("restored, with what was forged", audit.Inserted)
	a.did("rename")
	a.sealed(1)
	a.finds("restored and gone on", audit.Inserted)
	a.owns("DELETE FROM platform.operator_act WHERE note = 'forged'")
	a.finds("without what was forged", "")
}

func TestASealedActWhoseSignatureIsGoneOrWrongIsChanged(t *testing.T) {
	for what, c := range map[string]struct {
		sql  string
		want audit.Damage
	}{
		"gone":                                 {emptied + " WHERE action = 'suspend'", audit.Changed},
		"wrong":                                {"UPDATE platform.operator_act SET digest = sha256(digest) WHERE action = 'suspend'", audit.Changed},
		"another's":                            {"UPDATE platform.operator_act SET digest = (SELECT digest FROM platform.operator_act WHERE action = 'create') WHERE action = 'suspend'", audit.Changed},
		"nobody's":                             {"UPDATE platform.operator_act SET key_id = key_id + 1 WHERE action = 'suspend'", audit.NoKey},
		"asked for later":                      {"UPDATE platform.operator_block SET signed_from = 1000000", audit.Block},
		"asked for never":                      {unsaid, audit.Block},
		"asked for later, and signatures gone": {"WITH b AS (UPDATE platform.operator_block SET signed_from = 1000000) " + emptied, audit.Block},
		"never, and signatures gone":           {"WITH b AS (" + unsaid + ") " + emptied, audit.Block},
	} {
		t.Run(what, func(t *testing.T) {
			a := newActs(t)
			a.did("create", "suspend")
			a.sealed(2)
			a.owns(c.sql)
			a.finds(what, c.want)
		})
	}
}

// A block that was sealed while the chain said something else of it is found when that is
// put back.
func TestWhatTheChainSaidForAWhileIsFoundAfterwards(t *testing.T) {
	for what, sql := range map[string]string{"later": "UPDATE platform.operator_block SET signed_from = 1000000", "never": unsaid} {
		t.Run(what, func(t *testing.T) {
			a := newActs(t)
			a.did("create", "suspend")
			a.sealed(2)
			a.owns(signatures, emptied, sql)
			a.did("resume")
			a.sealed(1)
			a.owns("UPDATE platform.operator_block SET signed_from = 1 WHERE seq = 1", restored)
			a.finds("put back", audit.Block)
		})
	}
}

// Acts from before they were signed are those that the chain held then: none comes to them,
// and those that were signed stay so.
func TestActsFromBeforeTheyWereSignedAreThoseOfTheChain(t *testing.T) {
	a := newActs(t)
	a.before("create", "suspend")
	a.finds("of before", "")
	a.owns(forged)
	a.finds("forged", audit.Inserted)
	if n := a.number("SELECT count(*) FROM platform.operator_act_link"); n != 2 {
		t.Errorf("%d acts are sealed of two", n)
	}
	a.owns("DELETE FROM platform.operator_act WHERE note = 'forged'")
	a.did("resume")
	a.sealed(1)
	a.finds("gone on", "")
	a.owns("UPDATE platform.operator_act SET note = 'another' WHERE action = 'create'")
	a.finds("one of before is changed", audit.Changed)
	a.owns("UPDATE platform.operator_act SET note = '' WHERE action = 'create'", signatures, emptied, forged)
	a.finds("emptied", audit.Changed)
	a.owns(restored)
	a.finds("restored", audit.Inserted)
}

// What an operator does behind a ministry's wall is two entries, its beginning and its end, and
// each is sealed as it was written: whose end one is can't be changed, nor a second one be added.
func TestAnActAndItsEndAreSealedAsTheyWereWritten(t *testing.T) {
	for what, c := range map[string]struct {
		sql  string
		want audit.Damage
	}{
		"as it was":    {"SELECT", ""},
		"of another":   {"UPDATE platform.operator_act SET begun = (SELECT min(id) FROM platform.operator_act WHERE outcome = 'begun') WHERE begun IS NOT NULL", audit.Changed},
		"of none":      {"UPDATE platform.operator_act SET begun = NULL WHERE begun IS NOT NULL", audit.Changed},
		"another end":  {"UPDATE platform.operator_act SET outcome = 'allow' WHERE begun IS NOT NULL", audit.Changed},
		"never begun":  {"UPDATE platform.operator_act SET outcome = 'allow' WHERE id = (SELECT min(id) FROM platform.operator_act WHERE outcome = 'begun')", audit.Changed},
		"a forged end": {"INSERT INTO platform.operator_act (at, action, object, outcome, begun) SELECT now(), action, object, 'allow', id FROM platform.operator_act ORDER BY id LIMIT 1", audit.Inserted},
	} {
		t.Run(what, func(t *testing.T) {
			a := newActs(t)
			act := identity.Act{Action: "approve", Object: "approval", Target: "x", Ministry: "one"}
			for _, end := range []*identity.ActEnd{nil, {Undone: true}} {
				err := a.db.Platform(a.platform(), func(ctx context.Context, tx *db.Tx) (err error) {
					act.ID, err = identity.BeginAct(ctx, tx, a.trail, a.clock.Now(), act)
					return err
				})
				if err == nil && end != nil {
					err = a.db.Platform(a.platform(), func(ctx context.Context, tx *db.Tx) error {
						if err := identity.EndAct(ctx, tx, a.trail, a.clock.Now(), act, *end); err != nil {
							return err
						}
						return identity.EndAct(ctx, tx, a.trail, a.clock.Now(), act, identity.ActEnd{}) // the first word stands
					})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			a.sealed(3)
			if r, err := a.trail.VerifyOperators(a.platform()); err != nil || r.Open != 1 {
				t.Errorf("%d acts are open, not 1: %v", r.Open, err)
			}
			a.owns(c.sql)
			a.finds(what, c.want)
		})
	}
}
