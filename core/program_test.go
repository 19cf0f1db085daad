package core

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// code is what the type checker knows of the program, tests, benches and the files that
// hold a profile against itself left out.
type code struct {
	text   string
	reads  map[string]bool // Type.Field of package profile that some expression selects
	judges map[string]bool // the same in the files that are left out
	hooks  map[string]bool // fields of gate.Checks that somebody fills
	asked  map[string]bool // words that stand where the object of a question to the gate does

	acts questions // which actions on which objects the gate is asked about

	files map[string][]*ast.File // by the package's path
	info  *types.Info
}

// program type-checks every package of the program from its source; what they import is
// read from what the compiler has built.
func program(t *testing.T) code {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export,Module", "./...", "../cmd/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	type pkg struct {
		ImportPath, Dir, Export string
		GoFiles                 []string
	}
	var all []pkg
	exports := map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if strings.HasPrefix(p.ImportPath, "mektep/core/") && !strings.HasPrefix(p.ImportPath, "mektep/core/app/bench") || strings.HasPrefix(p.ImportPath, "mektep/cmd/") {
			all = append(all, p)
		}
	}
	fset := token.NewFileSet()
	built := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	c := code{reads: map[string]bool{}, judges: map[string]bool{}, hooks: map[string]bool{}, asked: map[string]bool{}, acts: questions{pairs: map[string]bool{}, in: map[string]*spoken{}}, files: map[string][]*ast.File{}}
	c.info = &types.Info{
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Types: map[ast.Expr]types.TypeAndValue{},
		Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
	}
	info := c.info
	var source strings.Builder
	for _, p := range all {
		var files []*ast.File
		skip := map[*ast.File]bool{}
		for _, name := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), text, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
			if skip[f] = p.ImportPath == "mektep/core/profile" && judging.MatchString(name); !skip[f] {
				source.Write(text)
			}
		}
		c.files[p.ImportPath] = files
		config := types.Config{Importer: built}
		if _, err := config.Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			into := c.reads
			if skip[f] {
				into = c.judges
			}
			c.acts.read(info, p.ImportPath, f)
			ast.Inspect(f, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.SelectorExpr:
					if s := info.Selections[x]; s != nil {
						selected(into, s)
					}
				case *ast.CallExpr:
					c.named(info, x)
				case *ast.CompositeLit:
					for _, e := range x.Elts {
						if kv, ok := e.(*ast.KeyValueExpr); ok {
							if key, ok := kv.Key.(*ast.Ident); ok && strings.EqualFold(key.Name, "object") {
								c.word(info, kv.Value)
							}
						}
					}
					if types.TypeString(info.Types[x].Type, nil) == "mektep/core/gate.Checks" {
						for _, e := range x.Elts {
							if kv, ok := e.(*ast.KeyValueExpr); ok {
								c.hooks[kv.Key.(*ast.Ident).Name] = true
							}
						}
					}
				}
				return true
			})
		}
	}
	c.text = source.String()
	return c
}

// named notes the words that a call gives a parameter called object.
func (c *code) named(info *types.Info, call *ast.CallExpr) {
	sig, ok := info.Types[call.Fun].Type.(*types.Signature)
	if !ok {
		return
	}
	for i, arg := range call.Args {
		if i < sig.Params().Len() && strings.EqualFold(sig.Params().At(i).Name(), "object") {
			c.word(info, arg)
		}
	}
}

func (c *code) word(info *types.Info, e ast.Expr) {
	if v := info.Types[e].Value; v != nil && v.Kind() == constant.String {
		c.asked[constant.StringVal(v)] = true
	}
}

// selected notes every field on the way of a selection, those that are embedded too.
func selected(into map[string]bool, s *types.Selection) {
	t := s.Recv()
	for i, at := range s.Index() {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok || i == len(s.Index())-1 && s.Kind() != types.FieldVal {
			return
		}
		if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "mektep/core/profile" {
			into[named.Obj().Name()+"."+st.Field(at).Name()] = true
		}
		t = st.Field(at).Type()
	}
}
