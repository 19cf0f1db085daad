package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// Country is what everybody may know of the profile that a ministry runs on.
type Country struct {
	ID        string            `json:"id"`
	Version   string            `json:"version"`
	Hash      string            `json:"hash" doc:"Changes with any word of the profile"`
	Name      map[string]string `json:"name" doc:"By language"`
	Official  []string          `json:"official_languages" nullable:"false"`
	Offered   []string          `json:"offered_languages" nullable:"false"`
	TimeZone  string            `json:"time_zone" example:"Europe/Paris"`
	Levels    []NamedLevel      `json:"levels" nullable:"false" doc:"Levels of units, top first"`
	Registers []Named           `json:"registers" nullable:"false"`
	Books     []Named           `json:"books" nullable:"false" doc:"Reference books"`
}

// Named is an entry with its name.
type Named struct {
	ID   string            `json:"id"`
	Name map[string]string `json:"name" doc:"By language"`
}

// NamedLevel is a level of units.
type NamedLevel struct {
	Named
	Parents []string `json:"parents,omitempty" doc:"Levels under which it may hang"`
}

// Type is a type of institution.
type Type struct {
	Named
	Group    string   `json:"group"`
	ISCED    []int    `json:"isced,omitempty" doc:"ISCED 2011 levels"`
	Grades   []int    `json:"grades,omitempty" doc:"First and last class"`
	Overseer string   `json:"overseer,omitempty" doc:"Directorate that oversees the type"`
	Parents  []string `json:"parents,omitempty" doc:"Levels of units under which it may hang"`
	Since    string   `json:"since,omitempty"`
	Until    string   `json:"until,omitempty"`
	Source   string   `json:"source,omitempty"`
}

// Role is a role that a person holds at a unit.
type Role struct {
	Named
	Level        string   `json:"level" doc:"Of the unit where it is held"`
	Person       string   `json:"person" doc:"What kind of person: official, staff, learner, guardian, external"`
	GrantedBy    []string `json:"granted_by" nullable:"false" doc:"Roles that may give and end it"`
	Order        string   `json:"order,omitempty" doc:"required: a number and date of an order is obligatory"`
	Identified   bool     `json:"identification,omitempty" doc:"The giver notes how the person was identified"`
	BeforeUse    []string `json:"before_use,omitempty" doc:"What its holder does first: second_factor, undertaking:<id>"`
	Source       string   `json:"source,omitempty"`
	Institutions []string `json:"institutions,omitempty" doc:"Only at institutions of these groups"`
}

// Law is a legal basis.
type Law struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Number   string            `json:"number,omitempty"`
	Date     string            `json:"date,omitempty"`
	Title    map[string]string `json:"title" doc:"By language"`
	Short    map[string]string `json:"short,omitempty" doc:"As officials cite it"`
	URL      string            `json:"url,omitempty"`
	Articles []Article         `json:"articles,omitempty"`
}

// Article is an article of a law that rights rest on.
type Article struct {
	Ref  string            `json:"ref" doc:"As rules and refusals cite it" example:"act-78 §4.3"`
	Name map[string]string `json:"name,omitempty"`
}

// Rule is a requirement with the law behind it.
type Rule struct {
	ID     string            `json:"id" example:"KG-ER-6a"`
	Name   map[string]string `json:"name" doc:"What it demands"`
	Source string            `json:"source"`
	Also   []string          `json:"also,omitempty"`
}

// Entry is an entry of a reference book.
type Entry struct {
	Code   string            `json:"code"`
	Parent string            `json:"parent,omitempty"`
	Name   map[string]string `json:"name" doc:"By language"`
}

// Cached is asked with the version that the program has already.
type Cached struct {
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag you have; 304 if it still stands"`
}

// published is an answer that changes only with the profile.
type published[B any] struct {
	Status       int    `json:"-"`
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         B
}

// items is a list's body.
type items[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

// publish adds a public operation of which all that changes is the profile.
func publish[I, B any](a *api, id, path string, asked func(*I) Cached, make func(m gate.Ministry, in *I) (B, error)) {
	add(a, operation{id: id, method: http.MethodGet, path: path, group: "profile", public: true},
		func(ctx context.Context, in *I) (*published[B], error) {
			m, err := a.Gate.Ministry(ctx)
			if err != nil {
				return nil, err
			}
			out := &published[B]{Status: http.StatusOK, ETag: `"` + m.Profile.Hash + `"`, CacheControl: "public, max-age=60"}
			if strings.Contains(asked(in).IfNoneMatch, out.ETag) {
				out.Status = http.StatusNotModified
				return out, nil
			}
			out.Body, err = make(m, in)
			return out, err
		})
}

func whole(in *Cached) Cached { return *in }

// listed makes a list's body of a profile's entries.
func listed[E, T any](entries []E, view func(*E) T) items[T] {
	out := items[T]{make([]T, len(entries))}
	for i := range entries {
		out.Items[i] = view(&entries[i])
	}
	return out
}

func (a *api) country() {
	publish(a, "get_profile", "/profile", whole, func(m gate.Ministry, _ *Cached) (Country, error) { return countryView(m.Profile), nil })
	publish(a, "list_types", "/profile/types", whole, func(m gate.Ministry, _ *Cached) (items[Type], error) {
		p := m.Profile
		return listed(p.Types, func(t *profile.Type) Type { return typeView(p, t) }), nil
	})
	publish(a, "list_type_groups", "/profile/type-groups", whole, func(m gate.Ministry, _ *Cached) (items[Named], error) {
		return listed(m.Profile.TypeGroups, func(g *profile.TypeGroup) Named { return Named{g.ID, g.Name} }), nil
	})
	publish(a, "list_roles", "/profile/roles", whole, func(m gate.Ministry, _ *Cached) (items[Role], error) {
		return listed(m.Profile.Roles, roleView), nil
	})
	publish(a, "list_laws", "/profile/laws", whole, func(m gate.Ministry, _ *Cached) (items[Law], error) {
		return listed(m.Profile.Laws, lawView), nil
	})
	publish(a, "list_rules", "/profile/rules", whole, func(m gate.Ministry, _ *Cached) (items[Rule], error) {
		return listed(m.Profile.Rules, func(r *profile.Rule) Rule { return Rule{r.ID, r.Name, r.Source, r.Also} }), nil
	})
	type book struct {
		Cached
		ID string `path:"id" maxLength:"64" example:"heating_types"`
	}
	publish(a, "get_book", "/profile/books/{id}", func(in *book) Cached { return in.Cached }, func(m gate.Ministry, in *book) (items[Entry], error) {
		if m.Profile.Book(in.ID) == nil && !builtIn[in.ID] {
			return items[Entry]{}, fault.New(fault.NotFound, "api.no_book")
		}
		return listed(m.Profile.ItemsAt(in.ID, a.Clock.Now().In(m.Profile.Zone)), func(i *profile.Item) Entry { return Entry{i.Code, i.Parent, i.Name} }), nil
	})
	type register struct {
		Cached
		ID       string `path:"id" maxLength:"64" example:"institution"`
		Language string `query:"language" maxLength:"16" doc:"Of titles and descriptions; the ministry's main one when left out"`
	}
	publish(a, "get_register_schema", "/profile/registers/{id}/schema", func(in *register) Cached { return in.Cached },
		func(m gate.Ministry, in *register) (json.RawMessage, error) {
			r := m.Profile.Register(in.ID)
			if r == nil {
				return nil, fault.New(fault.NotFound, "api.no_register")
			}
			if in.Language != "" && !slices.Contains(m.Profile.Languages.Offered, in.Language) {
				return nil, unlike("language", m.Profile.Languages.Offered)
			}
			return registerSchema(m.Profile, r, in.Language, a.Clock.Now().In(m.Profile.Zone))
		})
}

// builtIn are the reference books that the profile's other files fill.
var builtIn = map[string]bool{"territory": true, "institution_types": true, "directorates": true}

func countryView(p *profile.Profile) Country {
	return Country{
		ID: p.ID, Version: p.Version, Hash: p.Hash, Name: p.Name, Official: p.Languages.Official, Offered: p.Languages.Offered, TimeZone: p.TimeZone,
		Levels:    listed(p.Levels, func(l *profile.Level) NamedLevel { return NamedLevel{Named{l.ID, l.Name}, l.Parents} }).Items,
		Registers: listed(p.Registers, func(r *profile.Register) Named { return Named{r.ID, r.Name} }).Items,
		Books:     listed(p.Books, func(b *profile.Book) Named { return Named{b.ID, b.Name} }).Items,
	}
}

func typeView(p *profile.Profile, t *profile.Type) Type {
	out := Type{
		Named: Named{t.ID, t.Name}, Group: t.Group, ISCED: t.ISCED, Overseer: t.Overseer, Parents: p.ParentsOf(t),
		Since: t.Since.String(), Until: t.Until.String(), Source: t.Source,
	}
	if t.Grades != nil {
		out.Grades = []int{t.Grades.From, t.Grades.To}
	}
	return out
}

func roleView(r *profile.Role) Role {
	out := Role{
		Named: Named{r.ID, r.Name}, Level: r.Level, Person: r.Person, GrantedBy: make([]string, len(r.GrantedBy)), Order: r.Order,
		Identified: r.Identification == "required", BeforeUse: r.BeforeUse, Source: r.Source, Institutions: r.Institutions,
	}
	for i, g := range r.GrantedBy {
		out.GrantedBy[i] = g.Role
	}
	return out
}

func lawView(l *profile.Law) Law {
	out := Law{ID: l.ID, Kind: l.Kind, Number: l.Number, Date: l.Date.String(), Title: l.Title, Short: l.Short, URL: l.URL}
	for i := range l.Articles {
		out.Articles = append(out.Articles, Article{l.ID + " §" + l.Articles[i].ID, l.Articles[i].Name})
	}
	return out
}
