package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
)

// Of a post that the profile says one person holds, a second holder is asked about before
// there are two: both could appoint, confirm and sign for the institution, each not knowing
// of the other (KG-ER-6c). A post is handed over without a question by its days: where the
// one ends before the other begins, there is never a second.

// beside are the others who hold the post on one of the days for which it is given.
func (s *Service) beside(ctx context.Context, a *act, n NewAppointment, account int64) (found []sole, err error) {
	rows, err := a.tx.PGX().Query(ctx, `SELECT p.account_id, x.uid, x.name, p.since, p.until
		FROM appointment p JOIN account x ON x.tenant_id = p.tenant_id AND x.id = p.account_id
		WHERE p.tenant_id = $1 AND p.unit_id = $2 AND p.role = $3 AND p.account_id <> $4
		AND `+holdsFrom("GREATEST($5::date, $6::date)")+` AND ($7::date IS NULL OR p.since < $7) ORDER BY p.since, p.id`,
		a.tx.Tenant(), a.unit.ID, a.role.ID, account, n.Since, a.today, orNil(n.Until))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (h sole, err error) {
		var until *time.Time
		err = row.Scan(&h.account, &h.uid, &h.name, &h.since, &until)
		h.until = zeroed(until)
		return h, err
	})
}

// sole is somebody who holds a post that one person holds.
type sole struct {
	account      int64
	uid, name    string
	since, until time.Time
}

// phrase is the holder in words; of one whom the reader may not see, the days alone.
func (h sole) phrase(seen bool) fault.Phrase {
	p := fault.Phrase{Key: "identity.holder", Args: fault.Args{"Since": clock.Day(h.since)}}
	if !h.until.IsZero() {
		p.Key, p.Args["Until"] = "identity.holder_until", fault.End(clock.Day(h.until))
	}
	if p.Args["Name"] = any(h.name); !seen {
		p.Args["Name"] = fault.Key("identity.holder_unseen")
	}
	return p
}

// markOf says that one holds a post: whoever answers with it has read of that one.
func (h sole) markOf(a *act) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{h.uid, a.role.ID, a.unit.UID}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// alone refuses a second holder of a post that one person holds, until the giver says that
// there are to be two: beside whom they have read of, and nobody who has come since.
func (s *Service) alone(ctx context.Context, a *act, n NewAppointment, account int64) error {
	if a.system() || !a.role.OneHolder {
		return nil
	}
	found, err := s.beside(ctx, a, n, account)
	if err != nil || len(found) == 0 {
		return err
	}
	marks, known := n.readOf(a, found)
	if known {
		a.beside = found
		return nil
	}
	holders, seen, err := s.inWords(ctx, found)
	if err != nil {
		return err
	}
	if approval.Performing(ctx) {
		return fault.New(fault.Conflict, "identity.second_since").With("Holders", holders)
	}
	return a.invalid().WithField("second_holder", "identity.second_holder", fault.Args{
		"Count": len(found), "Holders": holders, "UIDs": seen, fault.MarkArg: strings.Join(marks, "."),
	})
}

// readOf are the marks of those who hold a post, and whether the giver has read of all of them.
func (n NewAppointment) readOf(a *act, found []sole) (marks []string, known bool) {
	read := strings.Split(n.SecondHolder, ".")
	marks, known = make([]string, len(found)), true
	for i, h := range found {
		marks[i] = h.markOf(a)
		known = known && slices.Contains(read, marks[i])
	}
	return marks, known
}

// inWords are holders of a post as far as whoever reads of them may see them, and the public ids of those.
func (s *Service) inWords(ctx context.Context, found []sole) (holders fault.List, seen []string, err error) {
	uids := make([]string, len(found))
	for i, h := range found {
		uids[i] = h.uid
	}
	names, err := s.Names(approval.Reader(ctx), uids)
	if err != nil {
		return nil, nil, err
	}
	for _, h := range found {
		_, sees := names[h.uid]
		if holders = append(holders, h.phrase(sees)); sees {
			seen = append(seen, h.uid)
		}
	}
	return holders, seen, nil
}

// besideShown are holders of a post in words, for whoever is about to give it to another; that
// names were shown is recorded.
func (s *Service) besideShown(ctx context.Context, found []sole) (fault.List, error) {
	if len(found) == 0 {
		return nil, nil
	}
	holders, seen, err := s.inWords(ctx, found)
	if err != nil {
		return nil, err
	}
	return holders, s.namesShown(ctx, seen)
}

// besideChanges are what the trail keeps of a second holder that was meant.
func besideChanges(found []sole) []audit.Change {
	if len(found) == 0 {
		return nil
	}
	uids := make([]string, len(found))
	for i, h := range found {
		uids[i] = h.uid
	}
	return []audit.Change{{Field: "second_holder", New: uids}}
}

// tellBeside tells those who hold a post that it was given to another one as well.
func (s *Service) tellBeside(ctx context.Context, a *act, out Appointed) error {
	var to []int64
	for _, h := range a.beside {
		if h.account != a.by.Account && !slices.Contains(to, h.account) {
			to = append(to, h.account)
		}
	}
	if len(to) == 0 {
		return nil
	}
	args := fault.Args{"Name": out.Account.Name, "Role": fault.Text(a.role.Name), "Unit": fault.Text(a.unit.Name), "Since": out.Appointment.Since, "Who": a.by.Name}
	return s.tell(ctx, a.tx, notice{to: to, key: "identity.notice.second_holder", url: "/people/" + out.Account.UID, args: args, mail: true})
}

// toldBeside is what whoever decides, or is offered the post, is told of those who hold it at this
// moment, as far as they may see them: one may have gone since it was asked, and one who has come since
// is in the way.
func (s *Service) toldBeside(ctx context.Context, tx *db.Tx, n NewAppointment, account int64) ([]fault.Phrase, error) {
	a, err := s.begin(ctx, tx, n.Role, n.Unit)
	if err != nil || a.role == nil || !a.role.OneHolder {
		return nil, err
	}
	found, err := s.beside(ctx, a, n, account)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	holders, _, err := s.inWords(ctx, found)
	if err != nil {
		return nil, err
	}
	if _, known := n.readOf(a, found); !known {
		return []fault.Phrase{{Key: approval.Overtaken, Args: fault.Args{"Reasons": fault.List{fault.Phrase{Key: "identity.second_since", Args: fault.Args{"Holders": holders}}}}}}, nil
	}
	return []fault.Phrase{{Key: "approval.told.second_holder", Args: fault.Args{"Holders": holders}}}, nil
}
