package locale

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Phone writes a telephone number (E.164) in groups, as it is read out and dialled:
// "+996 312 66-24-42" as its country groups it. The gaps do not break at the end of a
// line. What is no such number stands as it is.
func Phone(e164 string) string {
	n, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return e164
	}
	return strings.ReplaceAll(phonenumbers.Format(n, phonenumbers.INTERNATIONAL), " ", "\u00a0")
}
