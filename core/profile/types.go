// Package profile reads country profiles: what the law and the practice of one
// country say about institutions, registers, identifiers, consents, roles and
// calendars. A profile is a folder of YAML, CSV and Markdown files (see
// profiles/README.md); everything the platform knows about a country comes from
// there, so this package and all above it name no country.
//
// Load is strict: whatever a file holds that is not understood is a Finding with
// file, line and column, and all findings of all files are reported at once. A
// profile with a finding is never handed out.
package profile

// The Go types of the files, file by file. Struct tags drive the loader and the
// JSON Schemas:
//
//	yaml:"key"          the key in the file
//	must:"…"            yes: the key is required (in the merged profile, not in every layer)
//	enum:"a|b"          the only values allowed
//	ref:"kind"          the value is the id of an entry of that kind: law, level, type,
//	                    type_group, office, reference, role, form, undertaking, notice, register,
//	                    group (register.group), group_or_field, section, identifier, territory
//	cel:"vocabulary"    a CEL expression, compiled at load; see vocabulary.go
//	form:"name"         the form of a string: id, law_id, rule_id, pattern, url, email, phone, time, expr
//	layer:"declared"    only the lowest layer can introduce entries
//
// Every list of entries with an id is merged by id between layers; any other list
// and every scalar is replaced; a Text is merged by language.

// Entry is what every entry of a list has.
type Entry struct {
	ID     string `yaml:"id" must:"yes" form:"id"` // snake_case; unique in its list
	Remove bool   `yaml:"remove"`                  // takes the entry of an earlier layer away
	Locked bool   `yaml:"locked"`                  // the next layer may translate the entry, and nothing else

	src *node // where the entry was written; nil for entries made by hand
}

// Period says from which day to which day something holds, both days included.
// A missing end is open.
type Period struct {
	Since Date `yaml:"since"` // first day
	Until Date `yaml:"until"` // last day
}

// ProfileFile is profile.yaml.
type ProfileFile struct {
	ID            string    `yaml:"id" must:"yes" form:"id"`                    // the folder's name
	Version       string    `yaml:"version" must:"yes"`                         // of the profile's content, e.g. "2026.1"
	Extends       string    `yaml:"extends"`                                    // id of the layer below: _base
	Name          Text      `yaml:"name" must:"yes"`                            // of the country
	Ministry      Text      `yaml:"ministry"`                                   // the ministry's official name, proposed at onboarding
	Languages     Languages `yaml:"languages" must:"yes"`                       // official ones and those offered
	TimeZone      string    `yaml:"time_zone" must:"yes"`                       // IANA name; a day is a day there
	PhoneRegion   string    `yaml:"phone_region" must:"yes"`                    // ISO 3166-1 code by which local phone numbers are read
	NameOrder     string    `yaml:"name_order" enum:"given_first|family_first"` // how people's names are written and sorted
	Levels        []Level   `yaml:"levels" must:"yes"`                          // unit levels in use, top first
	Contacts      []Contact `yaml:"contacts"`                                   // who helps with what
	Pages         []Page    `yaml:"pages"`                                      // home and help texts
	Sections      []Section `yaml:"sections"`                                   // parts of the system that the calendar opens and closes
	Switches      []Switch  `yaml:"switches" layer:"declared"`                  // capabilities turned on or off; declared by _base
	Limits        []Limit   `yaml:"limits" layer:"declared"`                    // numbers that law or prudence sets; declared by _base
	EmailDomains  []string  `yaml:"email_domains"`                              // domains of institutional mail, subdomains included
	Source        string    `yaml:"source" ref:"law"`                           // legal basis of the system as a whole
	AccentColour  string    `yaml:"accent_colour" form:"colour"`                // #rrggbb proposed at onboarding
	DirectoryNote Text      `yaml:"directory_note"`                             // one line under the ministry's name
}

// Languages of a country.
type Languages struct {
	Official []string `yaml:"official" must:"yes"` // names and texts must exist in each; the first is the main one
	Offered  []string `yaml:"offered" must:"yes"`  // a person may choose among these; includes the official ones
	Letters  string   `yaml:"letters"`             // small letters beyond theirs, of other languages that schools teach in: names may have them
}

// Level is a level of units. Its id is one of the core's: ministry, directorate,
// region, district, institution.
type Level struct {
	Entry   `yaml:",inline"`
	Name    Text     `yaml:"name" must:"yes"`     // as the country calls one such unit
	Plural  Text     `yaml:"plural"`              // several of them
	Parents []string `yaml:"parents" ref:"level"` // levels under which it may hang; empty for the top
	Source  string   `yaml:"source" ref:"law"`
}

// Contact is a contact point. The id is the topic: support, parents, data_protection, …
type Contact struct {
	Entry  `yaml:",inline"`
	Name   Text   `yaml:"name" must:"yes"` // of the office or service
	Phone  string `yaml:"phone"`           // as people dial it: short numbers stay short
	Email  string `yaml:"email" form:"email"`
	URL    string `yaml:"url" form:"url"`
	Hours  Text   `yaml:"hours"`
	Note   Text   `yaml:"note"`
	Source string `yaml:"source" ref:"law"`
}

// Page is a text shown on a screen; the id says where: home, help, sign_in, …
// A page without body has it in texts/<id>.<language>.md.
type Page struct {
	Entry `yaml:",inline"`
	Name  Text `yaml:"name" must:"yes"` // heading
	Body  Text `yaml:"body"`
}

// Section is a part of the system that the calendar opens and closes. The groups
// it covers can be written only while one of its windows is open; a group that
// no section covers is always open.
type Section struct {
	Entry  `yaml:",inline"`
	Name   Text     `yaml:"name" must:"yes"`
	Covers []string `yaml:"covers" ref:"group"` // register.group
	ByTerm bool     `yaml:"by_term"`            // its data belongs to terms: every window of it names one
	Source string   `yaml:"source" ref:"law"`
}

// Switch turns a capability on or off. No screen shows its name or a limit's yet, so
// nobody has to write it in each official language.
type Switch struct {
	Entry  `yaml:",inline"`
	Name   Text   `yaml:"name" optional:"yes"`
	On     bool   `yaml:"on"`
	Source string `yaml:"source" ref:"law"`
}

// Limit is a number that law or prudence sets, with the bounds that no later
// layer can leave.
type Limit struct {
	Entry  `yaml:",inline"`
	Name   Text         `yaml:"name" optional:"yes"`
	Unit   string       `yaml:"unit" enum:"days|hours|minutes|count" must:"yes"`
	Least  *float64     `yaml:"least"`             // no value below it
	Most   *float64     `yaml:"most"`              // no value above it
	Values []DatedValue `yaml:"values" must:"yes"` // in order of time, without gap or overlap
	Source string       `yaml:"source" ref:"law"`
}

// DatedValue is the value of a limit in a period.
type DatedValue struct {
	Period `yaml:",inline"`
	Value  float64 `yaml:"value" must:"yes"`
	Source string  `yaml:"source" ref:"law"`
}
