package transfer

import (
	"context"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
)

// noticeKind is the kind of notices about imports.
const noticeKind = "import"

// tellOwner tells who brought an import what a colleague has done with it.
func (t *Service) tellOwner(ctx context.Context, tx *db.Tx, i *Import, key string) error {
	c := caller.From(ctx)
	if t.notify == nil || i.Account == 0 || !c.SignedIn() || c.Account == i.Account {
		return nil
	}
	return t.notify.Send(ctx, tx, []int64{i.Account}, notify.Notice{
		Kind: noticeKind, Key: key, Link: t.screen + "/import/" + i.UID, Mail: true,
		Args: fault.Args{"Who": c.Name, "File": i.FileName, "At": inMinistry(ctx, t.clock.Now())},
	})
}

// inMinistry is a moment as clocks show it in the ministry that is acted for: who reads of it in
// a message sees it as on their screens.
func inMinistry(ctx context.Context, at time.Time) time.Time {
	if c := caller.From(ctx); c != nil && c.Tenant.Zone != nil {
		return at.In(c.Tenant.Zone)
	}
	return at
}
