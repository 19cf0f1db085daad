package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
)

// Load reads the profile in folder id of fsys, with the layers it extends. When
// there are findings the profile is nil: nothing half understood is ever used.
// Files in the findings are named from the root of fsys; see Findings.In.
func Load(fsys fs.FS, id string) (*Profile, Findings) {
	return load(fsys, id, nil)
}

// LoadOverlay is Load with a ministry's own layer on top. overlay holds the same
// file names as a country's folder, directly at its root.
func LoadOverlay(fsys fs.FS, id string, overlay fs.FS) (*Profile, Findings) {
	return load(fsys, id, overlay)
}

// LoadAll reads every profile of embedded, with the files of overlay (a folder
// on disk with the same layout, or nil) in place of the embedded ones. Folders
// that begin with _ are layers for others; schema holds no profile.
func LoadAll(embedded, overlay fs.FS) (map[string]*Profile, Findings) {
	fsys := Over(embedded, overlay)
	all := map[string]*Profile{}
	var found Findings
	for _, id := range IDs(fsys) {
		p, f := Load(fsys, id)
		found = append(found, f...)
		if p != nil {
			all[id] = p
		}
	}
	return all, found.sorted()
}

// IDs returns the ids of the profiles in fsys: every folder with a profile.yaml
// whose name does not begin with _.
func IDs(fsys fs.FS) []string {
	var ids []string
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), "_") && !strings.HasPrefix(e.Name(), ".") && e.Name() != "schema" {
			ids = append(ids, e.Name())
		}
	}
	return ids
}

// layer is one folder of files, lowest first in a profile.
type layer struct {
	fsys   fs.FS
	dir    string // folder within fsys
	shown  string // how findings name the folder
	nodes  map[string]*node
	tables map[string]*table
	texts  map[string]*source // texts/<id>.<language>.md
}

type loader struct {
	decoder
	layers []*layer
	merge  merger
	p      *Profile
	nodes  map[string]*node // merged, by file
	tables map[string]*table
}

func load(fsys fs.FS, id string, overlay fs.FS) (*Profile, Findings) {
	l := &loader{p: &Profile{}, nodes: map[string]*node{}, tables: map[string]*table{}}
	l.partial = strings.HasPrefix(id, "_")
	l.chain(fsys, id)
	if overlay != nil {
		l.layers = append(l.layers, &layer{fsys: overlay, dir: ".", shown: "overlay"})
	}
	hash := sha256.New()
	for i, y := range l.layers {
		l.read(y, i, hash.Write)
	}
	l.mergeLayers()
	if l.nodes["profile.yaml"].get("languages") == nil { // every text depends on it: the rest would be noise
		if len(l.found) == 0 {
			l.found = append(l.found, Finding{File: path.Join(id, "profile.yaml"), Code: CodeMissing, Message: `missing key "languages"`})
		}
		return nil, l.found.sorted()
	}
	l.decodeAll(id)
	l.resolve()
	l.check()
	l.found = append(l.found, l.merge.found...)
	if len(l.found) > 0 {
		return nil, l.found.sorted().withoutEchoes()
	}
	l.p.Hash = hex.EncodeToString(hash.Sum(nil))[:32]
	return l.p, nil
}

// chain finds the layers that the profile extends.
func (l *loader) chain(fsys fs.FS, id string) {
	seen := []string{}
	for name := id; name != ""; {
		if slices.Contains(seen, name) {
			l.found = append(l.found, Finding{File: path.Join(name, "profile.yaml"), Code: CodeCycle, Message: fmt.Sprintf("extends runs in a circle: %s", strings.Join(append(seen, name), " → "))})
			return
		}
		seen = append(seen, name)
		y := &layer{fsys: fsys, dir: name, shown: name}
		l.layers = slices.Insert(l.layers, 0, y)
		text, err := fs.ReadFile(fsys, path.Join(name, "profile.yaml"))
		if err != nil {
			l.found = append(l.found, Finding{File: path.Join(name, "profile.yaml"), Code: CodeNoFile, Message: "there is no such file"})
			return
		}
		root, _ := parseYAML(&source{path: path.Join(name, "profile.yaml"), text: string(text)})
		extends := root.get("extends")
		if extends == nil {
			return
		}
		if !profileForm.MatchString(extends.value) || !isDir(fsys, extends.value) {
			l.add(extends, CodeReference, "there is no profile %q to extend", extends.value)
			return
		}
		name = extends.value
	}
}

func isDir(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
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
	y.nodes, y.tables, y.texts = map[string]*node{}, map[string]*table{}, map[string]*source{}
	err := fs.WalkDir(y.fsys, y.dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel := strings.TrimPrefix(name, y.dir+"/")
		if strings.HasPrefix(path.Base(name), ".") || rel == "README.md" {
			return nil
		}
		src := &source{path: path.Join(y.shown, rel), layer: depth}
		if !l.known(rel, src) {
			return nil
		}
		text, err := fs.ReadFile(y.fsys, name)
		if err != nil {
			return err
		}
		src.text = string(text)
		fmt.Fprintf(writer(hash), "%d %s %d\n%s", depth, rel, len(text), text)
		l.parse(y, rel, src)
		return nil
	})
	if err != nil {
		l.found = append(l.found, Finding{File: y.shown, Code: CodeNoFile, Message: "the folder cannot be read"})
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

func (l *loader) known(rel string, src *source) bool {
	dir, ext := path.Dir(rel), path.Ext(rel)
	switch {
	case fileTypes[rel] != nil, rel == "territory.csv",
		dir == "calendar" && ext == ".yaml", dir == "references" && ext == ".csv", dir == "texts" && ext == ".md":
		return true
	case slices.Contains(reservedFiles, rel):
		l.found = append(l.found, src.finding(0, 0, CodeReserved, "the name is reserved: nothing reads the file yet"))
	default:
		names := append(slices.Collect(maps.Keys(fileTypes)), "territory.csv")
		l.found = append(l.found, src.finding(0, 0, CodeFile, "no profile has such a file%s", didYouMean(rel, names)))
	}
	return false
}

func (l *loader) parse(y *layer, rel string, src *source) {
	var f Findings
	switch {
	case path.Ext(rel) == ".yaml":
		y.nodes[rel], f = parseYAML(src)
	case rel == "territory.csv":
		y.tables[rel], f = parseCSV(src, territoryColumns, []string{"code", "level"})
	case path.Ext(rel) == ".csv":
		y.tables[rel], f = parseCSV(src, bookColumns, []string{"code"})
	default:
		y.texts[rel] = src
	}
	l.found = append(l.found, f...)
}

// mergeLayers lays the layers over one another, file by file.
func (l *loader) mergeLayers() {
	for _, y := range l.layers {
		for rel, n := range y.nodes {
			if n == nil {
				continue
			}
			if lower := l.nodes[rel]; lower != nil {
				n = l.merge.mapping(typeOfFile(rel), lower, n)
			}
			l.nodes[rel] = n
		}
		for rel, t := range y.tables {
			l.tables[rel] = t.over(l.tables[rel])
		}
	}
}

// decodeAll fills the profile, languages first since every text depends on them.
func (l *loader) decodeAll(id string) {
	l.readLanguages()
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
	for i, tag := range l.official {
		if len(l.allowed) > 0 && !slices.Contains(l.allowed, tag) {
			l.add(languages.item("official", i), CodeValue, "the official language %q must be offered, too", tag)
		}
	}
	if languages != nil && len(l.official) == 0 {
		l.add(languages.at("official"), CodeMissing, "at least one language must be official")
	}
}

func (l *loader) decodeYears() {
	for _, rel := range slices.Sorted(maps.Keys(l.nodes)) {
		if path.Dir(rel) != "calendar" {
			continue
		}
		y := &SchoolYear{}
		l.file(l.nodes[rel], y)
		if want := strings.TrimSuffix(path.Base(rel), ".yaml"); y.ID != want && y.ID != "" {
			l.add(l.nodes[rel].at("id"), CodeValue, "id %q must be the file's name, %q", y.ID, want)
		}
		l.p.Years = append(l.p.Years, y)
	}
	slices.SortStableFunc(l.p.Years, func(a, b *SchoolYear) int { return int(a.Start - b.Start) })
}

func (l *loader) decodeTables() {
	for _, y := range l.layers {
		for _, t := range y.tables {
			l.languages(t)
		}
	}
	if t := l.tables["territory.csv"]; t != nil {
		l.p.Territory = l.areas(t)
	}
	declared := l.rawIDs("references.yaml", "books")
	for rel, t := range l.tables {
		id := strings.TrimSuffix(path.Base(rel), ".csv")
		if path.Dir(rel) == "references" && !slices.Contains(declared, id) {
			l.found = append(l.found, t.src.finding(0, 0, CodeFile, "references.yaml declares no book %q%s", id, didYouMean(id, declared)))
		}
	}
	for i := range l.p.Books {
		b := &l.p.Books[i]
		if t := l.tables["references/"+b.ID+".csv"]; t != nil {
			b.Items = l.items(t)
		} else if b.ID != "" {
			l.add(b.src, CodeNoFile, "the entries of book %q are missing: references/%s.csv", b.ID, b.ID)
		}
	}
}

// rawIDs returns the ids that any layer has in a list, those removed by a later
// layer included.
func (l *loader) rawIDs(rel, list string) []string {
	var ids []string
	for _, y := range l.layers {
		ids = append(ids, idsOf(y.nodes[rel].get(list))...)
	}
	return ids
}

func (l *loader) decodeTexts() {
	p := l.p
	p.texts = map[string]Text{}
	used := slices.Concat(l.rawIDs("profile.yaml", "pages"), l.rawIDs("consent.yaml", "forms"), l.rawIDs("consent.yaml", "undertakings"), l.rawIDs("consent.yaml", "notices"))
	for _, y := range l.layers {
		for _, rel := range slices.Sorted(maps.Keys(y.texts)) {
			src := y.texts[rel]
			name := strings.TrimSuffix(path.Base(rel), ".md")
			dot := strings.LastIndexByte(name, '.')
			id, tag := name[:max(dot, 0)], name[dot+1:]
			switch {
			case dot < 1 || !wellFormed(tag):
				l.found = append(l.found, src.finding(0, 0, CodeFile, "a text must be called <id>.<language>.md"))
			case !slices.Contains(used, id):
				l.found = append(l.found, src.finding(0, 0, CodeFile, "no page, form, undertaking or notice is called %q%s", id, didYouMean(id, used)))
			case src.layer > 0 && len(l.allowed) > 0 && !slices.Contains(l.allowed, tag):
				l.found = append(l.found, src.finding(0, 0, CodeLanguageTag, "the profile offers no language %q", tag))
			case !validText(src.text):
				l.found = append(l.found, src.finding(1, 1, CodeSyntax, "empty or not UTF-8"))
			default:
				if p.texts[id] == nil {
					p.texts[id] = Text{}
				}
				p.texts[id][tag] = strings.TrimSpace(src.text)
			}
		}
	}
	for i := range p.Forms {
		p.Forms[i].texts = l.wording(&p.Forms[i].Entry)
	}
	for i := range p.Undertakings {
		p.Undertakings[i].texts = l.wording(&p.Undertakings[i].Entry)
	}
	for i := range p.Notices {
		p.Notices[i].texts = l.wording(&p.Notices[i].Entry)
	}
	for i := range p.Pages {
		if g := &p.Pages[i]; g.Body == nil && g.src.get("body") == nil {
			g.Body = l.wording(&g.Entry)
		}
	}
}

// wording returns the text of an entry and reports the official languages it lacks.
func (l *loader) wording(e *Entry) Text {
	t := l.p.texts[e.ID]
	for _, tag := range l.official {
		if t[tag] == "" && e.ID != "" && !l.partial {
			l.add(e.src.at("id"), CodeNoFile, "the wording of %q in the official language %s is missing: texts/%s.%s.md", e.ID, tag, e.ID, tag)
		}
	}
	return t
}
