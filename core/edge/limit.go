package edge

import (
	"math"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"mektep/core/fault"
)

// limits bound how much one caller may ask for and how much of the server one
// ministry may take at a time, so that none slows the others down.
type limits struct {
	perSecond rate.Limit
	burst     int
	places    int

	mu      sync.Mutex
	callers map[string]*bucket
	inUse   map[int32]int
	swept   time.Time
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newLimits(cfg Config) *limits {
	return &limits{
		perSecond: rate.Limit(cfg.PerSecond), burst: cfg.Burst, places: cfg.PerMinistry,
		callers: map[string]*bucket{}, inUse: map[int32]int{},
	}
}

// limited runs the rest of the request within the limits. A session or token is
// a caller of its own; strangers share one by address (see stranger).
func (e *Edge) limited(c *fiber.Ctx, a *Ask) error {
	now := e.cfg.Clock.Now()
	who := stranger(c)
	switch {
	case a.Caller.Session != "":
		who = "s:" + a.Caller.Session
	case a.Caller.Token != "":
		who = "t:" + a.Caller.Token
	}
	if wait := e.limits.take(who, now); wait > 0 {
		return tooMany(wait)
	}
	if a.Ministry == nil {
		return c.Next()
	}
	if !e.limits.enter(a.Ministry.ID) {
		return fault.New(fault.TooMany, "fault.busy").WithWait(2)
	}
	defer e.limits.leave(a.Ministry.ID)
	return c.Next()
}

// tooMany tells how long to wait.
func tooMany(wait time.Duration) *fault.Error {
	seconds := int(math.Ceil(wait.Seconds()))
	return fault.New(fault.TooMany, "fault.too_many").With("Count", seconds).WithWait(seconds)
}

func (l *limits) take(who string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > time.Minute {
		l.swept = now
		for k, b := range l.callers {
			if now.Sub(b.used) > 5*time.Minute {
				delete(l.callers, k)
			}
		}
	}
	b := l.callers[who]
	if b == nil {
		b = &bucket{Limiter: rate.NewLimiter(l.perSecond, l.burst)}
		l.callers[who] = b
	}
	b.used = now
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (l *limits) enter(ministry int32) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inUse[ministry] >= l.places {
		return false
	}
	l.inUse[ministry]++
	return true
}

func (l *limits) leave(ministry int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inUse[ministry]--; l.inUse[ministry] == 0 {
		delete(l.inUse, ministry)
	}
}
