package profile_test

import (
	"encoding/csv"
	"os"
	"testing"

	"mektep/core/profile"
)

// The vectors were computed apart from the profiles; the checks in the profiles
// must agree with every one of them.
func TestIdentifiersAgreeWithIndependentVectors(t *testing.T) {
	file, err := os.Open("testdata/identifier_vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all, found := profile.LoadAll(os.DirFS("../../profiles"), nil)
	if len(found) > 0 {
		t.Fatalf("%d mistakes in the profiles", len(found))
	}
	ids := map[string][2]string{
		"tckn": {"tr", "national_id"}, "ykn": {"tr", "foreigner_number"}, "vkn": {"tr", "tax_number"},
		"tr_kurum_kodu": {"tr", "institution_code"}, "kg_pin": {"kg", "pin"},
	}
	for _, row := range rows[1:] {
		where := ids[row[0]]
		i := all[where[0]].Identifier(where[1])
		if i == nil {
			t.Fatalf("profile %s has no identifier %s", where[0], where[1])
		}
		if valid := i.Check(row[1]) == nil; valid != (row[2] == "true") {
			t.Errorf("%s %s: valid is %t (%s)", row[0], row[1], valid, row[3])
		}
	}
}
