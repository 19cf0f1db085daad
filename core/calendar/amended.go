package calendar

import (
	"fmt"

	"mektep/core/profile"
)

// known are the codes of findings that have words of their own.
var known = map[string]bool{
	profile.CodeType: true, profile.CodeDuplicate: true, profile.CodeMissing: true, profile.CodeValue: true, profile.CodeReference: true,
	profile.CodeLanguage: true, profile.CodeLanguageTag: true, profile.CodePeriod: true, profile.CodeOverlap: true, profile.CodeWindow: true,
	profile.CodeGrace: true, profile.CodeWindowOrder: true, profile.CodeUnknownKey: true,
	profile.CodeReach: true, profile.CodeYearLong: true, profile.CodeMany: true, profile.CodeWeaker: true,
}

// amended completes the document of a year that is in force and published: what was
// amended before is kept, and the days that move now are written down beside it, so that
// the calendar says what it was and since when it is otherwise.
func amended(old, now *profile.SchoolYear, draft profile.Document, note profile.Text, day profile.Date) profile.Document {
	if old == nil || old.Provisional() {
		return draft
	}
	before, _ := old.Document()["amendments"].([]any)
	all := append([]any{}, before...)
	if changes := moved(old, now); len(changes) > 0 {
		words := map[string]any{}
		for tag, s := range note {
			words[tag] = s
		}
		all = append(all, map[string]any{"id": fmt.Sprintf("amendment_%d", len(all)+1), "on": day.String(), "note": words, "changes": changes})
	}
	if len(all) > 0 {
		draft["amendments"] = all
	}
	return draft
}

// moved are the days of terms, breaks, holidays and of the year that are different.
func moved(old, now *profile.SchoolYear) (out []any) {
	was, will := days(old), days(now)
	for _, d := range append(was, will...) {
		before, after := was.of(d.what), will.of(d.what)
		if before == after || seen(out, d.what) {
			continue
		}
		c := map[string]any{"what": d.what}
		if before != 0 {
			c["was"] = before.String()
		}
		if after != 0 {
			c["now"] = after.String()
		}
		out = append(out, c)
	}
	return out
}

func seen(changes []any, what string) bool {
	for _, c := range changes {
		if c.(map[string]any)["what"] == what {
			return true
		}
	}
	return false
}

type edge struct {
	what string
	day  profile.Date
}

type edges []edge

func (e edges) of(what string) profile.Date {
	for _, x := range e {
		if x.what == what {
			return x.day
		}
	}
	return 0
}

// days are the first and last days in a school year, by name.
func days(y *profile.SchoolYear) edges {
	out := edges{{"year.start", y.Start}, {"year.end", y.End}}
	add := func(id string, start, end profile.Date) {
		if end == 0 {
			end = start
		}
		out = append(out, edge{id + ".start", start}, edge{id + ".end", end})
	}
	for _, t := range y.Terms {
		add(t.ID, t.Start, t.End)
	}
	for _, b := range y.Breaks {
		add(b.ID, b.Start, b.End)
	}
	for _, h := range y.Holidays {
		add(h.ID, h.Start, h.End)
	}
	return out
}
