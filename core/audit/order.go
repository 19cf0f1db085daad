package audit

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mektep/core/clock"
	"mektep/core/fault"
)

// Order is the official act that something was done on.
type Order struct {
	Number string
	Date   time.Time // a day; zero where there is none
}

// Most characters of an order's number.
const mostOrder = 60

// WorkingLife in years, backwards and ahead: a day beyond it is a slip of the pen.
const WorkingLife = 70

// Checked tidies an order and adds what is wrong with it to bad, under the fields
// order.number and order.date: the one judgement of every order, whatever is done on
// it. required says that the act needs one. Whoever gives a number gives the date as
// well, and the other way round; the date is no later than today.
func (o Order) Checked(bad *fault.Error, required bool, today time.Time) (Order, *fault.Error) {
	o.Number = norm.NFC.String(strings.Join(strings.Fields(o.Number), " "))
	if !o.Date.IsZero() {
		o.Date = clock.Day(o.Date)
	}
	required = required || o.Number != "" || !o.Date.IsZero()
	switch {
	case o.Number == "":
		if required {
			bad = bad.WithField("order.number", "identity.order_required", nil)
		}
	case len([]rune(o.Number)) > mostOrder:
		bad = bad.WithField("order.number", "identity.order_long", fault.Args{"Most": mostOrder})
	case !orderNumber(o.Number):
		bad = bad.WithField("order.number", "identity.order_number", nil)
	}
	first := today.AddDate(-WorkingLife, 0, 0)
	switch {
	case o.Date.IsZero():
		if required {
			bad = bad.WithField("order.date", "identity.order_date_required", nil)
		}
	case o.Date.After(today):
		bad = bad.WithField("order.date", "identity.order_date_future", nil)
	case o.Date.Before(first):
		bad = bad.WithField("order.date", "identity.day_bounds", fault.Args{"First": first, "Last": today})
	}
	return o, bad
}

// orderNumber reports whether a text can be the number of an order: it has a letter
// or a digit, and nothing that cannot be seen or printed.
func orderNumber(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) &&
		fault.Plain(s)
}

// farOff is how many years ahead, or before its order, a day is entered without being asked about: an
// order takes effect within the school year or at the next one's beginning, and a day beyond that is
// in most cases a slip in the year.
const farOff = 1

// Near asks about a day since when something holds that lies far ahead, or long before the order by
// which it does, unless that very day is said to be meant: the word is of a day, and of no other that
// is entered in its place. An order of no day, or of one that no order can have, is not looked at.
func Near(bad *fault.Error, since, ordered, today, meant time.Time) *fault.Error {
	mark := since.Format(time.DateOnly)
	switch {
	case since.IsZero() || !meant.IsZero() && meant.Format(time.DateOnly) == mark:
		return bad
	case !ordered.IsZero() && !ordered.After(today) && since.Before(ordered.AddDate(-farOff, 0, 0)):
		return bad.WithField("since", "institution.far_before", fault.Args{"Since": since, "Ordered": ordered, fault.MarkArg: mark})
	case since.After(today.AddDate(farOff, 0, 0)):
		return bad.WithField("since", "institution.far_ahead", fault.Args{"Since": since, "Year": today.Year(), fault.MarkArg: mark})
	}
	return bad
}
