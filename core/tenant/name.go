package tenant

import (
	"cmp"
	"context"
	"errors"
	"maps"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/once"
)

// Rename gives a ministry other names, by language; those of its official languages
// are obligatory, and a language that is left out loses its name. Its own tree takes
// the names from today on, and its own trail says so; where it can't, the directory keeps
// the old ones. Where only the tree has come to have them, a second call does the rest.
//
// Faults: Denied; NotFound; Invalid with every faulty field, "name.<language>";
// Conflict while it is being set up.
func (s *Service) Rename(ctx context.Context, slug string, names map[string]string) error {
	m, inside, err := s.enterAs(ctx, slug)
	if err != nil {
		return err
	}
	if done, err := s.once.Done(ctx); done || err != nil {
		return err
	}
	names = Plan{Name: names}.ready().Name
	if m.State == Preparing {
		return fault.New(fault.Conflict, "tenant.wrong_state").With("State", fault.Key("tenant.state."+string(m.State)))
	}
	country, _ := s.countries.Country(m.Profile)
	if bad := badNames(fault.New(fault.Invalid, "tenant.invalid"), country, names).OrNil(); bad != nil {
		return bad
	}
	free, err := s.alone(ctx, m)
	if err != nil {
		return err
	}
	defer free()
	b, inside, err := s.begin(ctx, inside, act("rename", slug, ""))
	if err != nil {
		return err
	}
	taken := false // by the tree: then it comes to its end by itself, at the latest when it is settled
	for range renameTries {
		if err = s.rename(b, inside, m, names, &taken); !errors.Is(err, errRenamed) {
			break
		}
	}
	if errors.Is(err, errRenamed) {
		err = fault.New(fault.Unavailable, "fault.contended").With("Count", renameAgain).WithWait(renameAgain)
	}
	if !taken || once.Replayed(ctx) || errors.Is(err, once.Repeated) {
		b.ended(err)
	}
	return err
}

// How often a ministry is renamed that somebody else is changing, and when to come again then,
// in seconds.
const (
	renameTries = 5
	renameAgain = 2
)

// errRenamed: the directory's line was changed since the tree was asked.
var errRenamed = errors.New("tenant: changed meanwhile")

// rename has first the tree take the names and then the directory, unless its line was changed
// meanwhile: of two at once, whoever comes last to the directory came last to the tree.
func (s *Service) rename(b undertaken, inside context.Context, m *Ministry, names map[string]string, taken *bool) error {
	version := 0
	err := s.db.Platform(b.ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		version, err = versionOf(ctx, tx, m.ID)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.renameRoot(inside, m.Name, names); err != nil {
		return err
	}
	*taken = true
	return s.once.Unit(b.ctx, func(ctx context.Context, tx *db.Tx) error {
		if now, err := versionOf(ctx, tx, m.ID); err != nil || now != version {
			return cmp.Or(err, errRenamed)
		}
		if err := setName(ctx, tx, m.ID, names, s.clock.Now()); err != nil {
			return err
		}
		if err := b.end(ctx, tx, identity.ActEnd{}); err != nil {
			return err
		}
		return s.db.Notify(ctx, changed, m.Slug)
	})
}

func (s *Service) renameRoot(ctx context.Context, old, names map[string]string) error {
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		root, err := s.tree.Root(ctx)
		if err != nil || maps.Equal(root.Name, names) {
			return err
		}
		if err := s.tree.Rename(ctx, root, names, s.tree.Today(ctx), ""); err != nil {
			return err
		}
		if s.wiring.Trail == nil {
			return nil
		}
		return s.wiring.Trail.Record(ctx, tx, audit.Entry{
			Action: "rename", Object: "unit", Target: root.UID, UnitPath: root.Path,
			Changes: []audit.Change{{Field: "name", Old: old, New: names}},
		})
	})
}

// badNames adds what is wrong with a ministry's names.
func badNames(bad *fault.Error, country gate.Ministry, names map[string]string) *fault.Error {
	required := func(tag string) bool {
		for _, official := range country.Profile.Languages.Official {
			if official == tag {
				return true
			}
		}
		return false
	}
	for _, tag := range country.Profile.Languages.Offered {
		switch {
		case names[tag] == "" && required(tag):
			bad = bad.WithField("name."+tag, "tenant.name_required", fault.Args{"Language": fault.Key("language." + tag)})
		case len([]rune(names[tag])) > maxName:
			bad = bad.WithField("name."+tag, "field.too_long", fault.Args{"Max": maxName})
		case !fault.Plain(names[tag]):
			bad = bad.WithField("name."+tag, "field.plain", nil)
		}
	}
	return bad
}
