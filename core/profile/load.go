package profile

import (
	"bytes"
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
	"sync"

	"mektep/core/finding"
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
	ids := IDs(fsys)
	profiles, findings := make([]*Profile, len(ids)), make([]Findings, len(ids))
	var group sync.WaitGroup
	for i, id := range ids { // at the start of the server: as many at once as there are cores
		group.Go(func() { profiles[i], findings[i] = Load(fsys, id) })
	}
	group.Wait()
	all := map[string]*Profile{}
	for i, id := range ids {
		if profiles[i] != nil {
			all[id] = profiles[i]
		}
	}
	return all, slices.Concat(findings...).Sorted()
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
		return nil, l.found.Sorted()
	}
	l.decodeAll(id)
	l.resolve()
	l.check()
	l.found = append(l.found, l.merge.found...)
	if len(l.found) > 0 {
		return nil, withoutEchoes(l.found.Sorted())
	}
	l.p.Hash = hex.EncodeToString(hash.Sum(nil))[:32]
	return l.p, nil
}

// extendsLine finds the layer below before anything is parsed. Whoever writes the
// key otherwise gets no layer, and hears of it from checkTop.
var extendsLine = regexp.MustCompile(`(?m)^extends: *"?([^"\s#]*)`)

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
		m := extendsLine.FindSubmatchIndex(text)
		if m == nil {
			return
		}
		below := string(text[m[2]:m[3]])
		if !profileForm.MatchString(below) || !isDir(fsys, below) {
			src := &source{path: path.Join(name, "profile.yaml")}
			l.found = append(l.found, src.finding(bytes.Count(text[:m[2]], []byte("\n"))+1, 1, CodeReference, "there is no profile %q to extend", below))
			return
		}
		name = below
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
		l.found = append(l.found, src.finding(0, 0, CodeFile, "no profile has such a file%s", finding.DidYouMean(rel, names)))
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
