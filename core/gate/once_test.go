package gate_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/once"
)

func box(t *testing.T, secret string) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	b, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// found is what a unit of work of these tests finds out.
type found struct {
	UID  string
	Link string
}

func TestAWriteKeyHappensOnceForManyAtOnce(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	var ran atomic.Int32
	write := func(ctx context.Context) (f found, err error) {
		return f, w.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
			f = found{UID: db.NewUID(), Link: "/join/secret"}
			ran.Add(1)
			return w.trail.Record(ctx, tx, audit.Entry{Action: "update", Object: "institution", Target: "school"})
		}, &f)
	}
	k := once.Key{Name: "key-of-one-form", Box: box(t, "0123456789abcdef")}
	for range 12 {
		k.Name += "+"
		ran.Store(0)
		var wg sync.WaitGroup
		results := make(chan found, 4)
		for range 4 {
			wg.Go(func() {
				f, err := write(once.With(officer, k))
				if err != nil {
					t.Error(err)
				}
				results <- f
			})
		}
		wg.Wait()
		close(results)
		first := <-results
		for f := range results {
			if f != first {
				t.Errorf("two clicks found out %+v and %+v", first, f)
			}
		}
		if ran.Load() != 1 || first.Link == "" {
			t.Errorf("%d of four clicks wrote; %+v", ran.Load(), first)
		}
	}
	if _, err := write(once.With(w.as(holding("district_officer", "district", "1.2.3.", "")), once.Key{Name: "another-key"})); err != nil {
		t.Errorf("another form: %v", err)
	}
	// A unit that fails gives its key back: the mended form may be sent again.
	ctx := once.With(officer, once.Key{Name: "key-of-a-mended-form"})
	if err := w.gate.Unit(ctx, func(context.Context, *db.Tx) error { return fault.New(fault.Invalid, "x") }); fault.KindOf(err) != fault.Invalid {
		t.Fatal(err)
	}
	before := ran.Load()
	if _, err := write(once.With(officer, once.Key{Name: "key-of-a-mended-form"})); err != nil || ran.Load() != before+1 {
		t.Errorf("the mended form was refused: %v", err)
	}
}

// What a unit found out is kept until the answer is there, sealed; then the answer is.
func TestALostAnswerIsGivenAgainFromWhatTheUnitFoundOut(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	owner := dbtest.Super(t, w.db)
	k := once.Key{Name: "key-of-one-form", Content: []byte("one"), Box: box(t, "0123456789abcdef")}
	first := found{UID: "u", Link: "/join/secret"}
	send := func(k once.Key) (context.Context, found, error) {
		ctx := once.With(officer, k)
		var f found
		err := w.gate.Unit(ctx, func(context.Context, *db.Tx) error { f = first; return nil }, &f)
		return ctx, f, err
	}
	if _, f, err := send(k); err != nil || f != first {
		t.Fatal(f, err)
	}
	first = found{UID: "another"} // what running it again would find out
	ctx, f, err := send(k)
	if err != nil || f.Link != "/join/secret" || !once.Replayed(ctx) {
		t.Fatalf("%+v %v", f, err)
	}
	kept := func() (text string) {
		err := owner.QueryRow(t.Context(), "SELECT encode(coalesce(result, '') || coalesce(body, ''), 'escape') FROM write_key WHERE key = $1", k.Name).Scan(&text)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if text := kept(); text == "" || strings.Contains(text, "secret") {
		t.Errorf("kept unsealed: %q", text)
	}
	// Somebody else's secret opens nothing; that it was done is said all the same.
	other := k
	other.Box = box(t, "fedcba9876543210")
	if _, f, err := send(other); !errors.Is(err, once.Repeated) || f != (found{}) {
		t.Errorf("%+v %v", f, err)
	}
	if err := once.Answered(ctx, once.Answer{Status: 201, Location: "/x", Body: []byte("the secret")}); err != nil {
		t.Fatal(err)
	}
	if text := kept(); text == "" || strings.Contains(text, "secret") {
		t.Errorf("kept unsealed: %q", text)
	}
	ctx, _, err = send(k)
	if !errors.Is(err, once.Repeated) || !errors.Is(once.Stopped(ctx), once.Repeated) {
		t.Fatal(err, once.Stopped(ctx))
	}
	if a, ok, err := once.OfMinistries(w.db, w.clock).FirstAnswer(ctx); err != nil || !ok || a.Status != 201 || a.Location != "/x" || string(a.Body) != "the secret" {
		t.Errorf("%+v %v %v", a, ok, err)
	}
}

func TestAWriteKeyBelongsToOneContent(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	send := func(content string) error {
		ctx := once.With(officer, once.Key{Name: "key-of-one-form", Content: []byte(content)})
		err := w.gate.Unit(ctx, func(context.Context, *db.Tx) error { return nil })
		if stopped := once.Stopped(ctx); (stopped != nil) != errors.Is(err, fault.New(fault.Conflict, "gate.reused")) {
			t.Errorf("%q: the unit says %v, the request %v", content, err, stopped)
		}
		return err
	}
	if err := send("one"); err != nil {
		t.Fatal(err)
	}
	if err := send("one"); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if err := send("two"); errors.Is(err, once.Repeated) || fault.KindOf(err) != fault.Conflict || faulttest.Of(t, err).Next == nil {
		t.Errorf("something else with the key: %v", err)
	}
}

// The kept answer is given to who asks for the same and for nothing else, where no unit of
// work has looked at the key either.
func TestAKeptAnswerIsNotGivenToAnotherContent(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	another := *caller.From(officer)
	another.Account, another.AccountUID = 8, "account8"
	other := caller.With(context.Background(), &another)
	with := func(ctx context.Context, content string) context.Context {
		return once.With(ctx, once.Key{Name: "key-of-one-form", Content: []byte(content), Box: box(t, "0123456789abcdef")})
	}
	ctx := with(officer, "one")
	if err := w.gate.Unit(ctx, func(context.Context, *db.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := once.Answered(ctx, once.Answer{Status: 201, Location: "/x", Body: []byte("the secret")}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ctx   context.Context
		given bool
	}{"the same": {with(officer, "one"), true}, "something else": {with(officer, "two"), false}, "another person": {with(other, "one"), false}} {
		a, ok, err := once.OfMinistries(w.db, w.clock).FirstAnswer(c.ctx)
		if err != nil || ok != c.given || (string(a.Body) == "the secret") != c.given {
			t.Errorf("%s: %+v %v %v", name, a, ok, err)
		}
	}
}

// Whatever a unit of work sets outside itself is a result of it: a repetition whose
// answer was lost would answer with nothing else. Every call of Unit is looked at.
func TestEveryUnitOfWorkNamesItsResults(t *testing.T) {
	calls := 0
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil || !strings.Contains(string(text), ".Unit(") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "Unit" {
				return true
			}
			fn, ok := call.Args[1].(*ast.FuncLit)
			if !ok {
				return true
			}
			calls++
			named := []string{}
			for _, r := range call.Args[2:] {
				ast.Inspect(r, func(n ast.Node) bool {
					if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.AND {
						if id, ok := u.X.(*ast.Ident); ok {
							named = append(named, id.Name)
						}
					}
					return true
				})
			}
			for _, name := range captured(fn) {
				if !slices.Contains(named, name) {
					t.Errorf("%s: the unit sets %q, which is none of its results", set.Position(call.Pos()), name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls < 15 {
		t.Errorf("only %d units of work were found", calls)
	}
}

// captured are the names that fn assigns to and does not declare.
func captured(fn *ast.FuncLit) []string {
	var out []string
	note := func(e ast.Expr) {
		for {
			s, ok := e.(*ast.SelectorExpr)
			if !ok {
				break
			}
			e = s.X
		}
		id, ok := e.(*ast.Ident)
		if !ok || id.Name == "_" || id.Obj == nil || slices.Contains(out, id.Name) {
			return
		}
		if at := id.Obj.Pos(); at < fn.Pos() || at > fn.End() {
			out = append(out, id.Name)
		}
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok {
			for _, l := range a.Lhs {
				note(l)
			}
		}
		return true
	})
	return out
}
