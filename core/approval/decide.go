package approval

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// Approve is the second person's yes, or the person's own to an offer: what was asked
// is done in this unit of work. read says what they have read (Request.Read). Faults: NotFound; Denied with the rule, for one's own request too;
// Conflict when it is decided or over, and when what was read of it is no longer so; and whatever doing it refuses.
func (s *Service) Approve(ctx context.Context, uid, read string) (Done, error) {
	operators, err := s.people.Operators(ctx)
	if err != nil {
		return Done{}, err
	}
	var done Done
	err = s.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, payload, err := s.decidable(ctx, tx, operators, "approve", uid)
		if err != nil {
			return err
		}
		done, err = s.decide(ctx, tx, r, payload, "", read)
		return err
	}, &done)
	return done, s.noteRead(ctx, uid, err)
}

// Reject is the second person's no, with a reason for who asked. Faults as of
// Approve; Invalid without a reason.
func (s *Service) Reject(ctx context.Context, uid, note string) error {
	note, err := checkedNote(note)
	if err != nil {
		return err
	}
	operators, err := s.people.Operators(ctx)
	if err != nil {
		return err
	}
	return s.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, _, err := s.decidable(ctx, tx, operators, "reject", uid)
		if err != nil {
			return err
		}
		return s.close(ctx, tx, r, decision{state: Rejected, action: "reject", note: note, notice: "approval.notice.rejected"})
	})
}

// Cancel takes one's own request back. Whoever else says no rejects it, with a
// reason. Faults: NotFound, Denied, Conflict.
func (s *Service) Cancel(ctx context.Context, uid string) error {
	operators, err := s.people.Operators(ctx)
	if err != nil {
		return err
	}
	return s.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, _, err := s.decidable(ctx, tx, operators, "cancel", uid)
		if err != nil {
			return err
		}
		return s.close(ctx, tx, r, decision{state: Cancelled, action: "cancel"})
	})
}

// decidable reads a waiting request for an act on it and checks whose the act is: to
// cancel is the asker's, to decide a second person's. First what the policy says, but
// for taking back what is another's, which no right gives.
func (s *Service) decidable(ctx context.Context, tx *db.Tx, operators Operators, action, uid string) (Request, json.RawMessage, error) {
	r, payload, err := find(ctx, tx, uid)
	if err != nil {
		return r, nil, err
	}
	c := caller.From(ctx)
	if !c.SignedIn() {
		return r, nil, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	bar := ""
	if action != "cancel" {
		if bar, err = s.hands(tx, operators).barred(ctx, c.Account, r); err != nil {
			return r, nil, err
		}
	} else if c.Account != r.AskedBy {
		bar = "approval.not_yours"
	}
	if bar == "approval.not_yours" || bar == "approval.theirs_to_accept" {
		// Whose it is, and by whom it was asked for, is told to nobody who may not see it.
		if err := s.shown(ctx, r); err != nil {
			return r, nil, anothers(bar, action, r, s.deciding(r.Kind), err)
		}
	} else if _, err := s.Gate.Check(ctx, s.right(r, action), s.target(ctx, r, action)); err != nil {
		return r, nil, s.whoDecides(ctx, tx, operators, err, action, r)
	}
	if bar != "" {
		return r, nil, s.twoPeople(ctx, tx, operators, bar, action, r)
	}
	return r, payload, s.open(r, screen)
}

// anothers is the refusal of what is another's to do, to whom the request is not shown: by
// the rule of what they wanted, not by that of looking, and without a name.
func anothers(bar, action string, r Request, object string, unseen error) error {
	if fault.KindOf(unseen) != fault.Denied {
		return unseen
	}
	key, next := bar, "approval.next.theirs"
	if bar == "approval.not_yours" {
		key, next = "approval.not_yours_unseen", "approval.next.unseen"
	}
	return fault.New(fault.Denied, key).WithCheck("two_people").WithOwnRule("separation_of_duties").
		With("action", action).With("object", object).With("uid", r.UID).With("path", r.UnitPath).WithNext(next, "", nil)
}

// open refuses what is decided or over; url is where its reader sees what waits.
func (s *Service) open(r Request, url string) error {
	if r.State == Waiting && !s.now().Before(r.Expires) {
		r.State = Expired
	}
	if r.State != Waiting {
		return r.notWaiting(url)
	}
	return nil
}

// twoPeople is a refusal by the rule that demands two people. What comes next is true
// of this request: another administrator, where there is one who could, an operator
// where there is none.
func (s *Service) twoPeople(ctx context.Context, tx *db.Tx, operators Operators, key, action string, r Request) error {
	f := fault.New(fault.Denied, key).WithCheck("two_people").WithOwnRule("separation_of_duties").
		With("action", action).With("object", s.deciding(r.Kind)).With("uid", r.UID).With("path", r.UnitPath).With("Who", r.AskedName)
	if m, err := s.Gate.Ministry(ctx); err == nil {
		for i := range m.Profile.Switches {
			if sw := &m.Profile.Switches[i]; sw.ID == Switch && sw.Source != "" {
				f = gate.Cite(f, m.Profile, sw.Source, object, "approve")
			}
		}
	}
	switch key {
	case "approval.ministry_decides":
		return f.WithNext("approval.next.ministry", "", nil)
	case "approval.operators_hand", "approval.operators_address", "approval.operators_same_hands", "approval.operators_concerned":
		return f.WithNext("approval.next.other_operator", "", nil)
	case "approval.theirs_to_accept":
		return f.WithNext("approval.next.theirs", "", nil)
	}
	if r.Offer {
		return f.WithNext("approval.next.offer", screen, nil)
	}
	others, err := s.hands(tx, operators).others(ctx, r)
	if err != nil {
		return err
	}
	me := caller.From(ctx).Account
	if slices.Contains(others, me) && s.Gate.Can(ctx, s.right(r, "reject"), s.target(ctx, r, "reject")) {
		return f.WithNext("approval.next.reject", screen, nil) // they may say no, but not in the asker's name
	}
	if key == "approval.not_yours" {
		return f.WithNext("approval.next.asker", screen, fault.Args{"Who": r.AskedName})
	}
	if others = slices.DeleteFunc(others, func(id int64) bool { return id == me }); len(others) == 0 {
		return f.WithNext("approval.next.operator", screen, nil)
	}
	if key == "approval.not_yourself" && action == "reject" {
		return f.WithNext("approval.next.take_back", screen, nil)
	}
	// Whoever decides this kind of request: not an administrator where others do.
	able, err := s.Gate.Able(ctx, s.right(r, "approve"), gate.Target{Object: s.deciding(r.Kind)})
	if err != nil {
		return err
	}
	return f.WithNext("approval.next.second", screen, fault.Args{"Roles": gate.Names(able)})
}

// whoDecides makes the next step of a refusal by the policy true of the request: whom the
// policy names decides, but where every one of them is barred, an operator does.
func (s *Service) whoDecides(ctx context.Context, tx *db.Tx, operators Operators, refused error, action string, r Request) error {
	f := fault.From(refused)
	if f.Check == "" || r.Offer || action == "cancel" {
		return refused
	}
	others, err := s.hands(tx, operators).others(ctx, r)
	if err != nil || len(others) > 0 {
		return cmp.Or(err, refused)
	}
	return f.WithNext("approval.next.operator", screen, nil)
}

// perform does what was asked as the person who asked, and closes the request.
func (s *Service) perform(ctx context.Context, tx *db.Tx, r Request, payload json.RawMessage, operator string) (Done, error) {
	by := caller.From(ctx)
	asker, err := s.people.Resolve(ctx, by.Tenant, r.AskedBy)
	if err != nil {
		return Done{}, s.askers(ctx, tx, err, r, payload)
	}
	asker.RequestID = by.RequestID
	as := context.WithValue(caller.With(ctx, asker), passKey{}, pass{by, r.UID})
	if operator != "" {
		as = ByOperator(as, operator)
	}
	done, err := s.kinds[r.Kind].Do(as, tx, r, payload)
	if err != nil {
		return Done{}, overtaken(s.askers(ctx, tx, err, r, payload), r, operator)
	}
	if operator != "" {
		if err := s.tellCosigned(ctx, tx, r); err != nil {
			return Done{}, err
		}
	}
	return done, s.close(ctx, tx, r, decision{state: Approved, action: "approve", operator: operator, notice: "approval.notice.approved"})
}

// overtaken makes of what was asked for and can no longer be done what whoever decides can
// make of it: they have no form before them, and typed nothing that they could put right.
func overtaken(err error, r Request, operator string) error {
	f := fault.From(err)
	switch f.Kind {
	case fault.Conflict, fault.NotFound, fault.Invalid:
	default:
		return err
	}
	next, url, args := "approval.next.overtaken", screen+"#"+r.UID, fault.Args{"Asker": r.AskedName}
	if r.Offer {
		next = "approval.next.overtaken_offer"
	}
	if f.Next != nil { // as it was it would be refused again
		args["Next"] = fault.Phrase{Key: f.Next.Key, Args: f.Next.Args}
		if next = "approval.next.overtaken_else"; r.Offer {
			next = "approval.next.overtaken_offer_else"
		}
	}
	if operator != "" {
		url = ""
	}
	return fault.New(fault.Conflict, "approval.overtaken").WithRule(f.Rule, f.Law).WithCause(err).With("Reasons", Reasons(err)).
		WithNext(next, url, args)
}

// Reasons are what stands against something that was asked for, for an Overtaken: what is
// wrong with each field, or else the refusal itself.
func Reasons(err error) (out fault.List) {
	f := fault.From(err)
	if f.Kind == fault.Invalid {
		for _, x := range f.Fields {
			out = append(out, fault.Phrase{Key: x.Key, Args: x.Args})
		}
	}
	if out == nil {
		out = fault.List{fault.Phrase{Key: f.Key, Args: f.Args}}
	}
	return out
}

// pass says, in a context, that what is done has been asked for and agreed to.
type pass struct {
	by      *caller.Caller // who agreed
	request string
}

// Agreed returns who else had a hand in what is being done: the account that
// approved it; 0 where nobody did, or an operator (see [Operator]).
func Agreed(ctx context.Context) int64 {
	if p, ok := ctx.Value(passKey{}).(pass); ok {
		return p.by.Account
	}
	return 0
}

// Reader returns ctx as of whom a refusal of what is being done is told to: of the person who agreed to
// it, not of who asked, who may see others. Where nobody agreed, or an operator, it is ctx.
func Reader(ctx context.Context) context.Context {
	if p, ok := ctx.Value(passKey{}).(pass); ok && p.by.Account != 0 {
		return caller.With(ctx, p.by)
	}
	return ctx
}

// AgreedUID is Agreed by the account's public id; "operator" where it was one.
func AgreedUID(ctx context.Context) string {
	p, ok := ctx.Value(passKey{}).(pass)
	switch {
	case !ok:
		return ""
	case p.by.Account == 0:
		return "operator"
	}
	return p.by.AccountUID
}

type decision struct {
	state    State
	action   string // recorded
	operator string // public id; empty: an account decides
	note     string
	notice   string // to who asked; empty: none
}

// Void ends what waits in an account's name: it is its owner's again, and who acted as
// them may have asked. The owner is told.
func (s *Service) Void(ctx context.Context, tx *db.Tx, account int64) error {
	all, err := askedBy(ctx, tx, account, s.now())
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := s.close(ctx, tx, r, decision{state: Cancelled, action: "cancel", notice: "approval.notice.void"}); err != nil {
			return err
		}
	}
	return nil
}

// Overtake ends what waits about an account, of a kind, and can no longer be done as it
// was asked. Who asked is told. What is being done, or decided at this moment, is not
// among it.
func (s *Service) Overtake(ctx context.Context, tx *db.Tx, kind string, account int64, over func(payload json.RawMessage) bool) error {
	all, payloads, err := concerning(ctx, tx, kind, account, s.now())
	if err != nil {
		return err
	}
	done, _ := ctx.Value(passKey{}).(pass)
	for i, r := range all {
		if r.UID == done.request || !over(payloads[i]) {
			continue
		}
		if err := s.close(ctx, tx, r, decision{state: Cancelled, action: "cancel", notice: "approval.notice.overtaken"}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) close(ctx context.Context, tx *db.Tx, r Request, d decision) error {
	if err := update(ctx, tx, r.UID, d, s.now()); err != nil {
		return err
	}
	changes := []audit.Change{{Field: "state", Old: string(Waiting), New: string(d.state)}}
	if d.operator != "" {
		changes = append(changes, audit.Change{Field: "operator", New: d.operator})
	}
	if d.note != "" {
		changes = append(changes, audit.Change{Field: "note", New: d.note})
	}
	if err := s.Trail.Record(ctx, tx, audit.Entry{Action: d.action, Object: object, Target: r.UID, UnitPath: r.UnitPath, Changes: changes}); err != nil {
		return err
	}
	if r.Offer && d.state == Cancelled {
		if err := s.tellPerson(ctx, tx, r, "approval.notice.taken_back"); err != nil {
			return err
		}
	}
	if d.notice == "" {
		return nil
	}
	return s.tellAsker(ctx, tx, r, d)
}

func checkedNote(note string) (string, error) {
	note = strings.TrimSpace(note)
	switch n := len([]rune(note)); {
	case n == 0:
		return "", fault.New(fault.Invalid, "approval.invalid").WithField("note", "field.required", nil)
	case n > maxNote:
		return "", fault.New(fault.Invalid, "approval.invalid").WithField("note", "field.too_long", fault.Args{"Max": maxNote})
	}
	return note, nil
}
