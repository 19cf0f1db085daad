package policy

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Case is one policy test: who may or may not do what. Role and Scope may name
// two assignments of one person, joined by +, with the relation of each ("-"
// where the thing does not concern it). The role new.<level> stands for a role
// that is invented tomorrow at that level and given all that a file can give;
// new.<role> for one that has the rights of that role besides.
type Case struct {
	Allow  bool   `json:"allow"`
	Role   string `json:"role"`
	Object string `json:"object"`
	Action string `json:"action"`
	Scope  string `json:"scope"`
	Words  string `json:"words"` // what the case says, for people
	File   string `json:"file"`
	Line   int    `json:"line"`
}

// String is the case as its file writes it.
func (c Case) String() string {
	eft := Row{Allow: c.Allow}.eft()
	return fmt.Sprintf("%s, %s, %s, %s, %s, %q", eft, c.Role, c.Object, c.Action, c.Scope, c.Words)
}

// Result is a case that was tried.
type Result struct {
	Case
	OK       bool     `json:"ok"`
	Decision Decision `json:"-"` // the decision that settled it
}

// String says what went wrong, or that nothing did.
func (r Result) String() string {
	if r.OK {
		return fmt.Sprintf("%s:%d: ok %s", r.File, r.Line, r.Case)
	}
	why := "no rule gives it"
	if r.Decision.Row != nil {
		why = fmt.Sprintf("%s:%d decides (%s)", r.Decision.Row.File, r.Decision.Row.Line, r.Decision.Source)
	}
	return fmt.Sprintf("%s:%d:1: CASE %s: decided otherwise: %s", r.File, r.Line, r.Case, why)
}

const newWord = "new."

// readCases reads the cases of the base and of the country.
func (src *source) readCases(fsys fs.FS, country string) Findings {
	r := &reader{words: src.words, fsys: fsys}
	for _, folder := range []string{baseFolder, country} {
		seen := map[string]int{}
		for _, rec := range r.records(path.Join(folder, casesFile), nil) {
			if c, ok := r.testCase(rec); ok && r.first(seen, rec, c.String()) {
				src.cases = append(src.cases, c)
			}
		}
	}
	return r.found
}

func (r *reader) testCase(rec record) (Case, bool) {
	before := len(r.found)
	verdict := rec.cells[0].text
	if verdict != "allow" && verdict != "deny" {
		r.report(rec, 0, "EFFECT", unknown("effect", verdict, []string{"allow", "deny"}))
		return Case{}, false
	}
	if !r.columns(rec, "role", "object", "action", "scope", "words") {
		return Case{}, false
	}
	c := Case{
		verdict == "allow", rec.cells[1].text, rec.cells[2].text, rec.cells[3].text, rec.cells[4].text,
		rec.cells[5].text, rec.file, rec.line,
	}
	roles, scopes := strings.Split(c.Role, "+"), strings.Split(c.Scope, "+")
	if len(roles) != len(scopes) {
		r.report(rec, 4, "SCOPE", fmt.Sprintf("names %d relations for %d assignments", len(scopes), len(roles)))
	}
	for _, role := range roles {
		word, isNew := strings.CutPrefix(role, newWord)
		if r.words.roles[word].ID == "" && !(isNew && slices.Contains(r.words.levels, word)) {
			known := r.words.roleIDs
			if isNew {
				known = slices.Concat(r.words.levels, known)
			}
			r.report(rec, 1, "UNKNOWN_ROLE", unknown("role", word, known))
		}
	}
	for _, s := range scopes {
		if s != "-" && !slices.Contains(r.words.relations, s) {
			r.report(rec, 4, "UNKNOWN_SCOPE", unknown("scope", s, r.words.relations))
		}
	}
	if actions := r.words.objects[c.Object]; actions == nil {
		r.report(rec, 2, "UNKNOWN_OBJECT", unknown("object", c.Object, r.words.objectIDs))
	} else if !slices.Contains(actions, c.Action) {
		r.report(rec, 3, "UNKNOWN_ACTION", fmt.Sprintf("%s: %s", c.Object, unknown("action", c.Action, actions)))
	}
	return c, len(r.found) == before
}

// Test tries the cases of a country's policy. With findings nothing is tried.
func Test(fsys fs.FS, v Vocabulary) ([]Result, Findings) { return TestOverlay(fsys, v, nil) }

// TestOverlay tries the cases of the base and the country against a ministry's overlay.
func TestOverlay(fsys fs.FS, v Vocabulary, overlay *Overlay) ([]Result, Findings) {
	src, found := read(fsys, v, overlay)
	if src.words != nil {
		found = append(found, src.readCases(fsys, v.Country)...)
	}
	if len(found) > 0 {
		return nil, found.Sorted()
	}
	return src.try()
}

// try runs the cases against the policy, with the roles of tomorrow they name.
func (src *source) try() ([]Result, Findings) {
	snap, err := NewSnapshot(compile(src.withNewRoles()))
	if err != nil {
		return nil, Findings{{File: modelFile, Line: 1, Column: 1, Code: "MODEL", Message: err.Error()}}
	}
	results := make([]Result, len(src.cases))
	for i, c := range src.cases {
		d := snap.decideCase(c)
		results[i] = Result{Case: c, OK: d.Allow == c.Allow, Decision: d}
	}
	return results, nil
}

// decideCase judges each assignment by itself; one that allows suffices.
func (s *Snapshot) decideCase(c Case) Decision {
	var last Decision
	scopes := strings.Split(c.Scope, "+")
	for i, role := range strings.Split(c.Role, "+") {
		if scopes[i] == "-" {
			continue
		}
		d := s.Decide(role, c.Object, c.Action, scopes[i])
		if d.Allow {
			return d
		}
		if last.Row == nil {
			last = d
		}
	}
	return last
}

// withNewRoles returns the sources with every new.… role of the cases, which is
// given each action that a file can give.
func (src *source) withNewRoles() *source {
	more, w := *src, *src.words
	more.words = &w
	w.roles = maps.Clone(w.roles)
	w.roleIDs = slices.Clone(w.roleIDs)
	more.rules, more.links = slices.Clone(src.rules), slices.Clone(src.links)
	for _, c := range src.cases {
		for _, id := range strings.Split(c.Role, "+") {
			word, isNew := strings.CutPrefix(id, newWord)
			if !isNew || w.roles[id].ID != "" {
				continue
			}
			levels := []string{word}
			if of := w.roles[word]; of.ID != "" {
				levels = of.Levels
				more.links = append(more.links, link{child: id, parent: word})
			}
			w.roles[id] = Role{ID: id, Levels: levels}
			w.roleIDs = append(w.roleIDs, id)
			more.rules = append(more.rules, w.everything(id)...)
		}
	}
	slices.Sort(w.roleIDs)
	return &more
}

// everything is all that a file can give a role: own actions in their scopes,
// every other in all.
func (w *words) everything(role string) []Row {
	var out []Row
	for _, action := range w.actionIDs {
		scopes := w.actions[action].Scopes
		if len(scopes) == 0 {
			scopes = []string{every}
		}
		for _, scope := range scopes {
			out = append(out, Row{Role: role, Object: every, Action: action, Scope: scope, Allow: true, Source: "a file of tomorrow"})
		}
	}
	return out
}
