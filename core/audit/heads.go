package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // file:// buckets
	"gocloud.dev/gcerrors"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// Operators is the name under which the head of what operators did is kept: no
// ministry's short name has a star.
const Operators = "*operators"

// Heads keeps the ends of the chains outside the database, a file a day. Whoever
// owns the database could cut off the end of a trail and have others written over
// it; the chain that is left looks whole. It does not lead to the heads that were
// written down before.
type Heads struct{ bucket *blob.Bucket }

// OpenHeads opens the place by its URL, such as file:///mnt/elsewhere/mektep-heads:
// best on another machine, or where what is written cannot be written again. folder
// is where in it the heads lie, "" for everywhere.
func OpenHeads(ctx context.Context, url, folder string) (*Heads, error) {
	b, err := blob.OpenBucket(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("audit: open the place of the heads: %w", err)
	}
	if folder != "" {
		b = blob.PrefixedBucket(b, folder+"/")
	}
	return &Heads{bucket: b}, nil
}

// Close waits for writes to end.
func (h *Heads) Close() error { return h.bucket.Close() }

// fileOf is the file of the heads of a day; those that could not be had when it was written
// stand in further ones, by their number.
func fileOf(day time.Time, part int) string {
	name := day.UTC().Format(time.DateOnly)
	if part == 0 {
		return name + ".jsonl"
	}
	return fmt.Sprintf("%s.%d.jsonl", name, part+1)
}

// has says whose heads of a day are written down, and in how many files.
func (h *Heads) has(ctx context.Context, day time.Time) (whose map[string]bool, parts int, err error) {
	for whose = map[string]bool{}; ; parts++ {
		raw, err := h.bucket.ReadAll(ctx, fileOf(day, parts))
		if gcerrors.Code(err) == gcerrors.NotFound {
			return whose, parts, nil
		}
		if err == nil {
			err = tenantsOf(raw, whose)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("audit: heads: %s: %w", fileOf(day, parts), err)
		}
	}
}

// tenantsOf notes whose heads a file has.
func tenantsOf(raw []byte, names map[string]bool) error {
	for line := range bytes.Lines(raw) {
		var h Head
		if err := json.Unmarshal(line, &h); err != nil {
			return err
		}
		names[h.Tenant] = true
	}
	return nil
}

// put writes heads of a day, once: what stands is never written over.
func (h *Heads) put(ctx context.Context, day time.Time, part int, heads []Head) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, head := range heads {
		if err := enc.Encode(head); err != nil {
			return fmt.Errorf("audit: heads: %w", err)
		}
	}
	err := h.bucket.WriteAll(ctx, fileOf(day, part), b.Bytes(), &blob.WriterOptions{ContentType: "application/jsonl", IfNotExist: true})
	if _, parts, errKnown := h.has(ctx, day); err != nil && errKnown == nil && parts > part {
		return nil // another process was faster
	}
	return err
}

// of returns every head that was written down for a ministry, or for Operators.
func (h *Heads) of(ctx context.Context, tenant string) ([]Head, error) {
	var heads []Head
	err := h.each(ctx, func(raw []byte) error {
		found, err := ReadHeads(bytes.NewReader(raw), tenant)
		heads = append(heads, found...)
		return err
	})
	return heads, err
}

func (h *Heads) each(ctx context.Context, read func(raw []byte) error) error {
	for it := h.bucket.List(nil); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("audit: heads: %w", err)
		}
		if !strings.HasSuffix(o.Key, ".jsonl") {
			continue
		}
		raw, err := h.bucket.ReadAll(ctx, o.Key)
		if err == nil {
			err = read(raw)
		}
		if err != nil {
			return fmt.Errorf("audit: heads: %s: %w", o.Key, err)
		}
	}
}

// Whose returns the short names of all ministries whose heads were written down.
func (t *Trail) Whose(ctx context.Context) ([]string, error) {
	if t.kept == nil {
		return nil, nil
	}
	names := map[string]bool{}
	err := t.kept.each(ctx, func(raw []byte) error { return tenantsOf(raw, names) })
	delete(names, Operators)
	return slices.Sorted(maps.Keys(names)), err
}

// Keep has every proof from now on compare the chains with what is kept in h, while
// wiring.
func (t *Trail) Keep(h *Heads) { t.kept = h }

// headsOf are the heads of a ministry, or of the operators, that were written down.
func (t *Trail) headsOf(ctx context.Context, tenant string) ([]Head, error) {
	if t.kept == nil {
		return nil, nil
	}
	return t.kept.of(ctx, tenant)
}

// KeepHeads writes the heads of each day down as it begins, until ctx ends. failed is
// told what went wrong; the next time tries again. ctx acts on the platform.
func (t *Trail) KeepHeads(ctx context.Context, every time.Duration, ministries func(ctx context.Context) ([]caller.Tenant, error), failed func(error)) {
	keep(ctx, every, func() error { return t.Write(ctx, ministries) }, failed)
}

// keep does something at once and then every interval, until ctx ends.
func keep(ctx context.Context, every time.Duration, do func() error, failed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := do(); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Write writes the heads of today down, as far as that has not been done: of every ministry
// and of the operators, each once a day. It seals first, so that nothing older than today is
// left out. Whoever could not be reached is written down when they can. ctx acts on the platform.
func (t *Trail) Write(ctx context.Context, ministries func(ctx context.Context) ([]caller.Tenant, error)) error {
	day := t.clock.Now()
	written, parts, err := t.kept.has(ctx, day)
	if err != nil {
		return err
	}
	heads, missing := t.headsBut(ctx, ministries, written)
	if len(heads) == 0 {
		return missing
	}
	return errors.Join(missing, fault.Wrap(t.kept.put(ctx, day, parts, heads), "audit: heads"))
}

// AllHeads seals what is not sealed and returns the heads of every ministry and of
// the operators. A chain that has not begun has none. A ministry that cannot be reached keeps
// the others' from nobody: the error names each such, beside the heads of the rest.
func (t *Trail) AllHeads(ctx context.Context, ministries func(ctx context.Context) ([]caller.Tenant, error)) ([]Head, error) {
	return t.headsBut(ctx, ministries, nil)
}

// headsBut is AllHeads of those that are not known yet.
func (t *Trail) headsBut(ctx context.Context, ministries func(ctx context.Context) ([]caller.Tenant, error), known map[string]bool) ([]Head, error) {
	all, err := ministries(ctx)
	if err != nil {
		return nil, err
	}
	var heads []Head
	var missing []error
	for _, m := range all {
		if known[m.Slug] {
			continue
		}
		h, err := t.sealedHead(caller.With(ctx, caller.System(m, "audit", db.NewUID())))
		if err != nil {
			missing = append(missing, fmt.Errorf("audit: the head of %s: %w", m.Slug, err))
			continue
		}
		heads = append(heads, h)
	}
	if !known[Operators] {
		h, err := t.sealedActs(ctx)
		if err != nil {
			missing = append(missing, fmt.Errorf("audit: the operators' head: %w", err))
		} else {
			heads = append(heads, h)
		}
	}
	return slices.DeleteFunc(heads, func(h Head) bool { return h.Block == 0 }), errors.Join(missing...)
}

func (t *Trail) sealedHead(ctx context.Context) (Head, error) {
	if _, err := t.Seal(ctx); err != nil {
		return Head{}, err
	}
	return t.Head(ctx)
}

func (t *Trail) sealedActs(ctx context.Context) (Head, error) {
	if _, err := t.SealOperators(ctx); err != nil {
		return Head{}, err
	}
	return t.operatorsHead(ctx)
}

// operatorsHead is the end of the chain of what operators did.
func (t *Trail) operatorsHead(ctx context.Context) (Head, error) {
	h := Head{Tenant: Operators}
	err := t.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		last, err := lastActBlock(ctx, tx)
		if err != nil || last == nil {
			return err
		}
		h.Block, h.Sealed, h.Hash = last.seq, last.sealedAt, hex.EncodeToString(last.hash)
		h.Entries, err = countSealedActs(ctx, tx, last.seq)
		return err
	})
	return h, fault.Wrap(err, "audit: head")
}

// Kept says how far a proof reaches beyond what the database itself tells.
type Kept struct {
	Heads  int       // heads that were written down elsewhere, with which the chain agrees
	Latest time.Time // when the last of them was sealed
}

// promises are the heads that a chain must lead to, by block.
type promises struct {
	byBlock map[int][]Head
	kept    Kept
}

func promised(heads []Head) promises {
	p := promises{byBlock: map[int][]Head{}}
	for _, h := range heads {
		if h.Block == 0 {
			continue // nothing had been sealed: nothing is promised
		}
		p.byBlock[h.Block] = append(p.byBlock[h.Block], h)
		p.kept.Heads++
		if h.Sealed.After(p.kept.Latest) {
			p.kept.Latest = h.Sealed
		}
	}
	return p
}

// broken reports whether a block is another than the one that was written down.
func (p promises) broken(seq int, hash []byte) bool {
	is := hex.EncodeToString(hash)
	return slices.ContainsFunc(p.byBlock[seq], func(h Head) bool { return h.Hash != is })
}

// beyond returns what is wrong when a chain ends before a head: nil for nothing.
func (p promises) beyond(last int) *Finding {
	var f *Finding
	for n, heads := range p.byBlock {
		if n > last && (f == nil || heads[0].Sealed.Before(f.At)) {
			f = &Finding{Damage: NoBlock, Block: last + 1, At: heads[0].Sealed}
		}
	}
	return f
}
