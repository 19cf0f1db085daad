package identity

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
)

// Why an account looks like that of the same person; their words stand in the
// locale files under "identity.alike.". The same address needs none: it is refused.
const (
	SameName      = "name"
	SimilarName   = "similar"    // but for a letter, an initial or a further word
	OtherFathers  = "patronymic" // the same name with another patronymic
	SameTelephone = "phone"
	SameMailbox   = "mailbox" // an address that differs by a mark of the reader's own (approval.Mailbox)
)

// alike is an account that looks like that of somebody about to get one.
type alike struct {
	uid     string
	name    string
	reasons []string
}

const mostAlike = 5

// lookingLike finds accounts that look like a checked person's (TR-DR-8: one account
// is one person): of the same telephone or mailbox, or of a name that differs from theirs in no more
// than people spell differently (nameWords.like). The database finds those that share two
// words, or their first or second halves; a letter too many leaves one of these as it was.
func (s *Service) lookingLike(ctx context.Context, a *act, p Person) ([]alike, error) {
	mine := namesOf(p.Family, p.Given, p.Patronymic)
	words, heads, tails := mine.halves()
	rows, err := a.tx.PGX().Query(ctx, `SELECT a.uid, a.family, a.given, a.patronymic, a.phone, a.email FROM account a
		LEFT JOIN (SELECT w.account_id FROM unnest($2::text[], $3::text[], $4::text[]) AS q(word, head, tail)
			JOIN account_word w ON w.tenant_id = $1 AND (w.word = q.word OR w.word = left(q.word, 1)
				OR q.head <> '' AND starts_with(w.word, q.head) OR q.tail <> '' AND right(w.word, length(q.tail)) = q.tail)
			GROUP BY w.account_id HAVING count(DISTINCT q.word) >= $5) n ON n.account_id = a.id
		WHERE a.tenant_id = $1 AND (n.account_id IS NOT NULL OR a.phone = $6 AND a.phone <> '' OR $7 <> '' AND mailbox(a.email) = $7) ORDER BY a.id`,
		a.tx.Tenant(), words, heads, tails, min(len(mine.words), 2), p.Phone, approval.Mailbox(p.Email))
	if err != nil {
		return nil, err
	}
	var found []alike
	var uid, family, given, patronymic, phone, address string
	_, err = pgx.ForEachRow(rows, []any{&uid, &family, &given, &patronymic, &phone, &address}, func() error {
		x := alike{uid: uid, name: Account{Family: family, Given: given, Patronymic: patronymic}.FullName()}
		if reason := mine.like(namesOf(family, given, patronymic)); reason != "" {
			x.reasons = append(x.reasons, reason)
		}
		if phone != "" && phone == p.Phone {
			x.reasons = append(x.reasons, SameTelephone)
		}
		if address != "" && approval.Mailbox(address) == approval.Mailbox(p.Email) {
			x.reasons = append(x.reasons, SameMailbox)
		}
		if len(x.reasons) > 0 && len(found) < mostAlike {
			found = append(found, x)
		}
		return nil
	})
	return found, err
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
	found, err := s.lookingLike(ctx, a, p)
	if err != nil || len(found) == 0 {
		return nil, nil, err
	}
	var list fault.List
	for _, x := range found {
		list = append(list, fault.Phrase{Key: "identity.alike", Args: fault.Args{"Name": x.name, "Reasons": reasonWords(x.reasons)}})
	}
	return []fault.Phrase{{Key: "approval.told.alike", Args: fault.Args{"Accounts": list}}}, alikeChanges(found), nil
}

func reasonWords(reasons []string) fault.List {
	var words fault.List
	for _, r := range reasons {
		words = append(words, fault.Key("identity.alike."+r))
	}
	return words
}

// alikeChanges are what the trail keeps of accounts that looked like a person's.
func alikeChanges(found []alike) []audit.Change {
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

// nobodyElse refuses a second account for what looks like the same person, with the
// reasons, until the giver says that it is another one. It returns what the trail
// keeps of having been said so.
func (s *Service) nobodyElse(ctx context.Context, a *act, n NewAppointment) ([]audit.Change, error) {
	if a.system() {
		return nil, nil
	}
	p, err := n.Person.checked(a.m)
	if err != nil {
		return nil, err
	}
	found, err := s.lookingLike(ctx, a, p)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	changes := alikeChanges(found)
	if reasons, ok := changes[1].New.([]string); ok && !n.AnotherPerson {
		return nil, a.invalid().WithField("another_person", "identity.looks_like", fault.Args{"Count": len(found), "Reasons": reasonWords(reasons)})
	}
	return changes, nil
}
