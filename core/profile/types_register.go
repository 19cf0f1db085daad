package profile

// RegistersFile is registers.yaml.
type RegistersFile struct {
	Registers []Register `yaml:"registers"`
}

// Register is a register and its fields: institution, person, learner, staff,
// guardian, enrolment.
type Register struct {
	Entry  `yaml:",inline"`
	Name   Text    `yaml:"name" must:"yes"`
	Groups []Group `yaml:"groups"`
	Source string  `yaml:"source" ref:"law"`

	fields map[string]*Field
	all    []*Field
}

// Group is a group of fields: one heading of a form and one object of the policy.
type Group struct {
	Entry    `yaml:",inline"`
	Name     Text    `yaml:"name" must:"yes"`
	Help     Text    `yaml:"help"`
	Category string  `yaml:"category" must:"yes" enum:"public|statistical|contact|personal|special"`
	Basis    Basis   `yaml:"basis" must:"yes"`
	Owner    string  `yaml:"owner" ref:"owner"` // self (default) or the id of the register that owns the data: then it is read-only here
	Sealed   bool    `yaml:"sealed"`            // the policy object is sealed.<register>.<group>, which no wildcard opens
	WhenExpr string  `yaml:"when" cel:"record"` // the group applies only where this holds
	Fields   []Field `yaml:"fields"`

	register string
	when     *condition
}

// Basis says why the data may be kept: exactly one of the three.
type Basis struct {
	Law     string `yaml:"law" ref:"law"`      // a law demands or allows it
	Consent string `yaml:"consent" ref:"form"` // the person agreed
	Duty    string `yaml:"duty" ref:"law"`     // an official task set by the law cited
}

// Field is one field. Forms, tables, imports, API schemas and validation are
// derived from it.
type Field struct {
	Entry        `yaml:",inline"`
	Period       `yaml:",inline"` // kept within it; older values stay readable
	Name         Text             `yaml:"name" must:"yes"`
	Aliases      []string         `yaml:"aliases"` // other headings under which an import may meet it
	Help         Text             `yaml:"help"`
	Type         FieldType        `yaml:"type" must:"yes"`        // text, long_text, int, decimal, bool, date, year, phone, email, url, reference:X, references:X, identifier:X
	Unit         Text             `yaml:"unit"`                   // of measure: m², km
	UnitAliases  []string         `yaml:"unit_aliases"`           // other ways to write the unit: sq m
	OtherUnits   []string         `yaml:"other_units"`            // units that people count in instead, and how many of the field's one of each is: acre, ac = 4046.86
	Min          *float64         `yaml:"min"`                    // int and decimal: least value; text: least length
	Max          *float64         `yaml:"max"`                    // int and decimal: greatest value; text: greatest length
	Earliest     Date             `yaml:"earliest"`               // of a date
	Latest       string           `yaml:"latest" form:"latest"`   // of a date or year: a day, or today
	Decimals     *int             `yaml:"decimals"`               // places kept of a decimal; default 2
	Pattern      string           `yaml:"pattern" form:"pattern"` // the whole value must match (RE2)
	RequiredExpr string           `yaml:"required" cel:"record"`  // "true", or the condition under which it must be there
	WhenExpr     string           `yaml:"when" cel:"record"`      // the field applies only where this holds
	CheckExpr    string           `yaml:"check" cel:"field"`      // a condition the value must meet
	CheckNote    Text             `yaml:"check_note"`             // what to tell the person when check fails
	Filter       bool             `yaml:"filter"`                 // lists can be filtered by it
	Unique       bool             `yaml:"unique"`                 // no two records of a ministry share a value
	DerivedExpr  string           `yaml:"derived" cel:"value"`    // computed from other fields; then read-only
	Example      string           `yaml:"example"`                // shown as an example; must itself be valid
	Source       string           `yaml:"source" ref:"law"`       // where it is asked for, when it is not the group's basis

	profile  *Profile
	register string
	group    *Group
	rules    fieldRules
}

// ReferencesFile is references.yaml: the reference books. The entries of book
// "x" stand in references/x.csv.
type ReferencesFile struct {
	Books []Book `yaml:"books"`
}

// Book is a reference book (a code list).
type Book struct {
	Entry      `yaml:",inline"`
	Name       Text   `yaml:"name" must:"yes"`
	Extensible bool   `yaml:"extensible"` // a ministry may add entries of its own
	Source     string `yaml:"source" ref:"law"`

	Items  []Item           // rows of references/<id>.csv, in their order
	byCode map[string][]int // rows of a code, in order of time
}

// IdentifiersFile is identifiers.yaml.
type IdentifiersFile struct {
	Identifiers []Identifier `yaml:"identifiers"`
}

// Identifier is a number or code that identifies a person, an institution or a
// place, with the proof that its rule is right.
type Identifier struct {
	Entry      `yaml:",inline"`
	Period     `yaml:",inline"`
	Name       Text              `yaml:"name" must:"yes"`
	Short      Text              `yaml:"short"`
	Of         string            `yaml:"of" must:"yes" enum:"person|institution|enterprise|place|document"`
	Strip      string            `yaml:"strip"`                             // characters people type between the digits, dropped before anything else; default: blanks
	Upper      bool              `yaml:"upper"`                             // letters are made capital first
	Pattern    string            `yaml:"pattern" must:"yes" form:"pattern"` // the whole value must match (RE2)
	CheckExpr  string            `yaml:"check" cel:"identifier"`            // must be true; absent where no check digit is known: none is invented
	DeriveExpr map[string]string `yaml:"derive" cel:"derive"`               // values it carries: birth_date, sex, …
	Valid      []string          `yaml:"valid" must:"yes"`                  // worked examples
	Invalid    []string          `yaml:"invalid" must:"yes"`
	Help       Text              `yaml:"help"`
	Source     string            `yaml:"source" ref:"law"`

	rules identifierRules
}
