package policy

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"mektep/core/laid"
)

// Case is one policy test: who may or may not do what. Role and Scope may name
// two assignments of one person, joined by +, with the relation of each ("-"
// where the thing does not concern it). The role new.<level> stands for a role
// that is invented tomorrow at that level and given all that a file can give;
// new.<role> for one that has the rights of that role besides.
//
// A case of a limit says whether a role may be held beside another (Action "holds")
// or given by one who holds it ("gives"): Object is that other role, Scope is empty.
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
	if c.ofLimit() {
		return fmt.Sprintf("%s, %s, %s, %s, %q", eft, c.Role, c.Action, c.Object, c.Words)
	}
	return fmt.Sprintf("%s, %s, %s, %s, %s, %q", eft, c.Role, c.Object, c.Action, c.Scope, c.Words)
}

// The actions of cases of limits.
const (
	holds = "holds"
	gives = "gives"
)

func (c Case) ofLimit() bool { return c.Action == holds || c.Action == gives }

// asks is what the case asks, without the answer it expects. Of two roles held together
// the order does not matter.
func (c Case) asks() string {
	if c.Action == holds && c.Object < c.Role {
		c.Role, c.Object = c.Object, c.Role
	}
	return strings.Join([]string{c.Role, c.Object, c.Action, c.Scope}, ",")
}

// Result is a case that was tried.
type Result struct {
	Case
	OK       bool     `json:"ok"`
	Decision Decision `json:"-"` // the decision that settled it
	Limits   []Limit  `json:"-"` // the limits that forbid it, for a case of limits
}

// String says what went wrong, or that nothing did.
func (r Result) String() string {
	if r.OK {
		return fmt.Sprintf("%s:%d: ok %s", r.File, r.Line, r.Case)
	}
	return r.Finding().String()
}

// Finding is the case as a mistake of the policy.
func (r Result) Finding() Finding {
	why := "no rule gives it"
	switch row := r.Decision.Row; {
	case r.ofLimit() && len(r.Limits) > 0:
		why = fmt.Sprintf("%s:%d forbids it (%s)", r.Limits[0].File, r.Limits[0].Line, r.Limits[0].Source)
	case r.ofLimit():
		why = "no limit forbids it"
	case row != nil && row.File == "":
		why = "a role of tomorrow was given it, and no guardrail forbids it"
	case row != nil:
		why = fmt.Sprintf("%s:%d decides (%s)", row.File, row.Line, r.Decision.Source)
	}
	return Finding{File: r.File, Line: r.Line, Column: 1, Code: "CASE", Message: fmt.Sprintf("%s: decided otherwise: %s", r.Case, why)}
}

const newWord = "new."

// readCases reads the cases of the base and of the country, and the proofs of the
// rules that are in force. Where what a ministry lays over takes a right away that the
// country gives, by its own rules, a guardrail or a limit, a deny in its own cases.csv
// takes the place of the country's allow; nothing takes the place of a deny.
func (src *source) readCases(folder laid.Folder, country string) Findings {
	r := &reader{words: src.words, src: src}
	taken := map[string]bool{}
	src.taken = taken
	files := slices.Concat(joined(folder, path.Join(baseFolder, casesFile)), joined(folder, path.Join(country, casesFile)), src.proofs(folder, country))
	slices.SortStableFunc(files, func(a, b laid.Named) int { // the ministry's own first: they say what is taken back
		switch {
		case a.Over == b.Over:
			return 0
		case a.Over:
			return -1
		}
		return 1
	})
	for _, f := range files {
		seen := map[string]int{}
		for _, rec := range r.records(f) {
			c, ok := r.testCase(rec)
			if !ok || !r.first(seen, rec, c.String()) || c.Allow && taken[c.asks()] {
				continue
			}
			if f.Over && laid.IsFolder(folder.Built, country) && !c.Allow {
				taken[c.asks()] = true
			}
			src.cases = append(src.cases, c)
		}
	}
	return r.found
}

// proofs are the files that hold a case for each row of rules.csv which no other case
// would miss. They stand beside the rules and fall with them: a ministry's own rules
// are held to the country's cases, and not to what every row of the country's gave.
func (src *source) proofs(folder laid.Folder, country string) []laid.Named {
	out := []laid.Named{folder.Builtin(path.Join(baseFolder, proofsFile))}
	for _, f := range joined(folder, path.Join(country, proofsFile)) {
		if f.Over || !src.ownRules {
			out = append(out, f)
		}
	}
	return out
}

// limitCase reads: allow|deny, role, holds|gives, role, words.
func (r *reader) limitCase(rec record) (Case, bool) {
	before := len(r.found)
	if !r.columns(rec, "role", holds+" or "+gives, "role", "words") {
		return Case{}, false
	}
	c := Case{Allow: rec.cells[0].text == "allow", Role: rec.cells[1].text, Action: rec.cells[2].text, Object: rec.cells[3].text, Words: rec.cells[4].text, File: rec.file, Line: rec.line}
	r.caseRole(rec, 1, c.Role)
	r.caseRole(rec, 3, c.Object)
	return c, len(r.found) == before
}

// caseRole checks a role of a case, one of tomorrow too.
func (r *reader) caseRole(rec record, n int, role string) {
	word, isNew := strings.CutPrefix(role, newWord)
	if r.words.roles[word].ID != "" || isNew && slices.Contains(r.words.levels, word) {
		return
	}
	known := r.words.roleIDs
	if isNew {
		known = slices.Concat(r.words.levels, known)
	}
	r.report(rec, n, "UNKNOWN_ROLE", unknownRole(word, known))
}

func (r *reader) testCase(rec record) (Case, bool) {
	before := len(r.found)
	verdict := rec.cells[0].text
	if verdict != "allow" && verdict != "deny" {
		r.report(rec, 0, "EFFECT", unknown("effect", verdict, []string{"allow", "deny"}))
		return Case{}, false
	}
	if len(rec.cells) > 2 && (rec.cells[2].text == holds || rec.cells[2].text == gives) {
		return r.limitCase(rec)
	}
	if !r.columns(rec, "role", "object", "action", "scope", "words") {
		return Case{}, false
	}
	c := Case{
		Allow: verdict == "allow", Role: rec.cells[1].text, Object: rec.cells[2].text, Action: rec.cells[3].text,
		Scope: rec.cells[4].text, Words: rec.cells[5].text, File: rec.file, Line: rec.line,
	}
	roles, scopes := strings.Split(c.Role, "+"), strings.Split(c.Scope, "+")
	if len(roles) != len(scopes) {
		r.report(rec, 4, "SCOPE", fmt.Sprintf("names %d relations for %d assignments", len(scopes), len(roles)))
	}
	for _, role := range roles {
		r.caseRole(rec, 1, role)
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

// Test tries the cases of the base and of the country. With mistakes in the files
// nothing is tried; a guardrail or limit that no case would miss is a finding too, and
// so is a row that gives what nobody has written down that it gives.
func Test(fsys fs.FS, v Vocabulary, overlay *Overlay) ([]Result, Findings) {
	src, found := readAll(fsys, v, overlay)
	if len(found) > 0 {
		return nil, found
	}
	results, snap, found := src.try()
	if len(found) > 0 {
		return nil, found
	}
	reach, _ := src.reachFindings(fsys, v, overlay)
	return results, slices.Concat(snap.unproved(src, results), reach, src.lackingRows(), src.untried(fsys, v.Country, snap)).Sorted()
}

// try runs the cases against the policy, with the roles of tomorrow they name.
func (src *source) try() ([]Result, *Snapshot, Findings) {
	snap, err := NewSnapshot(compile(src.withNewRoles()))
	if err != nil {
		return nil, nil, modelFailed(err)
	}
	results := make([]Result, len(src.cases))
	for i, c := range src.cases {
		if c.ofLimit() {
			hits := snap.policy.forbids(c)
			results[i] = Result{Case: c, OK: (len(hits) == 0) == c.Allow, Limits: hits}
			continue
		}
		d := snap.decideCase(c)
		results[i] = Result{Case: c, OK: d.Allow == c.Allow, Decision: d}
	}
	return results, snap, nil
}

// forbids returns the limits that forbid what a case of limits asks for.
func (e *Effective) forbids(c Case) []Limit {
	var out []Limit
	for _, l := range e.limits {
		if c.Action == holds && e.apart(l, c.Role, c.Object) || c.Action == gives && e.bars(l, c.Role, c.Object) {
			out = append(out, l)
		}
	}
	return out
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
		ids := strings.Split(c.Role, "+")
		if c.ofLimit() {
			ids = append(ids, c.Object)
		}
		for _, id := range ids {
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
// every other in all; what is sealed by its name.
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
	for _, o := range w.objectIDs {
		if strings.HasPrefix(o, sealedWord) {
			out = append(out, Row{Role: role, Object: o, Action: every, Scope: every, Allow: true, Source: "a file of tomorrow"})
		}
	}
	return out
}
