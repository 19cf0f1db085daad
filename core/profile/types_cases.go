package profile

// CasesFile is cases.yaml: the profile's own tests, run by Test.
type CasesFile struct {
	Identifiers []IdentifierCase `yaml:"identifiers"`
	Dates       []DateCase       `yaml:"dates"`
	Windows     []WindowCase     `yaml:"windows"`
	Types       []TypeCase       `yaml:"types"`
	Territory   []TerritoryCase  `yaml:"territory"`
	Fields      []FieldCase      `yaml:"fields"`
	Signers     []SignerCase     `yaml:"signers"`
	Grants      []GrantCase      `yaml:"grants"`
}

// IdentifierCase expects a value to be valid or not, and what it carries.
type IdentifierCase struct {
	Identifier string            `yaml:"identifier" must:"yes" ref:"identifier"`
	Value      string            `yaml:"value" must:"yes"`
	Valid      bool              `yaml:"valid"`
	Derived    map[string]string `yaml:"derived"`
	Note       string            `yaml:"note"`
}

// DateCase expects what a day is.
type DateCase struct {
	On        Date   `yaml:"on" must:"yes"`
	Year      string `yaml:"year"`       // id of the school year; none: outside every year
	Term      string `yaml:"term"`       // id of the term; none: outside every term
	SchoolDay *bool  `yaml:"school_day"` // teaching takes place, at least half of the day
	Note      string `yaml:"note"`
}

// WindowCase expects a section to be open or closed at a moment.
type WindowCase struct {
	Section string `yaml:"section" must:"yes" ref:"section"`
	Term    string `yaml:"term"`
	At      string `yaml:"at" must:"yes" form:"moment"` // 2026-01-26 or 2026-01-26T18:00, in the country's time
	Open    bool   `yaml:"open"`
	Note    string `yaml:"note"`
}

// TypeCase expects a type of institution to exist on a day, and who oversees it.
type TypeCase struct {
	Type     string `yaml:"type" must:"yes"`
	On       Date   `yaml:"on" must:"yes"`
	Exists   bool   `yaml:"exists"`
	Overseer string `yaml:"overseer"`
	Note     string `yaml:"note"`
}

// TerritoryCase expects a unit of territory on a day.
type TerritoryCase struct {
	Code   string `yaml:"code" must:"yes"`
	On     Date   `yaml:"on" must:"yes"`
	Exists bool   `yaml:"exists"`
	Parent string `yaml:"parent"`
	Name   Text   `yaml:"name" optional:"yes"`
	Note   string `yaml:"note"`
}

// FieldCase expects which fields of a record are at fault.
type FieldCase struct {
	Register string            `yaml:"register" must:"yes" ref:"register"`
	On       Date              `yaml:"on" must:"yes"`
	Record   map[string]string `yaml:"record"`
	Faults   map[string]string `yaml:"faults"` // field id to message key; empty: none
	Note     string            `yaml:"note"`
}

// SignerCase expects who signs a consent form for a person of an age.
type SignerCase struct {
	Form   string `yaml:"form" must:"yes" ref:"form"`
	Born   Date   `yaml:"born" must:"yes"`
	On     Date   `yaml:"on" must:"yes"`
	Signer string `yaml:"signer" must:"yes" enum:"self|guardian"`
	Note   string `yaml:"note"`
}

// GrantCase expects whether a role may give another.
type GrantCase struct {
	By    string `yaml:"by" must:"yes" ref:"role"`
	Role  string `yaml:"role" must:"yes" ref:"role"`
	Group string `yaml:"group" ref:"type_group"` // of the institution where it is given
	Allow bool   `yaml:"allow"`
	Note  string `yaml:"note"`
}
