package audit

import (
	"bytes"
	"context"
	"math"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
)

// act is one row of what operators did (platform.operator_act), which stands outside
// every ministry. Its chain is the ministries', with the key of ministry 0.
type act struct {
	id    int64
	xid   int64
	at    time.Time
	parts []string // who, in which session and request, what, to what, with which outcome and why

	keyID  int64
	digest []byte // nil: it was written before acts were signed, or by somebody else, or taken away
}

// ActSignature is what an act of an operator carries from the moment at which the service
// writes it: by which secret, and over what. parts are operator, session, request, action,
// object, target, ministry, outcome, reason and note, and of what ends an act that was begun, the
// number of that.
func (t *Trail) ActSignature(id int64, at time.Time, parts []string) (keyID int64, digest []byte) {
	a := act{id: id, at: at, parts: parts}
	return t.keys[0].id, a.signature(t.keys[0].tenant(0))
}

func (a *act) signature(key []byte) []byte {
	s := newSummer(key, "mektep audit operator act written 1")
	s.number(a.id)
	s.bytes(a.sum(key))
	return s.sum()
}

// wrote reports whether the service wrote an act.
func (t *Trail) wrote(a *act) bool {
	key, known := t.key(a.keyID, 0)
	return known && a.digest != nil && bytes.Equal(a.signature(key), a.digest)
}

// held is the damage of a sealed act whose signature is not what it was; "" for none. One
// from before acts were signed needs none: it stands in the chain as it was.
func (t *Trail) held(a *act, signedFrom int64) Damage {
	if a.digest == nil {
		if signedFrom == 0 || a.id < signedFrom {
			return ""
		}
		return Changed
	}
	if _, known := t.key(a.keyID, 0); !known {
		return NoKey
	}
	if !t.wrote(a) {
		return Changed
	}
	return ""
}

func (a *act) sum(key []byte) []byte {
	s := newSummer(key, "mektep audit operator act 1")
	s.number(a.at.UnixMicro())
	s.number(int64(len(a.parts)))
	for _, p := range a.parts {
		s.text(p)
	}
	return s.sum()
}

// SealOperators puts what operators did since the last time into blocks, as Seal
// does with a ministry's trail, and returns how many acts it sealed. Only acts that
// carry their signature are taken: what somebody else wrote into the table never becomes
// part of the chain.
func (t *Trail) SealOperators(ctx context.Context) (int, error) {
	total := 0
	for {
		n := 0
		err := t.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
			var err error
			n, err = t.sealActs(ctx, tx)
			return err
		})
		if err != nil {
			return total, fault.Wrap(err, "audit: seal operators")
		}
		total += n
		if n < blockSize {
			return total, nil
		}
	}
}

// KeepOperatorsSealed seals what operators did, at once and then every interval,
// until ctx ends. It is no ministry's job: a platform on which no ministry is active
// has operators too. failed is told what went wrong; the next time tries again.
func (t *Trail) KeepOperatorsSealed(ctx context.Context, every time.Duration, failed func(error)) {
	keep(ctx, every, func() error { _, err := t.SealOperators(ctx); return err }, failed)
}

func (t *Trail) sealActs(ctx context.Context, tx *db.Tx) (int, error) {
	free, err := lockActs(ctx, tx)
	if err != nil || !free {
		return 0, err
	}
	last, err := lastActBlock(ctx, tx)
	if err != nil {
		return 0, err
	}
	cluster, bound, err := horizon(ctx, tx)
	if err != nil {
		return 0, err
	}
	until := bound
	if last != nil && last.cluster != cluster {
		until = math.MaxInt64 // after a move, numbers of transactions start anew
	}
	acts, err := t.actsToSeal(ctx, tx, until)
	if err != nil || len(acts) == 0 {
		return 0, err
	}
	if len(acts) == blockSize {
		bound = min(bound, acts[blockSize-1].xid)
	}
	key := t.keys[0].tenant(0)
	links := make([]link, len(acts))
	for i := range acts {
		links[i] = link{id: acts[i].id, digest: acts[i].sum(key)}
	}
	b := block{
		seq: 1, entries: len(links), firstID: links[0].id, lastID: links[len(links)-1].id, bound: bound, cluster: cluster,
		keyID: t.keys[0].id, prev: []byte{}, sealedAt: t.clock.Now().UTC().Truncate(time.Microsecond),
	}
	if last != nil {
		b.seq, b.prev = last.seq+1, last.hash
	}
	if b.signedFrom, err = signedFrom(ctx, tx); err != nil {
		return 0, err
	}
	b.hash = b.sum(key, links)
	return len(links), insertActBlock(ctx, tx, &b, links)
}

// actsToSeal are the next acts that the service wrote, a block at most.
func (t *Trail) actsToSeal(ctx context.Context, tx *db.Tx, until int64) (acts []act, err error) {
	for from := (place{}); ; {
		page, err := unsealedActs(ctx, tx, from, until, blockSize)
		if err != nil {
			return nil, err
		}
		for i := range page {
			from = place{page[i].xid, page[i].id}
			if t.wrote(&page[i]) {
				acts = append(acts, page[i])
			}
			if len(acts) == blockSize {
				return acts, nil
			}
		}
		if len(page) < blockSize {
			return acts, nil
		}
	}
}

// VerifyOperators is Verify for what operators did.
func (t *Trail) VerifyOperators(ctx context.Context, given ...Head) (Report, error) {
	var r Report
	kept, err := t.headsOf(ctx, Operators)
	if err != nil {
		return r, fault.Wrap(err, "audit: verify operators")
	}
	heads := promised(append(kept, given...))
	r.Kept = heads.kept
	signed, last := int64(0), block{}
	if err := t.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		signed, err = firstSigned(ctx, tx)
		return err
	}); err != nil {
		return r, fault.Wrap(err, "audit: verify operators")
	}
	for r.OK() {
		var b *block
		held := 0
		err := t.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
			var err error
			if b, err = actBlockAfter(ctx, tx, last.seq); err != nil || b == nil {
				return err
			}
			places, err := actPlaces(ctx, tx, b.seq)
			if err != nil {
				return err
			}
			r.Finding, held = t.actDamage(b, &last, places, signed), len(places)
			if r.OK() && heads.broken(b.seq, b.hash) {
				r.Finding = &Finding{Damage: HeadLost, Block: b.seq, At: b.sealedAt}
			}
			return nil
		})
		if err != nil {
			return r, fault.Wrap(err, "audit: verify operators")
		}
		if b == nil {
			break
		}
		if r.OK() {
			r.Blocks++
			r.Entries += held
			last = *b
		}
	}
	if r.OK() {
		r.Finding = heads.beyond(last.seq)
	}
	if !r.OK() {
		return r, nil
	}
	err = t.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		cluster, _, err := horizon(ctx, tx)
		if err != nil {
			return err
		}
		if r.Open, err = countOpenActs(ctx, tx); err != nil {
			return err
		}
		rest, err := unsealedActs(ctx, tx, place{}, math.MaxInt64, math.MaxInt32)
		r.Unsealed = len(rest)
		for i := range rest {
			if late := last.cluster == cluster && rest[i].xid < last.bound; late || !t.wrote(&rest[i]) {
				r.Finding = &Finding{Damage: Inserted, Entry: rest[i].id, At: rest[i].at}
				break
			}
		}
		return err
	})
	return r, fault.Wrap(err, "audit: verify operators")
}

// actPlace is one place of a block with the act that now has its number.
type actPlace struct {
	link     link
	position int
	act      *act // nil: it is gone
}

// actDamage says what is wrong with a block and the acts in it, of which every one from
// signed on is signed; nil for nothing.
func (t *Trail) actDamage(b, last *block, places []actPlace, signed int64) *Finding {
	f := &Finding{Block: b.seq, At: b.sealedAt}
	key, known := t.key(b.keyID, 0)
	switch {
	case b.seq != last.seq+1:
		f.Damage, f.Block, f.At = NoBlock, last.seq+1, time.Time{}
		return f
	case !known:
		f.Damage = NoKey
		return f
	}
	links := make([]link, len(places))
	inOrder := len(places) == b.entries
	for i := range places {
		links[i] = places[i].link
		inOrder = inOrder && places[i].position == i+1
	}
	whole := bytes.Equal(b.sum(key, links), b.hash)
	switch {
	case !inOrder:
		f.Damage = Link
		return f
	case b.signedFrom != 0 && b.signedFrom != signed: // whoever had it sealed anew has changed it before
		f.Damage = Block
		return f
	case !whole || !bytes.Equal(b.prev, last.hash) && len(b.prev)+len(last.hash) > 0,
		b.firstID != links[0].id || b.lastID != links[len(links)-1].id:
		f.Damage = Block
		return f
	}
	for i := range places {
		switch p := &places[i]; {
		case p.act == nil:
			f.Damage, f.Entry = Missing, p.link.id
			return f
		case !bytes.Equal(p.act.sum(key), p.link.digest):
			f.Damage, f.Entry, f.At = Changed, p.link.id, p.act.at
			return f
		default:
			if d := t.held(p.act, signed); d != "" {
				f.Damage, f.Entry, f.At = d, p.link.id, p.act.at
				return f
			}
		}
	}
	return nil
}
