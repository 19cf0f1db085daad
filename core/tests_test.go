package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mektep/core/profile"
	"mektep/profiles"
)

// A test that reads what fault.From makes of no error dies, and no other test of its package
// says anything any more. Tests read faults by way of faulttest, which fails them instead.
func TestTestsReadNoFaultThatIsNotThere(t *testing.T) {
	fset, seen := token.NewFileSet(), 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") || filepath.Dir(path) == "fault" {
			return err
		}
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			x, selects := n.(*ast.SelectorExpr)
			if !selects {
				return true
			}
			if p, named := x.X.(*ast.Ident); named && p.Name == "fault" {
				if seen++; x.Sel.Name == "From" {
					t.Errorf("%s: fault.From in a test: use faulttest.Of, or faulttest.Key and Fields where there may be no fault", fset.Position(x.Pos()))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("no test looks at a fault")
	}
}

// ruleNamed is a rule's id as the name of a test says it: TestKGER6a_ proves KG-ER-6a.
var ruleNamed = regexp.MustCompile(`^Test([A-Z]{2})([A-Z]*)([0-9]+[a-z]?)_`)

// A test that is named by a rule is looked for by that name: the rule is one that a country's
// laws list, so that whoever changes it finds what proves it.
func TestTestsNameRulesThatThereAre(t *testing.T) {
	var countries []*profile.Profile
	for _, id := range []string{"kg", "tr"} {
		p, found := profile.Load(profiles.FS, id)
		if len(found) > 0 {
			t.Fatal(found)
		}
		countries = append(countries, p)
	}
	fset, named := token.NewFileSet(), 0
	for _, root := range []string{".", "../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, d := range f.Decls {
				fn, is := d.(*ast.FuncDecl)
				if !is || ruleNamed.FindString(fn.Name.Name) == "" {
					continue
				}
				named++
				m := ruleNamed.FindStringSubmatch(fn.Name.Name)
				id, known := m[1]+"-"+m[2]+"-"+m[3], false
				for _, p := range countries {
					known = known || p.Rule(id) != nil
				}
				if !known {
					t.Errorf("%s: %s names %s, which is a rule of no country", fset.Position(fn.Pos()), fn.Name.Name, id)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if named < 100 {
		t.Errorf("only %d tests name a rule", named)
	}
}

// The race detector watches all tests but those of packages that the Makefile lists in ALONE; of
// these it watches what runs AtOnce, which is therefore all that starts anything.
func TestWhatIsNotWatchedRunsAlone(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	alone := regexp.MustCompile(`(?m)^ALONE +:= (.+)$`).FindStringSubmatch(string(makefile))
	if alone == nil {
		t.Fatal("the Makefile lists no ALONE")
	}
	seen := 0
	for dir := range strings.FieldsSeq(alone[1]) {
		paths, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				fn, is := d.(*ast.FuncDecl)
				if !is {
					continue
				}
				seen++
				ast.Inspect(fn, func(n ast.Node) bool {
					starts := false
					switch n := n.(type) {
					case *ast.GoStmt:
						starts = true
					case *ast.SelectorExpr:
						starts = n.Sel.Name == "Go" || n.Sel.Name == "Parallel"
					}
					if starts && !strings.HasSuffix(fn.Name.Name, "AtOnce") {
						t.Errorf("%s: %s starts something beside itself, and the race detector does not watch it: call it …AtOnce", fset.Position(n.Pos()), fn.Name.Name)
					}
					return true
				})
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d functions were looked at", seen)
	}
}
