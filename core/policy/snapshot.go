package policy

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
)

// Decision is the answer to one request.
type Decision struct {
	Allow     bool
	Guardrail bool   // denied by a guardrail, not for want of a rule
	Source    string // the law of the row that decided; empty where no row gives it
	Row       *Row   // that row, nil where none gives it; not to be changed
}

// Snapshot decides by one effective policy. Casbin is the judge: an enforcer is asked each
// question once, before the rows that could answer it, and the answer is remembered. It is safe
// for concurrent use; what it remembers is bounded by the catalogue (roles × objects' actions ×
// relations).
type Snapshot struct {
	policy    *Effective
	relations []string
	pairs     int // how many pairs of object and action there are

	roleNo, objectNo, actionNo, relationNo dictionary

	judges []*judge // by role's number, and by that of every other word a row may name
	// places holds, by the numbers of object and action, one more than the number
	// of their pair; 0 where the catalogue has none.
	places  []int32
	actions int // how many actions there are

	mu        sync.Mutex // one question at a time; remembered answers don't wait
	enforcer  *casbin.Enforcer
	before    *model.Assertion // the rows that the enforcer has before it
	decisions []Decision       // by the row that gives it
}

// NewSnapshot readies an effective policy for decisions.
func NewSnapshot(e *Effective) (*Snapshot, error) {
	if _, err := model.NewModelFromString(e.model); err != nil {
		return nil, fmt.Errorf("read the policy model: %w", err)
	}
	s := &Snapshot{policy: e, relations: e.words.relations, relationNo: newDictionary(e.words.relations), objectNo: newDictionary(e.words.objectIDs)}
	s.number(e)
	parents := parentsOf(e.links)
	subjects := slices.Clone(e.words.roleIDs)
	for _, l := range e.links {
		subjects = append(subjects, l.child, l.parent)
	}
	for _, r := range e.rows {
		subjects = append(subjects, r.Role)
	}
	s.roleNo, s.judges = newDictionary(subjects), make([]*judge, len(subjects))
	for _, id := range subjects {
		if n := s.roleNo.number(id); n >= 0 && s.judges[n] == nil {
			j := &judge{snapshot: s, lineage: lineage(id, parents)}
			for at := range e.rows {
				if slices.Contains(j.lineage, e.rows[at].Role) {
					j.rows = append(j.rows, int32(at)) //nolint:gosec // a policy has a thousand
				}
			}
			s.judges[n] = j
		}
	}
	return s, nil
}

// number gives every pair of object and action that the catalogue has a number.
func (s *Snapshot) number(e *Effective) {
	var actions []string
	for _, o := range e.words.objectIDs {
		for _, a := range e.words.objects[o] {
			if !slices.Contains(actions, a) {
				actions = append(actions, a)
			}
		}
	}
	s.actionNo, s.actions = newDictionary(actions), len(actions)
	s.places = make([]int32, len(e.words.objectIDs)*len(actions))
	for n, o := range e.words.objectIDs {
		for _, a := range e.words.objects[o] {
			s.pairs++
			s.places[n*s.actions+s.actionNo.number(a)] = int32(s.pairs) //nolint:gosec // a catalogue has hundreds
		}
	}
}

// judge returns who decides for a role, nil for a word that no policy knows.
func (s *Snapshot) judge(role string) *judge {
	if n := s.roleNo.number(role); n >= 0 {
		return s.judges[n]
	}
	return nil
}

// parentsOf returns what each role inherits from at once.
func parentsOf(links []link) map[string][]string {
	parents := map[string][]string{}
	for _, l := range links {
		parents[l.child] = append(parents[l.child], l.parent)
	}
	return parents
}

// lineage returns id and everything it inherits, nearest first.
func lineage(id string, parents map[string][]string) []string {
	out := []string{id}
	for i := 0; i < len(out); i++ {
		for _, p := range parents[out[i]] {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// Policy returns what the snapshot decides by.
func (s *Snapshot) Policy() *Effective { return s.policy }

// Hash names the policy's content.
func (s *Snapshot) Hash() string { return s.policy.hash }

// Decide answers whether a role may do an action to an object that stands in the
// relation scope to the role's assignment. An unknown word decides as any Casbin
// enforcer would, and is not remembered.
func (s *Snapshot) Decide(role, object, action, scope string) Decision {
	j := s.judge(role)
	if j == nil {
		return Decision{}
	}
	at := s.pair(object, action)
	relation := s.relationNo.number(scope)
	if at < 0 || relation < 0 {
		return *j.ask(object, action, scope)
	}
	memory := j.memory.Load()
	if memory == nil {
		memory = j.remember()
	}
	cell := &memory.cells[at*len(s.relations)+relation]
	if d := cell.Load(); d != nil {
		return *d
	}
	d := j.ask(object, action, scope)
	cell.Store(d)
	return *d
}

// pair returns the number of a pair of object and action, or -1 when the
// catalogue has no such pair.
func (s *Snapshot) pair(object, action string) int {
	o, a := s.objectNo.number(object), s.actionNo.number(action)
	if o < 0 || a < 0 {
		return -1
	}
	return int(s.places[o*s.actions+a]) - 1
}

// Scopes returns the relations in which a role may do an action to an object, in
// the order of the catalogue. The caller must not change the slice.
func (s *Snapshot) Scopes(role, object, action string) []string {
	j := s.judge(role)
	if j == nil {
		return nil
	}
	at := s.pair(object, action)
	if at >= 0 {
		if memory := j.memory.Load(); memory != nil {
			if scopes := memory.scopes[at].Load(); scopes != nil {
				return *scopes
			}
		}
	}
	var out []string
	for _, r := range s.relations {
		if s.Decide(role, object, action, r).Allow {
			out = append(out, r)
		}
	}
	if at >= 0 {
		j.remember().scopes[at].Store(&out)
	}
	return out
}

// WhoMay returns the roles that may do an action to an object in some relation,
// sorted: whom to ask. Common sets of rights and platform operators are not named.
func (s *Snapshot) WhoMay(object, action string) []string {
	var out []string
	for _, id := range s.policy.words.roleIDs {
		if len(s.policy.words.roles[id].Levels) > 0 && len(s.Scopes(id, object, action)) > 0 {
			out = append(out, id)
		}
	}
	return out
}

// Granted is one thing that a role may do, with the law it rests on.
type Granted struct{ Object, Action, Scope, Source string }

// Each calls fn with everything a role may do, in the order of objects, the
// catalogue's actions and relations. What a guardrail forbids is not granted.
func (s *Snapshot) Each(role string, fn func(Granted)) {
	j := s.judge(role)
	if j == nil {
		return
	}
	for _, o := range s.policy.words.objectIDs {
		for _, a := range s.policy.words.objects[o] {
			if !j.mentions(o, a) {
				continue // most of the catalogue: not worth asking Casbin
			}
			for _, scope := range s.Scopes(role, o, a) {
				fn(Granted{o, a, scope, s.Decide(role, o, a, scope).Source})
			}
		}
	}
}

// mentions reports whether some allow row of the role covers the action on the object.
func (j *judge) mentions(object, action string) bool {
	return slices.ContainsFunc(j.snapshot.policy.rows, func(r Row) bool {
		return r.Allow && (r.Action == every || r.Action == action) && matches(object, r.Object) && slices.Contains(j.lineage, r.Role)
	})
}

// judge decides for one role.
type judge struct {
	snapshot *Snapshot
	lineage  []string
	rows     []int32 // of the policy, those of its lineage
	memory   atomic.Pointer[memory]
}

// memory has a place for every question the catalogue allows.
type memory struct {
	cells  []atomic.Pointer[Decision]
	scopes []atomic.Pointer[[]string]
}

func (j *judge) remember() *memory {
	if m := j.memory.Load(); m != nil {
		return m
	}
	pairs := j.snapshot.pairs
	j.memory.CompareAndSwap(nil, &memory{
		cells:  make([]atomic.Pointer[Decision], pairs*len(j.snapshot.relations)),
		scopes: make([]atomic.Pointer[[]string], pairs),
	})
	return j.memory.Load()
}

// none is the answer where no row gives another.
var none Decision

// ask puts the question to Casbin, before those rows of the lineage that speak of the action: no
// other can match. Should Casbin fail, the answer is no.
func (j *judge) ask(object, action, scope string) *Decision {
	s := j.snapshot
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.enforcer == nil {
		if err := s.build(); err != nil {
			return &none
		}
	}
	s.before.Policy = s.before.Policy[:0]
	for _, at := range j.rows {
		if r := &s.policy.rows[at]; r.Action == every || r.Action == action {
			s.before.Policy = append(s.before.Policy, r.values())
		}
	}
	if len(s.before.Policy) == 0 {
		return &none // Casbin's answer to nothing is no rule's
	}
	allow, row, err := s.enforcer.EnforceEx(j.lineage[0], object, action, scope)
	if err != nil {
		return &none
	}
	for _, at := range j.rows {
		if r := &s.policy.rows[at]; len(row) > 0 && r.Allow == allow && slices.Equal(r.values(), row) {
			return &s.decisions[at]
		}
	}
	return &Decision{Allow: allow}
}

// build makes the enforcer: the policy's model and links, and no rows yet.
func (s *Snapshot) build() error {
	m, err := model.NewModelFromString(s.policy.model)
	if err != nil {
		return fmt.Errorf("read the policy model: %w", err)
	}
	for _, l := range s.policy.links {
		if err := m.AddPolicy("g", "g", []string{l.child, l.parent}); err != nil {
			return fmt.Errorf("add a link: %w", err)
		}
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return fmt.Errorf("make an enforcer: %w", err)
	}
	if err := e.BuildRoleLinks(); err != nil {
		return fmt.Errorf("link roles: %w", err)
	}
	s.decisions = make([]Decision, len(s.policy.rows))
	for at := range s.policy.rows {
		r := &s.policy.rows[at]
		s.decisions[at] = Decision{Allow: r.Allow, Guardrail: !r.Allow, Source: r.Source, Row: r}
	}
	s.enforcer, s.before = e, e.GetModel()["p"]["p"]
	return nil
}

// Shelf shares snapshots between ministries whose policies are equal, for as
// long as anybody holds one.
type Shelf struct {
	mu   sync.Mutex
	held map[string]weak.Pointer[Snapshot]
}

// NewShelf returns an empty shelf.
func NewShelf() *Shelf { return &Shelf{held: map[string]weak.Pointer[Snapshot]{}} }

// Snapshot returns the snapshot of a policy, the one already held where there is one.
func (s *Shelf) Snapshot(e *Effective) (*Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if snap := s.held[e.hash].Value(); snap != nil {
		return snap, nil
	}
	snap, err := NewSnapshot(e)
	if err != nil {
		return nil, err
	}
	for hash, p := range s.held {
		if p.Value() == nil {
			delete(s.held, hash)
		}
	}
	s.held[e.hash] = weak.Make(snap)
	return snap, nil
}
