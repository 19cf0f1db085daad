package profile_test

import (
	"fmt"
	"testing"
	"time"
)

// A place lies in its country: what is swapped, nothing, elsewhere or half is refused with what
// would be right, and an angle is read as maps write it.
func TestAPlaceLiesInItsCountry(t *testing.T) {
	for country, cases := range map[string][][3]string{
		"tr": {
			{"39.92", "32.85", ""},
			{"36", "45", ""},
			{"32.85", "39.92", "latitude field.note"},
			{"0", "0", "latitude field.note longitude field.note"},
			{"-32.85", "39.92", "latitude field.note"},
			{"55.75", "37.61", "latitude field.note"},
			{"39.92", "", "longitude field.required"},
			{"", "32.85", "latitude field.required"},
			{"39.92,32.85", "", "latitude field.two_numbers"},
			{"39,92 32,85", "32.85", "latitude field.two_numbers"},
			{"(39.92; 32.85)", "32.85", "latitude field.two_numbers"},
			{`39°55'12"N`, `32°51'E`, ""},
			{`39° 55′ 12″ N`, `E 32° 51,0'`, ""},
			{`39°55'12''N`, `32°51’ E`, ""},
			{`39°65'12"N`, "32.85", "latitude field.degrees"},
			{`39°55'12"K`, "32.85", "latitude field.degrees"},
			{"39.92°", "32,85° E", ""},
			{`39°55'12"S`, "32.85", "latitude field.note"},
		},
		"kg": {
			{"42.87", "74.59", ""},
			{"74.59", "42.87", "latitude field.note longitude field.note"},
			{"39.92", "32.85", "longitude field.note"},
		},
	} {
		p := load(t, country)
		for _, c := range cases {
			record := map[string]any{}
			for k, id := range []string{"latitude", "longitude"} {
				if c[k] != "" {
					record[id] = c[k]
				}
			}
			values, faults := p.ValidateRecord("institution", record, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
			said := ""
			for _, f := range faults {
				if f.Name == "latitude" || f.Name == "longitude" {
					said += " " + f.Name + " " + f.Key
				}
			}
			if said = fmt.Sprint(said); len(said) > 0 {
				said = said[1:]
			}
			if said != c[2] {
				t.Errorf("%s %q %q: %s, not %s", country, c[0], c[1], said, c[2])
			}
			if c[2] == "" && c[0][0] == '3' && len(c[0]) > 6 && values["latitude"] != 39.92 {
				t.Errorf("%q: %v", c[0], values)
			}
		}
	}
}
