package transfer

import (
	"slices"
	"strings"

	"mektep/core/fault"
	"mektep/core/intake"
)

// A column can hold a text in several languages in each cell. That it does is for a person to say:
// where its heading is in several languages, or its first cells look like it, it is offered.

// tongue is of what a target is the text, and in which language; empty where it says none. What has
// such targets beside it is the text that they are of.
func (m *Matcher) tongue(target string) (of, lang string) {
	if k := strings.LastIndex(target, "."); k > 0 && m.Can(target[:k]) && slices.Contains(m.P.Languages.Offered, target[k+1:]) {
		return target[:k], target[k+1:]
	}
	if slices.ContainsFunc(m.P.Languages.Offered, func(lang string) bool { return m.Can(target + "." + lang) }) {
		return target, ""
	}
	return "", ""
}

// joins reports that a column can hold texts of several targets: of one text, each in another language.
func (m *Matcher) joins(targets []string) bool {
	first := ""
	for k, target := range targets {
		of, lang := m.tongue(target)
		if lang == "" || !m.Can(target) || k > 0 && of != first || slices.Contains(targets[:k], target) {
			return false
		}
		first = of
	}
	return len(targets) > 1
}

// taken are the targets that a column takes for itself; nil: it can't mean this. A text in the main
// language among several is also the one that says no language.
func (m *Matcher) taken(id string) []string {
	parts := intake.Apart(id)
	switch {
	case len(parts) == 1 && m.Can(id):
		return parts
	case !m.joins(parts):
		return nil
	}
	if of, _ := m.tongue(parts[0]); slices.Contains(parts, of+"."+m.P.Main()) {
		parts = append(parts, of)
	}
	return parts
}

// joints are the targets that a column can hold together: of each text in several languages the pairs
// of official ones, and all of them; where only one is official, each other beside it.
func (m *Matcher) joints() []Target {
	var out []Target
	for _, t := range m.targets {
		of, lang := m.tongue(t.ID)
		if of == "" || lang != "" {
			continue
		}
		official := slices.DeleteFunc(slices.Clone(m.P.Languages.Official), func(lang string) bool { return !m.Can(of + "." + lang) })
		beside := official
		if len(official) == 1 {
			beside = m.P.Languages.Offered
		}
		for _, one := range official {
			for _, other := range beside {
				if id := intake.Joint(of+"."+one, of+"."+other); m.joins(intake.Apart(id)) {
					out = append(out, m.joint(id))
				}
				if id := intake.Joint(of+"."+other, of+"."+one); len(official) == 1 && m.joins(intake.Apart(id)) {
					out = append(out, m.joint(id))
				}
			}
		}
		if len(official) > 2 {
			out = append(out, m.joint(intake.Joint(in(of, official)...)))
		}
	}
	return out
}

// in are the targets of a text in some languages.
func in(of string, languages []string) []string {
	out := make([]string, len(languages))
	for k, lang := range languages {
		out[k] = of + "." + lang
	}
	return out
}

// joint is what a column holds that has texts of several targets.
func (m *Matcher) joint(id string) Target {
	t := Target{ID: id, Name: fault.Text{}, Several: true}
	for k, part := range intake.Apart(id) {
		for _, lang := range m.words.Languages() {
			l := m.words.Localizer(lang.Tag)
			name := l.Text(m.Target(part).Name)
			if k > 0 {
				name = l.T("import.joint.then", "First", t.Name[lang.Tag], "Next", name)
			}
			t.Name[lang.Tag] = name
		}
	}
	return t
}

// Doubled are the texts of a heading that is in several languages, and what each calls the column;
// nil: it is not. "Name (Russian / English)" is headed so too.
func (m *Matcher) Doubled(heading string) (texts, targets []string) {
	ways := intake.Tongues(heading)
	if from, to := strings.IndexAny(heading, "(["), strings.LastIndexAny(heading, ")]"); from > 0 && to > from {
		for _, way := range intake.Tongues(heading[from+1 : to]) {
			for k := range way {
				way[k] = heading[:from] + " (" + way[k] + ")"
			}
			ways = append(ways, way)
		}
	}
	for _, way := range ways {
		called, first := make([]string, len(way)), ""
		for k, text := range way {
			called[k] = m.called(text)
			of, lang := m.tongue(called[k])
			if of == "" || k > 0 && of != first || lang != "" && slices.Contains(called[:k], called[k]) {
				called = nil
				break
			}
			first = of
		}
		if called != nil {
			return way, called
		}
	}
	return nil, nil
}

// offer finds the columns whose cells may hold a text in several languages.
func (m *Matcher) offer(cols []intake.Column) {
	for k := range cols {
		c := &cols[k]
		_, targets := m.Doubled(c.Heading)
		c.Double = targets != nil
		of, _ := m.tongue(c.Target)
		if c.Double {
			of, _ = m.tongue(targets[0])
		}
		official := m.P.Languages.Official
		switch {
		case of == "":
		case m.joins(targets):
			c.Offer = intake.Joint(targets...)
		case len(official) < 2 || !c.Double && !intake.SameWay(c.Samples):
		default:
			if all := in(of, official); m.joins(all) {
				c.Offer = intake.Joint(all...)
			}
		}
		if c.Offer != "" && c.Target == "" && m.joins(targets) { // it says which languages it holds
			c.Maybe = c.Offer
		}
	}
}
