package xlsx

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/exchange"
	"mektep/core/fault/faulttest"
)

// A cell whose quotation marks close late takes the next cells or rows into it: such a file is
// refused at the line where it begins, however the marks within were written; cells of several
// lines that are written rightly are read.
func TestNoRowIsSwallowedByAQuotationMark(t *testing.T) {
	const head = "Kod;Kısa ad;Derslik;Adres\r\n990000;a;1;x\r\n" //nolint:misspell // Turkish
	for body, line := range map[string]int{
		"990001;\"Yıldız \"Ana\"\";12;x\r\n990002;\"Ilıca\";8;y\r\n990003;\"Z\";9;z\r\n":                                     3,
		"990001;\"Yıldız;12;x\r\n990002;Ilıca\";8;y\r\n990003;Z;9;z\r\n":                                                     3,
		"990001;\"Yıldız \"\"Ana\"\";12;x\r\n990002;Boru 5\";8;y\r\n":                                                        3,
		"990001;a;1;x\r\n990002;b;\"12;x\r\n990003;c;8\";y\r\n":                                                              4,
		"990001;a;1;\"x\r\n990002;b;2;y\"\r\n":                                                                               3,
		"990001;\"a \"b\" c\r\nd\";1;x\r\n":                                                                                  3,
		"Yıldız;\"a;1;x\r\nIlıca;b\";1;x\r\n":                                                                                3,
		"990001;a;1;x\r\n990002;\"b \"c\"\";2;x\r\n990003;d;3;x\r\n990004;\"e\";3;x\r\n990005;\"f\";3;x\r\n990006;g;3;x\r\n": 4,
	} {
		_, err := rowsOf(t, "csv", exchange.Reading{}, []byte(head+body))
		if f := faulttest.Of(t, err); f.Key != "import.unclosed" || len(f.Fields) == 0 || f.Fields[0].Line != line {
			t.Errorf("%q: %v", body, f)
		}
	}
	two := "Kod;Ad\n990000;a\n990001;\"b\n990002;c\"\n"
	if _, err := rowsOf(t, "csv", exchange.Reading{}, []byte(two)); faulttest.Of(t, err).Key != "import.unclosed" {
		t.Errorf("%q: %v", two, err)
	}
	for body, want := range map[string][]string{
		"990001;\"Yıldız \"Ana\" Okulu\";12;x\r\n":                {"990001", "Yıldız \"Ana\" Okulu", "12", "x"},
		"990001;\"Yıldız \\\"Ana\\\" Okulu\";12;x\r\n":            {"990001", "Yıldız \"Ana\" Okulu", "12", "x"},
		"990001;\"Yıldız \\\"Ana\\\"\";12;\"x\"\r\n":              {"990001", "Yıldız \"Ana\"", "12", "x"},
		"\"990001\";\"Yıldız \\\"Ana\\\"\";\"12\";\"x\"\r\n":      {"990001", "Yıldız \"Ana\"", "12", "x"},
		"990001;\"C:\\\\okul\\\\\";12;x\r\n":                      {"990001", "C:\\\\okul\\\\", "12", "x"},
		"990001;\"a\\\"\"b\";12;x\r\n":                            {"990001", "a\\\"b", "12", "x"},
		"990001;\"Ana\" ;12;\"x\"  \r\n":                          {"990001", "Ana", "12", "x"},
		"990001;\"Yıldız \"Ana\" Okulu\"\r\n":                     {"990001", "Yıldız \"Ana\" Okulu"},
		"990001;\"a \"\"b\"\"\nc\";12;\"bir\r\niki\"\r\n":         {"990001", "a \"b\"\nc", "12", "bir\niki"},
		"990001;\"bir; iki\nüç; dört\";12;x\r\n":                  {"990001", "bir; iki\nüç; dört", "12", "x"},
		"990001;a;12;\"Cad. 1; Kat 2\nTel. 312; 444\n\nson\"\r\n": {"990001", "a", "12", "Cad. 1; Kat 2\nTel. 312; 444\n\nson"},
	} {
		got, err := rowsOf(t, "csv", exchange.Reading{}, []byte(head+body+"990009;z;1;x\r\n"))
		if err != nil || len(got) != 4 {
			t.Errorf("%q: %v %v", body, got, err)
			continue
		}
		if d := cmp.Diff(want, got[2].Cells); d != "" {
			t.Error(d)
		}
	}
	three := "Kod,Adres,İlçe\n990000,a,b\n990001,\"Cad., No 5\nKat 2, Merkez\",Altındağ\n" //nolint:misspell // Turkish
	if got, err := rowsOf(t, "csv", exchange.Reading{}, []byte(three)); err != nil || len(got) != 3 {
		t.Errorf("%q: %v %v", three, got, err)
	}
}
