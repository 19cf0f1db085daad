package core

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// levels is the plan of the house: a package may import only packages of a lower
// level, and its neighbours only where neighbours says so. A package that is
// missing here fails the test: decide where it belongs.
var levels = map[string]int{
	"fault": 0, "fault/faulttest": 0, "finding": 0, "clock": 0, "caller": 0, "db": 0, "db/private": 0, "db/dbtest": 0, "db/dbtest/serve": 0,
	"laid": 0, "proving": 0, "once": 1,
	"profile": 1, "locale": 1, "policy": 1, "audit": 1, "jobs": 1,
	"exchange": 1, "exchange/xlsx": 2,
	"notify/peer": 1, "unit": 2, "notify": 2, "identity/door": 2, "identity/door/doortest": 2,
	"gate": 3, "gate/gatetest": 3,
	"tenant": 4, "identity": 4, "calendar": 4, "consent": 4, "approval": 4,
	"search": 1, "record": 5, "record/boats": 5, "intake": 5, "transfer": 5, "registry": 6,
	"edge": 7, "web/assets": 7, "web/ui": 7, "web/ui/gallery": 7, "web/screen": 7, "web/browsertest": 7, "web/webtest": 7,
	"web/signin": 7, "web/home": 7, "web/me": 7, "web/register": 7, "web/institutions": 7, "web/people": 7, "web/year": 7,
	"web/audit": 7, "web/operator": 7, "web": 7, "api": 7,
	"app": 8, "app/bench": 9,
}

// neighbours lists the imports allowed within a level.
var neighbours = map[string][]string{
	"caller":           {"fault"},
	"fault/faulttest":  {"fault"},
	"laid":             {"finding"},
	"search":           {"locale"},
	"db":               {"fault", "caller", "clock"},
	"db/private":       {"db"},
	"db/dbtest":        {"db", "db/private", "caller", "clock"},
	"db/dbtest/serve":  {"db/private", "db/dbtest", "db"},
	"gate/gatetest":    {"gate"},
	"calendar":         {"approval"},
	"identity":         {"approval"},
	"tenant":           {"approval", "identity"},
	"record/boats":     {"record"},
	"intake":           {"record"},
	"transfer":         {"record", "intake"},
	"web/ui":           {"web/assets"},
	"web/ui/gallery":   {"web/ui", "web/assets"},
	"web/screen":       {"edge", "web/ui", "web/assets"},
	"web/webtest":      {"edge", "web", "web/assets", "web/screen", "web/ui"},
	"web/signin":       {"edge", "web/screen", "web/ui", "web/me"},
	"web/home":         {"edge", "web/screen", "web/ui", "web/me"},
	"web/me":           {"edge", "web/screen", "web/ui"},
	"web/institutions": {"edge", "web/register", "web/screen", "web/ui"},
	"web/register":     {"edge", "web/screen", "web/ui"},
	"web/people":       {"edge", "web/screen", "web/ui"},
	"web/year":         {"edge", "web/screen", "web/ui"},
	"web/audit":        {"edge", "web/screen", "web/ui"},
	"web/operator":     {"edge", "web/screen", "web/ui", "web/signin"},
	"web":              {"edge", "web/screen", "web/ui", "web/assets"},
	"api":              {"edge"},
}

// onlyIn keeps a library to the packages that own its subject.
var onlyIn = map[string][]string{
	"github.com/gofiber/fiber":  {"edge", "web", "api", "app", "app/bench"},
	"gorm.io/":                  nil, // any store may use gorm; web and api may not, see below
	"github.com/casbin/casbin":  {"policy", "app/bench"},
	"github.com/a-h/templ":      {"web", "api", "app/bench"},
	"github.com/riverqueue/":    {"jobs", "db"},
	"github.com/nicksnyder/":    {"locale"},
	"github.com/danielgtaylor/": {"api"},
}

func TestImportsGoDownwards(t *testing.T) {
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		if pkg == "." {
			return nil
		}
		level, known := levels[pkg]
		if !known {
			t.Errorf("core/%s has no level in imports_test.go", pkg)
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			checkImport(t, path, pkg, level, strings.Trim(spec.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImport(t *testing.T, path, pkg string, level int, imported string) {
	t.Helper()
	if target, ours := strings.CutPrefix(imported, "mektep/core/"); ours {
		allowed := levels[target] < level
		for _, n := range neighbours[pkg] {
			allowed = allowed || n == target
		}
		if !allowed {
			t.Errorf("core/%s (level %d) must not import core/%s (level %d)", path, level, target, levels[target])
		}
		return
	}
	for library, owners := range onlyIn {
		if !strings.HasPrefix(imported, library) {
			continue
		}
		allowed := owners == nil && levels[pkg] < levels["web"]
		for _, o := range owners { // "web" stands for the packages below it too
			allowed = allowed || o == pkg || strings.HasPrefix(pkg, o+"/")
		}
		if !allowed {
			t.Errorf("core/%s must not import %s", path, imported)
		}
	}
	if strings.HasPrefix(imported, "mektep/cmd") {
		t.Errorf("core/%s must not import %s", path, imported)
	}
}

func TestCommandsImportOnlyApp(t *testing.T) {
	fset := token.NewFileSet()
	files, err := filepath.Glob("../cmd/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		f, err := parser.ParseFile(fset, path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if strings.HasPrefix(imported, "mektep/") && imported != "mektep/core/app" {
				t.Errorf("%s must import only mektep/core/app, not %s", path, imported)
			}
		}
	}
}
