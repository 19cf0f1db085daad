package db

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mektep/core/clock"
)

// Cache remembers values of ministries, a bounded number of them for a bounded
// time. The ministry is taken from the context: a key without one cannot be
// written down. [DB.Notify] of its kind drops entries in every process; their
// time to live is the second belt.
//
// Inside an open unit of work a value that is not there is read by that unit, and
// remembered only once it has committed: nobody sees what may still be rolled back.
type Cache[K comparable, V any] struct {
	size  int
	ttl   time.Duration
	clock clock.Clock

	mu      sync.Mutex
	entries map[cacheKey[K]]*list.Element
	recent  *list.List // of *cacheEntry[K, V]; front: used last
	loads   map[cacheKey[K]]*cacheLoad[V]
	drops   map[int32]uint64 // notices so far by ministry; 0: those for all
}

type cacheKey[K comparable] struct {
	tenant int32
	key    K
}

type cacheEntry[K comparable, V any] struct {
	at    cacheKey[K]
	value V
	until time.Time
}

// cacheLoad is one question for which several callers wait.
type cacheLoad[V any] struct {
	done  chan struct{}
	value V
	err   error
}

var errLoadPanicked = errors.New("db: the load of a cached value did not return")

// NewCache returns a cache of at most size values (at least 1) that live for ttl
// and are dropped by notices of kind, and of the others if there are any. A notice's
// key is a K as fmt prints it.
func NewCache[K comparable, V any](d *DB, kind Kind, size int, ttl time.Duration, others ...Kind) *Cache[K, V] {
	c := &Cache[K, V]{
		size: max(size, 1), ttl: ttl,
		entries: map[cacheKey[K]]*list.Element{},
		recent:  list.New(),
		loads:   map[cacheKey[K]]*cacheLoad[V]{},
		drops:   map[int32]uint64{},
	}
	d.OnChange(kind, c.forget)
	for _, k := range others {
		d.OnChange(k, c.forget)
	}
	return c
}

// Peek returns what is remembered for the caller's ministry.
func (c *Cache[K, V]) Peek(ctx context.Context, key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.find(cacheKey[K]{TenantOf(ctx), key})
}

// Asked is the moment at which somebody began to find out a value.
type Asked struct{ drops uint64 }

// Asked is noted before a value is read that Put is to remember.
func (c *Cache[K, V]) Asked(ctx context.Context) Asked {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Asked{c.dropped(TenantOf(ctx))}
}

// Put remembers a value for the caller's ministry, unless something was dropped since it was
// asked for; inside a unit of work, from its commit on. Without a ministry it does nothing.
func (c *Cache[K, V]) Put(ctx context.Context, asked Asked, key K, value V) {
	if at := (cacheKey[K]{TenantOf(ctx), key}); at.tenant != 0 {
		AfterCommit(ctx, func() { c.keep(at, value, asked.drops) })
	}
}

// Get returns the value for the caller's ministry, asking load when it is not
// remembered: once, however many callers wait. An error is not remembered.
// Without a ministry it is ErrNoTenant.
func (c *Cache[K, V]) Get(ctx context.Context, key K, load func(context.Context) (V, error)) (V, error) {
	var none V
	at := cacheKey[K]{TenantOf(ctx), key}
	if at.tenant == 0 {
		return none, ErrNoTenant
	}
	_, inUnit := InTx(ctx)
	for ctx.Err() == nil {
		c.mu.Lock()
		if v, ok := c.find(at); ok {
			c.mu.Unlock()
			return v, nil
		}
		asked := c.dropped(at.tenant)
		if inUnit { // what this unit reads may be its own doing: neither shared nor waited for
			c.mu.Unlock()
			v, err := load(ctx)
			if err == nil {
				AfterCommit(ctx, func() { c.keep(at, v, asked) })
			}
			return v, err
		}
		l, waiting := c.loads[at]
		if !waiting {
			l = &cacheLoad[V]{done: make(chan struct{}), err: errLoadPanicked}
			c.loads[at] = l
		}
		c.mu.Unlock()
		if !waiting {
			return c.ask(ctx, at, l, asked, load)
		}
		select {
		case <-l.done:
			if l.err == nil {
				return l.value, nil
			} // it failed, perhaps only because its own caller left: ask for ourselves
		case <-ctx.Done():
		}
	}
	return none, ctx.Err()
}

// ask answers l, for whoever waits for it.
func (c *Cache[K, V]) ask(ctx context.Context, at cacheKey[K], l *cacheLoad[V], asked uint64, load func(context.Context) (V, error)) (V, error) {
	defer func() {
		c.mu.Lock()
		if c.loads[at] == l {
			delete(c.loads, at)
		}
		c.mu.Unlock()
		close(l.done)
	}()
	v, err := load(ctx)
	if err == nil {
		c.keep(at, v, asked)
	}
	l.value, l.err = v, err
	return v, err
}

// find looks at up. The caller holds the lock.
func (c *Cache[K, V]) find(at cacheKey[K]) (V, bool) {
	if el, ok := c.entries[at]; ok {
		e := el.Value.(*cacheEntry[K, V])
		if c.clock.Now().Before(e.until) {
			c.recent.MoveToFront(el)
			return e.value, true
		}
		c.remove(el)
	}
	var none V
	return none, false
}

// keep remembers value, unless something was dropped since it was asked for: it
// may be what was dropped.
func (c *Cache[K, V]) keep(at cacheKey[K], value V, asked uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dropped(at.tenant) != asked {
		return
	}
	if el, ok := c.entries[at]; ok {
		c.remove(el)
	}
	c.entries[at] = c.recent.PushFront(&cacheEntry[K, V]{at: at, value: value, until: c.clock.Now().Add(c.ttl)})
	for c.recent.Len() > c.size {
		c.remove(c.recent.Back())
	}
}

// dropped counts the notices that concerned a ministry. The caller holds the lock.
func (c *Cache[K, V]) dropped(tenant int32) uint64 { return c.drops[0] + c.drops[tenant] }

func (c *Cache[K, V]) remove(el *list.Element) {
	delete(c.entries, c.recent.Remove(el).(*cacheEntry[K, V]).at)
}

// forget drops one key, all of a ministry (empty key), or everything (tenant 0).
// Questions on their way are answered, but nobody new joins them.
func (c *Cache[K, V]) forget(tenant int32, key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops[tenant]++
	if tenant == 0 {
		clear(c.entries)
		clear(c.loads)
		c.recent.Init()
		return
	}
	for at := range c.loads {
		if at.tenant == tenant {
			delete(c.loads, at)
		}
	}
	if k, ok := any(key).(K); ok && key != "" { // string keys, the usual ones, without a walk
		if el, ok := c.entries[cacheKey[K]{tenant, k}]; ok {
			c.remove(el)
		}
		return
	}
	for at, el := range c.entries {
		if at.tenant == tenant && (key == "" || fmt.Sprint(at.key) == key) {
			c.remove(el)
		}
	}
}
