package identity

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/locale"
)

// Why an account looks like that of the same person; their words stand in the
// locale files under "identity.alike.". The same address needs none: it is refused.
const (
	SameName  = "name"
	SamePhone = "phone"
)

// alike is an account that looks like that of somebody about to get one.
type alike struct {
	uid     string
	reasons []string
}

const mostAlike = 5

// lookingLike finds accounts that look like a checked person's (TR-DR-8: one account
// is one person): of the same name, in whatever script and order, or telephone. Two
// patronymics that differ make two people.
func (s *Service) lookingLike(ctx context.Context, a *act, p Person) ([]alike, error) {
	words := locale.Tokens(p.Family + " " + p.Given)
	slices.Sort(words)
	words = slices.Compact(words)
	rows, err := a.tx.PGX().Query(ctx, `SELECT a.uid, a.patronymic, a.phone, coalesce(n.words, 0) = cardinality($2::text[]) FROM account a
		LEFT JOIN (SELECT account_id, count(DISTINCT word) AS words FROM account_word WHERE tenant_id = $1 AND word = ANY($2) GROUP BY account_id) n ON n.account_id = a.id
		WHERE a.tenant_id = $1 AND (n.words = cardinality($2::text[]) OR a.phone = $3 AND a.phone <> '') ORDER BY a.id`, a.tx.Tenant(), words, p.Phone)
	if err != nil {
		return nil, err
	}
	var found []alike
	var uid, patronymic, phone string
	var named bool
	_, err = pgx.ForEachRow(rows, []any{&uid, &patronymic, &phone, &named}, func() error {
		x := alike{uid: uid}
		if named && (patronymic == "" || p.Patronymic == "" || locale.Fold(patronymic) == locale.Fold(p.Patronymic)) {
			x.reasons = append(x.reasons, SameName)
		}
		if phone != "" && phone == p.Phone {
			x.reasons = append(x.reasons, SamePhone)
		}
		if len(x.reasons) > 0 && len(found) < mostAlike {
			found = append(found, x)
		}
		return nil
	})
	return found, err
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
	var uids, reasons []string
	var words fault.List
	for _, x := range found {
		uids = append(uids, x.uid)
		for _, r := range x.reasons {
			if !slices.Contains(reasons, r) {
				reasons = append(reasons, r)
				words = append(words, fault.Key("identity.alike."+r))
			}
		}
	}
	if !n.AnotherPerson {
		return nil, a.invalid().WithField("another_person", "identity.looks_like", fault.Args{"Count": len(found), "Reasons": words})
	}
	return []audit.Change{{Field: "alike", New: uids}, {Field: "alike_by", New: reasons}}, nil
}
