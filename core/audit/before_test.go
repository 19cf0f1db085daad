package audit

import (
	"context"
	"time"

	"mektep/core/db"
)

// SealActsOfBefore seals what lies there as it was done before acts were signed: without a
// word of from when they are.
func (t *Trail) SealActsOfBefore(ctx context.Context) error {
	return t.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		cluster, bound, err := horizon(ctx, tx)
		if err != nil {
			return err
		}
		acts, err := unsealedActs(ctx, tx, place{}, bound, blockSize)
		if err != nil || len(acts) == 0 {
			return err
		}
		key, links := t.keys[0].tenant(0), make([]link, len(acts))
		for i := range acts {
			links[i] = link{acts[i].id, acts[i].sum(key)}
		}
		b := block{
			seq: 1, entries: len(links), firstID: links[0].id, lastID: links[len(links)-1].id, bound: bound, cluster: cluster,
			keyID: t.keys[0].id, prev: []byte{}, sealedAt: t.clock.Now().UTC().Truncate(time.Microsecond),
		}
		b.hash = b.sum(key, links)
		return insertActBlock(ctx, tx, &b, links)
	})
}

// HashElsewhere is the hash that a block would have if it had been sealed in another cluster,
// whose transactions had come as far as bound.
func (t *Trail) HashElsewhere(ctx context.Context, seq int, cluster string, bound int64) (hash []byte, err error) {
	err = t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		blocks, err := blocksAfter(ctx, tx, seq-1, 1)
		if err != nil {
			return err
		}
		places, err := placesOf(ctx, tx, seq, erasures{})
		if err != nil {
			return err
		}
		var links []link
		for i := range places {
			links = append(links, places[i].link)
		}
		b := &blocks[0]
		b.cluster, b.bound = cluster, bound
		hash = b.sum(t.keys[0].tenant(b.tenant), links)
		return nil
	})
	return hash, err
}
