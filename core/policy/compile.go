package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Effective is the compiled policy of a ministry: plain Casbin, and the limits
// that stand beside it. It never changes.
type Effective struct {
	words   *words
	model   string
	rows    []Row               // allow and deny, sorted
	links   []link              // inheritance and levels, sorted
	parents map[string][]string // of each role, by the links
	limits  []Limit
	held    *held // of a ministry's own rules
	files   []File
	notes   Findings // what a ministry's rules give on purpose
	hash    string
}

// compile joins the layers, spells the guardrails out and binds every role to
// its levels.
func compile(src *source) *Effective {
	e := &Effective{words: src.words, model: src.model, limits: src.limits, held: src.held, files: src.files}
	for _, r := range slices.Concat(src.base, src.rules) {
		e.rows = append(e.rows, src.words.sparing(r)...)
	}
	for _, g := range src.guardrails {
		e.rows = append(e.rows, src.words.spell(g)...)
	}
	e.links = slices.Clone(src.links)
	for _, id := range src.words.roleIDs {
		levels := src.words.roles[id].Levels
		if len(levels) == 0 {
			continue
		}
		for _, l := range levels {
			e.links = append(e.links, link{child: id, parent: levelWord + l})
		}
		if !slices.Contains(levels, "platform") {
			e.links = append(e.links, link{child: id, parent: memberRole})
		}
	}
	e.sort()
	e.parents = parentsOf(e.links)
	e.hash = e.sum()
	return e
}

// sort orders rows by their meaning and drops repetitions, so that files that
// say the same give the same policy.
func (e *Effective) sort() {
	slices.SortStableFunc(e.rows, func(a, b Row) int { return slices.Compare(a.values(), b.values()) })
	e.rows = slices.CompactFunc(e.rows, func(a, b Row) bool { return slices.Equal(a.values(), b.values()) })
	slices.SortStableFunc(e.links, func(a, b link) int {
		return slices.Compare([]string{a.child, a.parent}, []string{b.child, b.parent})
	})
	e.links = slices.CompactFunc(e.links, func(a, b link) bool { return a.child == b.child && a.parent == b.parent })
}

// sparing returns an allow row as it stands, or, where its pattern would open what is
// sealed, spelled out without that. The reader lets no such row through; whatever
// reaches the compiler another way opens nothing sealed either, here and at a stock
// enforcer alike.
func (w *words) sparing(r Row) []Row {
	if w.unseals(r.Object) == "" {
		return []Row{r}
	}
	var out []Row
	for _, o := range w.covered(r.Object) {
		if strings.HasPrefix(o, sealedWord) || r.Action != every && !slices.Contains(w.objects[o], r.Action) {
			continue
		}
		named := r
		named.Object = o
		out = append(out, named)
	}
	return out
}

// spell turns one guardrail into the rows that Casbin needs to mean it: for
// every level where it says *, for the register itself where it says
// register.* (keyMatch would leave it out; its counts stay free), for every
// action of the class where it says any_write or any_read, and for every object
// that holds what is kept of a person where it says personal.
func (w *words) spell(g Row) []Row {
	subjects := []string{g.Role}
	if g.Role == every {
		subjects = nil
		for _, l := range w.levels {
			subjects = append(subjects, levelWord+l)
		}
	}
	var out []Row
	add := func(object, action string) {
		for _, s := range subjects {
			row := g
			row.Role, row.Object, row.Action = s, object, action
			out = append(out, row)
		}
	}
	stem, family := strings.CutSuffix(g.Object, ".*")
	switch {
	case g.Object == personal:
		for _, pattern := range w.personalPatterns() {
			for _, a := range w.meant(g.Action, w.covered(pattern)) {
				add(pattern, a)
			}
		}
	case g.Action == anyWrite || g.Action == anyRead:
		for _, a := range w.meant(g.Action, w.covered(g.Object)) {
			add(g.Object, a)
		}
	default:
		add(g.Object, g.Action)
	}
	if family && w.objects[stem] != nil {
		for _, a := range w.meant(g.Action, []string{stem}) {
			add(stem, a)
		}
	}
	return out
}

// meant returns the actions of objects that a guardrail's word for actions means,
// sorted; counts are meant only by their name.
func (w *words) meant(word string, objects []string) []string {
	have := map[string]bool{}
	for _, o := range objects {
		for _, a := range w.objects[o] {
			class := w.actions[a].Class
			have[a] = have[a] || word == a || a != aggregate && (word == every || word == anyWrite && class == classWrite || word == anyRead && class == classRead)
		}
	}
	return slices.DeleteFunc(slices.Clone(w.actionIDs), func(a string) bool { return !have[a] })
}

// personalPatterns are the objects that hold what is kept of a person, in as few
// patterns as mean just these.
func (w *words) personalPatterns() (out []string) {
	for _, o := range w.objectIDs {
		if !w.personal[o] || slices.ContainsFunc(out, func(p string) bool { return matches(o, p) }) {
			continue
		}
		if i := strings.LastIndexByte(o, '.'); i > 0 {
			family := o[:i] + ".*"
			if !slices.ContainsFunc(w.covered(family), func(x string) bool { return !w.personal[x] }) {
				o = family
			}
		}
		out = append(out, o)
	}
	return out
}

// Model returns model.conf of the policy.
func (e *Effective) Model() string { return e.model }

// CSV returns policy.csv of the policy: p and g rows in a stable order.
func (e *Effective) CSV() string {
	var b strings.Builder
	for _, r := range e.rows {
		b.WriteString(r.String())
		b.WriteByte('\n')
	}
	for _, l := range e.links {
		b.WriteString(l.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// Hash names the content: ministries with equal policies share it.
func (e *Effective) Hash() string { return e.hash }

func (e *Effective) sum() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00", e.model, e.CSV())
	for _, l := range e.limits {
		fmt.Fprintf(h, "%s\x00", line([]string{l.Kind, l.A, l.B, l.Source}))
	}
	for _, id := range e.words.objectIDs {
		fmt.Fprintf(h, "%s:%s\x00", id, strings.Join(e.words.objects[id], ","))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Rows returns the effective rows, guardrails spelt out. The caller must not
// change them.
func (e *Effective) Rows() []Row { return e.rows }

// Limits returns the limits on holding and giving roles. The caller must not
// change them.
func (e *Effective) Limits() []Limit { return e.limits }

// Files returns the files that the policy was read from, with the rows each gave.
func (e *Effective) Files() []File { return slices.Clone(e.files) }

// Notes say what a ministry's own rules give beyond its country's, on purpose. The
// policy of [Check] and [Sound] has them.
func (e *Effective) Notes() Findings { return e.notes }

// Roles returns the ids of all roles, sorted.
func (e *Effective) Roles() []string { return slices.Clone(e.words.roleIDs) }

// Objects returns the ids of all objects, sorted, and Actions what each has.
func (e *Effective) Objects() []string { return slices.Clone(e.words.objectIDs) }

// Actions returns the actions of an object in the order of the catalogue.
func (e *Effective) Actions(object string) []string { return slices.Clone(e.words.objects[object]) }

// Relations returns the scopes in the order of the catalogue.
func (e *Effective) Relations() []string { return slices.Clone(e.words.relations) }

// Waits reports whether an object waits for the part of the platform that will ask about
// it: what the rules give there, nobody can do yet.
func (e *Effective) Waits(object string) bool { return e.words.waits[object] }

// WaitsFor reports whether an action on an object waits for the part of the platform that
// will ask about it: whatever a policy gives, nobody can do it.
func (e *Effective) WaitsFor(object, action string) bool {
	return e.words.waits[object] || slices.Contains(e.words.waiting[object], action)
}

// Writes reports whether an action changes something.
func (e *Effective) Writes(action string) bool {
	class := e.words.actions[action].Class
	return class == classWrite || class == classOwn
}

// Build writes model.conf and policy.csv into a folder, for any Casbin enforcer.
func (e *Effective) Build(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	for name, text := range map[string]string{modelFile: e.Model(), "policy.csv": e.CSV()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// Sources are the legal bases and own rules that a decision or a limit can name, sorted.
func (e *Effective) Sources() []string {
	var out []string
	for _, r := range e.rows {
		out = append(out, r.Source)
	}
	for _, l := range e.limits {
		out = append(out, l.Source)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
