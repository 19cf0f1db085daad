package profile_test

import (
	"strings"
	"testing"
	"time"

	"mektep/core/profile"
	"mektep/profiles"
)

// A unit that is the field's own, written otherwise, is its own: nobody is told to convert metres
// into metres. What is another unit stays one.
func TestTheOwnUnitOfAFieldHasMoreNamesThanOne(t *testing.T) {
	for country, fields := range map[string]map[string]bool{
		"tr": {"internet_speed 100 Mbps": true, "internet_speed 100 Kbps": false, "floor_area 4500 metrekare": true, "floor_area 12 dönüm": false, "district_distance 2,5 kilometre": true, "latitude 39.9755 N": true, "longitude 39.9755 D": true, "longitude 39.9755 N": false},
		"kg": {"floor_area 1200 кв.м": true, "floor_area 1200 кв. м": true, "floor_area 12 га": false, "internet_speed 100 Мбит": true, "district_distance 2 километра": true},
	} {
		p, findings := profile.Load(profiles.FS, country)
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		for said, own := range fields {
			id, text, _ := strings.Cut(said, " ")
			_, key, _ := p.Register("institution").Field(id).Canonical(text, profile.DateOf(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)))
			if want := map[bool]string{true: "field.unit", false: "field.unit_other"}[own]; key != want {
				t.Errorf("%s %s: %s, want %s", country, said, key, want)
			}
		}
	}
}
