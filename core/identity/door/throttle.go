package door

import "time"

// pace says how fast something may be tried.
type pace struct {
	free   int           // failures before anybody waits
	first  time.Duration // the wait after the next one; it doubles from there
	most   time.Duration // and stops here
	forget time.Duration // so long after the last failure, all is forgotten
}

// The paces. Nothing here ever closes an account: a stranger who tries on it
// slows strangers down, half a minute at most, and never a browser from which
// the person has signed in before. Who must come in from a new place meanwhile
// asks for a link by mail or a code from the superior.
var paces = map[string]pace{
	// One network at one account: somebody guesses, or has forgotten.
	"pair": {free: 5, first: 5 * time.Second, most: 15 * time.Minute, forget: 12 * time.Hour},
	// One address at many accounts. A school of sixty teachers is one address.
	"remote": {free: 40, first: 5 * time.Second, most: 5 * time.Minute, forget: time.Hour},
	// One provider's part of the Internet, where a subscriber has many addresses.
	"site": {free: 40, first: 5 * time.Second, most: 5 * time.Minute, forget: time.Hour},
	// One account from many networks.
	"account": {free: 20, first: 2 * time.Second, most: 30 * time.Second, forget: 6 * time.Hour},
	// A browser that has signed in before.
	"device": {free: 8, first: 5 * time.Second, most: 15 * time.Minute, forget: 12 * time.Hour},
	// Codes of the second factor and recovery codes: whoever tries them knows the
	// password already, so strangers can't reach it. A million codes at this pace
	// take more than a lifetime.
	"second": {free: 5, first: 15 * time.Second, most: time.Hour, forget: 24 * time.Hour},
	// Letters asked for: by one address, and to one person.
	"mail_from": {free: 10, first: time.Minute, most: time.Hour, forget: 24 * time.Hour},
	"mail_to":   {free: 2, first: 5 * time.Minute, most: 6 * time.Hour, forget: 24 * time.Hour},
	// Letters that ask whether a mailbox is read, by all who say that it is theirs: two or three who
	// only say so must not use up what its owner needs.
	"mail_at": {free: 10, first: 5 * time.Minute, most: 6 * time.Hour, forget: 24 * time.Hour},
}

// delay returns how long nobody may try after so many failures.
func (p pace) delay(failures int) time.Duration {
	over := failures - p.free
	if over <= 0 {
		return 0
	}
	d := p.first
	for i := 1; i < over && d < p.most; i++ {
		d *= 2
	}
	return min(d, p.most)
}

// after returns the failures that count when one more happens at now.
func (p pace) after(failures int, last, now time.Time) int {
	if now.Sub(last) >= p.forget {
		return 1
	}
	return failures + 1
}

// wait returns how long a counter lets wait: not at all before there were failures
// too many, and never longer than it may, whatever a clock that was wrong wrote down.
func (p pace) wait(c counter, now time.Time) time.Duration {
	if c.failures <= p.free || c.last.Sub(now) > p.most {
		return 0
	}
	return min(max(c.until.Sub(now), 0), p.most)
}
