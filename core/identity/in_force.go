package identity

import "time"

// What is in force of a post p gives something: from its day on and before its end, as long as nobody
// has stopped it, and before the unit at which it is held has ended. Whoever asks who holds what asks
// it by these conditions.

// givesOn is the condition that a post p gives something on a day.
func givesOn(day string) string { return "p.since <= " + day + " AND " + givesFrom(day) }

// givesFrom is the condition that a post p gives something on a day or later.
func givesFrom(day string) string { return "p.stopped_at IS NULL AND " + lastsFrom(day) }

// lastsFrom is the condition that a post p, stopped or not, is over on a day by neither its own end
// nor its unit's.
func lastsFrom(day string) string {
	return holdsFrom(day) + `
		AND EXISTS (SELECT FROM unit o WHERE o.tenant_id = p.tenant_id AND o.id = p.unit_id AND (o.until IS NULL OR o.until > ` + day + `))`
}

// holdsFrom is the condition that a post p, stopped or not, holds on a day or later by its own days
// alone: one that was ended before it began never does, and stands in nobody's way until then.
func holdsFrom(day string) string {
	return "(p.until IS NULL OR p.until > " + day + " AND p.until > p.since)"
}

// neverHeld is whether a post p was ended before it began, for an order of posts: such ones stand last.
const neverHeld = "coalesce(p.until <= p.since, false)"

// over is the condition that all that the holder of an account a was given is over on a day, and it is
// not blocked yet: with a unit whose closing is taken back it opens again.
func over(day string) string {
	return `(a.state <> 'blocked' AND EXISTS (SELECT FROM appointment p WHERE p.tenant_id = a.tenant_id AND p.account_id = a.id)
		AND NOT EXISTS (SELECT FROM appointment p WHERE p.tenant_id = a.tenant_id AND p.account_id = a.id AND ` + lastsFrom(day) + `))`
}

// Ends is the first day on which the appointment no longer holds, by its own end or its unit's; zero:
// none is set.
func (a Appointment) Ends() time.Time { return ends(a.Until, a.Unit.Until) }

// OverOn reports whether the appointment holds on a day no longer, or never will.
func (a Appointment) OverOn(day time.Time) bool {
	end := a.Ends()
	return !a.HoldsFrom(day) || !end.IsZero() && !(day.Before(end) && a.Since.Before(end))
}

// HoldsFrom reports whether the appointment holds on a day or later by its own days alone.
func (a Appointment) HoldsFrom(day time.Time) bool {
	return a.Until.IsZero() || a.Until.After(day) && a.Until.After(a.Since)
}

// HeldOn reports whether the appointment is in force on a day.
func (a Appointment) HeldOn(day time.Time) bool { return !day.Before(a.Since) && !a.OverOn(day) }

// Ends is as that of an appointment.
func (p Post) Ends() time.Time { return ends(p.Until, p.Unit.Until) }

// ends is the earlier of two days on which something ends, each of which may not be set.
func ends(own time.Time, unit *time.Time) time.Time {
	if unit != nil && (own.IsZero() || unit.Before(own)) {
		return *unit
	}
	return own
}
