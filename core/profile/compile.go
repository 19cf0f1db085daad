package profile

import (
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
)

// compile compiles every condition of the profile against the names it may use.
func (l *loader) compileAll() {
	base, err := baseVocabulary()
	if err != nil { // the vocabulary is ours: a defect, not a mistake in a file
		l.found = append(l.found, Finding{File: "profile.yaml", Code: CodeCEL, Message: err.Error()})
		return
	}
	l.compileIdentifiers(base)
	for i := range l.p.Registers {
		l.compileRegister(base, &l.p.Registers[i])
	}
	l.compileSigners(base)
}

// compileRegister compiles the conditions of a register's groups and fields.
func (l *loader) compileRegister(base *cel.Env, r *Register) {
	opts := []cel.EnvOption{
		cel.Variable("type", cel.StringType), cel.Variable("type_group", cel.StringType), cel.Variable("level", cel.StringType), cel.Variable("abroad", cel.BoolType),
		cel.Variable("on", cel.TimestampType), cel.Variable("given", cel.ListType(cel.StringType)),
	}
	names := []string{"type", "type_group", "level", "abroad", "on", "digits", "sum", "age", "date", "day", "filled"}
	for _, f := range r.all {
		if slices.Contains(reservedNames, f.ID) {
			l.add(f.src.at("id"), CodeValue, "a field cannot be called %q: conditions use the word otherwise", f.ID)
			continue
		}
		opts = append(opts, cel.Variable(f.ID, f.Type.Kind.spec().cel))
		names = append(names, f.ID)
	}
	env, err := base.Extend(opts...)
	if err != nil {
		l.add(r.src, CodeCEL, "%s", err)
		return
	}
	codes := func(name string) ([]string, bool) { return l.codesOf(r, name) }
	condition := func(n *node) (*condition, *cel.Ast) {
		c, tree := l.compile(env, n, cel.BoolType, names)
		l.codesIn(n, tree, codes)
		return c, tree
	}
	uses := newUses(r)
	for i := range r.Groups {
		g := &r.Groups[i]
		var of *cel.Ast
		g.when, of = condition(g.src.get("when"))
		for k := range g.Fields {
			f := &g.Fields[k]
			var own *cel.Ast
			f.rules.when, own = condition(f.src.get("when"))
			uses.applies(f, of, own)
			f.rules.whenOf = uses.when[f]
			f.rules.required, _ = condition(f.src.get("required"))
			f.rules.pattern, _ = compilePattern(f.Pattern)
			if f.Pattern == "" {
				f.rules.pattern = nil
			}
			if n := f.src.get("derived"); n != nil {
				var tree *cel.Ast
				f.rules.derived, tree = l.compile(env, n, f.Type.Kind.spec().cel, names)
				uses.derives(f, tree)
			}
			if n := f.src.get("check"); n != nil {
				with, err := env.Extend(cel.Variable("value", f.Type.Kind.spec().cel))
				if err == nil {
					f.rules.check, _ = l.compile(with, n, cel.BoolType, append(names, "value"))
				}
			}
			if f.Latest != "" && f.Latest != "today" {
				f.rules.latest, _ = ParseDate(f.Latest) // judged when it was read
			}
		}
	}
	l.checkUses(uses)
}

// codesOf returns the codes that a name of a condition can have, and whether
// that is known at all.
func (l *loader) codesOf(r *Register, name string) ([]string, bool) {
	switch name {
	case "type":
		return keysOf(l.p.index.types), true
	case "type_group":
		return keysOf(l.p.index.typeGroups), true
	case "level":
		return keysOf(l.p.index.levels), true
	}
	f := r.fields[name]
	if f == nil || !f.Type.Kind.Coded() {
		return nil, false
	}
	if b := l.p.index.books[f.Type.Target]; b != nil {
		return keysOf(b.byCode), true
	}
	if f.Type.Target == "institution_types" {
		return keysOf(l.p.index.types), true
	}
	return nil, false
}

// compileSigners compiles who signs the consent forms, and tries every age: the
// answer must always be the person or the guardian.
func (l *loader) compileSigners(base *cel.Env) {
	if len(l.p.Forms) == 0 {
		return
	}
	env, err := base.Extend(cel.Variable("birth_date", cel.TimestampType), cel.Variable("on", cel.TimestampType))
	if err != nil {
		l.found = append(l.found, Finding{File: "consent.yaml", Code: CodeCEL, Message: err.Error()})
		return
	}
	for i := range l.p.Forms {
		f := &l.p.Forms[i]
		n := f.src.get("signer")
		f.signer, _ = l.compile(env, n, cel.StringType, []string{"birth_date", "on", "age", "date", "day"})
		if f.signer == nil {
			continue
		}
		on := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
		for years := range 100 {
			if who := f.Signer(on.AddDate(-years, 0, 0), on); who != "self" && who != "guardian" {
				l.add(n, CodeCELResult, "nobody is said to sign at the age of %d: the expression must give self or guardian", years)
				break
			}
		}
	}
}

// compileExamples tries the examples of the fields, once everything is known.
func (l *loader) compileExamples() {
	today := DateOf(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
	for i := range l.p.Registers {
		for _, f := range l.p.Registers[i].all {
			if f.Example == "" {
				continue
			}
			if _, key, _ := f.Canonical(f.Example, today); key != "" {
				l.add(f.src.at("example"), CodeExample, "the example %q is no valid value of the field (%s)", f.Example, strings.TrimPrefix(key, "field."))
			}
		}
	}
}
