package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/notify"
)

// notice is what identity tells people on screen.
type notice struct {
	to   []int64
	key  string
	url  string
	args fault.Args
	mail bool // by mail as well: it is about the reader themself
}

const (
	noticeKind      = "account"
	noticeAppointed = "identity.notice.appointed"

	inviteLetter = "identity.mail.invite"
)

func (s *Service) tell(ctx context.Context, tx *db.Tx, n notice) error {
	return s.notify.Send(ctx, tx, n.to, notify.Notice{Kind: noticeKind, Key: n.key, Link: n.url, Args: n.args, Mail: n.mail})
}

// tellAbove tells the officers of the units that the role names about an
// appointment (KG-ER-6d): those at the levels of its notify above the unit whose
// policy lets them see accounts there.
func (s *Service) tellAbove(ctx context.Context, act *act, a Account, p Appointment, key string) error {
	tx, r := act.tx, act.role
	if len(r.Notify) == 0 {
		return nil
	}
	way, err := s.tree.Way(ctx, p.Unit)
	if err != nil {
		return err
	}
	var at []int64
	for _, u := range way {
		if u.ID != p.Unit.ID && slices.Contains(r.Notify, u.Level) {
			at = append(at, u.ID)
		}
	}
	to, err := s.officers(ctx, act, at)
	if err != nil {
		return err
	}
	to = slices.DeleteFunc(to, func(id int64) bool { return id == a.ID })
	args := fault.Args{
		"Name": a.Name, "Role": fault.Text(r.Name), "Unit": fault.Text(p.Unit.Name),
		"Order": p.Order.Number, "OrderDate": p.Order.Date, "Since": p.Since,
	}
	if key == noticeAppointed && p.Order.Number == "" {
		key = "identity.notice.appointed_plain"
	}
	if !p.Until.IsZero() {
		args["Until"] = lastDay(p.Until, act.today)
	}
	return s.tell(ctx, tx, notice{to: to, key: key, url: "/people/" + a.UID, args: args})
}

// officers are the active accounts at some units whose role may see accounts.
func (s *Service) officers(ctx context.Context, act *act, at []int64) ([]int64, error) {
	if len(at) == 0 {
		return nil, nil
	}
	rows, err := act.tx.PGX().Query(ctx, `SELECT DISTINCT p.account_id, p.role FROM appointment p
		JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
		WHERE p.tenant_id = $1 AND p.unit_id = ANY($2) AND `+givesOn("$3")+` AND a.state <> 'blocked'
		ORDER BY p.account_id`, act.tx.Tenant(), at, act.today)
	if err != nil {
		return nil, err
	}
	var account int64
	var role string
	var to []int64
	_, err = pgx.ForEachRow(rows, []any{&account, &role}, func() error {
		scopes := act.m.Policy.Scopes(role, "account", "view")
		if (slices.Contains(scopes, "territory") || slices.Contains(scopes, "tenant")) && !slices.Contains(to, account) {
			to = append(to, account)
		}
		return nil
	})
	return to, err
}

// local is a moment in the ministry's time zone: notices keep the zone they are sent in.
func (s *Service) local(ctx context.Context, t time.Time) time.Time {
	if c := caller.From(ctx); c != nil && c.Tenant.Zone != nil {
		return t.In(c.Tenant.Zone)
	}
	return t
}

// Paths of the screens where one-time links lead.
const (
	invitePath = "/invitation/"
	resetPath  = "/reset/"
)

// welcome invites a person who has not accepted an invitation yet, and tells the
// others that they have a new role.
func (s *Service) welcome(ctx context.Context, act *act, out *Appointed) error {
	tx, r := act.tx, act.role
	a, err := s.accountByID(ctx, tx, out.Account.ID)
	if err != nil {
		return err
	}
	out.Account = a
	if a.State != Invited {
		return s.tell(ctx, tx, notice{
			to: []int64{a.ID}, key: "identity.notice.your_appointment", url: "/me", mail: true,
			args: fault.Args{"Role": fault.Text(r.Name), "Unit": fault.Text(out.Appointment.Unit.Name), "Since": out.Appointment.Since},
		})
	}
	out.Key, err = s.invite(ctx, tx, a)
	return err
}

// tellEnd tells somebody that a post of theirs ends. It is said before an account without
// a post is closed: letters to a closed one do not leave.
func (s *Service) tellEnd(ctx context.Context, tx *db.Tx, a *act, p Appointment, on time.Time) error {
	return s.tell(ctx, tx, notice{
		to: []int64{p.AccountID}, key: "identity.notice.your_appointment_ended", url: "/me", mail: true,
		args: fault.Args{"Role": nameOf(a.m.Profile, p.Role), "Unit": fault.Text(p.Unit.Name), "On": lastDay(on, a.today)},
	})
}

// lastDay is how people call the end of a post: until is the first day on which it no longer
// holds, and what ends at once has ended today.
func lastDay(until, today time.Time) any {
	if until.After(today) {
		return fault.End(until)
	}
	return today
}

// invitation adds to a letter's words who invites, and to what: an invitation that names
// neither is what people are taught not to open. Without a post, or of a post that the
// ministry itself gave, the ministry invites.
func (s *Service) invitation(ctx context.Context, tx *db.Tx, a Account, args fault.Args) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	held, err := s.heldOrToCome(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	posts := fault.List{}
	by := ""
	for _, p := range held {
		posts = append(posts, fault.Phrase{Key: "identity.mail.post", Args: fault.Args{"Role": nameOf(m.Profile, p.Role), "Unit": fault.Text(p.Unit.Name)}})
		if by == "" && p.GrantedBy != "" {
			by = strings.TrimSpace(p.GrantedName)
		}
	}
	if len(posts) == 0 {
		posts = append(posts, fault.Key("identity.mail.no_post"))
	}
	args["Posts"], args["Inviter"] = posts, any(by)
	if by == "" {
		args["Inviter"] = fault.Key("identity.mail.by_ministry")
	}
	return nil
}

// mail sends a one-time link to the person's own address, in words whose keys begin
// with the letter's; false where there is no address or no mail server, and where the
// address may be another's (address.go).
func (s *Service) mail(ctx context.Context, tx *db.Tx, a Account, letter, path string, expires time.Time) (bool, error) {
	if a.Email == "" || s.url == nil || !s.notify.HasMail() {
		return false, nil
	}
	if held, err := s.unconfirmed(ctx, tx, a); err != nil || held {
		return false, err
	}
	args := fault.Args{"Name": a.Name, "Until": s.local(ctx, expires)}
	if letter == inviteLetter {
		if err := s.invitation(ctx, tx, a, args); err != nil {
			return false, err
		}
	}
	err := s.notify.Mail(ctx, tx, notify.Letter{
		Account: a.ID, Kind: noticeKind, To: a.Email, Language: a.Language, SubjectKey: letter + ".subject", BodyKey: letter + ".body", ButtonKey: letter + ".button",
		Args: args, URL: s.url(ctx, path), Expires: expires,
	})
	if notify.NoMail(err) {
		return false, nil
	}
	return err == nil, err
}

// tellOwner tells somebody, on screen and by mail, what became of their own keys:
// who did not expect it must hear of it, wherever they look.
func (s *Service) tellOwner(ctx context.Context, tx *db.Tx, account int64, key string, args fault.Args) error {
	if args == nil {
		args = fault.Args{}
	}
	args["At"] = s.local(ctx, s.now())
	return s.notify.Send(ctx, tx, []int64{account}, notify.Notice{Kind: noticeKind, Key: key, Link: "/me/security", Args: args, Mail: true})
}

// inviteAnew voids the invitation that went to another address, or into somebody's hands
// with it, and sends one to the address that stands now. Where no letter may leave, none is
// open: whoever looks after the person sees it, and hands one over.
func (s *Service) inviteAnew(ctx context.Context, tx *db.Tx, a Account) error {
	open, err := openInvitation(ctx, tx, a, s.now())
	if err != nil || open == nil {
		return err
	}
	k, err := s.invite(ctx, tx, a)
	if err != nil || k.Mailed {
		return err
	}
	return s.Door.RevokeKeys(ctx, tx, a.ID, door.Invite)
}

// keysChanged is what the door tells of keys that have changed.
func (s *Service) keysChanged(ctx context.Context, tx *db.Tx, account int64, c door.Change) error {
	return s.tellOwner(ctx, tx, account, "identity.notice."+string(c), nil)
}

// movedAddress tells somebody, on screen and at the address that was theirs, that
// letters go elsewhere now: whoever changes it, at a screen left open or from above,
// can have a link to a new password sent there. Links on their way are void; somebody who
// has been invited gets another one, at the new address.
func (s *Service) movedAddress(ctx context.Context, tx *db.Tx, a Account, was string) error {
	if err := s.noteAddress(ctx, tx, a, was); err != nil {
		return err
	}
	if err := s.Door.RevokeKeys(ctx, tx, a.ID, door.Reset); err != nil {
		return err
	}
	if err := s.unasked(ctx, tx, a.ID); err != nil {
		return err
	}
	if a.State == Invited {
		return s.inviteAnew(ctx, tx, a)
	}
	if a.State != Active {
		return nil
	}
	args := fault.Args{"Name": a.Name, "At": s.local(ctx, s.now())}
	if err := s.tell(ctx, tx, notice{to: []int64{a.ID}, key: "identity.notice.address", url: "/me", args: args}); err != nil {
		return err
	}
	if _, err := s.askWhetherRead(ctx, tx, a); err != nil {
		return err
	}
	if was == "" || !s.notify.HasMail() {
		return nil
	}
	if a.AddressUnread { // may be anybody's: no letters one after the other to who never asked for any
		if may, err := s.Door.MayTellAt(ctx, tx, a.ID, approval.Mailbox(was)); err != nil || !may {
			return err
		}
	}
	err := s.notify.Mail(ctx, tx, notify.Letter{
		Kind: noticeKind, To: was, Language: a.Language, SubjectKey: "identity.mail.address.subject", BodyKey: "identity.mail.address.body", Args: args,
	})
	if notify.NoMail(err) {
		return nil
	}
	return err
}
