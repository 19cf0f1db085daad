package locale

import (
	"strconv"
	"strings"
	"time"
)

// dateStyle is how a language writes dates: patterns and names from its file.
// The placeholders of a pattern are Day, DD, MM, Month, MonthOfDate, MonthShort,
// Year, Weekday and WeekdayShort.
type dateStyle struct {
	short, long, full, dayMonth, monthYear, withTime template
	month, monthOfDate, monthShort                   [12]string
	weekday, weekdayShort                            [7]string // Monday first
}

func datesOf(l *Localizer) dateStyle {
	pattern := func(key, instead string) template {
		if t, ok := l.templates[key]; ok {
			return t
		}
		t, _ := parseTemplate(instead)
		return t
	}
	const iso = "{{.Year}}-{{.MM}}-{{.DD}}"
	d := dateStyle{
		short:     pattern("date.short", iso),
		long:      pattern("date.long", iso),
		full:      pattern("date.full", iso),
		dayMonth:  pattern("date.day_month", "{{.MM}}-{{.DD}}"),
		monthYear: pattern("date.month_year", "{{.Year}}-{{.MM}}"),
		withTime:  pattern("date.with_time", "{{.Date}} {{.Time}}"),
	}
	for i := range 12 {
		n := strconv.Itoa(i + 1)
		d.month[i] = l.simple["date.month."+n]
		d.monthOfDate[i] = l.simple["date.month_of_date."+n]
		d.monthShort[i] = l.simple["date.month_short."+n]
	}
	for i := range 7 {
		n := strconv.Itoa(i + 1)
		d.weekday[i] = l.simple["date.weekday."+n]
		d.weekdayShort[i] = l.simple["date.weekday_short."+n]
	}
	return d
}

// Date writes the day of t, in t's own zone, in the language's shortest
// unmistakable way: 22.11.2026.
func (l *Localizer) Date(t time.Time) string { return l.dates.write(l.dates.short, t) }

// DateLong writes the day of t in words: 22 ноября 2026 г.
func (l *Localizer) DateLong(t time.Time) string { return l.dates.write(l.dates.long, t) }

// DateFull writes the day of t in words with its weekday.
func (l *Localizer) DateFull(t time.Time) string { return l.dates.write(l.dates.full, t) }

// DayMonth writes the day of t without the year.
func (l *Localizer) DayMonth(t time.Time) string { return l.dates.write(l.dates.dayMonth, t) }

// MonthYear writes the month of t.
func (l *Localizer) MonthYear(t time.Time) string { return l.dates.write(l.dates.monthYear, t) }

// Time writes the time of day of t, in t's own zone: 18:05.
func (l *Localizer) Time(t time.Time) string { return t.Format("15:04") }

// DateTime writes the day and the time of day of t, in t's own zone.
func (l *Localizer) DateTime(t time.Time) string {
	var b strings.Builder
	for _, p := range l.dates.withTime {
		switch p.name {
		case "Date":
			b.WriteString(l.Date(t))
		case "Time":
			b.WriteString(l.Time(t))
		default:
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// Weekday names the weekday of t.
func (l *Localizer) Weekday(t time.Time) string { return l.dates.weekday[mondayFirst(t)] }

// Month names a month by itself; "" for what is none.
func (l *Localizer) Month(m time.Month) string {
	if m < time.January || m > time.December {
		return ""
	}
	return l.dates.month[m-1]
}

func mondayFirst(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

func (d *dateStyle) write(pattern template, t time.Time) string {
	year, month, day := t.Date()
	buf := make([]byte, 0, 48)
	for _, p := range pattern {
		switch p.name {
		case "":
			buf = append(buf, p.text...)
		case "Day":
			buf = strconv.AppendInt(buf, int64(day), 10)
		case "DD":
			buf = appendTwo(buf, day)
		case "MM":
			buf = appendTwo(buf, int(month))
		case "Year":
			buf = strconv.AppendInt(buf, int64(year), 10)
		case "Month":
			buf = append(buf, d.month[month-1]...)
		case "MonthOfDate":
			buf = append(buf, d.monthOfDate[month-1]...)
		case "MonthShort":
			buf = append(buf, d.monthShort[month-1]...)
		case "Weekday":
			buf = append(buf, d.weekday[mondayFirst(t)]...)
		case "WeekdayShort":
			buf = append(buf, d.weekdayShort[mondayFirst(t)]...)
		}
	}
	return string(buf)
}

func appendTwo(buf []byte, n int) []byte {
	return append(buf, byte('0'+n/10), byte('0'+n%10))
}

// Relative says how far t lies from now: "3 hours ago", "tomorrow", "in 2 years".
// Days are those of now's zone.
func (l *Localizer) Relative(t, now time.Time) string {
	t = t.In(now.Location())
	gap := now.Sub(t)
	past := gap >= 0
	if !past {
		gap = -gap
	}
	say := func(ago, in string, n int) string {
		if past {
			return l.T(ago, "Count", n)
		}
		return l.T(in, "Count", n)
	}
	days := daysBetween(t, now)
	switch {
	case gap < time.Minute:
		return l.T("time.now")
	case gap < time.Hour:
		return say("time.minutes_ago", "time.in_minutes", int(gap/time.Minute))
	case days == 0:
		return say("time.hours_ago", "time.in_hours", int(gap/time.Hour))
	case days == 1 && past:
		return l.T("time.yesterday")
	case days == 1:
		return l.T("time.tomorrow")
	case days < 31:
		return say("time.days_ago", "time.in_days", days)
	}
	months := monthsBetween(t, now)
	if months < 12 {
		return say("time.months_ago", "time.in_months", max(1, months))
	}
	return say("time.years_ago", "time.in_years", months/12)
}

// monthsBetween counts the whole calendar months between two moments.
func monthsBetween(a, b time.Time) int {
	if a.After(b) {
		a, b = b, a
	}
	n := (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
	if b.Day() < a.Day() {
		n--
	}
	return n
}

// daysBetween counts the midnights between two moments of one zone.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) int64 {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	n := int(day(a) - day(b))
	if n < 0 {
		n = -n
	}
	return n
}
