package profile

// LawFile is law.yaml.
type LawFile struct {
	Laws  []Law  `yaml:"laws"`  // legal bases
	Rules []Rule `yaml:"rules"` // the requirements that refusals name, each with its legal basis
}

// Law is a legal basis: a law, an order, a circular. Everything else refers to
// it by "id" or "id §article".
type Law struct {
	Entry     `yaml:",inline"` // the id may have hyphens: act-78
	Period    `yaml:",inline"` // in force
	Kind      string           `yaml:"kind" must:"yes" enum:"constitution|code|law|decree|resolution|regulation|order|circular|directive|policy|concept|letter"`
	Number    string           `yaml:"number"`
	Date      Date             `yaml:"date"`             // adopted or signed
	Title     Text             `yaml:"title" must:"yes"` // full title
	Short     Text             `yaml:"short"`            // as officials cite it: "Genelge 2019/16"; default: the title
	Issuer    Text             `yaml:"issuer"`
	Published string           `yaml:"published"` // where: gazette, number, date
	URL       string           `yaml:"url" form:"url"`
	Replaces  []string         `yaml:"replaces" ref:"law"`
	Articles  []Article        `yaml:"articles"`
	Note      Text             `yaml:"note"`
}

// Article is an article, item or annex of a law. The id is what follows § in a
// reference: 4.4, 6, annex_1_2.
type Article struct {
	Entry  `yaml:",inline"`
	Period `yaml:",inline"`
	Name   Text `yaml:"name"` // as it is cited: "7. madde", "п. 4.4"; default: § and the id
	Note   Text `yaml:"note"` // what it says, in one line of the project's own words
}

// Rule links the id of a requirement to the law behind it.
type Rule struct {
	Entry  `yaml:",inline"` // e.g. KG-ER-6c
	Source string           `yaml:"source" must:"yes" ref:"law"`
	Also   []string         `yaml:"also" ref:"law"`
	About  []string         `yaml:"about"`           // objects of the policy of which it says something: "object", "object.*", "object:action", "*:action"; empty: whatever rests on its law
	Name   Text             `yaml:"name" must:"yes"` // what it demands, in one line
}
