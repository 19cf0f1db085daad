package identity

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
	return `(p.until IS NULL OR p.until > ` + day + `)
		AND EXISTS (SELECT FROM unit o WHERE o.tenant_id = p.tenant_id AND o.id = p.unit_id AND (o.until IS NULL OR o.until > ` + day + `))`
}
