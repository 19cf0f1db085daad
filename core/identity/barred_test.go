package identity

import (
	"context"
	"slices"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity/door"
)

// Whoever has had all posts stopped, or whose account is blocked, is told so by every way in, and who
// could truly lift it: nobody below the level at which it was decided, whoever gave the post.
func TestKGER6c_WhoIsKeptOutIsToldByWhomThatIsLifted(t *testing.T) {
	w := newWorld(t)
	w.gate.Set(gate.Checks{BeforeUse: w.s.BeforeUse, Way: w.tree.Way})
	naryn, chuy, special := w.with("district_officer", w.naryn), w.with("district_officer", w.chuy), w.with("special_administrator", w.root)
	head := w.with("head", w.school)
	who := w.with("teacher", w.school)
	get(w.s.Appoint(w.ctx, NewAppointment{Account: who.UID, Role: "teacher", Unit: w.lyceum}))
	session := w.signIn(who)
	token, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(who, goodPassword), Name: "program"})
	ok(t, err)
	ok(t, w.s.Block(w.as(chuy), who.UID, "an inquiry"))
	ok(t, w.s.Block(w.as(naryn), who.UID, "another"))

	tenant := caller.From(w.ctx).Tenant
	says := func(name string, err error, kind fault.Kind, key, next string, mine, not []string) {
		t.Helper()
		f := wants(t, err, kind, key)
		if f == nil || f.Next == nil || f.Next.Key != next {
			t.Fatalf("%s: %+v", name, f)
		}
		roles := rolesIn(w, f)
		for _, r := range mine {
			if !slices.Contains(roles, r) {
				t.Errorf("%s: %s is not named of those who may: %v", name, r, roles)
			}
		}
		for _, r := range not {
			if slices.Contains(roles, r) {
				t.Errorf("%s: %s is named, who may not", name, r)
			}
		}
		if f.Rule == "" || f.Law == "" {
			t.Errorf("%s: by no rule", name)
		}
	}
	ways := func(key, next string, mine, not []string) {
		t.Helper()
		w.pass(26 * time.Hour) // what was refused slows the next attempt
		_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(who, goodPassword))
		says("sign-in", err, fault.Denied, key, next, mine, not)
		_, _, err = w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(who, goodPassword), Name: "program"})
		says("a new token", err, fault.Denied, key, next, mine, not)
		_, err = w.s.ResolveAccount(context.Background(), tenant, who.ID)
		says("a job", err, fault.Denied, key, next, mine, not)
	}
	stopped := []string{"identity.posts_stopped", "identity.next.taken_up"}
	_, err = w.s.Resolve(context.Background(), tenant, session.Token)
	says("an open session", err, fault.Unauthenticated, stopped[0], stopped[1], []string{"district_officer"}, []string{"head", "teacher"})
	_, err = w.s.ResolveToken(context.Background(), tenant, token)
	says("a program's token", err, fault.Unauthenticated, stopped[0], stopped[1], []string{"district_officer"}, []string{"head", "teacher"})
	ways(stopped[0], stopped[1], []string{"district_officer"}, []string{"head", "teacher"})
	if err := w.s.Unblock(w.as(head), who.UID); fault.KindOf(err) != fault.Denied {
		t.Errorf("the head, who is not named, may: %v", err)
	}

	ok(t, w.s.Block(w.as(special), who.UID, "the ministry"))
	ways("identity.blocked", "identity.next.opened_by", []string{"special_administrator"}, []string{"district_officer", "head"})
	ok(t, w.s.Unblock(w.as(special), who.UID))

	// What is over: another post is given by whoever gives one like it, if they are there.
	w.change("UPDATE appointment SET stopped_at = NULL, stopped_by = NULL, stopped_note = '', stopped_level = '' WHERE tenant_id = $1 AND account_id = $2", who.ID)
	w.change("UPDATE appointment SET until = since WHERE tenant_id = $1 AND account_id = $2", who.ID)
	ways("identity.no_appointment", "identity.next.given_anew", []string{"head"}, nil)
	w.change("UPDATE account SET state = 'blocked', blocked_why = 'no_appointment' WHERE tenant_id = $1 AND id = $2", who.ID)
	ways("identity.no_appointment", "identity.next.given_anew", []string{"head"}, nil)
}

// rolesIn are the ids of the roles that a next step names.
func rolesIn(w *world, f *fault.Error) (out []string) {
	names, _ := f.Next.Args["Roles"].(fault.List)
	for _, n := range names {
		if p, is := n.(fault.Phrase); is {
			n = p.Args["Role"]
		}
		text, _ := n.(fault.Text)
		for i := range w.profile.Roles {
			if r := &w.profile.Roles[i]; r.Name["ky"] == text["ky"] {
				out = append(out, r.ID)
			}
		}
	}
	return out
}
