package profile

// InstitutionsFile is institutions.yaml.
type InstitutionsFile struct {
	Groups       []TypeGroup   `yaml:"groups"`       // preschool, general, vocational, …
	Directorates []Directorate `yaml:"directorates"` // units of the ministry's centre
	Offices      []Office      `yaml:"offices"`      // territorial authorities
	Types        []Type        `yaml:"types"`        // of institutions
	NameWords    []string      `yaml:"name_words"`   // words that a name of an institution has or lacks without being another's
}

// TypeGroup puts types together for lists, rights and statistics.
type TypeGroup struct {
	Entry  `yaml:",inline"`
	Name   Text   `yaml:"name" must:"yes"`
	Source string `yaml:"source" ref:"law"`
}

// Directorate is a unit of the ministry's centre; onboarding makes a unit of
// level directorate of each.
type Directorate struct {
	Entry  `yaml:",inline"`
	Period `yaml:",inline"`
	Name   Text   `yaml:"name" must:"yes"`
	Short  Text   `yaml:"short"`                                                   // abbreviation as people use it
	Code   string `yaml:"code"`                                                    // official code
	Kind   string `yaml:"kind" enum:"overseer|strategy|it|staff|inspection|other"` // default other; overseer: institutions hang on it by type
	Source string `yaml:"source" ref:"law"`
}

// Office is the education authority that sits at every unit of a level: its name
// is a pattern with {unit}, e.g. "{unit} İl Millî Eğitim Müdürlüğü".
type Office struct {
	Entry  `yaml:",inline"`
	Period `yaml:",inline"`
	Level  string `yaml:"level" must:"yes" ref:"level"`
	Name   Text   `yaml:"name" must:"yes"` // of the kind of office
	Of     Text   `yaml:"of"`              // pattern for one office
	Code   string `yaml:"code"`
	Source string `yaml:"source" ref:"law"`
}

// Type is a type of institution.
type Type struct {
	Entry     `yaml:",inline"`
	Period    `yaml:",inline"` // institutions may be of the type within it
	Name      Text             `yaml:"name" must:"yes"`
	Short     Text             `yaml:"short"`
	Group     string           `yaml:"group" must:"yes" ref:"type_group"`
	ISCED     []int            `yaml:"isced"`                 // ISCED 2011 levels, 0 to 8; empty where it gives no level
	Grades    *Range           `yaml:"grades"`                // first and last class, where it has classes
	Overseer  string           `yaml:"overseer" ref:"office"` // directorate that oversees the type
	Parents   []string         `yaml:"parents" ref:"level"`   // levels under which it may hang; default: those of level institution
	Ownership []string         `yaml:"ownership"`             // codes of the book ownership that are possible; empty: all
	Successor string           `yaml:"successor" ref:"type"`  // what it becomes when until has passed
	Abroad    bool             `yaml:"abroad"`                // such institutions lie abroad: conditions see it
	Aliases   []string         `yaml:"aliases"`               // other spellings that an import may meet
	Source    string           `yaml:"source" ref:"law"`
	Note      Text             `yaml:"note"`
}

// Range is an inclusive range of whole numbers.
type Range struct {
	From int `yaml:"from" must:"yes"`
	To   int `yaml:"to" must:"yes"`
}
