package audit

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
)

// JobVerify is the job that proves the whole trail: it may take longer than anybody
// waits for a page. Its result is the Report.
const JobVerify = "verify_audit"

// Damage says in what way the trail is not as it was written.
type Damage string

// The kinds of damage.
const (
	Changed   Damage = "changed"   // an entry says something else than when it was sealed
	Missing   Damage = "missing"   // a sealed entry is gone
	Reordered Damage = "reordered" // a genuine entry stands where another was sealed
	Inserted  Damage = "inserted"  // an entry that the service did not write, or not then
	Value     Damage = "value"     // a recorded value was altered or removed without an erasure
	Link      Damage = "link"      // the list of a block's entries was altered
	Block     Damage = "block"     // a block says something else than when it was sealed
	NoBlock   Damage = "no_block"  // a block is gone from the chain
	HeadLost  Damage = "head"      // the chain does not lead to a head that was exported
	NoKey     Damage = "no_key"    // signed with a secret that this installation does not have
)

// Finding is the first thing that is wrong in a trail.
type Finding struct {
	Damage Damage
	Block  int       // number of the block; 0: not sealed
	Entry  int64     // number of the entry; 0 where the block itself is damaged
	Field  string    // for Value
	At     time.Time // when the entry was written, or the block sealed, where that is known
}

// String names the finding for a log or a command line.
func (f Finding) String() string {
	where := fmt.Sprintf("block %d", f.Block)
	switch {
	case f.Entry != 0 && f.Block != 0:
		where = fmt.Sprintf("entry %d in block %d", f.Entry, f.Block)
	case f.Entry != 0:
		where = fmt.Sprintf("entry %d, not sealed", f.Entry)
	}
	if f.Field != "" {
		where += fmt.Sprintf(", field %q", f.Field)
	}
	return where + ": " + damages[f.Damage].text
}

// damages say each kind in a log's words and name the message for readers.
var damages = map[Damage]struct{ text, key string }{
	Changed:   {"was changed after it was sealed", "audit.broken.changed"},
	Missing:   {"is missing: it was removed after it was sealed", "audit.broken.missing"},
	Reordered: {"stands in another's place: entries were exchanged", "audit.broken.reordered"},
	Inserted:  {"was inserted: the service did not write it, or not then", "audit.broken.inserted"},
	Value:     {"a recorded value was altered or removed without an erasure", "audit.broken.value"},
	Link:      {"the list of its entries was altered", "audit.broken.link"},
	Block:     {"the block was altered, or the one before it exchanged", "audit.broken.block"},
	NoBlock:   {"is missing from the chain", "audit.broken.no_block"},
	HeadLost:  {"does not agree with the exported head", "audit.broken.head"},
	NoKey:     {"was signed with a secret that is not known here", "audit.broken.no_key"},
}

// Fault returns the finding as a fault for readers.
func (f Finding) Fault() *fault.Error {
	return fault.New(fault.Conflict, damages[f.Damage].key).
		With("Block", f.Block).With("Entry", f.Entry).With("Field", f.Field).WithNext("audit.next.broken", "", nil)
}

// Report is what a verification saw.
type Report struct {
	Blocks   int
	Entries  int // sealed
	Unsealed int // written since, not yet sealed
	Erased   int // values that retention erased
	Open     int // of what operators did: acts that were begun, and nobody knows their end
	Head     Head
	Kept     Kept
	Finding  *Finding // the first damage; nil: the trail is whole
}

// OK reports whether the trail is whole.
func (r Report) OK() bool { return r.Finding == nil }

// Verify reads the whole trail of the ministry in ctx and reports the first thing
// that is not as the service wrote it. It also proves that the chain leads to every
// head that was written down (Keep) or is given: without any, a chain whose end was
// cut off looks whole, and Report.Kept says so.
// The error says that the trail could not be read, not that it is broken.
func (t *Trail) Verify(ctx context.Context, heads ...Head) (Report, error) {
	return t.VerifyAlong(ctx, nil, heads...)
}

// VerifyAlong is Verify that tells step, block by block, how many sealed entries it
// has read. What step returns ends it.
func (t *Trail) VerifyAlong(ctx context.Context, step func(entries int) error, heads ...Head) (Report, error) {
	kept, err := t.headsOf(ctx, slug(ctx))
	if err != nil {
		return Report{}, fault.Wrap(err, "audit: verify")
	}
	v := verification{trail: t, heads: promised(append(kept, heads...)), erasures: erasures{}, step: step}
	v.report.Kept = v.heads.kept
	err = v.chain(ctx)
	if err == nil && v.report.OK() {
		err = v.rest(ctx)
	}
	if err != nil {
		return v.report, fault.Wrap(err, "audit: verify")
	}
	v.report.Head, err = t.Head(ctx)
	return v.report, err
}

type verification struct {
	trail    *Trail
	heads    promises
	report   Report
	last     block
	erasures erasures
	step     func(entries int) error // may be nil
}

func (v *verification) found(f Finding) { v.report.Finding = &f }

// chain walks the blocks in order, each in a unit of its own.
func (v *verification) chain(ctx context.Context) error {
	for v.report.OK() {
		done := false
		err := v.trail.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			blocks, err := blocksAfter(ctx, tx, v.last.seq, 1)
			if err != nil || len(blocks) == 0 {
				done = true
				return err
			}
			return v.block(ctx, tx, &blocks[0])
		})
		if err != nil {
			return err
		}
		if done {
			break
		}
		if v.step != nil {
			if err := v.step(v.report.Entries); err != nil {
				return err
			}
		}
	}
	if v.report.OK() {
		v.report.Finding = v.heads.beyond(v.last.seq)
	}
	return nil
}

func (v *verification) block(ctx context.Context, tx *db.Tx, b *block) error {
	if b.seq != v.last.seq+1 {
		v.found(Finding{Damage: NoBlock, Block: v.last.seq + 1})
		return nil
	}
	key, known := v.trail.key(b.keyID, b.tenant)
	if !known {
		v.found(Finding{Damage: NoKey, Block: b.seq, At: b.sealedAt})
		return nil
	}
	places, err := placesOf(ctx, tx, b.seq, v.erasures)
	if err != nil {
		return err
	}
	links := make([]link, len(places))
	for i := range places {
		links[i] = places[i].link
	}
	whole := bytes.Equal(b.sum(key, links), b.hash)
	if f := v.entries(b, places, whole); f != nil {
		v.found(*f)
		return nil
	}
	if f := b.damage(places, whole, v.last.hash); f != nil {
		v.found(*f)
		return nil
	}
	if err := v.twice(ctx, tx, places); err != nil || !v.report.OK() {
		return err
	}
	if v.heads.broken(b.seq, b.hash) {
		v.found(Finding{Damage: HeadLost, Block: b.seq, At: b.sealedAt})
		return nil
	}
	v.report.Blocks++
	v.report.Entries += len(places)
	v.last = *b
	return nil
}

// twice looks for copies of a block's entries, wherever they stand.
func (v *verification) twice(ctx context.Context, tx *db.Tx, places []sealedPlace) error {
	entries := make([]scanned, len(places))
	for i := range places {
		entries[i] = places[i].entry
	}
	found, err := copies(ctx, tx, entries)
	if err == nil && len(found) > 0 {
		v.found(Finding{Damage: Inserted, Block: found[0].block, Entry: found[0].id, At: found[0].at})
	}
	return err
}

// damage says what is wrong with a block whose entries are all in order.
func (b *block) damage(places []sealedPlace, whole bool, prev []byte) *Finding {
	f := &Finding{Block: b.seq, At: b.sealedAt}
	contiguous := len(places) == b.entries
	for i := range places {
		contiguous = contiguous && places[i].position == i+1
	}
	ends := len(places) > 0 && places[0].link.id == b.firstID && places[len(places)-1].link.id == b.lastID
	switch {
	case !contiguous:
		f.Damage = Link
	case !whole || !ends || !bytes.Equal(b.prev, prev) && len(b.prev)+len(prev) > 0:
		f.Damage = Block
	default:
		return nil
	}
	return f
}

// entries compares what stands at each place with what was sealed there.
func (v *verification) entries(b *block, places []sealedPlace, whole bool) *Finding {
	for i := range places {
		p := &places[i]
		f := &Finding{Block: b.seq, Entry: p.link.id, At: p.entry.at}
		switch {
		case !p.present:
			f.Damage = Missing
			if !whole {
				f.Damage, f.Entry = Link, 0 // the list names an entry that never was there
				f.At = b.sealedAt
			}
			return f
		case !v.known(&p.entry):
			f.Damage = NoKey
			return f
		case bytes.Equal(p.entry.digest, p.link.digest) && v.trail.genuine(&p.entry):
			if field, ok := v.values(&p.entry, p.stored); !ok {
				f.Damage, f.Field = Value, field
				return f
			}
		case v.trail.genuine(&p.entry):
			f.Damage = Reordered
			if !whole {
				f.Damage, f.Entry, f.At = Link, 0, b.sealedAt // the entry is right, its place is not
			}
			return f
		case p.entry.written != len(p.entry.values):
			f.Damage = Value
			return f
		default:
			f.Damage = Changed
			return f
		}
	}
	return nil
}

func (v *verification) known(s *scanned) bool {
	_, ok := v.trail.key(s.keyID, s.tenant)
	return ok
}

// values checks the recorded values of an entry against their digests; an erased
// one must be among those that the entry of its erasure says it took.
func (v *verification) values(s *scanned, stored []storedValue) (field string, ok bool) {
	key, _ := v.trail.key(s.keyID, s.tenant)
	for i := range stored {
		sv := &stored[i]
		if sv.erasedBy != 0 {
			if !v.erasures[sv.erasedBy] {
				return sv.field, false
			}
			v.report.Erased++
			continue
		}
		if !bytes.Equal(sv.sum(key), sv.digest) {
			return sv.field, false
		}
	}
	return "", true
}

// rest looks at what stands in no block: it must be genuine and not older than
// what is sealed.
func (v *verification) rest(ctx context.Context) error {
	from := place{}
	for {
		var (
			rows    []scanned
			stored  map[int64][]storedValue
			twice   []copied
			cluster string
		)
		err := v.trail.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			var err error
			if cluster, _, err = horizon(ctx, tx); err != nil {
				return err
			}
			if rows, err = notIn(ctx, tx, from, v.last.seq, blockSize); err != nil {
				return err
			}
			if twice, err = copies(ctx, tx, rows); err != nil {
				return err
			}
			stored, err = storedValues(ctx, tx, numbers(rows), v.erasures)
			return err
		})
		if err != nil {
			return err
		}
		for i := range rows {
			r := &rows[i]
			from = r.place()
			late := v.last.seq > 0 && cluster == v.last.cluster && r.xid < v.last.bound
			if late || !v.trail.genuine(r) || slices.ContainsFunc(twice, func(x copied) bool { return x.id == r.id }) {
				v.found(Finding{Damage: Inserted, Entry: r.id, At: r.at})
				return nil
			}
			if field, ok := v.values(r, stored[r.id]); !ok {
				v.found(Finding{Damage: Value, Entry: r.id, Field: field, At: r.at})
				return nil
			}
			v.report.Unsealed++
		}
		if len(rows) < blockSize {
			return nil
		}
	}
}
