package institutions

import (
	"slices"
	"strings"

	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// intoPrefix begins the names of the fields that say where something goes.
const intoPrefix = "into."

// into is what the form of a closing says of where each goes.
func (p actPage) into() map[string]string {
	out := map[string]string{}
	for name, v := range p.form {
		if uid, is := strings.CutPrefix(name, intoPrefix); is && v != "" {
			out[uid] = v
		}
	}
	return out
}

// leaving adds to the form of a closing what lies in the place, and where it can go.
func (s *screens) leaving(q *screen.Request, p *actPage) error {
	if p.act != "close" && p.act != "merge" {
		return nil
	}
	var err error
	if p.posts, err = p.of.dated.PostsEnd(q.Context(), p.Unit, q.Today()); err != nil || p.of.object != registry.Units {
		return err
	}
	in, err := s.Tree.Below(q.Context(), p.Unit, q.Today())
	if err != nil || len(in) == 0 {
		return err
	}
	p.in = in
	if p.act == "merge" {
		p.goals = p.to
		return nil
	}
	p.goals, err = s.beside(q, p.Unit, p.act)
	return err
}

// postFacts say how many lose their posts with a unit that ends.
func postFacts(q *screen.Request, posts int) []ui.Fact {
	if posts == 0 {
		return nil
	}
	return []ui.Fact{{Label: q.T("unit.posts"), Value: q.T("unit.posts.end", "Count", posts)}}
}

// beside are the places next to one that ends, and the one above: what lies in it can go
// there.
func (s *screens) beside(q *screen.Request, u unit.Unit, act string) ([]unit.Unit, error) {
	above, err := s.Tree.ByID(q.Context(), *u.ParentID)
	if err != nil {
		return nil, err
	}
	all, err := s.Tree.Children(q.Context(), above.ID)
	if above.Level != unit.Ministry {
		all = append([]unit.Unit{above}, all...)
	}
	return slices.DeleteFunc(all, func(x unit.Unit) bool {
		return x.ID == u.ID || x.Level == unit.Directorate || !x.OpenOn(q.Today()) || !q.Can(act, s.Registry.Territory.Target(x))
	}), err
}

// leavingInputs ask where what lies in a place goes: one answer for all, and where there
// are several that take over, one for each.
func leavingInputs(q *screen.Request, p actPage) []ui.FieldSpec {
	if len(p.in) == 0 || len(p.goals) == 0 {
		return nil
	}
	if len(p.goals) == 1 && p.act == "merge" {
		return nil
	}
	options := register.UnitOptions(q, p.goals)
	out := []ui.FieldSpec{restInput(q, p.in, p.goals, p.form)}
	if p.act != "merge" {
		return out
	}
	for _, l := range p.in {
		name := intoPrefix + l.UID
		out = append(out, ui.FieldSpec{
			Name: name, Input: ui.Select, Label: q.Text(l.Name), Value: p.form[name],
			Prompt: q.T("unit.rest.as_all"), Options: options,
		})
	}
	return out
}

// restInput asks where all goes that is not said otherwise.
func restInput(q *screen.Request, in []unit.Lying, goals []unit.Unit, form map[string]string) ui.FieldSpec {
	return ui.FieldSpec{
		Name: "rest", Input: ui.Select, Label: q.T("unit.rest", "Count", len(in)), Value: form["rest"],
		Prompt: q.T("ui.select.none"), Options: register.UnitOptions(q, goals), Hint: q.T("unit.rest.hint"),
	}
}

// goesFacts name what goes along with a place that ends.
func goesFacts(q *screen.Request, in []unit.Lying) []ui.Fact {
	if len(in) == 0 {
		return nil
	}
	names := make([]string, 0, mostNamed)
	for _, l := range in[:min(len(in), mostNamed)] {
		names = append(names, q.Text(l.Name))
	}
	text := strings.Join(names, " · ")
	if len(in) > mostNamed {
		text += " …"
	}
	return []ui.Fact{{Label: q.T("unit.goes", "Count", len(in)), Value: text, Long: true}}
}

// mostNamed is how many of those that go along are named.
const mostNamed = 12

// placesOf are the levels under which a unit may stand.
func placesOf(q *screen.Request, u unit.Unit) []string {
	if t := q.Profile().Type(u.Type); u.Level == unit.Institution && t != nil {
		return q.Profile().ParentsOf(t)
	}
	if l := q.Profile().Level(u.Level); u.Level != unit.Institution && l != nil {
		return l.Parents
	}
	return []string{unit.Region, unit.District}
}

// kindOf is what a unit is called by its kind: its type, or its level.
func kindOf(q *screen.Request, u unit.Unit) string {
	if u.Level == unit.Institution {
		return register.TypeName(q, u.Type)
	}
	return register.LevelName(q, u.Level)
}

// pickHeir fills a picker with units that may take over from a place or an office.
func (s *screens) pickHeir(q *screen.Request, k register.Picker, p actPage) (register.Picker, error) {
	if p.Level != unit.Directorate {
		k.Near = *p.ParentID // neighbours first
		k, err := s.reg.Places.Pick(q, k, p.of.object, p.act, []string{unit.Region, unit.District})
		k.Rows = slices.DeleteFunc(k.Rows, func(r register.Pick) bool {
			return r.ID == p.ID && !r.Inside || slices.ContainsFunc(p.to, func(u unit.Unit) bool { return u.ID == r.ID })
		})
		for n := range k.Rows {
			k.Rows[n].May = k.Rows[n].May && k.Rows[n].ID != p.ID
		}
		return k, err
	}
	k.Search = q.T("record.pick.place")
	known, err := s.reg.Places.Of(q.Context())
	if err != nil {
		return k, err
	}
	offices, err := s.Tree.Children(q.Context(), known.Root.ID)
	for _, u := range q.InOrder(offices) {
		if u.Level == unit.Directorate && u.ID != p.ID && u.OpenOn(q.Today()) && !slices.ContainsFunc(p.to, func(x unit.Unit) bool { return x.ID == u.ID }) {
			k.Rows = append(k.Rows, register.Pick{Unit: u, May: true})
		}
	}
	return k, err
}
