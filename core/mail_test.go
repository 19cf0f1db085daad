package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever leads to a letter behaves otherwise where letters are sent: links go another
// way, owners are told, jobs are queued without anybody signed in. So every world of the
// tests has mail; only the letters' own package tries what is without.
func TestEveryWorldOfTheTestsHasMail(t *testing.T) {
	worlds := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == "node_modules" || !strings.HasSuffix(path, ".go") || strings.HasPrefix(path, "notify/") {
			if err == nil && d.IsDir() && d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || !selects(lit.Type, "notify", "Config") {
				return true
			}
			worlds++
			for _, e := range lit.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "SMTP" {
					return true
				}
			}
			t.Errorf("%s makes letters' service without mail", path)
			return true
		})
		return nil
	})
	if err != nil || worlds < 8 {
		t.Errorf("%d worlds: %v", worlds, err)
	}
}
