package institutions

import (
	"context"

	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// subject is a kind of unit whose dated facts are changed on screen: the same forms serve
// institutions, and places of the territory with the ministry's offices.
type subject struct {
	dated  *registry.Dated
	path   string // of its records, before their ids
	object string // of the policy
	words  string // prefix of what is said of its acts
	acts   []string
	open   func(q *screen.Request, uid string) (registry.Institution, error)
	// history is what was done to a record, newest first.
	history func(ctx context.Context, uid, after string) (registry.History, error)
	crumbs  func(q *screen.Request, i registry.Institution) []ui.Link // to the record, and it
	teller  register.Teller
}

func (s *screens) ofInstitutions() subject {
	return subject{
		dated: s.Registry.Dated, path: "/institutions/", object: registry.Institutions, words: "institution.",
		acts: []string{"rename", "retype", "move", "merge", "close", "reopen"},
		open: func(q *screen.Request, uid string) (registry.Institution, error) {
			return s.Registry.Get(q.Context(), uid)
		},
		history: s.Registry.History,
		crumbs: func(q *screen.Request, i registry.Institution) []ui.Link {
			return append(s.reg.PlaceCrumbs(q, i.Place), ui.Link{Text: q.Text(i.Name), URL: recordURL(i.UID)})
		},
		teller: s.reg.Teller(),
	}
}

func (s *screens) ofUnits() subject {
	of := subject{
		dated: s.Registry.Territory.Dated, path: "/units/", object: registry.Units, words: "unit.",
		acts: []string{"rename", "move", "merge", "close", "reopen", "update"},
		open: func(q *screen.Request, uid string) (registry.Institution, error) {
			u, way, err := s.Registry.Territory.Get(q.Context(), uid)
			return registry.Institution{Unit: u, Place: way}, err
		},
		history: s.Registry.Territory.History,
		crumbs: func(q *screen.Request, i registry.Institution) []ui.Link {
			return append(unitCrumbs(q, i.Place), ui.Link{Text: q.Text(i.Name), URL: unitURL(i.UID)})
		},
		teller: s.reg.Teller(),
	}
	of.teller.Told = told("unit.", func(q *screen.Request) string { return q.T("record.code") })
	return of
}

func (s subject) url(uid string) string         { return s.path + uid }
func (s subject) actURL(uid, act string) string { return s.path + uid + "/act/" + act }
func (s subject) correctURL(uid string) string  { return s.path + uid + "/correct" }

// possible are the acts that the caller may do to a unit as it stands.
func (s subject) possible(q *screen.Request, u unit.Unit) []string {
	var out []string
	for _, act := range s.acts {
		if q.Can(act, s.dated.Target(u)) && s.dated.Possible(q.Context(), u, act) == nil {
			out = append(out, act)
		}
	}
	return out
}

// items are acts as a menu, with the putting right of what was entered.
func (s subject) items(q *screen.Request, uid string, acts []string, corrects bool) []ui.MenuItem {
	out := make([]ui.MenuItem, 0, len(acts)+1)
	for _, act := range acts {
		out = append(out, ui.MenuItem{Text: q.T(s.words + "act." + act), Icon: actGlyph[act], URL: s.actURL(uid, act), Danger: act == "close" || act == "merge"})
	}
	if corrects {
		out = append(out, ui.MenuItem{Text: q.T("institution.correct.title"), Icon: ui.GlyphHistory, URL: s.correctURL(uid)})
	}
	return out
}

// urlOf is the address of a unit's page, whatever its level.
func urlOf(u unit.Unit) string {
	if u.Level == unit.Institution {
		return recordURL(u.UID)
	}
	return unitURL(u.UID)
}

func unitURL(uid string) string { return "/units/" + uid }
