package profile

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"mektep/core/fault"
)

// identifierRules is an identifier compiled.
type identifierRules struct {
	pattern *regexp.Regexp
	check   *condition
	derive  map[string]*condition
}

const maxIdentifier = 64 // characters; longer input is no identifier anywhere

// Normal returns the value as it is kept: without blanks and the characters that
// people type in between, in capitals where the identifier says so.
func (i *Identifier) Normal(value string) string {
	strip := i.Strip
	if strip == "" {
		strip = " "
	}
	value = strings.Map(func(r rune) rune {
		if strings.ContainsRune(strip, r) || r == '\u00a0' || r == '\u202f' {
			return -1
		}
		return r
	}, strings.TrimSpace(value))
	if i.Upper {
		value = strings.ToUpper(value)
	}
	return value
}

// Check returns nil when the value fits pattern and check, else an invalid fault
// with key field.identifier. The fault does not hold the value.
func (i *Identifier) Check(value string) error {
	if !i.valid(i.Normal(value)) {
		return fault.New(fault.Invalid, "field.identifier").With("Name", map[string]string(i.Name)).With("Help", map[string]string(i.Help))
	}
	return nil
}

// valid judges a normal value. Whatever goes wrong in the check means no.
func (i *Identifier) valid(value string) bool {
	if len(value) > maxIdentifier || i.rules.pattern == nil || !i.rules.pattern.MatchString(value) {
		return false
	}
	if i.rules.check == nil {
		return true
	}
	ok, err := i.rules.check.holds(identifierVars(value))
	return err == nil && ok
}

// identifierVars are the names in check and derive. A value with letters has no
// digits; an expression that looks at them then fails, which means invalid.
func identifierVars(value string) map[string]any {
	d := make([]int64, 0, len(value))
	for _, r := range value {
		if r < '0' || r > '9' {
			return map[string]any{"value": value, "d": []int64{}}
		}
		d = append(d, int64(r-'0'))
	}
	return map[string]any{"value": value, "d": d}
}

// Derive returns what a valid value carries: strings, int64, bool and Date by
// the names of the profile. What cannot be computed is left out; an invalid
// value carries nothing.
func (i *Identifier) Derive(value string) map[string]any {
	value = i.Normal(value)
	if !i.valid(value) {
		return nil
	}
	vars, out := identifierVars(value), map[string]any{}
	for name, c := range i.rules.derive {
		v, err := c.eval(vars)
		if err != nil {
			continue
		}
		switch v := v.(type) {
		case types.Timestamp:
			out[name] = DateOf(v.Time)
		case types.String:
			out[name] = string(v)
		case types.Int:
			out[name] = int64(v)
		case types.Bool:
			out[name] = bool(v)
		}
	}
	return out
}

// compileIdentifiers compiles every identifier and tries its worked examples.
func (l *loader) compileIdentifiers(base *cel.Env) {
	if base == nil || len(l.p.Identifiers) == 0 {
		return
	}
	env, err := base.Extend(cel.Variable("value", cel.StringType), cel.Variable("d", cel.ListType(cel.IntType)))
	if err != nil {
		l.found = append(l.found, Finding{File: "identifiers.yaml", Code: CodeCEL, Message: err.Error()})
		return
	}
	names := []string{"value", "d", "digits", "sum", "age", "date", "day"}
	for k := range l.p.Identifiers {
		i := &l.p.Identifiers[k]
		before := len(l.found)
		var err error
		if i.rules.pattern, err = compilePattern(i.Pattern); err != nil || i.Pattern == "" {
			continue // reported when the word was read, or as missing
		}
		if n := i.src.get("check"); n != nil {
			i.rules.check, _ = l.compile(env, n, cel.BoolType, names)
		}
		i.rules.derive = map[string]*condition{}
		for name := range i.DeriveExpr {
			n := i.src.get("derive").get(name)
			c, tree := l.compile(env, n, nil, names)
			if c == nil {
				continue
			}
			switch tree.OutputType().Kind() {
			case types.TimestampKind, types.StringKind, types.IntKind, types.BoolKind:
				i.rules.derive[name] = c
			default:
				l.add(n, CodeCELResult, "%s gives %s; a derived value is a text, a whole number, true or false, or a day", name, tree.OutputType())
			}
		}
		if len(l.found) == before {
			l.tryExamples(i)
		}
	}
}

// tryExamples holds the worked examples against the rule, and asks that at least
// one invalid example be refused by the check alone: else the check could be
// dropped without anybody noticing.
func (l *loader) tryExamples(i *Identifier) {
	for k, v := range i.Valid {
		if !i.valid(i.Normal(v)) {
			l.add(i.src.item("valid", k), CodeExample, "%q is promised to be valid and is refused", v)
			continue
		}
		carried := i.Derive(v)
		for name := range i.rules.derive {
			if _, ok := carried[name]; !ok {
				l.add(i.src.item("valid", k), CodeExample, "%s cannot be derived from %q", name, v)
			}
		}
	}
	proved := i.rules.check == nil
	for k, v := range i.Invalid {
		if i.valid(i.Normal(v)) {
			l.add(i.src.item("invalid", k), CodeExample, "%q is promised to be invalid and is accepted", v)
		}
		proved = proved || i.rules.pattern.MatchString(i.Normal(v))
	}
	if !proved && len(i.Invalid) > 0 {
		l.add(i.src.at("check"), CodeUnproved, "no invalid example fits the pattern and fails the check: nothing proves the check")
	}
}
