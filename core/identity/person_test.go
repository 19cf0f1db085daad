package identity

import (
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

func TestPersonsAreChecked(t *testing.T) {
	w := newWorld(t)
	for field, p := range map[string]Person{
		"family": {}, "given": {Family: "A", Given: "x<script>"}, "patronymic": {Family: "A", Patronymic: strings.Repeat("я", 101)},
		"email": {Family: "A", Email: "not an address"}, "phone": {Family: "A", Phone: "12"}, "language": {Family: "A", Language: "xx"},
	} {
		n := w.appointment("teacher", w.school)
		n.Person = p
		_, err := w.s.Appoint(w.ctx, n)
		found := slices.ContainsFunc(faulttest.Fields(err), func(f fault.Field) bool { return f.Name == field })
		if !found {
			t.Errorf("%s: %v", field, err)
		}
	}
	n := w.appointment("teacher", w.school)
	n.Person = Person{Family: " Ы́бырай-Улуу ", Given: "Нур'жан", Patronymic: "О’Нил  кызы", Email: "X@Y.kg", Phone: "0555 123 456"}
	a := get(w.s.Appoint(w.ctx, n)).Account
	if a.Phone != "+996555123456" || a.Email != "x@y.kg" || a.Patronymic != "О’Нил кызы" {
		t.Errorf("%+v", a)
	}
}
