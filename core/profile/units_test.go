package profile_test

import (
	"strings"
	"testing"
	"time"

	"mektep/core/profile"
	"mektep/profiles"
)

// Of another unit of which the profile says how many of the field's own it is, the number that
// would be right is said.
func TestTheNumberOfAKnownUnitIsSaid(t *testing.T) {
	for country, fields := range map[string]map[string]any{
		"tr": {"land_area 1,5 dönüm": "1500", "garden_area 0,35 ha": "3500", "district_distance 2500 m": 2.5, "internet_speed 1 Gbps": "1000", "floor_area 1,234567 hektar": 12345.67},
		"kg": {"land_area 0.12 га": "1200", "land_area 6 соток": "600", "floor_area 1,2 тыс. м²": "1200"},
	} {
		p, findings := profile.Load(profiles.FS, country)
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		for said, want := range fields {
			id, text, _ := strings.Cut(said, " ")
			_, key, args := p.Register("institution").Field(id).Canonical(text, profile.DateOf(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)))
			if key != "field.unit_known" || args["Number"] != want {
				t.Errorf("%s %s: %s %v, want %v", country, said, key, args, want)
			}
		}
	}
}

// A unit that is the field's own, written otherwise, is its own: nobody is told to convert metres
// into metres. What is another unit stays one.
func TestTheOwnUnitOfAFieldHasMoreNamesThanOne(t *testing.T) {
	for country, fields := range map[string]map[string]bool{
		"tr": {"internet_speed 100 Mbps": true, "internet_speed 100 fps": false, "floor_area 4500 metrekare": true, "floor_area 12 ayak": false, "district_distance 2,5 kilometre": true, "latitude 39.9755 N": true, "longitude 39.9755 D": true, "longitude 39.9755 N": false},
		"kg": {"floor_area 1200 кв.м": true, "floor_area 1200 кв. м": true, "floor_area 12 футов": false, "internet_speed 100 Мбит": true, "district_distance 2 километра": true},
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
