// Package caller says who acts: which ministry, which account, in which roles
// and language. It travels in the context from the edge (a session, a token, a
// job) down to the database, whose tenant wall takes the ministry from here and
// from nowhere else.
package caller

import (
	"context"
	"time"
)

// Tenant identifies the ministry in whose space the caller acts.
type Tenant struct {
	ID        int32 // 0 means: no ministry (the platform's own domain)
	Slug      string
	Profile   string         // id of the country profile
	Placement string         // which database holds it; empty is the first
	Zone      *time.Location // a day is a day in the ministry's time zone
}

// Assignment is one role that a person holds at one unit. Every assignment is
// judged by itself: a head of one school who teaches at another has two.
type Assignment struct {
	ID        int64
	Role      string // id of the role in the country profile
	UnitID    int64
	UnitUID   string
	UnitPath  string // materialised path of the unit, see package unit
	UnitLevel string // ministry, directorate, region, district, institution
	UnitCode  string
	Since     time.Time
	Until     time.Time // zero: open-ended
}

// Caller is who acts. It is a value that nobody changes after it was put into a context.
type Caller struct {
	Tenant       Tenant
	Account      int64  // 0: nobody has signed in
	AccountUID   string // the account's public id
	Name         string // as the person is called; never logged
	Operator     bool   // an operator of the platform; then Tenant.ID is 0
	System       string // named system role of a job or a command; empty for people
	Assignments  []Assignment
	SecondFactor bool      // the session was opened with a second factor
	Ends         time.Time // when the session ends if nothing more is asked; zero: there is none
	Session      string    // public id of the session; empty for tokens and jobs
	Token        string    // public id of the API token; empty for sessions
	Language     string    // tag of the language the caller reads
	Purpose      string    // declared purpose of the access, where the profile asks for one
	RequestID    string    // correlates log, audit trail and the error page
}

// SignedIn reports whether a person stands behind the caller.
func (c *Caller) SignedIn() bool { return c != nil && c.Account != 0 }

// Roles returns the distinct roles of the caller in the order of assignment.
func (c *Caller) Roles() []string {
	var roles []string
	seen := map[string]bool{}
	for _, a := range c.Assignments {
		if !seen[a.Role] {
			seen[a.Role] = true
			roles = append(roles, a.Role)
		}
	}
	return roles
}

type key struct{}

// With returns a context in which c acts.
func With(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// From returns who acts in ctx, or nil when nobody was set.
func From(ctx context.Context) *Caller {
	c, _ := ctx.Value(key{}).(*Caller)
	return c
}

// System returns a caller for a job or command that acts as a named system role
// in a ministry (or, with the zero Tenant, on the platform).
func System(tenant Tenant, role, requestID string) *Caller {
	return &Caller{Tenant: tenant, System: role, RequestID: requestID}
}
