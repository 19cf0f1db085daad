package registry

import (
	"context"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
)

// noticeKind is the kind of notices about imports.
const noticeKind = "import"

// tellOwner tells who brought an import what a colleague has done with it.
func (t *Transfer) tellOwner(ctx context.Context, tx *db.Tx, i *Import, key string) error {
	c := caller.From(ctx)
	if t.notify == nil || i.Account == 0 || !c.SignedIn() || c.Account == i.Account {
		return nil
	}
	at := t.clock.Now()
	if c.Tenant.Zone != nil {
		at = at.In(c.Tenant.Zone)
	}
	return t.notify.Send(ctx, tx, []int64{i.Account}, notify.Notice{
		Kind: noticeKind, Key: key, Link: "/institutions/import/" + i.UID, Mail: true,
		Args: fault.Args{"Who": c.Name, "File": i.FileName, "At": at},
	})
}
