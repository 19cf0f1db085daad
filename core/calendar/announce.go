package calendar

import (
	"context"
	"slices"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/notify"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Announcement is what the job behind an extension, or behind a school year that was
// published, tells people.
type Announcement struct {
	UID       string `json:"uid"` // of the extension, or of the version of a year
	Cancelled bool   `json:"cancelled,omitempty"`
	Calendar  bool   `json:"calendar,omitempty"` // it is a year's
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
	At           int64 // id of the institution; 0: any
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

// Announce tells everybody whom an extension concerns that it was given or cancelled,
// and whom a school year concerns that it was published or amended: who holds a role by
// which its sections are filled in at an institution of its types, each once, in portions. Started twice, or again after it was killed, it goes on where
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

// telling is one announcement under way: how far it has come, whom it concerns, and what
// they read.
type telling struct {
	told   told
	to     Holders // without roles: nobody
	notice notify.Notice
	keep   func(told) error
}

// portion tells the next people, and reports whether there may be more.
func (s *Service) portion(ctx context.Context, tx *db.Tx, a Announcement) (more bool, err error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return false, err
	}
	open := s.ofExtension
	if a.Calendar {
		open = s.ofYear
	}
	t, err := open(ctx, tx, m, a)
	if err != nil || t.told.all != nil {
		return false, err
	}
	t.to.After, t.to.Most = t.told.after, s.announcing.Portion
	var to []int64
	if len(t.to.Roles) > 0 {
		if to, err = s.announcing.Holders(ctx, tx, t.to); err != nil {
			return false, err
		}
	}
	if err := s.announcing.Notify.Send(ctx, tx, to, t.notice); err != nil {
		return false, err
	}
	if t.told.to += len(to); len(to) > 0 {
		t.told.after = to[len(to)-1]
	}
	if more = len(to) == t.to.Most; !more {
		now := s.clock.Now()
		t.told.all = &now
		if err := s.db.Notify(ctx, changed, ""); err != nil {
			return false, err
		}
	}
	return more, t.keep(t.told)
}

// ofExtension opens the announcement of an extension.
func (s *Service) ofExtension(ctx context.Context, tx *db.Tx, m gate.Ministry, a Announcement) (t telling, err error) {
	e, so, err := lockTold(tx, a)
	if err != nil {
		return t, err
	}
	t = telling{told: so, keep: func(far told) error { return setTold(tx, a, far) }}
	w, err := s.find(m.Profile, e)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return t, err
	}
	if err == nil && (a.Cancelled || e.Cancelled == nil) { // what is no more concerns nobody
		t.to.Types, t.to.Roles = e.types(w), filling(m.Profile, m.Policy.Scopes, w)
		if !a.Cancelled {
			if err := lastWord(ctx, tx, m.Profile, w, e, &t.to); err != nil {
				return t, err
			}
		}
	}
	t.notice = announcement(m.Profile, w, e, a)
	return t, nil
}

// lastWord leaves out of who is told of an extension the types that another one has since
// been given longer: announcements run beside each other, and the earlier closing would be
// the last that people read.
func lastWord(ctx context.Context, tx *db.Tx, p *profile.Profile, w *profile.Window, e Extension, to *Holders) error {
	given, err := holding(ctx, tx, e.Year, e.Window)
	if err != nil {
		return err
	}
	given = slices.DeleteFunc(given, func(x Extension) bool { return !x.Until.After(e.Until) || !e.shares(p, w, x) })
	if len(given) == 0 {
		return nil
	}
	to.Types = nil
	for i := range p.Types {
		id := p.Types[i].ID
		if e.counts(w, id) && !slices.ContainsFunc(given, func(x Extension) bool { return x.counts(w, id) }) {
			to.Types = append(to.Types, id)
		}
	}
	if len(to.Types) == 0 {
		to.Roles = nil
	}
	return nil
}

// ofYear opens the announcement of a school year: it concerns whoever fills in anything
// that its windows open.
func (s *Service) ofYear(ctx context.Context, tx *db.Tx, m gate.Ministry, a Announcement) (t telling, err error) {
	y, so, err := lockToldYear(ctx, tx, a.UID)
	if err != nil {
		return t, err
	}
	t = telling{told: so, keep: func(far told) error { return setToldYear(ctx, tx, a.UID, far) }}
	year := m.Profile.SchoolYear(y.Year)
	if year == nil { // the files have changed, and it does not count any more
		return t, nil
	}
	for i := range year.Windows {
		for _, r := range filling(m.Profile, m.Policy.Scopes, &year.Windows[i]) {
			if !slices.Contains(t.to.Roles, r) {
				t.to.Roles = append(t.to.Roles, r)
			}
		}
	}
	t.notice = notify.Notice{
		Kind: noticeKind, Key: "year.notice.published", Link: "/calendar?year=" + y.Year,
		Args: fault.Args{"Year": fault.Text(year.Name), "Number": y.Order.Number, "Date": y.Order.Date},
	}
	if y.Version > 1 || len(year.Amendments) > 0 {
		t.notice.Key = "year.notice.amended"
	}
	return t, nil
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
	n := notify.Notice{Kind: noticeKind, Key: "window.notice.extended", Link: "/calendar?year=" + e.Year, Args: fault.Args{"Until": fault.End(e.Until.In(p.Zone)), "Reason": e.Reason}, Mail: true}
	if a.Cancelled {
		n.Key = "window.notice.cancelled"
	}
	if w == nil {
		return n
	}
	if sec := p.Section(w.Section); sec != nil {
		n.Args["Section"] = fault.Text(sec.Name)
	}
	n.Args["Closes"] = fault.End(w.ClosesAt())
	if !a.Cancelled && len(e.Types) > 0 { // whose institution becomes another type before then reads for whom it is
		var names fault.List
		for _, typ := range e.types(w) {
			names = append(names, typeName(p, typ))
		}
		n.Key, n.Args["Types"] = "window.notice.extended_for", names
	}
	return n
}
