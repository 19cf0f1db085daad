// Package intake understands tables that people bring from elsewhere, for any register: by which
// words their columns are headed ([Headings]), how they write numbers and days ([Reader.Prove]),
// and what a cell says ([Reader.Cell], [Reader.Value], [Reader.Day]): understood as a person
// means it, or a [Fault] that says what would be right. It knows fields and lists of a country
// profile; what a row means as a whole, which record it is and whether it may be entered, is
// its register's.
package intake
