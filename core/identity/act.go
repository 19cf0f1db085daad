package identity

import (
	"cmp"
	"context"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// act is an appointment being given or ended: what every step of it must know,
// gathered once, within one unit of work.
type act struct {
	tx     *db.Tx
	m      gate.Ministry
	by     *caller.Caller
	today  time.Time
	unit   unit.Unit
	ahead  []unit.Coming // of a post that is given: what its unit will be on the days of it, by what is entered
	coming []unit.Coming // the same from today on
	role   *profile.Role // nil: one that the profile has no longer
	as     Grantable     // by what the giver gives it; empty while ending
	alike  []alike       // accounts that look like a newcomer's, who is said to be another
	beside []sole        // who holds the post as well, which is one person's, as it is meant
}

// begin gathers an act on a role at a unit.
func (s *Service) begin(ctx context.Context, tx *db.Tx, role string, u unit.Unit) (*act, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	return &act{tx: tx, m: m, by: caller.From(ctx), today: s.today(ctx), unit: u, role: m.Profile.Role(role)}, nil
}

// system reports whether no person acts: onboarding, the demo, the command line.
func (a *act) system() bool { return a.by != nil && a.by.System != "" }

// invalid begins a list of what is wrong with what was typed, by the rule by which
// the role is given here.
func (a *act) invalid() *fault.Error {
	bad := fault.New(fault.Invalid, "identity.invalid")
	if a.role == nil {
		return bad
	}
	return gate.Cite(bad, a.m.Profile, cmp.Or(a.as.Source, a.role.Source), "appointment", "create")
}
