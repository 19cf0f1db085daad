package calendar

import (
	"context"
	"slices"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Announcement is what the job behind an extension tells people.
type Announcement struct {
	UID       string `json:"uid"` // of the extension
	Cancelled bool   `json:"cancelled,omitempty"`
}

// Announcing is what it takes to tell people of an extension.
type Announcing struct {
	// Later has an announcement told behind the request, in the unit that gives the extension.
	Later func(ctx context.Context, tx *db.Tx, a Announcement) error
	// Holders returns the next accounts, by id, that hold one of the roles at institutions
	// of the types (nil: all) today.
	Holders func(ctx context.Context, tx *db.Tx, q Holders) ([]int64, error)
	Notify  *notify.Service
	Portion int // people told in one unit of work; 0: 500
}

// Holders asks for accounts by what they hold.
type Holders struct {
	Roles, Types []string
	After        int64 // accounts with a greater id only
	Most         int
}

// Set gives the service the means to announce, while wiring.
func (s *Service) Set(a Announcing) {
	if a.Portion <= 0 {
		a.Portion = 500
	}
	s.announcing = a
}

func (s *Service) later(ctx context.Context, tx *db.Tx, a Announcement) error {
	if s.announcing.Later == nil {
		return nil
	}
	return s.announcing.Later(ctx, tx, a)
}

// Announce tells everybody whom an extension concerns that it was given or cancelled:
// who holds a role by which the section is filled in at an institution of its types,
// each once, in portions. Started twice, or again after it was killed, it goes on where
// it was. It is a job's work, and asks for no right.
func (s *Service) Announce(ctx context.Context, a Announcement) error {
	for {
		more := false
		err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			more, err = s.portion(ctx, tx, a)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

// portion tells the next people, and reports whether there may be more.
func (s *Service) portion(ctx context.Context, tx *db.Tx, a Announcement) (more bool, err error) {
	e, told, err := lockTold(tx, a)
	if err != nil || told.all != nil {
		return false, err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return false, err
	}
	q := Holders{After: told.after, Most: s.announcing.Portion}
	var to []int64
	w, err := s.find(m.Profile, e)
	if err == nil && (a.Cancelled || e.Cancelled == nil) { // what is no more concerns nobody
		if q.Types, q.Roles = e.types(w), filling(m.Profile, m.Policy.Scopes, w); len(q.Roles) > 0 {
			to, err = s.announcing.Holders(ctx, tx, q)
		}
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return false, err
	}
	if err := s.announcing.Notify.Send(ctx, tx, to, announcement(m.Profile, w, e, a)); err != nil {
		return false, err
	}
	if told.to += len(to); len(to) > 0 {
		told.after = to[len(to)-1]
	}
	if more = len(to) == q.Most; !more {
		now := s.clock.Now()
		told.all = &now
		if err := s.db.Notify(ctx, changed, ""); err != nil {
			return false, err
		}
	}
	return more, setTold(tx, a, told)
}

// types are the institution types that an extension concerns; nil: all.
func (e Extension) types(w *profile.Window) []string {
	if len(e.Types) == 0 {
		return w.Types
	}
	return slices.DeleteFunc(slices.Clone(e.Types), func(t string) bool { return !w.For(t) })
}

// filling are the roles of institutions by which what the window's section covers, or
// the institution's own record, is entered there.
func filling(p *profile.Profile, scopes func(role, object, action string) []string, w *profile.Window) []string {
	var roles []string
	section := p.Section(w.Section)
	if section == nil {
		return nil
	}
	covers := slices.Clone(section.Covers)
	if len(covers) == 0 {
		covers = []string{"report"}
	}
	if passport := p.Register("institution"); passport != nil { // who answers for the institution hears of all
		for i := range passport.Groups {
			covers = append(covers, "institution."+passport.Groups[i].ID)
		}
	}
	for i := range p.Roles {
		r := &p.Roles[i]
		enters := func(object string) bool {
			if g := p.Group(object); g != nil {
				object = g.Object()
			}
			return slices.ContainsFunc([]string{"update", "create"}, func(action string) bool { return len(scopes(r.ID, object, action)) > 0 })
		}
		if r.Level == unit.Institution && slices.ContainsFunc(covers, enters) {
			roles = append(roles, r.ID)
		}
	}
	return roles
}

const noticeKind = "calendar"

func announcement(p *profile.Profile, w *profile.Window, e Extension, a Announcement) notify.Notice {
	n := notify.Notice{Kind: noticeKind, Key: "window.notice.extended", Link: "/calendar?year=" + e.Year, Args: fault.Args{"Until": e.Until.In(p.Zone), "Reason": e.Reason}}
	if a.Cancelled {
		n.Key = "window.notice.cancelled"
	}
	if w == nil {
		return n
	}
	if sec := p.Section(w.Section); sec != nil {
		n.Args["Section"] = fault.Text(sec.Name)
	}
	n.Args["Closes"] = w.ClosesAt()
	return n
}
