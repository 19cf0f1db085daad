package audit

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// blockSize is how many entries one block takes at most. Small enough that a
// finding is narrowed down quickly, large enough that the chain stays short.
const blockSize = 1000

// sealLock is the first half of the advisory lock under which one process at a
// time seals a ministry's trail; the second half is the ministry.
const sealLock = 0x6d6b6175

// block is a sealed run of entries.
type block struct {
	tenant   int32
	seq      int
	entries  int
	firstID  int64
	lastID   int64
	bound    int64 // every entry of an older transaction is sealed by now
	cluster  string
	sealedAt time.Time
	keyID    int64
	prev     []byte
	hash     []byte

	// signedFrom is the number of the act from which on all acts of operators are signed; 0: a
	// block of a ministry, whose entries all are, or one from before the chain said so.
	signedFrom int64
}

// Seal puts what has been committed since the last time into blocks and returns
// how many entries it sealed. It takes only entries whose transaction no running
// one can precede any more, so that a late commit is left for the next time
// instead of being skipped, and only those that carry a valid digest and are no copies:
// what somebody else wrote into the table never becomes part of the chain. When
// another process is sealing, it does nothing.
func (t *Trail) Seal(ctx context.Context) (int, error) {
	total := 0
	for {
		n, more, err := t.sealBlock(ctx)
		if err != nil {
			return total, fault.Wrap(err, "audit: seal")
		}
		total += n
		if !more {
			return total, nil
		}
	}
}

func (t *Trail) sealBlock(ctx context.Context) (sealed int, more bool, err error) {
	err = t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		free, err := lockSealing(ctx, tx)
		if err != nil || !free {
			return err
		}
		last, err := lastBlock(ctx, tx)
		if err != nil {
			return err
		}
		c, err := t.candidates(ctx, tx, last)
		if err != nil {
			return err
		}
		more = c.more
		if len(c.links) == 0 {
			return nil
		}
		sealed = len(c.links)
		return t.append(ctx, tx, last, c)
	})
	return sealed, more, err
}

// candidates is the next block's content.
type candidates struct {
	links   []link
	bound   int64
	cluster string
	more    bool
}

// candidates collects up to blockSize genuine entries in the order of their
// transactions. After a move to another cluster, where numbers of transactions
// start anew, it takes whatever is not sealed yet.
func (t *Trail) candidates(ctx context.Context, tx *db.Tx, last *block) (candidates, error) {
	c := candidates{}
	var err error
	if c.cluster, c.bound, err = horizon(ctx, tx); err != nil {
		return c, err
	}
	from, until := place{}, c.bound
	if last != nil && last.cluster == c.cluster {
		from.xid = last.bound
	} else if last != nil {
		until = math.MaxInt64
	}
	for {
		rows, err := unsealed(ctx, tx, from, until, blockSize)
		if err != nil {
			return c, err
		}
		twice, err := copies(ctx, tx, rows)
		if err != nil {
			return c, err
		}
		for i := range rows {
			from = rows[i].place()
			if t.genuine(&rows[i]) && !slices.ContainsFunc(twice, func(x copied) bool { return x.id == rows[i].id }) {
				c.links = append(c.links, link{id: rows[i].id, digest: rows[i].digest})
			}
			if len(c.links) == blockSize {
				c.more = true
				c.bound = min(c.bound, rows[i].xid)
				return c, nil
			}
		}
		if len(rows) < blockSize {
			return c, nil
		}
	}
}

// append writes the next block and its links.
func (t *Trail) append(ctx context.Context, tx *db.Tx, last *block, c candidates) error {
	b := block{
		tenant: tx.Tenant(), seq: 1, entries: len(c.links),
		firstID: c.links[0].id, lastID: c.links[len(c.links)-1].id,
		bound: c.bound, cluster: c.cluster, keyID: t.keys[0].id, prev: []byte{},
		sealedAt: t.clock.Now().UTC().Truncate(time.Microsecond),
	}
	if last != nil {
		b.seq, b.prev = last.seq+1, last.hash
	}
	b.hash = b.sum(t.keys[0].tenant(b.tenant), c.links)
	return insertBlock(ctx, tx, &b, c.links)
}

// Head is the end of the chain: proof, in the hands of somebody else, of
// everything that was sealed until then.
type Head struct {
	Tenant  string    `json:"tenant"` // the ministry's short name, or Operators
	Block   int       `json:"block"`  // 0: nothing sealed yet
	Entries int       `json:"entries"`
	Sealed  time.Time `json:"sealed"`
	Hash    string    `json:"hash"`
}

// Unsealed returns since when the oldest entry of the ministry in ctx waits to be
// sealed; zero: all are. An entry that was written down late, after younger ones had
// been sealed, is not looked for: the next seal takes it.
func (t *Trail) Unsealed(ctx context.Context) (since time.Time, err error) {
	b := &pgx.Batch{}
	oldestUnsealed(b, db.TenantOf(ctx), &since)
	err = t.db.Read(ctx, b)
	return since, err
}

// Head returns the end of the chain of the ministry in ctx.
func (t *Trail) Head(ctx context.Context) (Head, error) {
	h := Head{Tenant: slug(ctx)}
	err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		last, err := lastBlock(ctx, tx)
		if err != nil || last == nil {
			return err
		}
		h.Block, h.Sealed, h.Hash = last.seq, last.sealedAt, hex.EncodeToString(last.hash)
		h.Entries, err = countSealed(ctx, tx, last.seq)
		return err
	})
	return h, fault.Wrap(err, "audit: head")
}

// slug is the short name of the ministry in ctx.
func slug(ctx context.Context) string {
	if c := caller.From(ctx); c != nil {
		return c.Tenant.Slug
	}
	return ""
}

// Export writes the head of the chain to w as one line of JSON, to be kept where
// the database's owner cannot reach it.
func (t *Trail) Export(ctx context.Context, w io.Writer) error {
	h, err := t.Head(ctx)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(h); err != nil {
		return fmt.Errorf("audit: export: %w", err)
	}
	return nil
}

// ReadHeads reads what Export wrote for one ministry; lines of others are passed
// over. A line that is no head is an error naming the line.
func ReadHeads(r io.Reader, tenant string) ([]Head, error) {
	var heads []Head
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var h Head
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			return nil, fmt.Errorf("audit: heads: line %d: %w", n, err)
		}
		if sum, err := hex.DecodeString(h.Hash); err != nil || h.Block < 0 || (h.Block > 0) != (len(sum) > 0) {
			return nil, fmt.Errorf("audit: heads: line %d: no head of a chain", n)
		}
		if h.Tenant == tenant {
			heads = append(heads, h)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("audit: heads: %w", err)
	}
	return heads, nil
}
