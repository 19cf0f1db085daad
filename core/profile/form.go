package profile

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// The forms of words in the files.
var (
	idForm      = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	profileForm = regexp.MustCompile(`^_?[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	lawForm     = regexp.MustCompile(`^[a-z][a-z0-9]*([_-][a-z0-9]+)*$`)
	ruleForm    = regexp.MustCompile(`^[A-Z]{2,}(-[A-Za-z0-9]+)+$`)
	articleForm = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z0-9]+)*$`)
	yearForm    = regexp.MustCompile(`^[0-9]{4}(-[0-9]{4})?$`)
	timeForm    = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	colourForm  = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
)

// forms says of each form how it is tested and what to tell the writer.
var forms = map[string]struct {
	pattern *regexp.Regexp
	advice  string
}{
	"id":         {idForm, "must be snake_case: a–z, digits and single underscores"},
	"profile_id": {profileForm, "must be snake_case: a–z, digits and single underscores"},
	"law_id":     {lawForm, "must be a–z, digits, underscores and hyphens"},
	"rule_id":    {ruleForm, "must look like XX-ER-6c"},
	"article_id": {articleForm, "must look like 4.4 or annex_1_2"},
	"year":       {yearForm, "must look like 2025-2026"},
	"time":       {timeForm, "must be a time of day like 13:00"},
	"colour":     {colourForm, "must be a colour like #1a5fb4"},
}

// checkForm returns what is wrong with a word, or nothing.
func checkForm(form, word string) string {
	if f, ok := forms[form]; ok {
		if f.pattern.MatchString(word) {
			return ""
		}
		return fmt.Sprintf("%q %s", word, f.advice)
	}
	switch form {
	case "pattern":
		if _, err := compilePattern(word); err != nil {
			return fmt.Sprintf("the pattern does not compile: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	case "expr":
		if _, err := parseExpr(word); err != nil {
			return err.Error()
		}
	case "email":
		if a, err := mail.ParseAddress(word); err != nil || a.Address != word {
			return fmt.Sprintf("%q is no e-mail address", word)
		}
	case "url":
		if u, err := url.Parse(word); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return fmt.Sprintf("%q is no web address", word)
		}
	case "latest":
		if _, err := ParseDate(word); err != nil && word != "today" {
			return fmt.Sprintf("%q is neither a day nor today", word)
		}
	case "moment":
		if _, err := parseMoment(word, time.UTC); err != nil {
			return fmt.Sprintf("%q is no moment like 2026-01-26 or 2026-01-26T18:00", word)
		}
	}
	return ""
}

// compilePattern compiles a pattern that the whole value must match.
func compilePattern(p string) (*regexp.Regexp, error) {
	if len(p) > 500 {
		return nil, fmt.Errorf("longer than 500 characters")
	}
	if _, err := regexp.Compile(p); err != nil { // by itself first: "a)(b" must not slip through
		return nil, err
	}
	return regexp.Compile(`\A(?:` + p + `)\z`)
}

// parseMoment reads 2026-01-26 (the day's beginning) or 2026-01-26T18:00.
func parseMoment(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.ParseInLocation("2006-01-02T15:04", s, zone); err == nil {
		return t, nil
	}
	return time.ParseInLocation(time.DateOnly, s, zone)
}
