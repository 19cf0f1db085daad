package policy

import (
	"fmt"
	"slices"
	"strings"

	"mektep/core/laid"
)

// Row is one rule: who (a role, a common.… set of rights, a level.… of unit)
// may or may not do what to what, in which relation, and the law that says so.
type Row struct {
	Role, Object, Action, Scope string
	Allow                       bool
	Source                      string
	Wide, More                  bool   // reaches beyond the role's place, or what the country gives, on purpose; not part of its meaning
	File                        string // where it stands; not part of its meaning either
	Line                        int
}

// eft is the word Casbin reads.
func (r Row) eft() string {
	if r.Allow {
		return "allow"
	}
	return "deny"
}

// values are the row's cells in the order of the model.
func (r Row) values() []string {
	return []string{r.Role, r.Object, r.Action, r.Scope, r.eft(), r.Source}
}

// in reports whether the row holds in a scope, as the model's matcher has it.
func (r Row) in(scope string) bool {
	return r.Scope == every || r.Scope == scope || r.Scope == others && scope != "self" && scope != "ward" && scope != "assigned"
}

// does reports whether the row means an action on an object.
func (r Row) does(object, action string) bool {
	return (r.Action == every || r.Action == action) && matches(object, r.Object)
}

// String is the row as a policy file writes it.
func (r Row) String() string { return line(append([]string{"p"}, r.values()...)) }

// line writes cells as any CSV reader understands them.
func line(cells []string) string {
	out := make([]string, len(cells))
	for i, c := range cells {
		if strings.ContainsAny(c, "\",#") {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		out[i] = c
	}
	return strings.Join(out, ", ")
}

// reader reads the files of rows and collects every mistake.
type reader struct {
	words *words
	src   *source // is told which files were read
	found Findings
}

// required notes a missing file: without its guardrails a country has none, and
// nobody would be told.
func (r *reader) required(f laid.Named) {
	if f.Exists() {
		return
	}
	message := "is missing: a country has one; put it here, or into a folder of the country's in the folder that MEKTEP_POLICIES_DIR names"
	if f.Over {
		message = "is missing: a country has one; put it here"
	}
	r.report(record{file: f.Shown, line: 1}, 0, "FILE", message)
}

// rules reads p and g rows that allow.
func (r *reader) rules(f laid.Named) (rows []Row, links []link) {
	before := len(r.found)
	r.required(f)
	seen := map[string]int{}
	for _, rec := range r.records(f) {
		switch rec.cells[0].text {
		case "p":
			if row, ok := r.row(rec, false); ok && r.first(seen, rec, row.String()) {
				rows = append(rows, row)
			}
		case "g":
			if l, ok := r.link(rec); ok && r.first(seen, rec, l.String()) {
				links = append(links, l)
			}
		default:
			r.report(rec, 0, "KIND", unknown("kind of row", rec.cells[0].text, []string{"p", "g"}))
		}
	}
	if len(rows)+len(links) == 0 && len(r.found) == before {
		r.report(record{file: f.Shown, line: 1}, 0, "NO_RULE", "holds no rule: nobody would have any right by it")
	}
	return rows, links
}

// guardrails reads deny rows.
func (r *reader) guardrails(f laid.Named, need bool) (rows []Row) {
	if need {
		r.required(f)
	}
	seen := map[string]int{}
	for _, rec := range r.records(f) {
		if rec.cells[0].text != "p" {
			r.report(rec, 0, "KIND", "guardrails are p rows")
			continue
		}
		if row, ok := r.row(rec, true); ok && r.first(seen, rec, row.String()) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (r *reader) first(seen map[string]int, rec record, key string) bool {
	if at, again := seen[key]; again {
		r.report(rec, 0, "DUPLICATE", fmt.Sprintf("says the same as line %d", at))
		return false
	}
	seen[key] = rec.line
	return true
}

// columns checks the exact number of cells besides the kind, none of them empty.
func (r *reader) columns(rec record, names ...string) bool {
	if got := len(rec.cells) - 1; got != len(names) {
		r.report(rec, 0, "COLUMNS", fmt.Sprintf("has %d columns after %q, must have %d: %s", got, rec.cells[0].text, len(names), strings.Join(names, ", ")))
		return false
	}
	ok := true
	for i, name := range names {
		if rec.cells[i+1].text == "" {
			r.report(rec, i+1, "EMPTY", name+" is empty")
			ok = false
		}
	}
	return ok
}

// row reads a p row and checks every word of it.
func (r *reader) row(rec record, guardrail bool) (Row, bool) {
	var wide, more bool
	for end := true; end && !guardrail; { // in either order, each once
		wasWide, wasMore := wide, more
		wide = wide || rec.ends(wideWord, 7)
		more = more || rec.ends(moreWord, 7)
		end = wide != wasWide || more != wasMore
	}
	if !r.columns(rec, "role", "object", "action", "scope", "eft", "source") {
		return Row{}, false
	}
	before := len(r.found)
	c := rec.cells
	row := Row{
		Role: c[1].text, Object: c[2].text, Action: c[3].text, Scope: c[4].text,
		Allow: c[5].text == "allow", Source: c[6].text, Wide: wide, More: more, File: rec.file, Line: rec.line,
	}
	r.subject(rec, row.Role, guardrail)
	r.object(rec, row.Object, guardrail)
	r.action(rec, row, guardrail)
	if row.Scope != every && !slices.Contains(r.words.relations, row.Scope) && !(guardrail && row.Scope == others) {
		r.report(rec, 4, "UNKNOWN_SCOPE", unknown("scope", row.Scope, r.words.relations))
	}
	r.effect(rec, row, guardrail)
	if !r.words.lawKnown(row.Source) {
		r.report(rec, 6, "UNKNOWN_LAW", r.words.unknownLaw(row.Source))
	}
	if len(r.found) == before && !guardrail {
		r.reach(rec, row)
	}
	return row, len(r.found) == before
}

func (r *reader) subject(rec record, id string, guardrail bool) {
	level, isLevel := strings.CutPrefix(id, levelWord)
	switch {
	case isLevel && !guardrail:
		r.report(rec, 1, "LEVEL", "only guardrails bind a level of unit")
	case isLevel && !slices.Contains(r.words.levels, level):
		r.report(rec, 1, "UNKNOWN_LEVEL", unknown("level", level, r.words.levels))
	case isLevel, guardrail && id == every:
	case strings.HasPrefix(id, commonWord) && idForm.MatchString(id) && !guardrail:
		// checkCommon sees that somebody has these rights
	case r.words.roles[id].ID == "":
		known := r.words.roleIDs
		if guardrail {
			known = slices.Clone(known)
			for _, l := range r.words.levels {
				known = append(known, levelWord+l)
			}
		}
		r.report(rec, 1, "UNKNOWN_ROLE", unknownRole(id, known))
	}
}

func (r *reader) object(rec record, id string, guardrail bool) {
	if id == every || r.words.objects[id] != nil || guardrail && id == personal {
		return
	}
	stem, family := strings.CutSuffix(id, ".*")
	if family && (len(r.words.covered(id)) > 0 || r.words.objects[stem] != nil) {
		return
	}
	if strings.Contains(id, every) && (!family || strings.Contains(stem, every)) {
		r.report(rec, 2, "WILDCARD", fmt.Sprintf("%q: * stands alone or as a final .*", id))
		return
	}
	known := r.words.objectIDs
	if family {
		known = nil
		for _, o := range r.words.objectIDs {
			if i := strings.LastIndexByte(o, '.'); i > 0 {
				known = append(known, o[:i]+".*")
			}
		}
	}
	r.report(rec, 2, "UNKNOWN_OBJECT", unknown("object", id, known))
}

// action checks the word, and that what the row names has such an action.
func (r *reader) action(rec record, row Row, guardrail bool) {
	if row.Action == every || guardrail && (row.Action == anyWrite || row.Action == anyRead) {
		return
	}
	if strings.Contains(row.Action, every) {
		r.report(rec, 3, "WILDCARD", fmt.Sprintf("%q: for an action * stands alone", row.Action))
		return
	}
	if _, ok := r.words.actions[row.Action]; !ok {
		r.report(rec, 3, "UNKNOWN_ACTION", unknown("action", row.Action, r.words.actionIDs))
		return
	}
	objects := r.words.covered(row.Object)
	if stem, family := strings.CutSuffix(row.Object, ".*"); family && guardrail {
		objects = append(objects, stem)
	}
	if len(objects) == 0 {
		return
	}
	var have []string
	for _, o := range objects {
		have = append(have, r.words.objects[o]...)
	}
	if !slices.Contains(have, row.Action) {
		slices.Sort(have)
		r.report(rec, 3, "UNKNOWN_ACTION", fmt.Sprintf("%s has no action %q: it has %s", row.Object, row.Action, strings.Join(slices.Compact(have), ", ")))
	}
}

func (r *reader) effect(rec record, row Row, guardrail bool) {
	switch word := rec.cells[5].text; {
	case word != "allow" && word != "deny":
		r.report(rec, 5, "EFFECT", unknown("effect", word, []string{"allow", "deny"}))
	case guardrail && row.Allow:
		r.report(rec, 5, "EFFECT", "guardrails only deny")
	case !guardrail && !row.Allow:
		r.report(rec, 5, "EFFECT", "deny stands in "+guardrailFile+" only")
	case guardrail && row.Scope != every && row.Scope != others:
		r.report(rec, 4, "SCOPE", "a guardrail binds in every scope: write *, or others where it spares what is one's own, one's ward's or assigned to one")
	}
}

// reach refuses a row that gives more than its writer can have meant: an own
// action to somebody else, a sealed group through any wildcard.
func (r *reader) reach(rec record, row Row) {
	if opens := r.words.unseals(row.Object); opens != "" {
		r.report(rec, 2, "SEALED", fmt.Sprintf("%s would open the sealed %s: a row opens it only by its whole name", row.Object, opens))
		return
	}
	for _, x := range r.words.reserved {
		hit := slices.ContainsFunc(x.Actions, func(a string) bool { return row.Action == every || row.Action == a })
		if hit && matches(x.Object, row.Object) && !slices.Contains(x.Roles, row.Role) && !slices.Contains(x.But, row.Scope) {
			r.report(rec, 1, "RESERVED", fmt.Sprintf("gives %s, %s in scope %s: that is for %s alone", x.Object, strings.Join(x.Actions, " and "), row.Scope, strings.Join(x.Roles, ", ")))
			return
		}
	}
	for _, o := range r.words.covered(row.Object) {
		for _, a := range r.words.objects[o] {
			class := r.words.actions[a]
			if class.Class != classOwn || row.Action != every && row.Action != a || slices.Contains(class.Scopes, row.Scope) {
				continue
			}
			r.report(rec, 4, "OWN", fmt.Sprintf("gives %s, %s in scope %s: that is done only by the person (%s)", o, a, row.Scope, strings.Join(class.Scopes, ", ")))
			return
		}
	}
}

// unseals returns a sealed object that a pattern would open without naming it; of a
// pattern that can mean nothing else, the pattern.
func (w *words) unseals(pattern string) string {
	if !strings.HasSuffix(pattern, every) {
		return ""
	}
	for _, o := range w.covered(pattern) {
		if strings.HasPrefix(o, sealedWord) {
			return o
		}
	}
	if strings.HasPrefix(pattern, sealedWord) {
		return pattern
	}
	return ""
}
