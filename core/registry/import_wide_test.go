package registry_test

import (
	"testing"

	"mektep/core/transfer"

	"github.com/google/go-cmp/cmp"

	"mektep/core/fault/faulttest"
)

// A row of a text file that goes on behind the last heading is not read: which of its cells
// stand in their places is not known.
func TestARowThatIsWiderThanTheHeadingsIsAFinding(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"a decimal comma between commas": {
			"Kurum kodu,Kurum adı,Kurum türü,İl,İlçe,Mülkiyet,Kapalı alan,Öğrenci kontenjanı\n900101,A,İlkokul,İstanbul,Kadıköy,Resmî,1250,5,300\n900102,B,İlkokul,İstanbul,Kadıköy,Resmî,1250,300\n",
			[]string{"2  import.row.wide"},
		},
		"a semicolon in an address": {
			trHead + ";address\n900101;A;İlkokul;İstanbul;Kadıköy;Resmî;Atatürk Cad. No: 5; Kat 2\n900102;B;İlkokul;İstanbul;Kadıköy;Resmî;\"Atatürk Cad. No: 5; Kat 2\"\n",
			[]string{"2  import.row.wide"},
		},
		"empty cells at the end": {
			trHead + ";;\n900101;A;İlkokul;İstanbul;Kadıköy;Resmî;; ;\n900102;B;İlkokul;İstanbul;Kadıköy;Resmî;;;;;\n",
			[]string{},
		},
		"a column without a heading among the others": {
			"Kurum kodu;;Kurum adı;Kurum türü;İl;İlçe;Mülkiyet\n900101;1;A;İlkokul;İstanbul;Kadıköy;Resmî\n",
			[]string{},
		},
		"a remark beside the table of a workbook": {
			spreadsheet(t, [][]any{
				{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet"},
				{"900101", "A", "İlkokul", "İstanbul", "Kadıköy", "Resmî", nil, "soruldu"},
			}, nil),
			[]string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "tr")
			if diff := cmp.Diff(c.want, found(d, d.preview(d.ctx, c.file))); diff != "" {
				t.Error(diff)
			}
		})
	}
	// A column that somebody gives a meaning counts, with a heading or without.
	d := newDesk(t, "tr")
	i := d.upload(d.ctx, "list.csv", trHead+"\n900101;A;İlkokul;İstanbul;Kadıköy;Resmî;Bahariye Cad. 1\n")
	targets := make([]string, len(i.Columns))
	for k := range i.Columns {
		targets[k] = i.Columns[k].Target
	}
	targets[len(targets)-1] = "address"
	i, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{})
	ok(t, err)
	if i, _ = d.step(d.ctx, i, d.t.Preview); i.Counts.New != 1 || i.Counts.Findings != 0 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
}

// A column of which nobody has said whether it is what its heading could mean is asked about by
// every door before the file is judged, and no more once somebody has said so.
func TestAColumnInDoubtIsAsked(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.upload(d.ctx, "list.csv", trHead+";Rampa (yok)\n900101;A;İlkokul;İstanbul;Kadıköy;Resmî;X\n") //nolint:misspell // Turkish
	targets := make([]string, len(i.Columns))
	for k := range i.Columns {
		targets[k] = i.Columns[k].Target
	}
	_, err := d.t.Preview(d.ctx, i.UID, i.Version)
	if f := faulttest.Of(t, err); len(f.Fields) != 1 || f.Fields[0].Name != "targets.6" || f.Fields[0].Key != "import.column.undecided" {
		t.Errorf("%+v", f)
	}
	i, err = d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{})
	ok(t, err)
	if i, _ = d.step(d.ctx, i, d.t.Preview); i.Counts.Findings > 0 {
		t.Error(found(d, i))
	}
}
