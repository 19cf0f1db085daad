package transfer

import (
	"context"
	"maps"
	"slices"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/jobs"
	"mektep/core/profile"
	"mektep/core/record"
)

// takeBack is the work of Undo: everything the import entered goes, everything it
// changed is again as it was, or nothing happens.
func (t *Service) takeBack(ctx context.Context, run *jobs.Run, i *Import) error {
	return t.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		grant, err := t.gate.Check(ctx, "undo", t.importTarget(i))
		if err != nil {
			return err
		}
		if i, err = t.find(ctx, tx, i.UID, true); err != nil {
			return err
		}
		if err := t.untouched(ctx, tx, i); err != nil {
			return err
		}
		// What was swapped is no one's until each has its own again.
		if err := parts(ctx, tx, i, func(made []int64, changed []deed) error { return t.records.ReleaseAll(ctx, tx, idsOf(made, changed)) }); err != nil {
			return err
		}
		done := int64(0)
		asked := map[right]bool{}
		err = parts(ctx, tx, i, func(made []int64, changed []deed) error {
			changed = slices.DeleteFunc(changed, func(c deed) bool { return c.Made })
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

// idsOf are the records of a part of an import.
func idsOf(made []int64, changed []deed) []int64 {
	ids := slices.Clone(made)
	for _, c := range changed {
		ids = append(ids, c.ID)
	}
	return ids
}

// mostNamed is how many of the records that stand in the way of an undo are named.
const mostNamed = 10

// someNames names the first of some records that the caller may see.
func (t *Service) someNames(ctx context.Context, records []record.Head) fault.List {
	var names fault.List
	for _, h := range records {
		if h.UID == "" || !t.gate.Can(ctx, "view", t.records.Target(h)) {
			continue
		}
		if len(names) == mostNamed {
			return append(names, "…")
		}
		var name any = fault.Text(h.Name)
		if h.Code != "" {
			name = fault.Phrase{Key: "import.place.coded", Args: fault.Args{"Name": name, "Code": h.Code}}
		}
		names = append(names, name)
	}
	return names
}

// unmake removes records that the import made. asked are questions to the gate that were answered
// with yes.
func (t *Service) unmake(ctx context.Context, tx *db.Tx, i *Import, law string, ids []int64, asked map[right]bool) error {
	if len(ids) == 0 {
		return nil
	}
	heads, err := t.records.HeadsByID(ctx, tx, ids)
	if err != nil {
		return err
	}
	entries := make([]audit.Entry, 0, len(ids))
	for _, id := range slices.Sorted(maps.Keys(heads)) {
		h := heads[id]
		if err := t.mayUnmake(ctx, t.subject.Entered(h), asked); err != nil {
			return err
		}
		entries = append(entries, audit.Entry{
			Action: "delete", Object: t.object(), Target: h.UID, UnitPath: h.Path, Law: law,
			Order: i.Options.Order(), Changes: []audit.Change{{Field: "import", Old: i.UID}},
		})
	}
	if err := t.records.Forget(ctx, tx, ids); err != nil {
		return err
	}
	err = tx.Try(ctx, func(ctx context.Context) error { return t.subject.Remove(ctx, tx, ids) })
	if fault.KindOf(err) == fault.Conflict {
		return t.inUse(ctx, tx, ids, err)
	}
	if err != nil {
		return err
	}
	if err := t.records.Changed(ctx); err != nil {
		return err
	}
	return t.trail.Record(ctx, tx, entries...)
}

// inUse names the first of some records that others belong to: each is tried by itself.
func (t *Service) inUse(ctx context.Context, tx *db.Tx, ids []int64, cause error) error {
	used := map[int64]bool{}
	for _, id := range ids {
		err := tx.Rehearse(ctx, func(ctx context.Context) error { return t.subject.Remove(ctx, tx, []int64{id}) })
		if err == nil {
			continue
		}
		if fault.KindOf(err) != fault.Conflict {
			return err
		}
		if used[id] = true; len(used) > mostNamed {
			break
		}
	}
	heads, err := t.headsOf(ctx, tx, ids, used)
	if err != nil {
		return err
	}
	return t.byHand(ctx, fault.New(fault.Conflict, "import.undo_in_use").WithCause(cause), heads)
}

// mayUnmake asks for what it took to enter a record: the right to imports alone, which other
// registers give too, removes none.
func (t *Service) mayUnmake(ctx context.Context, at gate.Target, asked map[right]bool) error {
	q := right{path: at.Path, typ: at.Type}
	if asked[q] {
		return nil
	}
	for _, action := range []string{"import", "create"} {
		if _, err := t.gate.Check(ctx, action, at); err != nil {
			return err
		}
	}
	asked[q] = true
	return nil
}

// mayRestore asks for what it took to change a record: who takes a change back writes the fields
// again, with their windows and owners.
func (t *Service) mayRestore(ctx context.Context, p *profile.Profile, h record.Head, changes []audit.Change, recoded bool) error {
	touched := map[string]any{}
	for _, c := range changes {
		touched[c.Field] = nil
	}
	groups, err := t.records.GroupsOf(p, touched)
	if err != nil {
		return err
	}
	if _, err := t.gate.Check(ctx, "import", t.records.Target(h)); err != nil {
		return err
	}
	if len(groups) > 0 {
		if _, err := t.gate.Check(ctx, "update", t.records.Target(h, groups...)); err != nil {
			return err
		}
	}
	if recoded {
		_, err = t.gate.Check(ctx, "update", t.records.Target(h))
	}
	return err
}

// restore gives records back the fields that they had before the import.
func (t *Service) restore(ctx context.Context, tx *db.Tx, i *Import, law string, records []deed) error {
	if len(records) == 0 {
		return nil
	}
	m, err := t.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	ids := make([]int64, len(records))
	for k, c := range records {
		ids[k] = c.ID
	}
	current, err := t.records.ByIDs(ctx, ids, true)
	if err != nil {
		return err
	}
	entries := make([]audit.Entry, 0, len(records))
	for _, c := range records {
		now := current[c.ID]
		before := t.records.Canonical(m.Profile, c.Fields, t.tree.Today(ctx))
		changes := record.Diff(now.Fields, before)
		if err := t.mayRestore(ctx, m.Profile, now.Head, changes, c.Recoded); err != nil {
			return err
		}
		version := now.Version
		if c.Recoded {
			if err := t.subject.Recode(ctx, now.Head, ""); err != nil {
				return err
			}
			version++
			changes = append(changes, audit.Change{Field: "code", Old: now.Code})
			now.Code = ""
		}
		if err := t.records.Save(ctx, tx, m.Profile, now, version, before); err != nil {
			return t.heldNow(ctx, m.Profile, now.Head, before, err)
		}
		entries = append(entries, audit.Entry{
			Action: "update", Object: t.object(), Target: now.UID, UnitPath: now.Path, Law: law,
			Changes: append(changes, audit.Change{Field: "import", Old: i.UID}),
		})
	}
	return t.trail.Record(ctx, tx, entries...)
}
