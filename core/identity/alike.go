package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
)

// Why an account looks like that of the same person; their words stand in the
// locale files under "identity.alike.". The same address needs none: it is refused.
const (
	SameName       = "name"
	SimilarName    = "similar"    // but for a letter, an initial or a further word
	OtherFathers   = "patronymic" // the same name with another patronymic
	SameTelephone  = "phone"
	SameMailbox    = "mailbox" // an address that differs by a mark of the reader's own (approval.Mailbox)
	EnteredMailbox = "entered" // likewise, entered by its owner, who has not shown to read it
	FormerMailbox  = "former"  // an address of the mailbox was theirs
	KeptOut        = "kept"    // besides: somebody has decided to keep that one out
)

// alike is an account that looks like that of somebody about to get one.
type alike struct {
	id      int64
	uid     string
	name    string
	reasons []string
	until   time.Time // of FormerMailbox; zero: not known
	kept    bool      // somebody has decided to keep that one out
	open    bool      // the account is not closed
	keptBy  []keeper  // who keeps that one out
	called  []string  // of one who is called otherwise: how, before and now
}

// words are the reasons why an account looks like a person's; seen says that more may be
// told than that.
func (x alike) words(seen bool) fault.List {
	var out fault.List
	for _, r := range x.reasons {
		switch {
		case r == FormerMailbox && seen && !x.until.IsZero():
			out = append(out, fault.Phrase{Key: "identity.alike.former_until", Args: fault.Args{"Until": x.until}})
		case r != KeptOut || seen:
			out = append(out, fault.Key("identity.alike."+r))
		}
	}
	return out
}

// phrase names the account with its reasons, to whoever may see it.
func (x alike) phrase(seen bool) fault.Phrase {
	if !seen {
		return fault.Phrase{Key: "identity.alike_unseen", Args: fault.Args{"Reasons": x.words(false)}}
	}
	return fault.Phrase{Key: "identity.alike", Args: fault.Args{"Name": x.name, "Reasons": x.words(true)}}
}

// How many of them are told of, and judged at most besides those who are kept out: many people share
// a name.
const (
	mostAlike  = 5
	mostJudged = 200
)

// lookingLike finds accounts that look like a checked person's (TR-DR-8: one account
// is one person): of the same telephone or mailbox, or that had it, or of a name that differs from
// theirs in no more than people spell differently (nameWords.like). The database finds those that share two
// words, or their first or second halves; a letter too many leaves one of these as it was.
func (s *Service) lookingLike(ctx context.Context, a *act, p Person) ([]alike, error) {
	mine := namesOf(p.Family, p.Given, p.Patronymic)
	words, heads, tails := mine.halves()
	boxes, err := s.readers(ctx, a.tx, 0, p.Email)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(boxes))
	for i, r := range boxes {
		ids[i] = r.account
	}
	rows, err := a.tx.PGX().Query(ctx, `SELECT a.id, a.uid, a.name, a.family, a.given, a.patronymic, a.phone, `+isKept+`, a.state <> 'blocked' FROM account a
		LEFT JOIN (SELECT w.account_id FROM unnest($2::text[], $3::text[], $4::text[]) AS q(word, head, tail)
			JOIN account_word w ON w.tenant_id = $1 AND (w.word = q.word OR w.word = left(q.word, 1)
				OR q.head <> '' AND starts_with(w.word, q.head) OR q.tail <> '' AND right(w.word, length(q.tail)) = q.tail)
			GROUP BY w.account_id HAVING count(DISTINCT q.word) >= $5) n ON n.account_id = a.id
		WHERE a.tenant_id = $1 AND (n.account_id IS NOT NULL OR a.phone = $6 AND a.phone <> '' OR a.id = ANY($7)) ORDER BY a.id`,
		a.tx.Tenant(), words, heads, tails, min(len(mine.words), 2), p.Phone, ids, ByDecision)
	if err != nil {
		return nil, err
	}
	var found []alike
	var id int64
	var uid, name, family, given, patronymic, phone string
	var kept, open bool
	_, err = pgx.ForEachRow(rows, []any{&id, &uid, &name, &family, &given, &patronymic, &phone, &kept, &open}, func() error {
		x := alike{id: id, uid: uid, kept: kept, open: open, name: name}
		if reason := mine.like(namesOf(family, given, patronymic)); reason != "" {
			x.reasons = append(x.reasons, reason)
		}
		if phone != "" && phone == p.Phone {
			x.reasons = append(x.reasons, SameTelephone)
		}
		if i := slices.Index(ids, id); i >= 0 {
			x = x.reads(boxes[i])
		}
		if len(x.reasons) > 0 {
			found = append(found, x)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(x, y alike) int { return x.weight() - y.weight() })
	judged := 0
	found = slices.DeleteFunc(found, func(x alike) bool { // whoever is kept out has as many namesakes as others
		judged++
		return judged > mostJudged && !x.kept
	})
	return found, s.keptOut(ctx, a.tx, found)
}

// weight puts first who shares more than a name.
func (x alike) weight() int {
	switch {
	case slices.Contains(x.reasons, SameMailbox), slices.Contains(x.reasons, SameTelephone):
		return 1
	case slices.Contains(x.reasons, SameName):
		return 2
	}
	return 3
}

// first are those who are told of: before others whoever is kept out, among those whom the reader
// may see (seen; nil: all). Of the rest not even their order says it.
func first(found []alike, seen map[string]string) []alike {
	found = slices.Clone(found)
	weight := func(x alike) int {
		if _, sees := seen[x.uid]; (seen == nil || sees) && len(x.keptBy) > 0 {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(found, func(x, y alike) int { return weight(x) - weight(y) })
	return found[:min(len(found), mostAlike)]
}

// toldAlike is what whoever decides about a new person is told of accounts that look like
// theirs, each with the reasons, and what the trail keeps of it.
func (s *Service) toldAlike(ctx context.Context, tx *db.Tx, n NewAppointment) ([]fault.Phrase, []audit.Change, error) {
	if n.Account != "" {
		return nil, nil, nil
	}
	a, err := s.begin(ctx, tx, n.Role, n.Unit)
	if err != nil {
		return nil, nil, err
	}
	p, err := n.Person.checked(a.m)
	if err != nil {
		return nil, nil, err
	}
	if approval.Deciding(ctx) {
		if err := oneByOne(ctx, tx); err != nil {
			return nil, nil, err
		}
	}
	found, err := s.lookingLike(ctx, a, p)
	if err != nil || len(found) == 0 {
		return nil, nil, err
	}
	args := fault.Args{"UIDs": uidsOf(found)} // whoever agrees answers for all of them, named or not
	found = first(found, nil)
	args["Accounts"] = phrases(found, nil)
	return []fault.Phrase{{Key: "approval.told.alike", Args: args}}, alikeChanges(found), nil
}

// reads adds that an account has, or had, the mailbox.
func (x alike) reads(r reader) alike {
	switch {
	case r.former && r.unread:
		return x // anybody's word, and not theirs any more
	case !r.former && r.unread:
		x.reasons = append(x.reasons, EnteredMailbox)
		return x
	case !r.former:
		x.reasons = append(x.reasons, SameMailbox)
		return x
	}
	x.reasons, x.until = append(x.reasons, FormerMailbox), r.until
	return x
}

// phrases are the accounts in words; seen holds those that the reader may see, nil: all.
func phrases(found []alike, seen map[string]string) (list fault.List) {
	for _, x := range found {
		_, sees := seen[x.uid]
		list = append(list, x.phrase(seen == nil || sees))
	}
	return list
}

// toldMailbox is what whoever decides is told of others who have the mailbox to which a
// key would go, or had it.
func (s *Service) toldMailbox(ctx context.Context, tx *db.Tx, a Account, address string) ([]fault.Phrase, error) {
	boxes, err := s.readers(ctx, tx, a.ID, address)
	if err != nil || len(boxes) == 0 {
		return nil, err
	}
	var found []alike
	for _, r := range boxes {
		other, err := s.accountByID(ctx, tx, r.account)
		if err != nil {
			return nil, err
		}
		if x := (alike{uid: other.UID, name: other.Name}).reads(r); len(x.reasons) > 0 {
			found = append(found, x)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	return []fault.Phrase{{Key: "approval.told.mailbox", Args: fault.Args{"Email": address, "Accounts": phrases(found, nil)}}}, nil
}

// alikeChanges are what the trail keeps of accounts that looked like a person's.
func alikeChanges(found []alike) []audit.Change {
	if len(found) == 0 {
		return nil
	}
	var uids, reasons []string
	for _, x := range found {
		uids = append(uids, x.uid)
		for _, r := range x.reasons {
			if !slices.Contains(reasons, r) {
				reasons = append(reasons, r)
			}
		}
	}
	return []audit.Change{{Field: "alike", New: uids}, {Field: "alike_by", New: reasons}}
}

// likenessShown records that a giver was told, by a refusal, whose accounts look like the
// person's, or have the address: what the unit wrote has gone with it.
func (s *Service) likenessShown(ctx context.Context, refused error) error {
	var f *fault.Error
	if !errors.As(refused, &f) {
		return refused
	}
	for _, x := range f.Fields {
		uids, _ := x.Args["UIDs"].([]string)
		if err := s.namesShown(ctx, uids); err != nil {
			return err
		}
	}
	return refused
}

// namesShown records that somebody was told the names of accounts.
func (s *Service) namesShown(ctx context.Context, uids []string) error {
	if len(uids) == 0 {
		return nil
	}
	entries := make([]audit.Entry, len(uids))
	for i, uid := range uids {
		entries[i] = audit.Entry{Action: "view", Object: "account", Target: uid, Fields: []string{"name"}}
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return s.trail.Record(ctx, tx, entries...) })
}

// nobodyElse refuses a second account for what looks like the same person, with the
// reasons, until the giver says that it is another one. It returns of which accounts
// that was said.
func (s *Service) nobodyElse(ctx context.Context, a *act, n NewAppointment) ([]alike, error) {
	if a.system() {
		return nil, nil
	}
	p, err := n.Person.checked(a.m)
	if err != nil {
		return nil, err
	}
	if err := oneByOne(ctx, a.tx); err != nil { // of two who enter the same person at once the second is asked
		return nil, err
	}
	found, err := s.lookingLike(ctx, a, p)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if n.AnotherPerson || approval.Performing(ctx) { // whoever agreed was told of them (toldAlike)
		return found, nil
	}
	all := uidsOf(found)
	seen, err := s.Names(ctx, all)
	if err != nil {
		return nil, err
	}
	found = first(found, seen)
	uids := slices.DeleteFunc(uidsOf(found), func(uid string) bool { _, sees := seen[uid]; return !sees })
	return nil, fault.New(fault.Invalid, "identity.invalid").WithOwnRule("one_account").
		WithField("another_person", "identity.looks_like", fault.Args{"Count": len(found), "Accounts": phrases(found, seen), "UIDs": uids})
}

// oneByOne has whoever enters new people wait for each other.
func oneByOne(ctx context.Context, tx *db.Tx) error {
	_, err := tx.PGX().Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('new person', $1))", tx.Tenant())
	return err
}

func uidsOf(found []alike) (out []string) {
	for _, x := range found {
		out = append(out, x.uid)
	}
	return out
}
