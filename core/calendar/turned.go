package calendar

import (
	"context"
	"slices"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
	"mektep/core/unit"
)

// mostAtOne bounds how many people of one institution are told at once.
const mostAtOne = 2000

// Turned tells who fills anything in at an institution which sections close to them sooner than
// they read so far, now that another type of it is entered, in the unit of work that enters it.
// was is its course before. Whoever enters it needs no other right for that.
func (s *Service) Turned(ctx context.Context, tx *db.Tx, u unit.Unit, was unit.Course) error {
	if s.announcing.Holders == nil {
		return nil
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	known, err := s.tree.Courses(ctx, u.ID)
	if err != nil {
		return err
	}
	extensions, err := s.extensions(ctx)
	if err != nil {
		return err
	}
	will, now := known[u.ID], s.clock.Now()
	for i := range m.Profile.Sections {
		section := &m.Profile.Sections[i]
		all := m.Profile.Windows(section.ID)
		before, after := standing(m.Profile, all, extensions, was, now), standing(m.Profile, all, extensions, will, now)
		if !before.Open || after.Open && !after.Until.Before(before.Until) {
			continue
		}
		var roles []string
		for _, w := range all {
			for _, r := range filling(m.Profile, m.Policy.Scopes, w) {
				if !slices.Contains(roles, r) {
					roles = append(roles, r)
				}
			}
		}
		typ := will.Type
		if after.Turn != nil && after.Turn.Type != "" {
			typ = after.Turn.Type
		}
		n := notify.Notice{
			Kind: noticeKind, Key: "window.notice.turned", Link: "/institutions/" + u.UID, Mail: true,
			Args: fault.Args{"Section": fault.Text(section.Name), "Unit": fault.Text(u.Name), "Type": typeName(m.Profile, typ), "Until": fault.End(after.Until.In(m.Profile.Zone))},
		}
		if !after.Open {
			n.Key = "window.notice.turned_closed"
			delete(n.Args, "Until")
		}
		to, err := s.announcing.Holders(ctx, tx, Holders{Roles: roles, At: u.ID, Most: mostAtOne})
		if err != nil {
			return err
		}
		if err := s.announcing.Notify.Send(ctx, tx, to, n); err != nil {
			return err
		}
	}
	return nil
}
