package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"mektep/core/finding"
	"mektep/core/laid"
)

// Load reads the profile in folder id of fsys, with the layers it extends. When
// there are findings the profile is nil: nothing half understood is ever used.
// Files in the findings are named from the root of fsys; see Findings.In.
func Load(fsys fs.FS, id string) (*Profile, Findings) {
	return LoadOver(laid.Folder{Built: fsys}, id)
}

// LoadOver is Load with a folder laid over the built-in one: a country's folder in it
// is a further layer above the country that is built in, or a country of its own.
func LoadOver(f laid.Folder, id string) (*Profile, Findings) {
	l := &loader{p: &Profile{derived: newDerived()}, nodes: map[string]*node{}, tables: map[string]*table{}}
	return l.load(f, id)
}

// LoadAll reads every profile of embedded, with the folder overlay (or nil) laid over.
// Folders that begin with _ are layers for others; schema holds no profile.
func LoadAll(embedded, overlay fs.FS) (map[string]*Profile, Findings) {
	folder := laid.Folder{Built: embedded, Over: overlay}
	all := map[string]*Profile{}
	var findings Findings
	for _, id := range IDs(folder) {
		p, found := LoadOver(folder, id)
		if findings = append(findings, found...); p != nil {
			all[id] = p
		}
	}
	return all, findings.Sorted()
}

// IDs returns the ids of the profiles in a folder: every folder of a country.
func IDs(f laid.Folder) []string {
	return slices.DeleteFunc(f.Folders(), func(name string) bool {
		return strings.HasPrefix(name, "_") || name == schemaFolder || !profileForm.MatchString(name)
	})
}

const (
	schemaFolder = "schema"
	baseFolder   = "_base"
)

// Strays returns what stands at the root of a folder that is laid over and is no
// country's: what lies within a country's folder is named when that is loaded.
func Strays(f laid.Folder) Findings {
	ids := IDs(f)
	_, strays := laid.Walk(rootOnly{f.Over}, f.OverName, ".", laid.Rules{
		Code: CodeFile, Names: slices.Concat(ids, slices.Collect(maps.Keys(fileTypes)), []string{territoryFile}),
		Counts: func(name string, folder bool) bool {
			builtIn := laid.IsFolder(f.Built, name)
			layerOfOthers := strings.HasPrefix(name, "_") && profileForm.MatchString(strings.TrimLeft(name, "_")) && !builtIn
			country := slices.Contains(ids, name) && (builtIn || hasProfile(f.Over, name))
			return folder && (country || layerOfOthers)
		},
		Why: func(name string, folder bool) string {
			switch {
			case name == baseFolder || name == schemaFolder:
				return "is built in and nothing may be laid over it: what a country changes of it stands in its own files, under the same ids"
			case folder && slices.Contains(ids, name):
				for _, id := range ids {
					if id != name && strings.EqualFold(id, name) {
						return fmt.Sprintf("no such folder is read: capital and small letters count, write %s", id)
					}
				}
				return "is no country's folder: it has no profile.yaml"
			case !folder && fileTypes[name] != nil:
				return fmt.Sprintf("is not read here: put it into the folder of its country, like %s/%s", ids[0], name)
			}
			return ""
		},
	})
	return strays
}

func hasProfile(tree fs.FS, id string) bool {
	_, err := fs.Stat(tree, path.Join(id, "profile.yaml"))
	return err == nil
}

// rootOnly shows what stands at the root of a tree, and of folders that they are there.
type rootOnly struct{ fs.FS }

// ReadDir implements fs.ReadDirFS.
func (r rootOnly) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, nil
	}
	return fs.ReadDir(r.FS, name)
}

// layer is one folder of files, lowest first in a profile.
type layer struct {
	fsys   fs.FS
	dir    string // folder within fsys
	shown  string // how findings name the folder
	over   bool   // of the folder that is laid over
	depth  int    // 0 is the lowest
	nodes  map[string]*node
	tables map[string]*table
	texts  map[string]*source // texts/<id>.<language>.md
}

type loader struct {
	decoder
	layers  []*layer
	merge   merger
	p       *Profile
	nodes   map[string]*node // merged, by file
	country map[string]*node // merged without what a ministry laid over; nil where it laid nothing
	tables  map[string]*table
}

func (l *loader) load(f laid.Folder, id string) (*Profile, Findings) {
	l.partial = strings.HasPrefix(id, "_")
	l.chain(f, id)
	hash := sha256.New()
	for i, y := range l.layers {
		l.read(y, i, hash.Write)
	}
	if slices.ContainsFunc(l.found, unreadable) { // what follows from it is no news
		return nil, l.found.Sorted()
	}
	l.top = l.layers[len(l.layers)-1]
	l.mergeLayers()
	if l.nodes["profile.yaml"].get("languages") == nil { // every text depends on it: the rest would be noise
		l.found = append(l.found, Finding{File: path.Join(l.top.shown, "profile.yaml"), Code: CodeMissing, Message: `missing key "languages"`})
		return nil, l.found.Sorted()
	}
	before := len(l.found)
	if l.readLanguages(); len(l.found) > before {
		return nil, l.found.Sorted()
	}
	l.decodeAll(id)
	l.pending = append(l.pending, l.merge.pending...)
	l.resolve()
	l.check()
	l.restCases()
	l.found = append(l.found, l.merge.found...)
	if len(l.found.Mistakes()) > 0 {
		l.found = l.withoutEchoes()
		l.found = withoutGuesses(l.found)
		return nil, l.found.Sorted()
	}
	l.p.Hash, l.p.Notes = hex.EncodeToString(hash.Sum(nil))[:32], l.found.Sorted()
	return l.p, nil
}

// extendsLine finds the layer below before anything is parsed. Whoever writes the
// key otherwise gets no layer, and hears of it from checkTop.
var extendsLine = regexp.MustCompile(`(?m)^extends: *"?([^"\s#]*)`)

// chain finds the layers that the profile extends.
func (l *loader) chain(f laid.Folder, id string) {
	seen := []string{}
	for name := id; name != ""; {
		if slices.Contains(seen, name) {
			l.found = append(l.found, Finding{File: path.Join(name, "profile.yaml"), Code: CodeCycle, Message: fmt.Sprintf("extends runs in a circle: %s", strings.Join(append(seen, name), " → "))})
			return
		}
		seen = append(seen, name)
		top, ok := l.stack(f, name)
		if !ok {
			l.found = append(l.found, Finding{File: path.Join(top.shown, "profile.yaml"), Code: CodeNoFile, Message: "there is no such file"})
			return
		}
		name = l.below(f, name, top)
	}
}

// stack adds the layers of one folder: the one that is built in, and above it the one
// that is laid over. It returns the lowest that has a profile.yaml.
func (l *loader) stack(f laid.Folder, name string) (lowest *layer, ok bool) {
	built := &layer{fsys: f.Built, dir: name, shown: path.Join(f.BuiltName, name)}
	over := &layer{fsys: f.Over, dir: name, shown: path.Join(f.OverName, name), over: true}
	var found []*layer
	if laid.IsFolder(f.Built, name) {
		found = append(found, built)
	}
	if laid.IsFolder(f.Over, name) && !(strings.HasPrefix(name, "_") && len(found) > 0) {
		found = append(found, over)
	}
	l.layers = slices.Insert(l.layers, 0, found...)
	for _, y := range found {
		if hasProfile(y.fsys, name) {
			return y, true
		}
	}
	if len(found) > 0 {
		return found[0], false
	}
	return built, false
}

// below returns the name of the folder that the profile in y extends, "" for none.
func (l *loader) below(f laid.Folder, name string, y *layer) string {
	text, err := fs.ReadFile(y.fsys, path.Join(name, "profile.yaml"))
	if err != nil {
		return "" // reading the layer says so
	}
	plain, _, _, _ := finding.Text(text)
	m := extendsLine.FindStringSubmatchIndex(plain)
	if m == nil {
		return ""
	}
	below := plain[m[2]:m[3]]
	if !profileForm.MatchString(below) || !laid.IsFolder(f.Built, below) && !laid.IsFolder(f.Over, below) {
		src := &source{path: path.Join(y.shown, "profile.yaml")}
		l.found = append(l.found, src.finding(strings.Count(plain[:m[2]], "\n")+1, 1, CodeReference, "there is no profile %q to extend", below))
		return ""
	}
	return below
}

// fileTypes says which Go type each YAML file has.
var fileTypes = map[string]reflect.Type{
	"profile.yaml":      reflect.TypeFor[ProfileFile](),
	"law.yaml":          reflect.TypeFor[LawFile](),
	"institutions.yaml": reflect.TypeFor[InstitutionsFile](),
	"registers.yaml":    reflect.TypeFor[RegistersFile](),
	"references.yaml":   reflect.TypeFor[ReferencesFile](),
	"identifiers.yaml":  reflect.TypeFor[IdentifiersFile](),
	"consent.yaml":      reflect.TypeFor[ConsentFile](),
	"roles.yaml":        reflect.TypeFor[RolesFile](),
	"cases.yaml":        reflect.TypeFor[CasesFile](),
}

const territoryFile = "territory.csv"

var calendarType = reflect.TypeFor[SchoolYear]()

// reservedFiles are names that a later capability will give a meaning.
var reservedFiles = []string{"requests.yaml", "statistics.yaml", "school.yaml", "training.yaml"}

func typeOfFile(name string) reflect.Type {
	if path.Dir(name) == "calendar" {
		return calendarType
	}
	return fileTypes[name]
}

// read reads and parses every file of a layer; depth is the layer's height.
func (l *loader) read(y *layer, depth int, hash func([]byte) (int, error)) {
	y.depth = depth
	y.nodes, y.tables, y.texts = map[string]*node{}, map[string]*table{}, map[string]*source{}
	shown := strings.TrimSuffix(y.shown, y.dir)
	files, strays := laid.Walk(y.fsys, shown, y.dir, laid.Rules{
		Code: CodeFile, Names: append(slices.Collect(maps.Keys(fileTypes)), territoryFile, "calendar", "references", "texts"),
		Counts: func(name string, folder bool) bool {
			rel := strings.TrimPrefix(name, y.dir+"/")
			if folder {
				return slices.Contains([]string{"calendar", "references", "texts"}, rel)
			}
			return known(rel) || slices.Contains(reservedFiles, rel)
		},
	})
	l.found = append(l.found, strays...)
	for _, name := range files {
		rel := strings.TrimPrefix(name, y.dir+"/")
		src := &source{path: path.Join(y.shown, rel), rel: rel, layer: depth}
		if !known(rel) {
			l.found = append(l.found, src.finding(0, 0, CodeReserved, "the name is reserved: nothing reads the file yet"))
			continue
		}
		text, err := fs.ReadFile(y.fsys, name)
		if err != nil {
			l.found = append(l.found, src.finding(0, 0, CodeSyntax, "%s", laid.Why(err)))
			continue
		}
		src.text = string(text)
		fmt.Fprintf(writer(hash), "%d %s %d\n%s", depth, rel, len(text), text)
		l.parse(y, rel, src)
		l.p.Files = append(l.p.Files, File{Name: src.path, Over: y.over})
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// known reports whether a profile has a file of that name.
func known(rel string) bool {
	dir, ext := path.Dir(rel), path.Ext(rel)
	return fileTypes[rel] != nil || rel == territoryFile ||
		dir == "calendar" && ext == ".yaml" || dir == "references" && ext == ".csv" || dir == "texts" && ext == ".md"
}

func (l *loader) parse(y *layer, rel string, src *source) {
	var f Findings
	switch {
	case path.Ext(rel) == ".yaml":
		y.nodes[rel], f = parseYAML(src)
	case rel == territoryFile:
		y.tables[rel], f = parseCSV(src, territoryColumns, []string{"code", "level"})
	case path.Ext(rel) == ".csv":
		y.tables[rel], f = parseCSV(src, bookColumns, []string{"code"})
	default:
		y.texts[rel] = src
		f = src.readText()
	}
	l.found = append(l.found, f...)
}

// mergeLayers lays the layers over one another, file by file.
func (l *loader) mergeLayers() {
	for i, y := range l.layers {
		if l.merge.ministry = y.over && i > 0 && l.layers[i-1].dir == y.dir; l.merge.ministry {
			l.country = maps.Clone(l.nodes)
		}
		for rel, n := range y.nodes {
			if n == nil {
				continue
			}
			if lower := l.nodes[rel]; lower != nil {
				n = l.merge.mapping(typeOfFile(rel), lower, n, nil)
			}
			l.nodes[rel] = n
		}
		for rel, t := range y.tables {
			var taken Findings
			l.tables[rel], taken = t.over(l.tables[rel])
			l.found = append(l.found, taken...)
		}
	}
}

// decodeAll fills the profile, languages first since every text depends on them.
func (l *loader) decodeAll(id string) {
	p := l.p
	top := l.nodes["profile.yaml"]
	l.file(top, &p.ProfileFile)
	if top != nil && p.ID != id {
		l.add(top.at("id"), CodeValue, "id %q must be the folder's name, %q", p.ID, id)
	}
	var (
		law          LawFile
		institutions InstitutionsFile
		registers    RegistersFile
		references   ReferencesFile
		identifiers  IdentifiersFile
		consent      ConsentFile
		roles        RolesFile
	)
	for rel, target := range map[string]any{
		"law.yaml": &law, "institutions.yaml": &institutions, "registers.yaml": &registers, "references.yaml": &references,
		"identifiers.yaml": &identifiers, "consent.yaml": &consent, "roles.yaml": &roles, "cases.yaml": &p.Cases,
	} {
		l.file(l.nodes[rel], target)
	}
	p.casesAt = l.nodes["cases.yaml"]
	p.Laws, p.Rules = law.Laws, law.Rules
	p.TypeGroups, p.Directorates, p.Offices, p.Types = institutions.Groups, institutions.Directorates, institutions.Offices, institutions.Types
	p.NameWords = institutions.NameWords
	p.Registers, p.Books, p.Identifiers = registers.Registers, references.Books, identifiers.Identifiers
	p.Forms, p.Undertakings, p.Notices = consent.Forms, consent.Undertakings, consent.Notices
	p.Roles = roles.Roles
	l.decodeYears()
	l.decodeTables()
	l.decodeTexts()
}

func (l *loader) readLanguages() {
	languages := l.nodes["profile.yaml"].get("languages")
	read := func(key string) (tags []string) {
		list := languages.get(key)
		if list == nil {
			return nil
		}
		for _, n := range list.items {
			if wellFormed(n.value) {
				tags = append(tags, n.value)
			} else {
				l.add(n, CodeLanguageTag, "%q is no language tag", n.value)
			}
		}
		return tags
	}
	l.official, l.allowed = read("official"), read("offered")
	for _, y := range l.layers {
		if offered := y.nodes["profile.yaml"].get("languages").get("offered"); offered != nil {
			for _, n := range offered.items {
				l.narrowed = append(l.narrowed, n.value)
			}
		}
	}
	for i, tag := range l.official {
		if len(l.allowed) > 0 && !slices.Contains(l.allowed, tag) {
			l.add(languages.item("official", i), CodeValue, "the official language %q must be offered, too", tag)
		}
	}
	if languages != nil && len(l.official) == 0 {
		l.add(languages.at("official"), CodeMissing, "at least one language must be official")
	}
}
