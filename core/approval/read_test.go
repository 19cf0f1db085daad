package approval_test

import (
	"context"
	"slices"
	"testing"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/web/webtest"
)

// looked reports whether it is recorded that somebody was shown who asked.
func (w *world) looked(p *webtest.Person) bool {
	w.T.Helper()
	all, _, err := w.Trail.Search(w.Ctx, audit.Filter{Object: "approval", Action: "view"}, "")
	if err != nil {
		w.T.Fatal(err)
	}
	return slices.ContainsFunc(all, func(r audit.Record) bool { return r.Account == p.ID && slices.Equal(r.Fields, []string{"asked_by"}) })
}

// To read one request of another's, and what is told of some, leaves its entry as a list does.
func TestReadingOneRequestOfAnothersIsRecorded(t *testing.T) {
	for name, read := range map[string]func(w *world, ctx context.Context, uid string) (approval.Request, error){
		"one": func(w *world, ctx context.Context, uid string) (approval.Request, error) {
			return w.Approvals.Get(ctx, uid)
		},
		"told": func(w *world, ctx context.Context, uid string) (approval.Request, error) {
			all, err := w.Approvals.Told(ctx, []string{uid})
			return all[uid], err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "tr", "ilkokul")
			asker, other := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
			r := w.ask(asker.Ctx, "red")
			for p, want := range map[*webtest.Person]bool{asker: false, other: true} {
				got, err := read(w, p.Ctx, r.UID)
				if err != nil || got.AskedBy != asker.ID {
					t.Fatalf("%+v %v", got, err)
				}
				if w.looked(p) != want {
					t.Errorf("recorded: %t", !want)
				}
			}
		})
	}
}

// Who may not read a request is told that it waits, and neither of what nor by whom.
func TestWhoMayNotReadARequestIsToldThatItWaits(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	asker, teacher := w.With("tenant_admin", w.Root), w.With("teacher", w.School)
	r := w.ask(asker.Ctx, "red")
	all, err := w.Approvals.Told(teacher.Ctx, []string{r.UID})
	got, is := all[r.UID]
	if err != nil || !is || got.AskedAt.IsZero() || got.Key != "" || got.AskedBy != 0 || got.AskedName != "" || got.Args != nil {
		t.Errorf("%+v %v", got, err)
	}
	if w.looked(teacher) {
		t.Error("recorded as having seen a name")
	}
}

// Whether the same is asked for is judged by what is asked for, and not by what is told to
// who decides besides.
func TestTRIC1_TheSameIsTheSameWhateverIsToldBesides(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	one, two := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	ask := func(p *webtest.Person) error {
		return w.Gate.Unit(p.Ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := w.Approvals.Ask(ctx, tx, approval.Ask{
				Kind: kind, Payload: "red", Key: "approval.notice.waiting", Args: fault.Args{"Who": "x"}, Subject: "the door", UnitPath: w.Root.Path,
				Stranger: true, Addresses: []string{"a@mail.example"}, Told: []fault.Phrase{{Key: "approval.next.operator"}},
			})
			return err
		})
	}
	if err := ask(one); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[*webtest.Person]string{one: "approval.waits_already", two: "approval.waits_same"} {
		if key := faulttest.Key(ask(p)); key != want {
			t.Errorf("%s, want %s", key, want)
		}
	}
}
