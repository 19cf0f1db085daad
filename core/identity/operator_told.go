package identity

import (
	"context"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
)

// Write has operators told by mail of what others do to their keys. The letters carry no
// link: whoever could read it could stop every ministry.
func (o *Operators) Write(letters *notify.Service) { o.letters = letters }

// HasMail reports whether operators can be told by mail.
func (o *Operators) HasMail() bool { return o.letters != nil && o.letters.HasMail() }

// tell writes to an operator what another one, or the command line, has done: that they
// are invited, have a new link, or are blocked. The letter waits in the platform's own
// outbox; what became of it stands in the platform's trail, and what was done stays done.
func (o *Operators) tell(ctx context.Context, tx *db.Tx, uid, action string) error {
	if !o.HasMail() {
		return nil
	}
	var l notify.Letter
	var name string
	err := tx.PGX().QueryRow(ctx, `SELECT id, email, language, name FROM platform.operator WHERE tenant_id = 0 AND uid = $1`, uid).Scan(&l.Account, &l.To, &l.Language, &name)
	if err != nil || l.To == "" {
		return err
	}
	l.Kind, l.SubjectKey, l.BodyKey = noticeKind, "operator.mail."+action+".subject", "operator.mail."+action+".body"
	var who any = fault.Key("operator.act.command")
	if c := caller.From(ctx); c.SignedIn() {
		who = c.Name
	}
	l.Args = fault.Args{"Name": name, "Who": who, "At": o.Door.Now()}
	err = o.letters.Mail(ctx, tx, l)
	if notify.NoMail(err) {
		return o.Told(ctx, tx, l.Account, notify.Failed)
	}
	return err
}

// Told writes down what became of a letter to an operator, in the unit that settles it.
func (o *Operators) Told(ctx context.Context, tx *db.Tx, operator int64, s notify.State) error {
	a := Act{Action: "tell", Object: "operator", Outcome: "allow"}
	if err := tx.PGX().QueryRow(ctx, `SELECT uid FROM platform.operator WHERE tenant_id = 0 AND id = $1`, operator).Scan(&a.Target); err != nil {
		if db.NoRows(err) {
			return nil
		}
		return err
	}
	if s != notify.Taken {
		a.Outcome, a.Reason = "deny", "notify.letter."+string(s)
	}
	return record(ctx, tx, o.trail, o.Door.Now(), a)
}
