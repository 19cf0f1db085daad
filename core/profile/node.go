package profile

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"mektep/core/finding"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxFileBytes = 4 << 20
	maxDepth     = 40
)

// node is a piece of a YAML file that remembers where it stands. It outlives the
// parser's own tree, which holds the whole text several times over.
type node struct {
	src       *source
	line, col int
	kind      nodeKind
	value     string // of a scalar
	keys      []pair // of a mapping, in order
	items     []*node
}

type pair struct {
	name      string
	line, col int
	src       *source
	val       *node
}

// source is a file as it was read.
type source struct {
	path  string // as findings call it
	rel   string // within its layer
	text  string
	layer int // 0 is the lowest
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	textNode
	intNode
	floatNode
	boolNode
	mapNode
	listNode
)

var kindWords = [...]string{"nothing", "text", "a whole number", "a number", "true or false", "a mapping", "a list"}

func (k nodeKind) String() string { return kindWords[k] }

func (n *node) get(key string) *node {
	if n != nil {
		for i := range n.keys {
			if n.keys[i].name == key {
				return n.keys[i].val
			}
		}
	}
	return nil
}

// at returns the node of a key, or n itself when the key is absent: the best
// place to point at.
func (n *node) at(key string) *node {
	if v := n.get(key); v != nil {
		return v
	}
	return n
}

// item returns the i-th entry of the list under key, or the nearest node to it.
func (n *node) item(key string, i int) *node {
	v := n.at(key)
	if v != nil && v.kind == listNode && i < len(v.items) {
		return v.items[i]
	}
	return v
}

// finding returns a mistake at the node.
func (n *node) finding(code Code, format string, args ...any) Finding {
	f := Finding{Code: code, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		f.File, f.Line, f.Column = n.src.path, n.line, n.col
	}
	return f
}

// locate returns line and column of the offset-th character of a scalar's value
// in the file, through quotes, escapes, folding and indentation.
func (n *node) locate(offset int) (line, col int) {
	lines := strings.Split(n.src.text, "\n")
	if n.line < 1 || n.line > len(lines) {
		return n.line, n.col
	}
	value := []rune(n.value)
	i, l, c := 0, n.line-1, n.col-1
	if first := []rune(lines[l]); c < len(first) && blockHead.MatchString(string(first[c:])) {
		l, c = l+1, 0 // block scalar: the text begins on the next line
	}
	for ; l < len(lines); l, c = l+1, 0 {
		row := append([]rune(strings.TrimSuffix(lines[l], "\r")), '\n')
		for ; c < len(row); c++ {
			if i >= len(value) || i == offset && row[c] == value[i] {
				return l + 1, c + 1
			}
			if row[c] == value[i] || row[c] == '\n' && value[i] == ' ' {
				i++
			}
		}
	}
	return n.line, n.col
}

var blockHead = regexp.MustCompile(`^[|>][-+0-9]*\s*(#.*)?$`)

// parseYAML reads one file. A file that is not YAML gives one finding; whatever
// profiles have no use for (anchors, tags, several documents) gives one each.
func parseYAML(src *source) (root *node, found Findings) {
	fail := func(line, col int, format string, args ...any) {
		found = append(found, Finding{File: src.path, Line: line, Column: col, Code: CodeSyntax, Message: fmt.Sprintf(format, args...)})
	}
	if found := src.readText(); len(found) > 0 {
		return nil, found
	}
	if problem := tooDeep(src.text); problem != "" {
		fail(1, 1, "%s", problem)
		return nil, found
	}
	defer func() {
		if r := recover(); r != nil { // the parser gave up on something no editor would write
			root, found = nil, Findings{{File: src.path, Line: 1, Column: 1, Code: CodeSyntax, Message: "not readable as YAML"}}
		}
	}()
	file, err := parser.ParseBytes([]byte(src.text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			p := at.GetToken().Position
			fail(p.Line, p.Column, "%s", at.GetMessage())
		} else {
			fail(1, 1, "not readable as YAML")
		}
		return nil, found
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case body != nil:
			p := doc.Body.GetToken().Position
			fail(p.Line, p.Column, "a second document; a profile file holds one")
		default:
			body = doc.Body
		}
	}
	if body == nil {
		fail(1, 1, "the file is empty: fill it, or take it away")
		return nil, found
	}
	c := converter{src: src}
	root = c.convert(body, 0)
	return root, append(found, c.found...)
}

// readText brings the text into the form that all readers expect.
func (s *source) readText() Findings {
	if len(s.text) > maxFileBytes {
		return Findings{s.finding(1, 1, CodeSyntax, "the file is larger than 4 MB")}
	}
	text, line, col, problem := finding.Text([]byte(s.text))
	if problem != "" {
		return Findings{s.finding(line, col, CodeSyntax, "%s", problem)}
	}
	s.text = text
	return nil
}

// tooDeep keeps the recursive parser from text that only a prank would hold:
// hundreds of open brackets, or of words that each begin another level.
func tooDeep(text string) string {
	open, run, start := 0, 0, true
	for i := 0; i < len(text); i++ {
		c := text[i]
		if start && c > ' ' {
			if strings.IndexByte("-?&*!|>", c) >= 0 {
				run++
			} else {
				run = 0
			}
		}
		start = c <= ' '
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		}
		if open > 10*maxDepth || run > 2*maxDepth {
			return "nested too deeply"
		}
	}
	return ""
}

type converter struct {
	src   *source
	found Findings
}

func (c *converter) at(t *token.Token) *node {
	n := &node{src: c.src, line: 1, col: 1}
	if t != nil && t.Position != nil {
		n.line, n.col = t.Position.Line, max(t.Position.Column, 1)
	}
	return n
}

func (c *converter) convert(a ast.Node, depth int) *node {
	n := c.at(a.GetToken())
	if depth > maxDepth {
		c.found = append(c.found, n.finding(CodeSyntax, "nested too deeply"))
		return n
	}
	switch v := a.(type) {
	case *ast.NullNode:
	case *ast.BoolNode:
		n.kind, n.value = boolNode, v.GetToken().Value
	case *ast.IntegerNode:
		n.kind, n.value = intNode, v.GetToken().Value
	case *ast.FloatNode:
		n.kind, n.value = floatNode, v.GetToken().Value
	case *ast.StringNode:
		n.kind, n.value = textNode, v.Value
	case *ast.LiteralNode:
		n.kind, n.value = textNode, v.Value.Value
	case *ast.MappingValueNode:
		n.kind = mapNode
		c.pair(n, v, depth)
		c.startAtFirstKey(n)
	case *ast.MappingNode:
		n.kind = mapNode
		for _, value := range v.Values {
			c.pair(n, value, depth)
		}
		if !v.IsFlowStyle {
			c.startAtFirstKey(n)
		}
	case *ast.SequenceNode:
		n.kind = listNode
		for _, item := range v.Values {
			n.items = append(n.items, c.convert(item, depth+1))
		}
	default: // anchors, aliases, tags, merge keys, .inf, .nan
		c.found = append(c.found, n.finding(CodeSyntax, "profiles use no YAML %s", a.Type().YAMLName()))
	}
	return n
}

// startAtFirstKey moves a block mapping from its first colon to its first key.
func (c *converter) startAtFirstKey(n *node) {
	if len(n.keys) > 0 {
		n.line, n.col = n.keys[0].line, n.keys[0].col
	}
}

func (c *converter) pair(n *node, v *ast.MappingValueNode, depth int) {
	k := c.at(v.Key.GetToken())
	key, ok := v.Key.(*ast.StringNode)
	name := v.Key.GetToken().Value
	switch v.Key.(type) {
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode, *ast.NullNode:
		ok = false
	}
	if ok {
		name = key.Value
	} else {
		c.found = append(c.found, k.finding(CodeSyntax, "%q is no key", name))
		return
	}
	if n.get(name) != nil {
		c.found = append(c.found, k.finding(CodeDuplicate, "key %q twice", name))
		return
	}
	n.keys = append(n.keys, pair{name: name, line: k.line, col: k.col, src: c.src, val: c.convert(v.Value, depth+1)})
}
