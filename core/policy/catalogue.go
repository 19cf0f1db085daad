package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// catalogue is catalogue.yaml as it is written.
type catalogue struct {
	Levels    []string            `yaml:"levels"`
	Relations []string            `yaml:"relations"`
	Holds     map[string][]string `yaml:"holds"`
	Roles     []struct {
		ID     string `yaml:"id"`
		Level  string `yaml:"level"`
		Common bool   `yaml:"common"`
	} `yaml:"roles"`
	Sources  []string                 `yaml:"sources"`
	Reserved []reserved               `yaml:"reserved"`
	Power    []reserved               `yaml:"power"`
	Actions  map[string]actionOfClass `yaml:"actions"`
	Objects  []struct {
		ID       string   `yaml:"id"`
		Actions  []string `yaml:"actions"`
		Groups   []string `yaml:"groups"`
		Personal bool     `yaml:"personal"`
		Waits    bool     `yaml:"waits"`
		Waiting  []string `yaml:"waiting"`
		Scopes   []string `yaml:"scopes"`
	} `yaml:"objects"`
}

// reserved are actions that only the roles named may be given, but in some scopes.
type reserved struct {
	Object  string   `yaml:"object"`
	Actions []string `yaml:"actions"`
	Roles   []string `yaml:"roles"`
	But     []string `yaml:"but"`
}

type actionOfClass struct {
	Class  string   `yaml:"class"`
	Scopes []string `yaml:"scopes"`
}

// The classes of actions. An own action can be done only by the person, for
// themself or for their ward, so the reader refuses rows that give it otherwise.
const (
	classRead  = "read"
	classWrite = "write"
	classOwn   = "own"
	anyWrite   = "any_write" // in guardrails: every action of class write
	anyRead    = "any_read"  // in guardrails: every action of class read that shows more than a count
	personal   = "personal"  // in guardrails: every object that the catalogue marks so, and all that is sealed
	others     = "others"    // in guardrails: every scope but one's own, one's ward's and what is assigned
	aggregate  = "aggregate" // counting; a guardrail on x.* leaves x's counts alone
	memberRole = "member"
	levelWord  = "level."
	commonWord = "common."
	sealedWord = "sealed."
	adminRole  = "tenant_admin"
	wideWord   = "wide" // at the end of a row that reaches beyond the role's place on purpose
	moreWord   = "more" // at the end of a ministry's row that gives what its country does not, on purpose
	every      = "*"
	maxDepth   = 8 // Casbin stops silently at 10, and the level's link is one more
)

// words is everything the files may speak of: catalogue and profile together.
type words struct {
	levels    []string
	relations []string
	roles     map[string]Role // with levels; base roles included
	roleIDs   []string        // sorted
	sources   []string
	reserved  []reserved
	power     []reserved // acts that give power over people; nobody is reserved for them
	laws      func(string) bool
	actions   map[string]actionOfClass
	actionIDs []string
	objects   map[string][]string // object → its actions
	objectIDs []string
	personal  map[string]bool     // objects that hold what is kept of a person
	waits     map[string]bool     // objects that no service asks about yet
	waiting   map[string][]string // actions of others that none asks about yet
	levelsOf  map[string][]string // relations that hold at some levels only
	scopes    map[string][]string // objects of which some relations only hold
}

// catalogueKeys are the keys of the YAML tags above.
var catalogueKeys = []string{"levels", "relations", "roles", "sources", "actions", "objects", "id", "level", "common", "class", "scopes", "groups", "holds", "personal", "waits", "waiting", "reserved", "power", "object", "but"}

var unknownKey = regexp.MustCompile(`^unknown field "(.+)"$`)

var idForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)

func readWords(fsys fs.FS, v Vocabulary) (*words, Findings) {
	text, err := fs.ReadFile(fsys, catalogueFile)
	if err != nil {
		return nil, Findings{{File: catalogueFile, Line: 1, Column: 1, Code: "FILE", Message: "cannot be read"}}
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, Findings{yamlFinding(err)}
	}
	var c catalogue
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return nil, Findings{yamlFinding(err)}
	}
	b := &wordsBuilder{file: file, c: c, w: &words{
		levels: c.Levels, relations: c.Relations, sources: c.Sources, reserved: c.Reserved, power: c.Power, laws: v.Laws,
		actions: c.Actions, roles: map[string]Role{}, objects: map[string][]string{}, personal: map[string]bool{}, waits: map[string]bool{}, waiting: map[string][]string{}, levelsOf: c.Holds, scopes: map[string][]string{},
	}}
	b.checkActions()
	b.checkHolds()
	b.addRoles(v)
	b.addObjects(v)
	b.checkReserved()
	return b.w, b.found
}

// wordsBuilder checks the catalogue against itself and joins the profile's words to it.
type wordsBuilder struct {
	file  *ast.File
	c     catalogue
	w     *words
	found Findings
}

// report notes a mistake at a YAML path of the catalogue.
func (b *wordsBuilder) report(path, code, message string) {
	f := Finding{File: catalogueFile, Line: 1, Column: 1, Code: code, Message: message}
	if p, err := yaml.PathString(path); err == nil {
		if node, err := p.FilterFile(b.file); err == nil && node.GetToken() != nil {
			pos := node.GetToken().Position
			f.Line, f.Column = pos.Line, pos.Column
		}
	}
	b.found = append(b.found, f)
}

func (b *wordsBuilder) id(path, id string, taken bool) bool {
	switch {
	case !idForm.MatchString(id):
		b.report(path, "ID", fmt.Sprintf("%q is not an id: snake_case, dots between segments", id))
	case taken:
		b.report(path, "DUPLICATE", fmt.Sprintf("%q stands here twice", id))
	default:
		return true
	}
	return false
}

func (b *wordsBuilder) checkActions() {
	for id, a := range b.c.Actions {
		path := "$.actions." + id
		if !slices.Contains([]string{classRead, classWrite, classOwn}, a.Class) {
			b.report(path, "UNKNOWN_CLASS", unknown("class", a.Class, []string{classRead, classWrite, classOwn}))
		}
		if (a.Class == classOwn) != (len(a.Scopes) > 0) {
			b.report(path, "SCOPES", "an action of class own says its scopes, no other does")
		}
		for _, s := range a.Scopes {
			if s != "self" && s != "ward" {
				b.report(path, "SCOPES", unknown("scope", s, []string{"self", "ward"}))
			}
		}
		b.w.actionIDs = append(b.w.actionIDs, id)
	}
	slices.Sort(b.w.actionIDs)
}

// checkHolds sees that what holds at some levels only is a relation, and the levels are.
func (b *wordsBuilder) checkHolds() {
	for _, s := range sortedKeys(b.c.Holds) {
		if !slices.Contains(b.w.relations, s) {
			b.report("$.holds", "UNKNOWN_SCOPE", unknown("scope", s, b.w.relations))
		}
		for _, l := range b.c.Holds[s] {
			if !slices.Contains(b.w.levels, l) {
				b.report("$.holds."+s, "UNKNOWN_LEVEL", unknown("level", l, b.w.levels))
			}
		}
	}
}

// checkReserved sees that what is reserved is there: a mistyped word would reserve nothing.
func (b *wordsBuilder) checkReserved() {
	b.checkActs("reserved", b.c.Reserved)
	b.checkActs("power", b.c.Power)
}

func (b *wordsBuilder) checkActs(key string, acts []reserved) {
	for i, x := range acts {
		path := fmt.Sprintf("$.%s[%d]", key, i)
		if b.w.objects[x.Object] == nil {
			b.report(path, "UNKNOWN_OBJECT", unknown("object", x.Object, b.w.objectIDs))
		}
		for _, a := range x.Actions {
			if !slices.Contains(b.w.objects[x.Object], a) {
				b.report(path, "UNKNOWN_ACTION", fmt.Sprintf("object %s: %s", x.Object, unknown("action", a, b.w.objects[x.Object])))
			}
		}
		for _, id := range x.Roles {
			if b.w.roles[id].ID == "" {
				b.report(path, "UNKNOWN_ROLE", unknown("role", id, b.w.roleIDs))
			}
		}
		for _, s := range x.But {
			if !slices.Contains(b.w.relations, s) {
				b.report(path, "UNKNOWN_SCOPE", unknown("scope", s, b.w.relations))
			}
		}
	}
}

func (b *wordsBuilder) addRoles(v Vocabulary) {
	for i, r := range b.c.Roles {
		path := fmt.Sprintf("$.roles[%d]", i)
		if !b.id(path, r.ID, b.w.roles[r.ID].ID != "") {
			continue
		}
		role := Role{ID: r.ID}
		switch {
		case r.Common && r.Level == "":
		case r.Common || !slices.Contains(b.w.levels, r.Level):
			b.report(path, "UNKNOWN_LEVEL", unknown("level", r.Level, b.w.levels))
		default:
			role.Levels = []string{r.Level}
		}
		b.w.roles[r.ID] = role
	}
	for _, r := range v.Roles {
		if len(b.w.roles[r.ID].Levels) == 0 && b.w.roles[r.ID].ID != "" || !idForm.MatchString(r.ID) {
			b.report("$.roles", "ID", fmt.Sprintf("the profile's role %q bears a name that is not free", r.ID))
			continue
		}
		if len(r.Levels) == 0 {
			b.report("$.levels", "UNKNOWN_LEVEL", fmt.Sprintf("the profile's role %q has no unit level, so no guardrail would bind it", r.ID))
		}
		for _, l := range r.Levels {
			if !slices.Contains(b.w.levels, l) {
				b.report("$.levels", "UNKNOWN_LEVEL", fmt.Sprintf("the profile's role %q: %s", r.ID, unknown("level", l, b.w.levels)))
			}
		}
		levels := append(slices.Clone(b.w.roles[r.ID].Levels), r.Levels...)
		slices.Sort(levels)
		b.w.roles[r.ID] = Role{ID: r.ID, Levels: slices.Compact(levels), Personal: r.Personal, Needs: r.Needs, Givers: r.Givers}
	}
	for id := range b.w.roles {
		b.w.roleIDs = append(b.w.roleIDs, id)
	}
	slices.Sort(b.w.roleIDs)
}

func (b *wordsBuilder) addObjects(v Vocabulary) {
	groups := map[string][]string{}
	for i, o := range b.c.Objects {
		path := fmt.Sprintf("$.objects[%d]", i)
		if !b.id(path, o.ID, b.w.objects[o.ID] != nil) {
			continue
		}
		for _, a := range slices.Concat(o.Actions, o.Groups) {
			if _, ok := b.c.Actions[a]; !ok {
				b.report(path, "UNKNOWN_ACTION", fmt.Sprintf("object %s: %s", o.ID, unknown("action", a, b.w.actionIDs)))
			}
		}
		if len(o.Actions) == 0 {
			b.report(path, "COLUMNS", fmt.Sprintf("object %s has no action", o.ID))
		}
		for _, s := range o.Scopes {
			if !slices.Contains(b.w.relations, s) {
				b.report(path, "UNKNOWN_SCOPE", unknown("scope", s, b.w.relations))
			}
		}
		if o.Scopes != nil {
			b.w.scopes[o.ID] = o.Scopes
		}
		b.w.objects[o.ID], b.w.personal[o.ID], b.w.waits[o.ID] = o.Actions, o.Personal, o.Waits
		for _, a := range o.Waiting {
			if !slices.Contains(o.Actions, a) {
				b.report(path, "UNKNOWN_ACTION", unknown("action", a, o.Actions))
			}
		}
		b.w.waiting[o.ID] = o.Waiting
		if o.Groups != nil {
			groups[o.ID] = o.Groups
		}
	}
	for _, g := range v.Groups {
		register, _, ok := strings.Cut(strings.TrimPrefix(g, sealedWord), ".")
		switch {
		case !ok || !idForm.MatchString(g):
			b.report("$.objects", "ID", fmt.Sprintf("the profile's field group %q is not <register>.<group>", g))
		case groups[register] == nil:
			b.report("$.objects", "UNKNOWN_OBJECT", fmt.Sprintf("the profile's field group %q: %s", g, unknown("register", register, sortedKeys(groups))))
		case b.w.objects[g] != nil:
			b.report("$.objects", "DUPLICATE", fmt.Sprintf("the profile's field group %q bears a name that is not free", g))
		default:
			b.w.objects[g], b.w.personal[g] = groups[register], b.w.personal[register] || strings.HasPrefix(g, sealedWord) || slices.Contains(v.People, g)
			b.w.waits[g] = b.w.waits[register]
		}
	}
	b.w.objectIDs = sortedKeys(b.w.objects)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func yamlFinding(err error) Finding {
	f := Finding{File: catalogueFile, Line: 1, Column: 1, Code: "YAML", Message: "is not the YAML expected here"}
	var at yaml.Error
	if errors.As(err, &at) {
		f.Message = at.GetMessage()
		if key := unknownKey.FindStringSubmatch(f.Message); key != nil {
			f.Code, f.Message = "UNKNOWN_KEY", unknown("key", key[1], catalogueKeys)
		}
		if t := at.GetToken(); t != nil && t.Position != nil {
			f.Line, f.Column = t.Position.Line, t.Position.Column
		}
	}
	return f
}

// lawKnown reports whether a row may rest on ref: one of the platform's own
// rules, or a legal basis of the profile.
func (w *words) lawKnown(ref string) bool {
	return slices.Contains(w.sources, ref) || w.laws == nil || w.laws(ref)
}

// unknownLaw words a message about a source that resolves to nothing.
func (w *words) unknownLaw(ref string) string {
	hint := ""
	if law, article, ok := strings.Cut(ref, " "); ok && w.lawKnown(law+" §"+article) {
		hint = fmt.Sprintf(" (did you mean %q?)", law+" §"+article)
	}
	if hint == "" {
		return unknown("source", ref, w.sources) + ": no legal basis of the profile answers to it"
	}
	return fmt.Sprintf("unknown source %q%s: no legal basis of the profile answers to it", ref, hint)
}

// matches is Casbin's keyMatch for the patterns that the reader lets through.
func matches(object, pattern string) bool {
	if pattern == every {
		return true
	}
	if prefix, ok := strings.CutSuffix(pattern, every); ok {
		return strings.HasPrefix(object, prefix)
	}
	return object == pattern
}

// covered returns the objects that a pattern means, of a guardrail's words too.
func (w *words) covered(pattern string) []string {
	var out []string
	for _, o := range w.objectIDs {
		if matches(o, pattern) || pattern == personal && w.personal[o] {
			out = append(out, o)
		}
	}
	return out
}
