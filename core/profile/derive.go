package profile

import (
	"reflect"
	"sync"
)

// derived is what others have made of a profile: as a profile never changes, neither does that.
type derived struct {
	mu   sync.Mutex
	last map[reflect.Type]derivation
}

func newDerived() *derived { return &derived{last: map[reflect.Type]derivation{}} }

type derivation struct{ of, value any }

// Derive returns what make makes of a profile and something comparable beside it (a day, a
// language; nil for nothing), where it costs too much to be made anew each time. Of each type the
// profile keeps the one that was asked for last, and lets it go with itself. What is returned is
// shared: it must never change.
func Derive[T any](p *Profile, of any, make func() T) T {
	if p.derived == nil {
		return make()
	}
	p.derived.mu.Lock()
	defer p.derived.mu.Unlock()
	kind := reflect.TypeFor[T]()
	if last, made := p.derived.last[kind]; made && last.of == of {
		return last.value.(T)
	}
	v := make()
	p.derived.last[kind] = derivation{of, v}
	return v
}
