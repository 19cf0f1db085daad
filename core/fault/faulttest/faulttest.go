// Package faulttest is how tests look at faults. A test that reads a fault where nothing
// was refused must fail and say so: fault.From answers nothing with nothing, and a test that
// goes on with it takes the verdict of its whole package with it.
package faulttest

import (
	"testing"

	"mektep/core/fault"
)

// Of returns the fault of an error. The test ends here, failed, where there is no error.
func Of(t testing.TB, err error) *fault.Error {
	t.Helper()
	if err == nil {
		t.Fatal("nothing was refused")
	}
	return fault.From(err)
}

// Key is the message key of an error where there may be none: then it is empty.
func Key(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

// Fields are the fields that an error names where there may be none: then there are none.
func Fields(err error) []fault.Field {
	if err == nil {
		return nil
	}
	return fault.From(err).Fields
}
