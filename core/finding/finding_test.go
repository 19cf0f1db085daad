package finding

import (
	"errors"
	"testing"
)

func TestSuggestions(t *testing.T) {
	known := []string{"required", "height", "name", "unit", "territory"}
	for word, want := range map[string]string{
		"requird": "required", "naem": "name", "Requierd": "required", "units": "unit", "unti ": "unit", "teritory": "territory",
		"zzz": "", "": "", "something else altogether": "",
	} {
		if want != "" {
			want = ` (did you mean "` + want + `"?)`
		}
		if got := DidYouMean(word, known); got != want {
			t.Errorf("%q: %s", word, got)
		}
	}
}

func TestAListIsAnErrorAndAnEmptyOneIsNone(t *testing.T) {
	two := Finding{File: "xx/rules.csv", Line: 10, Column: 2, Code: "KIND", Message: "m"}
	one := Finding{File: "xx/rules.csv", Line: 9, Column: 7, Code: "KIND", Message: "m"}
	list := List{two, one, two, {File: "a", Code: "FILE", Message: "whole"}}.Sorted().In("my/policies")
	if got := list.Error(); got != "my/policies/a:1:1: FILE whole\nmy/policies/xx/rules.csv:9:7: KIND m\nmy/policies/xx/rules.csv:10:2: KIND m" {
		t.Error(got)
	}
	var as List
	if !errors.As(list.Err(), &as) || len(as) != 3 || (List{}).Err() != nil {
		t.Error("not the error that it should be")
	}
}
