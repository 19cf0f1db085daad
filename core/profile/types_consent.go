package profile

// ConsentFile is consent.yaml. The wording of each entry stands in
// texts/<id>.<language>.md, in every official language.
type ConsentFile struct {
	Forms        []Form        `yaml:"forms"`
	Undertakings []Undertaking `yaml:"undertakings"`
	Notices      []Notice      `yaml:"notices"`
}

// Form is a form by which a person consents to the keeping of data.
type Form struct {
	Entry      `yaml:",inline"`
	Period     `yaml:",inline"`
	Name       Text     `yaml:"name" must:"yes"`
	Of         []string `yaml:"of" must:"yes" ref:"register"`           // registers whose people it concerns
	Covers     []string `yaml:"covers" must:"yes" ref:"group_or_field"` // register.group or register.group.field
	SignerExpr string   `yaml:"signer" must:"yes" cel:"signer"`         // who signs: "self" or "guardian", by the person's age
	Revocable  bool     `yaml:"revocable"`
	KeptIn     string   `yaml:"kept_in" enum:"personal_file|register"` // where the signed original lies
	Use        Text     `yaml:"use"`                                   // what the data may also be used for
	Source     string   `yaml:"source" must:"yes" ref:"law"`

	texts  Text
	signer *condition
}

// Undertaking is what a person signs on screen before using the system.
type Undertaking struct {
	Entry     `yaml:",inline"`
	Period    `yaml:",inline"`
	Name      Text   `yaml:"name" must:"yes"`
	RenewDays int    `yaml:"renew_days"`           // signed again after so many days; 0: never
	Renew     string `yaml:"renew" enum:"wording"` // also signed again whenever the wording in force is another; default: signed once
	KeptIn    string `yaml:"kept_in" enum:"personal_file|register"`
	Source    string `yaml:"source" must:"yes" ref:"law"`

	texts Text
}

// Notice is a text that people are entitled to read: privacy, accessibility, measures.
type Notice struct {
	Entry  `yaml:",inline"`
	Name   Text   `yaml:"name" must:"yes"`
	Source string `yaml:"source" ref:"law"`

	texts Text
}

// RolesFile is roles.yaml. What a role may do stands in the policy files; here
// stands how it is got.
type RolesFile struct {
	Roles []Role `yaml:"roles"`
}

// Role is a role that a person holds at a unit.
type Role struct {
	Entry          `yaml:",inline"`
	Period         `yaml:",inline"`
	Name           Text     `yaml:"name" must:"yes"`
	Help           Text     `yaml:"help"`                                                              // what it is for, in one line
	Level          string   `yaml:"level" must:"yes" ref:"level"`                                      // of the unit where it is held
	Offices        []string `yaml:"offices" ref:"office"`                                              // only at these directorates or offices
	Institutions   []string `yaml:"institutions" ref:"type_group"`                                     // only at institutions of these groups
	Person         string   `yaml:"person" must:"yes" enum:"official|staff|learner|guardian|external"` // what kind of person
	GrantedBy      []Grant  `yaml:"granted_by"`                                                        // who may give and end it
	Order          string   `yaml:"order" enum:"required|optional|none"`                               // number and date of an order; default none
	Identification string   `yaml:"identification" enum:"required|none"`                               // the giver notes how the person was identified; default none
	Notify         []string `yaml:"notify" ref:"level"`                                                // units above the role's unit that are told
	BeforeUse      []string `yaml:"before_use" ref:"before_use"`                                       // second_factor, undertaking:<id>
	Guarded        bool     `yaml:"guarded"`                                                           // whatever gives, takes over or takes away its holder needs two people
	OneHolder      bool     `yaml:"one_holder"`                                                        // one person at a unit: a second is asked about first
	Source         string   `yaml:"source" ref:"law"`
}

// Grant says which role may give a role, and where.
type Grant struct {
	Role         string   `yaml:"role" must:"yes" ref:"role"`
	Within       string   `yaml:"within" enum:"unit|territory|overseen|tenant"` // where the receiving unit lies, seen from the giver's; default territory
	Institutions []string `yaml:"institutions" ref:"type_group"`                // only at institutions of these groups
	Source       string   `yaml:"source" ref:"law"`
}
