package identity

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// A second account of somebody who is kept out would let them in again on the word of who gives
// it, that it is another person. People are called alike, so the word is taken; but it is said
// that the other one is kept out, and whoever decided that hears of it and can judge for themself.

// keeper is who has decided to keep somebody out: 0 for the platform.
type keeper struct {
	account int64
	level   string // from which that was decided
}

// isKept is the condition that an account a is kept out by decision ($8), of all or of a post.
const isKept = `(a.state = 'blocked' AND a.blocked_why = $8 OR EXISTS (SELECT FROM appointment k WHERE k.tenant_id = $1 AND k.account_id = a.id AND k.stopped_at IS NOT NULL))`

// keptOut notes on accounts that look like a person's by whose decisions they are kept out of
// all, or of a post that they hold or held: what was decided about one stands when it has ended.
func (s *Service) keptOut(ctx context.Context, tx *db.Tx, found []alike) error {
	at := make(map[string]int, len(found))
	uids := make([]string, len(found))
	for i, x := range found {
		at[x.uid], uids[i] = i, x.uid
	}
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT uid, by, level FROM (
			SELECT uid, coalesce(blocked_by, 0) AS by, blocked_level AS level FROM account WHERE tenant_id = $1 AND uid = ANY($2) AND state = 'blocked' AND blocked_why = $3
			UNION ALL SELECT a.uid, coalesce(p.stopped_by, 0), p.stopped_level FROM appointment p JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
				WHERE p.tenant_id = $1 AND a.uid = ANY($2) AND p.stopped_at IS NOT NULL) kept ORDER BY 1, 2, 3`, tx.Tenant(), uids, ByDecision)
	if err != nil {
		return err
	}
	var uid string
	var k keeper
	_, err = pgx.ForEachRow(rows, []any{&uid, &k.account, &k.level}, func() error {
		x := &found[at[uid]]
		if len(x.keptBy) == 0 {
			x.reasons = append(x.reasons, KeptOut)
		}
		x.keptBy = append(x.keptBy, k)
		return nil
	})
	return err
}

// tellDeciders tells those who keep somebody out of an account that looks like theirs, where they
// may see that account: of people elsewhere they hear nothing. Each is told once, whomever of those
// that look alike they keep out, and not again within a day (tellOf).
func (s *Service) tellDeciders(ctx context.Context, tx *db.Tx, a Account, found []alike, key string) error {
	c := caller.From(ctx)
	others := map[keeper][]alike{}
	for _, x := range found {
		for _, k := range x.keptBy {
			if len(others[k]) < mostAlike {
				others[k] = append(others[k], x)
			}
		}
	}
	told := map[int64]bool{c.Account: true}
	for k, kept := range others {
		to, err := s.watching(ctx, tx, k, a, kept[0].uid)
		if err != nil {
			return err
		}
		for _, id := range to {
			of := kept[:1]
			if id == k.account { // who decided about all of them
				of = kept
			}
			if told[id] {
				continue
			}
			if told[id], err = s.tellOf(ctx, tx, id, a, of, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// watching are those who watch over a decision where they may see an account: who decided, and
// where they see whom it is about no longer, as they have left that office, those who hold such an
// office above it and above whom it is about. Over what the platform decided nobody of the ministry
// watches.
func (s *Service) watching(ctx context.Context, tx *db.Tx, k keeper, a Account, kept string) ([]int64, error) {
	if k.account == 0 {
		return nil, nil
	}
	var works bool
	if err := tx.PGX().QueryRow(ctx, "SELECT state = 'active' FROM account WHERE tenant_id = $1 AND id = $2", tx.Tenant(), k.account).Scan(&works); err != nil {
		return nil, err
	}
	other, err := s.accountByUID(ctx, tx, kept)
	if err != nil {
		return nil, err
	}
	if works {
		to, err := s.seeing(ctx, tx, []int64{k.account}, a)
		if err != nil || len(to) > 0 {
			return to, err
		}
		if still, err := s.seesOther(ctx, tx, k.account, other); err != nil || still {
			return nil, err
		}
	}
	to, err := s.atLevel(ctx, tx, k.level, a)
	if err != nil {
		return nil, err
	}
	return s.seeing(ctx, tx, to, a, other)
}

// atLevel are who holds something at a level above an account's posts.
func (s *Service) atLevel(ctx context.Context, tx *db.Tx, level string, a Account) ([]int64, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT p.account_id FROM appointment p JOIN account h ON h.tenant_id = p.tenant_id AND h.id = p.account_id
			JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND u.level = $2 AND h.state = 'active' AND `+givesOn("$4")+`
			AND EXISTS (SELECT FROM appointment p JOIN unit w ON w.tenant_id = p.tenant_id AND w.id = p.unit_id
				WHERE p.tenant_id = $1 AND p.account_id = $3 AND `+holdsFrom("$4")+` AND starts_with(w.path, u.path))
		ORDER BY 1 LIMIT 20`, tx.Tenant(), level, a.ID, s.today(ctx))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// unseen are the accounts that look like somebody's who is about to get a post with the account
// that they have, by whose deciders that account can't be seen yet: the others know of it.
func (s *Service) unseen(ctx context.Context, a *act, p Account) ([]alike, error) {
	found, err := s.others(ctx, a, p)
	if err != nil {
		return nil, err
	}
	for i := range found {
		var keep []keeper
		for _, k := range found[i].keptBy {
			knows, err := s.watching(ctx, a.tx, k, p, found[i].uid)
			if err != nil {
				return nil, err
			}
			if len(knows) == 0 {
				keep = append(keep, k)
			}
		}
		found[i].keptBy = keep
	}
	return found, nil
}

// others are the accounts that look like an account's person.
func (s *Service) others(ctx context.Context, a *act, p Account) ([]alike, error) {
	found, err := s.lookingLike(ctx, a, Person{Family: p.Family, Given: p.Given, Patronymic: p.Patronymic, Phone: p.Phone, Email: p.Email})
	return slices.DeleteFunc(found, func(x alike) bool { return x.uid == p.UID }), err
}

// renamed tells them where somebody has come to be called, or reached, as one who is kept out; and
// where one who is kept out is called otherwise: another account would look like theirs no longer.
func (s *Service) renamed(ctx context.Context, tx *db.Tx, was Account, p Person) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil || !caller.From(ctx).SignedIn() {
		return err
	}
	if p, err = p.checked(m); err != nil {
		return err
	}
	called := p.Family != was.Family || p.Given != was.Given || p.Patronymic != was.Patronymic || p.Phone != was.Phone
	if !called && approval.Mailbox(p.Email) == approval.Mailbox(was.Email) {
		return nil
	}
	a := was
	a.called(m, p)
	a.Phone, a.Email = p.Phone, p.Email
	found, err := s.others(ctx, &act{tx: tx, m: m}, a)
	if err != nil {
		return err
	}
	before, err := s.others(ctx, &act{tx: tx, m: m}, was)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(x alike) bool { // looked like that one before, by all that
		return slices.ContainsFunc(before, func(y alike) bool {
			return y.uid == x.uid && !slices.ContainsFunc(x.reasons, func(r string) bool {
				return (r == SameMailbox || r == FormerMailbox || r == SameTelephone) && !slices.Contains(y.reasons, r)
			})
		})
	})
	if err := s.tellDeciders(ctx, tx, a, found, "identity.notice.alike_renamed"); err != nil {
		return err
	}
	if !called {
		return nil
	}
	own := []alike{{id: a.ID, uid: a.UID, name: was.Name, called: []string{was.looks(), a.looks()}}}
	if err := s.keptOut(ctx, tx, own); err != nil {
		return err
	}
	return s.tellDeciders(ctx, tx, a, own, "identity.notice.kept_renamed")
}

// tellAlike tells whoever has decided to keep somebody out of the accounts that look like theirs, of
// those that they may see: without them the decision keeps out nobody who has a second one already.
func (s *Service) tellAlike(ctx context.Context, tx *db.Tx, a Account) error {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return nil
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	found, err := s.others(ctx, &act{tx: tx, m: m}, a)
	if err != nil {
		return err
	}
	seen, err := s.Names(ctx, uidsOf(found))
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(x alike) bool { return seen[x.uid] == "" || x.kept || !x.open || x.uid == c.AccountUID })
	var names fault.List
	var entries []audit.Entry
	for _, x := range found[:min(len(found), mostAlike)] {
		names = append(names, x.name)
		entries = append(entries, audit.Entry{Action: "view", Object: "account", Target: x.uid, Fields: []string{"name"}})
	}
	if len(names) == 0 {
		return nil
	}
	err = s.tell(ctx, tx, notice{to: []int64{c.Account}, key: "identity.notice.alike_stands", url: "/people/" + entries[0].Target, mail: true, args: fault.Args{
		"Name": a.Name, "Others": names, "At": s.local(ctx, s.now()),
	}})
	if err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, entries...)
}

// seeing are those of some accounts who may see all of some others.
func (s *Service) seeing(ctx context.Context, tx *db.Tx, accounts []int64, others ...Account) (out []int64, err error) {
	for _, id := range accounts {
		sees := true
		for _, a := range others {
			if sees {
				sees, err = s.seesOther(ctx, tx, id, a)
			}
			if err != nil {
				return nil, err
			}
		}
		if sees {
			out = append(out, id)
		}
	}
	return out, nil
}

// seesOther reports whether an account may see another, by what it holds at this moment.
func (s *Service) seesOther(ctx context.Context, tx *db.Tx, account int64, a Account) (bool, error) {
	held, err := assignments(ctx, tx, account, s.today(ctx))
	if err != nil {
		return false, err
	}
	c := &caller.Caller{Tenant: caller.From(ctx).Tenant, Account: account, SecondFactor: true, Assignments: held}
	if !s.present(c) {
		return false, nil
	}
	posts, err := s.posts(ctx, tx, a.ID)
	if err != nil {
		return false, err
	}
	for _, p := range posts {
		_, refused := s.gate.Check(caller.With(ctx, c), "view", gate.Target{Object: "account", UID: a.UID, Path: p.unit.Path, Type: p.unit.Type, Level: p.unit.Level})
		if may, err := yes(refused); err != nil || may {
			return may, err
		}
	}
	return false, nil
}
