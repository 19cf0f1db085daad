package profile

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"

	"mektep/core/finding"
)

// costLimit bounds the work of one condition. The longest check of the profiles
// (two check digits over eleven digits) costs less than a hundredth of it.
const costLimit = 20000

// condition is a compiled expression of a profile.
type condition struct {
	program cel.Program
	text    string
}

// errNoBool is what a condition gives that is neither true nor false.
var errNoBool = errors.New("the condition is neither true nor false")

// holds evaluates a condition. An error means that nothing is known: callers
// treat it as invalid, never as valid.
func (c *condition) holds(vars map[string]any) (bool, error) {
	v, err := c.eval(vars)
	if err != nil {
		return false, err
	}
	b, ok := v.Value().(bool)
	if !ok {
		return false, errNoBool
	}
	return b, nil
}

func (c *condition) eval(vars map[string]any) (ref.Val, error) {
	v, _, err := c.program.Eval(vars)
	if err != nil {
		return nil, err // the text of CEL errors may quote values: callers drop it
	}
	if types.IsUnknownOrError(v) {
		return nil, errNoBool
	}
	return v, nil
}

// reservedNames are words that a field cannot be called, since conditions could
// not name it: CEL's own and the context that every record brings along.
var reservedNames = []string{
	"type", "type_group", "level", "abroad", "on", "value", "given", "d",
	"in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while", "true", "false", "null",
}

// baseVocabulary has the functions of every condition.
func baseVocabulary() (*cel.Env, error) {
	list := cel.ListType(cel.IntType)
	return cel.NewEnv(
		ext.Strings(ext.StringsVersion(2)), ext.Lists(ext.ListsVersion(1)), ext.Bindings(),
		cel.ParserRecursionLimit(60), cel.ParserExpressionSizeLimit(4000),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateDurationLiterals(), cel.ValidateComprehensionNestingLimit(2)),
		cel.Macros(append(append([]cel.Macro{}, cel.StandardMacros...), cel.GlobalMacro("filled", 1, expandFilled))...),
		cel.Function("digits", cel.Overload("digits_string", []*cel.Type{cel.StringType}, list, cel.UnaryBinding(digits))),
		cel.Function("sum", cel.Overload("sum_list", []*cel.Type{list}, cel.IntType, cel.UnaryBinding(sum))),
		cel.Function("age", cel.Overload("age_timestamps", []*cel.Type{cel.TimestampType, cel.TimestampType}, cel.IntType, cel.BinaryBinding(age))),
		cel.Function("date", cel.Overload("date_int_int_int", []*cel.Type{cel.IntType, cel.IntType, cel.IntType}, cel.TimestampType, cel.FunctionBinding(date))),
		cel.Function("day", cel.Overload("day_string", []*cel.Type{cel.StringType}, cel.TimestampType, cel.UnaryBinding(day))),
	)
}

// expandFilled turns filled(x) into x == x && "x" in given: the first half makes
// the compiler refuse a name that does not exist.
func expandFilled(f cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
	if args[0].Kind() != ast.IdentKind {
		return nil, f.NewError(args[0].ID(), "filled(…) takes the name of a field")
	}
	name := args[0].AsIdent()
	return f.NewCall("_&&_",
		f.NewCall("_==_", args[0], f.NewIdent(name)),
		f.NewCall("@in", f.NewLiteral(types.String(name)), f.NewIdent("given"))), nil
}

func digits(v ref.Val) ref.Val {
	s := string(v.(types.String))
	out := make([]int64, 0, len(s))
	for _, r := range s {
		if r < '0' || r > '9' {
			return types.NewErr("digits: something else than a digit")
		}
		out = append(out, int64(r-'0'))
	}
	return types.DefaultTypeAdapter.NativeToValue(out)
}

func sum(v ref.Val) ref.Val {
	total := types.Int(0)
	for it := v.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		n, ok := it.Next().(types.Int)
		if !ok || n > 1<<40 || n < -(1<<40) || total > 1<<60 || total < -(1<<60) {
			return types.NewErr("sum: out of range")
		}
		total += n
	}
	return total
}

func age(birth, on ref.Val) ref.Val {
	b, o := birth.(types.Timestamp).Time, on.(types.Timestamp).Time
	if b.IsZero() || o.Before(b) {
		return types.NewErr("age: no birth date before the day")
	}
	return types.Int(yearsBetween(b, o))
}

// yearsBetween counts completed years; who is born on 29 February completes one
// on 1 March of common years.
func yearsBetween(birth, on time.Time) int {
	years := on.Year() - birth.Year()
	if on.Month() < birth.Month() || on.Month() == birth.Month() && on.Day() < birth.Day() {
		years--
	}
	return years
}

func date(args ...ref.Val) ref.Val {
	y, m, d := args[0].(types.Int), args[1].(types.Int), args[2].(types.Int)
	t := time.Date(int(y), time.Month(m), int(d), 0, 0, 0, 0, time.UTC)
	if y < 1800 || y > 2199 || m < 1 || m > 12 || t.Day() != int(d) {
		return types.NewErr("date: no such day")
	}
	return types.Timestamp{Time: t}
}

func day(v ref.Val) ref.Val {
	d, err := ParseDate(string(v.(types.String)))
	if err != nil {
		return types.NewErr("day: no such day")
	}
	return types.Timestamp{Time: d.Time()}
}

// compile compiles the expression that stands in n; what is wrong is reported at
// the place in the file. names are the words it may use, for suggestions.
func (l *loader) compile(env *cel.Env, n *node, want *cel.Type, names []string) (*condition, *cel.Ast) {
	if n == nil || n.kind != textNode || env == nil {
		return nil, nil
	}
	tree, issues := env.Compile(n.value)
	if issues != nil && issues.Err() != nil {
		for _, e := range issues.Errors() {
			f := n.finding(CodeCEL, "%s", celMessage(e.Message, names))
			f.Line, f.Column = n.locate(runeOffset(n.value, e.Location.Line(), e.Location.Column()))
			l.found = append(l.found, f)
		}
		return nil, nil
	}
	if want != nil && !tree.OutputType().IsExactType(want) {
		l.add(n, CodeCELResult, "the expression gives %s, it must give %s", tree.OutputType(), want)
		return nil, nil
	}
	program, err := env.Program(tree, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		l.add(n, CodeCEL, "%s", celMessage(err.Error(), names))
		return nil, nil
	}
	return &condition{program: program, text: n.value}, tree
}

// runeOffset turns a line (from 1) and column (from 0) into an offset.
func runeOffset(text string, line, column int) int {
	offset := 0
	for i, row := range strings.SplitAfter(text, "\n") {
		if i+1 == line {
			return offset + column
		}
		offset += len([]rune(row))
	}
	return 0
}

func celMessage(message string, names []string) string {
	message = strings.ReplaceAll(message, " (in container '')", "")
	if _, after, ok := strings.Cut(message, "undeclared reference to '"); ok {
		if word, _, ok := strings.Cut(after, "'"); ok {
			return fmt.Sprintf("unknown name %q%s", word, finding.DidYouMean(word, names))
		}
	}
	if first, _, ok := strings.Cut(message, "\n"); ok {
		message = first
	}
	return message
}

// codesIn walks a compiled condition and reports each text that is compared with
// a name whose codes are known (a reference field, the type of institution) but
// is none of them: such a comparison would be silently false.
func (l *loader) codesIn(n *node, tree *cel.Ast, codes func(name string) (known []string, closed bool)) {
	if tree == nil {
		return
	}
	judge := func(name string, literal ast.Expr) {
		text, ok := literal.AsLiteral().(types.String)
		if !ok || text == "" {
			return
		}
		known, closed := codes(name)
		if !closed || contains(known, string(text)) {
			return
		}
		f := n.finding(CodeCELWord, "%s is never %q%s", name, string(text), finding.DidYouMean(string(text), known))
		at := tree.NativeRep().SourceInfo().GetStartLocation(literal.ID())
		f.Line, f.Column = n.locate(runeOffset(n.value, at.Line(), at.Column()))
		l.found = append(l.found, f)
	}
	root := ast.NavigateAST(tree.NativeRep())
	for _, e := range ast.MatchDescendants(root, ast.AllMatcher()) {
		if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 2 {
			continue
		}
		a, b := e.AsCall().Args()[0], e.AsCall().Args()[1]
		switch e.AsCall().FunctionName() {
		case "_==_", "_!=_":
			if b.Kind() == ast.IdentKind {
				a, b = b, a
			}
			if a.Kind() == ast.IdentKind && b.Kind() == ast.LiteralKind {
				judge(a.AsIdent(), b)
			}
		case "@in":
			switch {
			case a.Kind() == ast.IdentKind && b.Kind() == ast.ListKind:
				for _, element := range b.AsList().Elements() {
					if element.Kind() == ast.LiteralKind {
						judge(a.AsIdent(), element)
					}
				}
			case a.Kind() == ast.LiteralKind && b.Kind() == ast.IdentKind:
				judge(b.AsIdent(), a)
			}
		}
	}
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}
