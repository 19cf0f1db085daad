package profile

import "time"

// SchoolYear is calendar/<id>.yaml: one school year.
type SchoolYear struct {
	ID         string      `yaml:"id" must:"yes" form:"year"` // the file's name: 2025-2026
	Status     string      `yaml:"status" must:"yes" enum:"published|provisional"`
	Name       Text        `yaml:"name" must:"yes"`
	Start      Date        `yaml:"start" must:"yes"` // first day of the school year, preparations included
	End        Date        `yaml:"end" must:"yes"`   // last day
	Source     string      `yaml:"source" ref:"law"`
	Note       Text        `yaml:"note"`
	Weekend    []string    `yaml:"weekend"` // English day names, short: sat, sun; default both
	Terms      []Term      `yaml:"terms" must:"yes"`
	Breaks     []Break     `yaml:"breaks"`
	Holidays   []Holiday   `yaml:"holidays"`
	Windows    []Window    `yaml:"windows"`
	Amendments []Amendment `yaml:"amendments"`

	src *node
}

// Term is a term or quarter: teaching days lie within terms.
type Term struct {
	Entry `yaml:",inline"`
	Name  Text `yaml:"name" must:"yes"`
	Start Date `yaml:"start" must:"yes"`
	End   Date `yaml:"end" must:"yes"`
}

// Break is a break without teaching.
type Break struct {
	Entry  `yaml:",inline"`
	Name   Text     `yaml:"name" must:"yes"`
	Start  Date     `yaml:"start" must:"yes"`
	End    Date     `yaml:"end" must:"yes"`
	Grades *Range   `yaml:"grades"` // only for these classes; a longer break of the youngest
	Types  []string `yaml:"types" ref:"type"`
}

// Holiday is a public holiday of one or more days.
type Holiday struct {
	Entry  `yaml:",inline"`
	Name   Text   `yaml:"name" must:"yes"`
	Start  Date   `yaml:"start" must:"yes"`
	End    Date   `yaml:"end"`               // default: start
	From   string `yaml:"from" form:"time"`  // the first day is free only from this time of day
	Until  string `yaml:"until" form:"time"` // the last day is free only until this time of day
	Source string `yaml:"source" ref:"law"`
}

// Window is a time in which a section of the system is open. Opens and closes
// are expressions on the year's own dates: term_1.start, term_1.end + 10d,
// term_2.end + 2w 18:00, year.start, or a plain day 2026-06-26. Without a time
// of day a window opens as the day begins and closes as the day ends.
type Window struct {
	Entry      `yaml:",inline"`
	Name       Text       `yaml:"name"` // default: the section's
	Section    string     `yaml:"section" must:"yes" ref:"section"`
	Term       string     `yaml:"term"` // the term whose data it is about: it stays open at least the limit term_grace_days after the term
	Opens      string     `yaml:"opens" must:"yes" form:"expr"`
	Closes     string     `yaml:"closes" must:"yes" form:"expr"`
	Types      []string   `yaml:"types" ref:"type"`           // only for institutions of these types
	ExtendedBy string     `yaml:"extended_by" ref:"extender"` // overseer, or the id of a role
	AfterClose AfterClose `yaml:"after_close"`
	Source     string     `yaml:"source" ref:"law"`

	opens, closes time.Time
	year          *SchoolYear
}

// AfterClose says what remains possible when a window has closed.
type AfterClose struct {
	By     string   `yaml:"by" enum:"change_request|nobody"`                                     // default nobody
	Attach []string `yaml:"attach" enum:"investigation_report|order|court_decision|application"` // documents the request needs
}

// Amendment records how a published calendar was changed during the year.
type Amendment struct {
	Entry   `yaml:",inline"`
	On      Date     `yaml:"on" must:"yes"` // day of the decision
	Source  string   `yaml:"source" ref:"law"`
	Note    Text     `yaml:"note"`
	Changes []Change `yaml:"changes" must:"yes"`
}

// Change is one date before and after an amendment. What is term_4.end, or the
// id of a break or holiday with .start or .end, or year.start, year.end.
type Change struct {
	What string `yaml:"what" must:"yes"`
	Was  Date   `yaml:"was"` // empty: it did not exist
	Now  Date   `yaml:"now"` // empty: it was dropped
}
