package clock

import (
	"testing"
	"time"
)

func TestTodayIsADayInTheMinistrysZone(t *testing.T) {
	var c Clock
	c.Set(time.Date(2026, 11, 22, 20, 30, 0, 0, time.UTC))
	bishkek := time.FixedZone("UTC+6", 6*3600)
	if got := c.Today(bishkek).Format(time.DateOnly); got != "2026-11-23" {
		t.Errorf("in Bishkek it is %s", got)
	}
	if got := c.Today(nil).Format(time.DateOnly); got != "2026-11-22" {
		t.Errorf("in UTC it is %s", got)
	}
}

func TestTheZeroClockRuns(t *testing.T) {
	var c *Clock
	if since := time.Since(c.Now()); since < 0 || since > time.Minute {
		t.Errorf("off by %v", since)
	}
}

func TestAClockCanBeStartedElsewhere(t *testing.T) {
	var c Clock
	at := time.Date(2030, 2, 3, 4, 5, 6, 0, time.UTC)
	c.Set(at.Add(time.Hour))
	c.Start(at)
	first := c.Now()
	if since := first.Sub(at); since < 0 || since > time.Minute {
		t.Errorf("off by %v", since)
	}
	for c.Now().Equal(first) { //nolint:revive // it goes on
	}
}
