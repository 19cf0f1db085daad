// Package clock is the one source of time, so that a test can say what day it is.
package clock

import (
	"sync/atomic"
	"time"
)

// Clock tells the time. The zero value tells the real one.
type Clock struct {
	fixed atomic.Pointer[time.Time]
	ahead atomic.Int64 // nanoseconds before the real time; behind it when negative
}

// Now returns the present moment, in UTC.
func (c *Clock) Now() time.Time {
	if c != nil {
		if t := c.fixed.Load(); t != nil {
			return *t
		}
	}
	now := time.Now().UTC() //nolint:forbidigo // here is where it comes from
	if c != nil {
		now = now.Add(time.Duration(c.ahead.Load()))
	}
	return now
}

// Set stops the clock at t; tests only.
func (c *Clock) Set(t time.Time) {
	t = t.UTC()
	c.fixed.Store(&t)
}

// Start sets the clock to t, from where it goes on; tests only.
func (c *Clock) Start(t time.Time) {
	c.fixed.Store(nil)
	c.ahead.Store(int64(time.Until(t))) //nolint:forbidigo // the distance to the real time
}

// Today returns the day on which it is now in zone, as midnight UTC of that
// date: the form in which days are stored and compared.
func (c *Clock) Today(zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	return Day(c.Now().In(zone))
}

// Day drops the time of day and the zone of t.
func Day(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
