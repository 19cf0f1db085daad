package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/casbin/casbin/v2"

	"mektep/core/app"
	"mektep/core/gate"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/policies"
	"mektep/profiles"
)

const (
	equalRequests = 100_000 // over all countries together
	perRound      = 200_000
	costRounds    = 25 // the fastest counts: what else the machine does only slows down
	mostNanos     = 100
)

type request [4]string

// decisions measures a remembered decision and holds all answers against a stock
// enforcer that has read the files which policy build writes.
func decisions(b *build, r *report) error {
	countries := app.Countries()
	total := 0
	for _, id := range countries {
		s, err := snapshot(id)
		if err != nil {
			return err
		}
		dir := filepath.Join(b.dir, "policy-"+id)
		if err := s.Policy().Build(dir); err != nil {
			return err
		}
		stock, err := casbin.NewEnforcer(filepath.Join(dir, "model.conf"), filepath.Join(dir, "policy.csv"))
		if err != nil {
			return err
		}
		drawn := requests(s, equalRequests/len(countries))
		begun, allowed := now(), 0
		for _, q := range drawn {
			want, err := stock.Enforce(q[0], q[1], q[2], q[3])
			if err != nil {
				return err
			}
			if want {
				allowed++
			}
			if got := s.Decide(q[0], q[1], q[2], q[3]).Allow; got != want {
				return fmt.Errorf("%s: %v: a stock enforcer says %v, the product %v", id, q, want, got)
			}
		}
		slow := now().Sub(begun) / time.Duration(len(drawn))
		total += len(drawn)
		nanos, allocs := cost(s, drawn)
		r.add(line{
			what: "Decision remembered, " + id, got: fmt.Sprintf("%.0f ns, %.2f allocations", nanos, allocs),
			floor:  fmt.Sprintf("%.0f µs by stock Casbin", float64(slow.Nanoseconds())/1e3),
			target: fmt.Sprintf("≤ %d ns", mostNanos), missed: nanos > mostNanos,
		})
		r.note("%s: %d policy rows; %d of %d random requests were allowed.", id, len(s.Policy().Rows()), allowed, len(drawn))
	}
	r.add(line{what: "Random requests decided as by stock Casbin", got: fmt.Sprintf("%d of %d", total, total), target: "all"})
	return nil
}

func snapshot(id string) (*policy.Snapshot, error) {
	p, found := profile.Load(profiles.FS, id)
	if err := found.Err(); err != nil {
		return nil, err
	}
	e, wrong := policy.Load(policies.FS, gate.Vocabulary(p), nil)
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return policy.NewSnapshot(e)
}

// requests draws words of the catalogue, and now and then one that nobody knows;
// every second request begins from a row, or hardly any would be allowed.
func requests(s *policy.Snapshot, n int) []request {
	e := s.Policy()
	rnd := rand.New(rand.NewPCG(100, 1))
	roles, objects, relations, rows := e.Roles(), e.Objects(), e.Relations(), e.Rows()
	strange := []string{"", "*", "nobody", "learner.*", "sealed", "View", "any_write"}
	pick := func(words []string) string {
		if len(words) == 0 || rnd.IntN(40) == 0 {
			return strange[rnd.IntN(len(strange))]
		}
		return words[rnd.IntN(len(words))]
	}
	out := make([]request, n)
	for i := range out {
		object := pick(objects)
		q := request{pick(roles), object, pick(e.Actions(object)), pick(relations)}
		if rnd.IntN(2) == 0 {
			row := rows[rnd.IntN(len(rows))]
			for k, word := range []string{row.Role, row.Object, row.Action, row.Scope} {
				if word != "*" && rnd.IntN(8) > 0 {
					q[k] = word
				}
			}
		}
		out[i] = q
	}
	return out
}

// cost is the time and the allocations of a decision that has been asked before.
func cost(s *policy.Snapshot, drawn []request) (nanos, allocs float64) {
	e := s.Policy()
	known := map[string]bool{}
	for _, o := range e.Roles() {
		known[o] = true
	}
	var asked []request
	for _, q := range drawn {
		// What no catalogue knows is not remembered, and nobody asks it.
		if known[q[0]] && slices.Contains(e.Actions(q[1]), q[2]) && slices.Contains(e.Relations(), q[3]) {
			asked = append(asked, q)
		}
	}
	asked = asked[:min(len(asked), 4096)]
	for _, q := range asked {
		s.Decide(q[0], q[1], q[2], q[3])
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	nanos = math.Inf(1)
	for range costRounds {
		begun := now()
		for i := range perRound {
			q := &asked[i%len(asked)]
			s.Decide(q[0], q[1], q[2], q[3])
		}
		nanos = min(nanos, float64(now().Sub(begun).Nanoseconds())/perRound)
	}
	runtime.ReadMemStats(&after)
	return nanos, float64(after.Mallocs-before.Mallocs) / (perRound * costRounds)
}
