package policy

import (
	"fmt"
	"slices"
	"strings"
)

// What a ministry's own rules may give of power over people, of their data, and of what
// changes the records of other units: to a role of a level what the country gives there,
// in that scope or in a narrower one, and to holders of whom as much is demanded and who
// come by it from no other hands. No word of a row excuses from either.

// around are the scopes that hold all that a scope holds, it included. Relations are not
// ordered: a territory and what a directorate oversees lie across each other, and what is
// assigned to somebody may lie anywhere.
var around = map[string][]string{
	"taught":   {"taught", "unit", "territory", "overseen", "tenant"},
	"placed":   {"placed", "unit", "territory", "overseen", "tenant"},
	"unit":     {"unit", "territory", "overseen", "tenant"},
	"assigned": {"assigned", "tenant"},
}

// upTo returns the scopes that hold all that a scope holds.
func upTo(scope string) []string {
	if list := around[scope]; list != nil {
		return list
	}
	return []string{scope, "tenant"}
}

// lack is the first thing that a role may not be given, or not to holders of whom so
// little is demanded.
type lack struct {
	right
	who, needs []string // who has it in the country, and what the role would have to demand
	scopes     []string // where nobody of the level has it so far: where somebody does
	others     []string // and who, of other levels, has it so far
	givers     []string // who may give the role, and may give none of who has it
	abroad     bool     // it is only what changes the records of other units
}

func (x *lack) String() string {
	kind := "power over people or their data"
	if x.abroad {
		kind = "a hand in what other units keep"
	}
	what := fmt.Sprintf("gives %s %s (%s, %s in scope %s)", x.role, kind, x.object, x.action, x.scope)
	if len(x.givers) > 0 {
		return fmt.Sprintf("%s: in the country who has that (%s) is not appointed by %s, and so must not be %s, by granted_by in roles.yaml", what, strings.Join(x.who, ", "), strings.Join(x.givers, ", "), x.role)
	}
	if len(x.who) > 0 {
		slices.Sort(x.needs)
		return fmt.Sprintf("%s: in the country who has that (%s) comes by it with %s, and so must %s, by roles.yaml", what, strings.Join(x.who, ", "), strings.Join(slices.Compact(x.needs), "; "), x.role)
	}
	right := "take that back"
	if len(x.scopes) > 0 {
		right = "give it no wider than in scope " + strings.Join(x.scopes, " or ")
	}
	if len(x.others) > 0 {
		right += ", or leave it to who has it there: " + strings.Join(x.others, ", ")
	}
	return fmt.Sprintf("%s: in the country no role of the same level has that so far, and no word excuses from it: %s", what, right)
}

// lacks judges a right that the country does not give a role: nil where it may be given.
func (b *beyond) lacks(c right) *lack {
	w := b.src.words
	weighs := w.weighs(c)
	if !weighs && !w.abroad(c) {
		return nil
	}
	x := b.lack(c)
	if x != nil {
		x.abroad = !weighs
	}
	return x
}

func (b *beyond) lack(c right) *lack {
	w := b.src.words
	peers := b.peers(c.role)
	if b.had[c.role] && c.role != memberRole {
		peers = append(peers, c.role)
	}
	has := func(scopes []string) func(id string) bool {
		return func(id string) bool { return b.has(id, c, scopes) }
	}
	only := func(ids []string, keep func(string) bool) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !keep(id) })
	}
	who := only(peers, has(upTo(c.scope)))
	if len(who) == 0 {
		return &lack{
			right:  c,
			others: only(w.holders(), has(upTo(c.scope))),
			scopes: only(w.relations, func(s string) bool {
				return s != "self" && s != "ward" && s != "assigned" && slices.ContainsFunc(peers, has([]string{s}))
			}),
		}
	}
	if strangers := only(w.roles[c.role].Givers, func(giver string) bool {
		return !slices.ContainsFunc(who, func(id string) bool { return slices.Contains(w.roles[id].Givers, giver) })
	}); len(strangers) > 0 {
		return &lack{right: c, who: who, givers: strangers}
	}
	needs := slices.Clone(w.roles[who[0]].Needs)
	for _, id := range who[1:] {
		needs = only(needs, func(n string) bool { return slices.Contains(w.roles[id].Needs, n) })
	}
	needs = only(needs, func(n string) bool { return !slices.Contains(w.roles[c.role].Needs, n) })
	if len(needs) == 0 {
		return nil
	}
	return &lack{right: c, who: who, needs: needs}
}

// weighs reports whether a right gives power over people or opens their data, but for
// one's own and for counts.
func (w *words) weighs(c right) bool {
	return c.scope != "self" && c.scope != "ward" && c.action != aggregate && (w.personal[c.object] || w.powerful(c.object, c.action))
}

// abroad reports whether a right changes what lies beyond the place of a role.
func (w *words) abroad(c right) bool {
	who := []string{c.role}
	if c.role == memberRole {
		who = w.holders()
	}
	return w.actions[c.action].Class == classWrite && slices.ContainsFunc(who, func(id string) bool { return w.beyond(c.scope, w.roles[id]) })
}

// has reports whether the country gives a role an act in one of the scopes.
func (b *beyond) has(id string, c right, scopes []string) bool {
	return slices.ContainsFunc(b.alike(c.object), func(o string) bool {
		return slices.ContainsFunc(scopes, func(s string) bool {
			at := right{id, o, c.action, s}
			return b.before[at] && !b.denied(at)
		})
	})
}

// alike are the objects by which an object is judged: itself, and where the country's
// rules give nobody anything of it, a field group that the ministry adds, the groups of
// its register: the sealed ones for a sealed one, as long as somebody has one.
func (b *beyond) alike(object string) []string {
	register, _, group := strings.Cut(strings.TrimPrefix(object, sealedWord), ".")
	if b.given[object] || !group {
		return []string{object}
	}
	for _, stem := range []string{sealedWord + register + ".", register + "."} {
		if stem != register+"." && !strings.HasPrefix(object, sealedWord) {
			continue
		}
		list := slices.DeleteFunc(slices.Clone(b.src.words.objectIDs), func(o string) bool { return !b.given[o] || !strings.HasPrefix(o, stem) })
		if len(list) > 0 {
			return list
		}
	}
	return []string{object}
}
