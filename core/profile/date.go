package profile

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Date is a day of the calendar without time and zone, as yyyymmdd. The zero
// value means that no day is given. Dates compare with < and ==.
type Date int32

// DateOf returns the day of t in t's own zone.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return 0
	}
	y, m, d := t.Date()
	return Date(y*10000 + int(m)*100 + d)
}

// ParseDate reads 2006-01-02 and nothing else.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1800 || t.Year() > 2199 {
		return 0, errors.New(noDay(s))
	}
	return DateOf(t), nil
}

// noDay says why a text that ParseDate refuses is no day.
func noDay(s string) string {
	form := regexp.MustCompile(`^([0-9]{4})-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])$`)
	switch m := form.FindStringSubmatch(s); {
	case m == nil:
		return "must be a day like 2026-01-31"
	case m[1] < "1800" || m[1] > "2199":
		return fmt.Sprintf("is out of range: there are the years 1800 to 2199, not %s", m[1])
	}
	return fmt.Sprintf("must be a day like 2026-01-31: there is no %s", s)
}

// IsZero reports whether no day is given.
func (d Date) IsZero() bool { return d == 0 }

// Time returns midnight UTC of the day, the form in which the rest of the house
// stores and compares days; the zero Date gives the zero time.
func (d Date) Time() time.Time { return d.In(time.UTC) }

// In returns the beginning of the day in zone.
func (d Date) In(zone *time.Location) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Date(int(d)/10000, time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, zone)
}

// AddDays returns the day n days later.
func (d Date) AddDays(n int) Date {
	if d == 0 {
		return 0
	}
	return DateOf(d.Time().AddDate(0, 0, n))
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.Time().Weekday() }

// String returns 2006-01-02, or nothing for the zero Date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", int(d)/10000, int(d)/100%100, int(d)%100)
}

// MarshalText writes 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2006-01-02, or nothing.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(b))
	*d = v
	return err
}

// Holds reports whether the period includes the day. The zero day is any day.
func (p Period) Holds(on Date) bool {
	return on == 0 || (p.Since == 0 || p.Since <= on) && (p.Until == 0 || on <= p.Until)
}
