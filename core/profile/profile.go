package profile

import (
	"time"
)

// Profile is the effective profile of a country or of one ministry: all layers
// merged and checked. It never changes; everyone shares it.
type Profile struct {
	ProfileFile
	Laws         []Law
	Rules        []Rule
	TypeGroups   []TypeGroup
	Directorates []Directorate
	Offices      []Office
	Types        []Type
	NameWords    []string
	Territory    []Area
	Registers    []Register
	Books        []Book
	Identifiers  []Identifier
	Forms        []Form
	Undertakings []Undertaking
	Notices      []Notice
	Roles        []Role
	Years        []*SchoolYear // in order of time
	Cases        CasesFile
	Hash         string         // of everything the profile was read from: equal profiles have equal hashes
	Zone         *time.Location // of TimeZone
	Files        []File         // that it was read from
	Notes        Findings       // what is worth saying and no mistake: files that nobody reads

	derived *derived        // nil: of a profile that was not loaded
	texts   map[string]Text // wording by id of page, form, undertaking or notice
	index   index
	casesAt *node
	untried map[*node]bool // cases that rest on what a ministry says otherwise
}

// File is a file that counts.
type File struct {
	Name string // as findings call it
	Over bool   // of the folder that is laid over the built-in one
}

// index finds entries by id.
type index struct {
	laws        map[string]*Law
	rules       map[string]*Rule
	typeGroups  map[string]*TypeGroup
	direct      map[string]*Directorate
	offices     map[string]*Office
	types       map[string]*Type
	territory   map[string][]*Area // rows of a code, in order of time
	registers   map[string]*Register
	groups      map[string]*Group // register.group
	books       map[string]*Book
	identifiers map[string]*Identifier
	forms       map[string]*Form
	undertaking map[string]*Undertaking
	notices     map[string]*Notice
	roles       map[string]*Role
	years       map[string]*SchoolYear
	levels      map[string]*Level
	sections    map[string]*Section
	covered     map[string]*Section // register.group → section
	contacts    map[string]*Contact
	pages       map[string]*Page
	switches    map[string]*Switch
	limits      map[string]*Limit
}

func byID[T any](entries []T, id func(*T) string) map[string]*T {
	m := make(map[string]*T, len(entries))
	for i := range entries {
		m[id(&entries[i])] = &entries[i]
	}
	return m
}
