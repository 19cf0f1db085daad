package registry

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/jobs"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
)

// takeBack is the work of Undo: everything the import entered goes, everything it
// changed is again as it was, or nothing happens.
func (t *Transfer) takeBack(ctx context.Context, run *jobs.Run, i *Import) error {
	return t.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		grant, err := t.gate.Check(ctx, "undo", t.importTarget(i))
		if err != nil {
			return err
		}
		if i, err = findImport(ctx, tx, i.UID, true); err != nil {
			return err
		}
		if err := t.untouched(ctx, tx, i); err != nil {
			return err
		}
		// What was swapped is no one's until each has its own again.
		if err := parts(ctx, tx, i, func(made []int64, changed []changedUnit) error { return t.ReleaseAll(ctx, tx, idsOf(made, changed)) }); err != nil {
			return err
		}
		done := int64(0)
		asked := rights{}
		err = parts(ctx, tx, i, func(made []int64, changed []changedUnit) error {
			changed = slices.DeleteFunc(changed, func(c changedUnit) bool { return c.Made })
			if err := t.unmake(ctx, tx, i, grant.Source, made, asked); err != nil {
				return err
			}
			if err := t.restore(ctx, tx, i, grant.Source, changed); err != nil {
				return err
			}
			done += int64(len(made) + len(changed))
			return run.Progress(ctx, done, int64(i.Counts.New+i.Counts.Changed), "import.progress.undo", nil)
		})
		if err != nil {
			return err
		}
		if _, err := tx.PGX().Exec(ctx, "DELETE FROM import_part WHERE tenant_id = $1 AND import_id = $2", tx.Tenant(), i.id); err != nil {
			return err
		}
		i.State, i.Undone = Undone, t.clock.Now()
		if err := updateImport(ctx, tx, i); err != nil {
			return err
		}
		if err := t.tellOwner(ctx, tx, i, "import.notice.undone"); err != nil {
			return err
		}
		return run.Finish(ctx, i.Counts, "")
	}, &i)
}

// idsOf are the institutions of a part of an import.
func idsOf(made []int64, changed []changedUnit) []int64 {
	ids := slices.Clone(made)
	for _, c := range changed {
		ids = append(ids, c.ID)
	}
	return ids
}

// someNames names the first of some institutions that the caller may see.
func (t *Transfer) someNames(ctx context.Context, units []unit.Unit) fault.List {
	var names fault.List
	for _, u := range units {
		if u.UID == "" || !t.gate.Can(ctx, "view", t.Target(u)) {
			continue
		}
		if len(names) == mostNamed {
			return append(names, "…")
		}
		var name any = fault.Text(u.Name)
		if u.Code != "" {
			name = fault.Phrase{Key: "import.place.coded", Args: fault.Args{"Name": name, "Code": u.Code}}
		}
		names = append(names, name)
	}
	return names
}

// unmake removes units that the import made.
func (t *Transfer) unmake(ctx context.Context, tx *db.Tx, i *Import, law string, ids []int64, asked rights) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.PGX().Query(ctx, `SELECT u.uid, u.path, u.type, p.path FROM unit u JOIN unit p ON p.tenant_id = u.tenant_id AND p.id = u.parent_id
		WHERE u.tenant_id = $1 AND u.id = ANY($2) ORDER BY u.id`, tx.Tenant(), ids)
	if err != nil {
		return err
	}
	questions := map[right]bool{}
	entries, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (audit.Entry, error) {
		e := audit.Entry{
			Action: "delete", Object: Institutions, Law: law,
			Order: i.Options.order(), Changes: []audit.Change{{Field: "import", Old: i.UID}},
		}
		var q right
		err := r.Scan(&e.Target, &e.UnitPath, &q.typ, &q.path)
		questions[q] = true
		return e, err
	})
	if err != nil {
		return err
	}
	for q := range questions {
		if err := t.mayUnmake(ctx, q, asked); err != nil {
			return err
		}
	}
	if err := t.Forget(ctx, tx, ids); err != nil {
		return err
	}
	err = tx.Try(ctx, func(ctx context.Context) error { return t.tree.RemoveMany(ctx, ids) })
	switch {
	case err == nil:
	case fault.From(err).Key == "unit.in_use":
		return t.inUse(ctx, tx, ids, err)
	default:
		return err
	}
	if err := t.Changed(ctx); err != nil {
		return err
	}
	return t.trail.Record(ctx, tx, entries...)
}

// inUse names the first of some institutions that others belong to: each is tried by itself.
func (t *Transfer) inUse(ctx context.Context, tx *db.Tx, ids []int64, cause error) error {
	var used []unit.Unit
	for _, id := range ids {
		err := tx.Rehearse(ctx, func(ctx context.Context) error { return t.tree.RemoveMany(ctx, []int64{id}) })
		if err == nil {
			continue
		}
		if fault.From(err).Key != "unit.in_use" {
			return err
		}
		u, err := t.tree.ByID(ctx, id)
		if err != nil {
			return err
		}
		if used = append(used, u); len(used) > mostNamed {
			break
		}
	}
	f := fault.New(fault.Conflict, "import.undo_in_use").WithCause(cause)
	if names := t.someNames(ctx, used); len(names) > 0 {
		return f.WithNext("import.next.by_hand_these", "", fault.Args{"Names": names})
	}
	return f.WithNext("import.next.by_hand", "", nil)
}

// rights are questions to the gate that were answered with yes.
type rights map[right]bool

// mayUnmake asks for what it took to enter institutions of a type below a unit:
// the right to imports alone, which other registers give too, removes no school.
func (t *Transfer) mayUnmake(ctx context.Context, q right, asked rights) error {
	if asked[q] {
		return nil
	}
	for _, action := range []string{"import", "create"} {
		if _, err := t.gate.Check(ctx, action, gate.Target{Object: Institutions, Path: q.path, Type: q.typ}); err != nil {
			return err
		}
	}
	asked[q] = true
	return nil
}

// mayRestore asks for what it took to change an institution: who takes a change
// back writes the passport again, with its windows and owners.
func (t *Transfer) mayRestore(ctx context.Context, p *profile.Profile, u unit.Unit, changes []audit.Change, recoded bool) error {
	touched := map[string]any{}
	for _, c := range changes {
		touched[c.Field] = nil
	}
	groups, err := t.GroupsOf(p, touched)
	if err != nil {
		return err
	}
	if _, err := t.gate.Check(ctx, "import", t.Target(u)); err != nil {
		return err
	}
	if len(groups) > 0 {
		if _, err := t.gate.Check(ctx, "update", t.Target(u, groups...)); err != nil {
			return err
		}
	}
	if recoded {
		_, err = t.gate.Check(ctx, "update", t.Target(u))
	}
	return err
}

// restore gives institutions back the passports that they had before the import.
func (t *Transfer) restore(ctx context.Context, tx *db.Tx, i *Import, law string, units []changedUnit) error {
	if len(units) == 0 {
		return nil
	}
	m, err := t.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	ids := make([]int64, len(units))
	for k, c := range units {
		ids[k] = c.ID
	}
	current, err := t.ByIDs(ctx, ids, true)
	if err != nil {
		return err
	}
	entries := make([]audit.Entry, 0, len(units))
	for _, c := range units {
		now := current[c.ID]
		before := t.Canonical(m.Profile, c.Fields, t.tree.Today(ctx))
		changes := record.Diff(now.Fields, before)
		if err := t.mayRestore(ctx, m.Profile, UnitOf(now.Head), changes, c.Recoded); err != nil {
			return err
		}
		version := now.Version
		if c.Recoded {
			if err := t.tree.Recode(ctx, UnitOf(now.Head), ""); err != nil {
				return err
			}
			version++
			changes = append(changes, audit.Change{Field: "code", Old: now.Code})
			now.Code = ""
		}
		if err := t.Save(ctx, tx, m.Profile, now, version, before); err != nil {
			return t.heldNow(ctx, m.Profile, UnitOf(now.Head), before, err)
		}
		entries = append(entries, audit.Entry{
			Action: "update", Object: Institutions, Target: now.UID, UnitPath: now.Path, Law: law,
			Changes: append(changes, audit.Change{Field: "import", Old: i.UID}),
		})
	}
	return t.trail.Record(ctx, tx, entries...)
}
