package identity

import (
	"context"
	"errors"

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
// are invited, have a new link, or are blocked. Operators have no ministry whose outbox
// would carry the letter, so it goes at once; whether it went stands in the platform's
// trail, and what was done stays done.
func (o *Operators) tell(ctx context.Context, uid, action string) error {
	if !o.HasMail() {
		return nil
	}
	var l notify.Letter
	var name string
	err := o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, `SELECT email, language, name FROM platform.operator WHERE tenant_id = 0 AND uid = $1`, uid).Scan(&l.To, &l.Language, &name)
	})
	if err != nil || l.To == "" {
		return err
	}
	l.Kind, l.SubjectKey, l.BodyKey = noticeKind, "operator.mail."+action+".subject", "operator.mail."+action+".body"
	var who any = fault.Key("operator.act.command")
	if c := caller.From(ctx); c.SignedIn() {
		who = c.Name
	}
	l.Args = fault.Args{"Name": name, "Who": who, "At": o.Door.Now()}
	a := Act{Action: "tell", Object: "operator", Target: uid, Outcome: "allow"}
	if err := o.letters.Now(ctx, l); err != nil {
		var f *fault.Error
		if !errors.As(err, &f) {
			return err
		}
		a.Outcome, a.Reason = "deny", f.Key
	}
	ctx = context.WithoutCancel(ctx)
	return o.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error { return record(ctx, tx, o.Door.Now(), a) })
}
