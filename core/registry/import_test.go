package registry_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
)

func newDeskFor(t testing.TB, w *world) *desk { return deskOn(t, w) }

const turkishList = `Kurum Kodu;Kurum Adı;Kurum Türü;İl;İlçe;Mülkiyet;Rampa;Kuruluş tarihi;Telefon
100001;Atatürk İlkokulu;İlkokul;İstanbul;Kadıköy;resmi;evet;29.10.1933;0216 345 67 89
100002;Işık Ortaokulu;ortaokul;34;1421;Özel;;;
;Gezici Kütüphane Kursu;kurs;Ankara;Çankaya;özel;hayır;;
`

func TestAListIsReadInTheWordsOfItsWriters(t *testing.T) {
	d := newDesk(t, "tr")
	officer := d.known(d.as("tenant_admin", d.root))
	i := d.enter(officer, turkishList)
	if i.Counts != (transfer.Counts{Rows: 3, New: 3, Uncoded: 1}) {
		t.Errorf("%+v", i.Counts)
	}
	p := list(t, d.world, d.ctx, record.Query{})
	if d := cmp.Diff([]string{"Atatürk İlkokulu", "Gezici Kütüphane Kursu", "Işık Ortaokulu"}, names(d.world, p)); d != "" {
		t.Fatal(d)
	}
	got, err := d.s.Get(d.ctx, p.Items[0].UID)
	ok(t, err)
	want := map[string]any{"ownership": "public", "ramp": true, "founded_on": "1933-10-29", "phone": "+902163456789"}
	if d := cmp.Diff(want, got.Fields); d != "" {
		t.Error(d)
	}
	if got.Type != "ilkokul" || got.Place[len(got.Place)-1].Code != "1421" || got.Code != "100001" {
		t.Errorf("%+v", got.Unit)
	}
	h, err := d.s.History(d.ctx, got.UID, "")
	ok(t, err)
	from := map[string]string{}
	for _, c := range h.Changes {
		from[c.Field] = string(c.New)
	}
	if from["import"] != fmt.Sprintf("%q", i.UID) || from["ownership"] != `"public"` {
		t.Errorf("the history does not name the import: %v", from)
	}
	if p := list(t, d.world, d.ctx, record.Query{Filter: []record.Filter{{Field: "ramp", Any: []string{"true"}}}}); p.Total != 1 {
		t.Errorf("filtered by an imported value: %d", p.Total)
	}
}

func TestOtherWritingsOfTheSameList(t *testing.T) {
	latin5, err := charmap.Windows1254.NewEncoder().String(turkishList)
	ok(t, err)
	book := excelize.NewFile()
	for r, line := range strings.Split(strings.TrimSpace(turkishList), "\n") {
		for c, cell := range strings.Split(line, ";") {
			at, _ := excelize.CoordinatesToCellName(c+1, r+1)
			ok(t, book.SetCellValue("Sheet1", at, cell))
		}
	}
	ok(t, book.SetCellValue("Sheet1", "A2", 100001))            // a number, as people type it
	ok(t, book.SetCellValue("Sheet1", "H2", day(1933, 10, 29))) // a day of the spreadsheet's own
	var xlsx bytes.Buffer
	ok(t, book.Write(&xlsx))
	for name, text := range map[string]string{"windows-1254": latin5, "xlsx": xlsx.String(), "tabs": strings.ReplaceAll(turkishList, ";", "\t")} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "tr")
			i := d.enter(d.ctx, text)
			if i.Counts.New != 3 {
				t.Errorf("%+v", i.Counts)
			}
			p := list(t, d.world, d.ctx, record.Query{Words: "100001"})
			got, err := d.s.Get(d.ctx, p.Items[0].UID)
			ok(t, err)
			if got.Name["tr"] != "Atatürk İlkokulu" || got.Fields["founded_on"] != "1933-10-29" {
				t.Errorf("%v %v", got.Name, got.Fields)
			}
		})
	}
}

func TestAPreviewNamesEveryErrorByRow(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("100009", "Var Olan İlkokulu", "ilkokul", d.byCode["1421"], nil)
	i := d.preview(d.ctx, `code;name;type;region;district;ownership;capacity;email
12;A;ilkokul;İstanbul;Kadıköy;resmi;;
100001;;ilkokul;İstanbul;Kadıköy;resmi;;
100002;B;uçan okul;İstanbul;Kadıköy;resmi;;
100003;C;ilkokul;Atlantis;;resmi;;
100004;D;ilkokul;İstanbul;Çankaya;resmi;;
100005;E;ilkokul;;Merkez;resmi;;
100006;F;ilkokul;İstanbul;Kadıköy;devlet gibi;çok;x
100007;G;ilkokul;;;resmi;;
100008;H;ilkokul;İstanbul;Kadıköy;;;
100010;I;ilkokul;İstanbul;Kadıköy;resmi;;
100010;J;ilkokul;İstanbul;Kadıköy;resmi;;
;Var olan ilkokulu;ilkokul;İstanbul;Kadıköy;resmi;;
;İkiz;ilkokul;İstanbul;Kadıköy;resmi;;
;İKİZ;ilkokul;İstanbul;Kadıköy;resmi;;
`)
	found, more, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	type line struct {
		Line, Column int
		Key          string
		Value        string
	}
	var got []line
	for _, f := range found {
		got = append(got, line{f.Line, f.Column, f.Key, f.Value})
	}
	want := []line{
		{2, 1, "field.identifier", "12"},
		{3, 2, "field.required", ""},
		{4, 3, "import.row.unknown_type", "uçan okul"},
		{5, 4, "import.row.unknown_place", "Atlantis"},
		{6, 5, "import.row.other_region", "Çankaya"},
		{7, 5, "import.row.ambiguous_place", "Merkez"},
		{8, 6, "import.row.word", "devlet gibi"},
		{8, 7, "field.int", "çok"},
		{8, 8, "field.email", "x"},
		{9, 5, "import.row.no_place", ""},
		{10, 6, "field.required", ""},
		{12, 1, "import.row.code_twice", "100010"},
		{13, 2, "import.row.twin_code", "Var olan ilkokulu"},
		{15, 2, "import.row.twin_file", "İKİZ"},
	}
	if d := cmp.Diff(want, got); d != "" || more {
		t.Errorf("more %v:\n%s", more, d)
	}
	if i.Counts != (transfer.Counts{Rows: 14, New: 2, Duplicate: 2, Faulty: 10, Uncoded: 1, Findings: 14}) {
		t.Errorf("%+v", i.Counts)
	}
	_, err = d.t.Apply(d.ctx, i.UID, i.Version)
	wants(t, err, fault.Conflict, "import.has_errors")
	if p := list(t, d.world, d.ctx, record.Query{}); p.Total != 1 {
		t.Error("a preview entered something")
	}
}

func TestEveryErrorIsCountedAThousandAreKept(t *testing.T) {
	d := newDesk(t, "tr")
	var b strings.Builder
	b.WriteString("name;type;region;ownership\n")
	for n := range 1500 {
		fmt.Fprintf(&b, "A%d;yok;Ankara;resmi\n", n)
	}
	i := d.preview(d.ctx, b.String())
	if i.Counts.Faulty != 1500 || i.Counts.Findings != 1500 {
		t.Errorf("%+v", i.Counts)
	}
	last, more, err := d.t.Findings(d.ctx, i.UID, 950)
	ok(t, err)
	if len(last) != 50 || more || last[49].Line != 1001 {
		t.Errorf("%d, more %v", len(last), more)
	}
}

func TestTRDR6_RowsOutsideTheTerritoryAreErrorsWithTheRule(t *testing.T) {
	d := newDesk(t, "tr")
	officer := d.known(d.as("province_statistics_officer", d.byCode["34"]))
	elsewhere := d.school("100009", "Ankara İlkokulu", "ilkokul", d.byCode["1231"], nil)
	i := d.preview(officer, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n100002;B;ilkokul;1231;resmi\n100009;Ankara İlkokulu;ilkokul;1231;özel\n")
	if i.Counts.New != 1 || i.Counts.Faulty != 2 {
		t.Fatalf("%+v", i.Counts)
	}
	found, _, err := d.t.Findings(officer, i.UID, 0)
	ok(t, err)
	for _, f := range found {
		if f.Key != "gate.elsewhere" && f.Key != "import.row.taken_elsewhere" || f.Rule != "TR-DR-6" || f.Law == "" {
			t.Errorf("%+v", f)
		}
	}
	// Of what lies elsewhere one thing is told, that the code is taken: the same to whoever
	// knows its name, type, place and values, and whoever guesses, be it closed or open.
	closed := d.school("100008", "Kapanan", "ilkokul", d.byCode["1231"], nil)
	ok(t, d.s.Close(d.ctx, closed.UID, nil, registry.Act{Version: 1, Since: day(2020, 1, 1), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
	i = d.preview(officer, "code;name;type;district_code;ownership;capacity\n100009;Ankara İlkokulu;ilkokul;1231;resmi;\n100009x;;;;;\n"+
		strings.Join([]string{"100009;Başka;ortaokul;1421;özel;300", "100008;Kapanan;ilkokul;1231;resmi;", "100008;Açık;ortaokul;1421;özel;1"}, "\n")+"\n")
	found, _, err = d.t.Findings(officer, i.UID, 0)
	ok(t, err)
	var said []string
	for _, f := range found {
		if f.Key != "import.row.code_twice" && f.Line != 3 {
			said = append(said, fmt.Sprint(f.Target, f.Key, f.Args, f.Rule, f.Law, f.Next.Key, f.Next.Args, f.Record))
		}
	}
	if len(said) != 4 || len(slices.Compact(slices.Clone(said))) != 1 {
		t.Errorf("told of what may not be seen:\n%s", strings.Join(said, "\n"))
	}
	// Nor is what has no code told by its look.
	d.enter(d.ctx, "name;type;district_code;ownership\nGizli Kurs;kurs;1231;özel\n")
	i = d.preview(officer, "name;type;district_code;ownership\nGizli Kurs;kurs;1231;özel\nBaşka Kurs;kurs;1231;özel\n")
	if keys := told(d, officer, i); i.Counts.Faulty != 2 || len(keys) != 2 || strings.Contains(keys[0]+keys[1], "twin") {
		t.Errorf("%+v %v", i.Counts, keys)
	}
	// Within the province the same officer may.
	i = d.enter(officer, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n")
	if i.Counts.New != 1 {
		t.Errorf("%+v", i.Counts)
	}
	now, err := d.s.Get(d.ctx, elsewhere.UID)
	ok(t, err)
	if now.Version != 1 {
		t.Error("changed outside the territory")
	}
	_, err = d.t.Upload(d.as("province_mebbis_manager", d.byCode["34"]), "x.csv", strings.NewReader("a;b\n1;2\n"))
	wants(t, err, fault.Denied, "")
	// What one province brought is not the next one's to see or apply.
	neighbour := d.known(d.as("province_statistics_officer", d.byCode["06"]))
	_, err = d.t.Import(neighbour, i.UID)
	wants(t, err, fault.Denied, "")
	_, err = d.t.Undo(neighbour, i.UID, i.Version)
	wants(t, err, fault.Denied, "")
	imports, _, err := d.t.Imports(neighbour, "")
	ok(t, err)
	if len(imports) != 0 {
		t.Errorf("%d imports of another province", len(imports))
	}
}

func TestAnImportChangesWhatIsThere(t *testing.T) {
	d := newDesk(t, "tr")
	coded := d.school("100001", "Atatürk İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public", "capacity": 100})
	same := d.school("100002", "Işık Ortaokulu", "ortaokul", d.byCode["1421"], map[string]any{"ownership": "private"})
	first := d.enter(d.ctx, "name;type;district_code;ownership\nKodsuz Lise;fen_lisesi;1421;resmi\n")
	i := d.enter(d.ctx, `code;name;type;district_code;ownership;capacity;boarding
100001;Mustafa Kemal İlkokulu;ilkokul;1421;;250;
100002;Işık Ortaokulu;ortaokul;1421;özel;;
100003;Kodsuz Lise;fen_lisesi;1421;resmi;;
100004;Yeni;ilkokul;1231;resmi;10;
`)
	if i.Counts != (transfer.Counts{Rows: 4, New: 1, Changed: 2, Unchanged: 1, Dated: 1, Findings: 1}) {
		t.Errorf("%+v", i.Counts)
	}
	now, err := d.s.Get(d.ctx, coded.UID)
	ok(t, err)
	if now.Fields["capacity"] != 250.0 || now.Fields["ownership"] != "public" || now.Name["tr"] != "Atatürk İlkokulu" {
		t.Errorf("what the file leaves out stays, and a name needs an order: %v %v", now.Fields, now.Name)
	}
	found, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if len(found) != 1 || found[0].Key != "import.row.dated_name" || !found[0].Warning {
		t.Errorf("%+v", found)
	}
	if p := list(t, d.world, d.ctx, record.Query{Words: "100003"}); p.Total != 1 || p.Items[0].Name["tr"] != "Kodsuz Lise" {
		t.Error("the code did not reach the institution without one")
	}
	// The first import can no longer be undone; the second can.
	_, err = d.t.Undo(d.ctx, first.UID, first.Version)
	ok(t, err)
	refused, run := waitFor(d, first)
	if run.State != jobs.Failed || run.Fault.Key != "import.undo_later" || run.Fault.Next == nil || run.Fault.Next.Key != "import.next.undo_later" || refused.State != transfer.Applied {
		t.Errorf("%s %v, then %s", run.State, run.Fault, refused.State)
	}
	i, run = d.step(d.ctx, i, d.t.Undo)
	if run.State != jobs.Done || i.State != transfer.Undone {
		t.Fatalf("%s %v", run.State, run.Fault)
	}
	now, err = d.s.Get(d.ctx, coded.UID)
	ok(t, err)
	if now.Fields["capacity"] != 100.0 {
		t.Errorf("%v", now.Fields)
	}
	p := list(t, d.world, d.ctx, record.Query{})
	if d := cmp.Diff([]string{"Atatürk İlkokulu", "Işık Ortaokulu", "Kodsuz Lise"}, names(d.world, p)); d != "" {
		t.Error(d)
	}
	if p := list(t, d.world, d.ctx, record.Query{Words: "100003"}); p.Total != 0 {
		t.Error("the code was not taken back")
	}
	if now, err := d.s.Get(d.ctx, same.UID); err != nil || now.Version != 1 {
		t.Error("the unchanged one was touched")
	}
	h, err := d.s.History(d.ctx, coded.UID, "")
	ok(t, err)
	if len(h.Changes) < 4 {
		t.Errorf("the history forgot: %v", h.Changes)
	}
}

func waitFor(d *desk, i *transfer.Import) (*transfer.Import, *jobs.Run) {
	now, err := d.t.Import(d.ctx, i.UID)
	ok(d.world.t, err)
	run := d.over(d.ctx, now.Job)
	now, err = d.t.Import(d.ctx, i.UID)
	ok(d.world.t, err)
	return now, run
}

func TestMatchingIsThePersonsToChange(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.upload(d.ctx, "../../gizli/liste.csv", "Kod;Okul;Nevi;Nerede;?\n100001;A;ilkokul;34;resmi\n")
	if i.FileName != "liste.csv" {
		t.Errorf("%q", i.FileName)
	}
	var got []string
	for _, c := range i.Columns {
		got = append(got, c.Target)
	}
	if d := cmp.Diff([]string{"code", "name", "", "", ""}, got); d != "" {
		t.Errorf("proposed: %s", d)
	}
	_, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"", "name", "", "", ""}, transfer.Options{})
	if f := wants(t, err, fault.Invalid, "import.bad_matching"); len(f.Fields) != 2 {
		t.Errorf("%v", f.Fields)
	}
	match := func(targets ...string) error {
		_, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{})
		return err
	}
	wants(t, match("code", "name", "type"), fault.Invalid, "import.bad_matching")
	wants(t, match("code", "name", "type", "nonsense", ""), fault.Invalid, "import.bad_matching")
	wants(t, match("code", "name", "type", "region", "region"), fault.Invalid, "import.bad_matching")
	wants(t, func() error {
		_, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"code", "name", "type", "region", ""}, transfer.Options{Since: day(2030, 1, 1)})
		return err
	}(), fault.Invalid, "import.bad_matching")
	next, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"code", "name", "type", "region", "ownership"}, transfer.Options{Since: day(2017, 1, 10), OrderNumber: "17", OrderDate: day(2017, 1, 9)})
	ok(t, err)
	wants(t, match("code", "name", "type", "region", "ownership"), fault.Conflict, "unit.changed_meanwhile")
	next, run := d.step(d.ctx, next, d.t.Preview)
	if run.State != jobs.Done || next.Counts.New != 1 {
		found, _, _ := d.t.Findings(d.ctx, i.UID, 0)
		t.Fatalf("%v %+v %+v", run.Fault, next.Counts, found)
	}
	next, _ = d.step(d.ctx, next, d.t.Apply)
	p := list(t, d.world, d.ctx, record.Query{})
	if p.Total != 1 || !p.Items[0].Since.Equal(day(2017, 1, 10)) {
		t.Errorf("%+v", p.Items)
	}
	_, err = d.t.Cancel(d.ctx, next.UID, next.Version)
	wants(t, err, fault.Conflict, "import.gone_on")
	other := d.upload(d.ctx, "x.csv", "a;b\n1;2\n")
	_, err = d.t.Cancel(d.ctx, other.UID, other.Version)
	ok(t, err)
	for _, bad := range []string{"", "\n\n"} {
		_, err := d.t.Upload(d.ctx, "x.csv", strings.NewReader(bad))
		wants(t, err, fault.Invalid, "import.empty")
	}
	_, err = d.t.Upload(d.ctx, "x.xlsx", strings.NewReader("PK\x03\x04 nothing of the kind"))
	wants(t, err, fault.Invalid, "import.unreadable")
}

func TestTheTemplateComesBackFilledIn(t *testing.T) {
	for _, country := range []string{"tr", "kg"} {
		for _, format := range []string{"xlsx", "csv"} {
			t.Run(country+" "+format, func(t *testing.T) {
				d := newDesk(t, country)
				var b bytes.Buffer
				ok(t, d.t.Template(d.ctx, format, &b))
				rows := table(t, format, b.Bytes())
				if len(rows) < 3 || rows[1][0] != "code" {
					t.Fatalf("%v", rows)
				}
				// The example alone is no list.
				i := d.upload(d.ctx, "t", b.String())
				if out := i.Unread(); len(out) > 0 { // the sheet of its codes is no list
					t.Errorf("%q", out)
				}
				for k, c := range i.Columns {
					if c.Target != rows[1][k] {
						t.Fatalf("column %d is matched to %q, not %q", k+1, c.Target, rows[1][k])
					}
				}
				i, run := d.step(d.ctx, i, d.t.Preview)
				if run.State != jobs.Done || i.Counts.Rows != 0 {
					t.Fatalf("%v %+v", run.Fault, i.Counts)
				}
				// Turned into a row of one's own, the example is right in every cell.
				out := excelize.NewFile()
				for r, row := range [][]string{rows[0], rows[1], rows[2]} {
					for c, cell := range row {
						if r == 2 && strings.HasPrefix(rows[1][c], "name.") {
							cell = "Çın Мектеп"
						}
						at, _ := excelize.CoordinatesToCellName(c+1, r+1)
						ok(t, out.SetCellValue("Sheet1", at, cell))
					}
				}
				var filled bytes.Buffer
				ok(t, out.Write(&filled))
				i = d.preview(d.ctx, filled.String())
				if i.Counts.New != 1 || i.Counts.Faulty != 0 {
					found, _, _ := d.t.Findings(d.ctx, i.UID, 0)
					t.Errorf("%+v %+v", i.Counts, found)
				}
			})
		}
	}
}

func TestNobodyReachesAnotherMinistrysImportsAndExports(t *testing.T) {
	base := dbtest.New(t)
	one, two := deskOn(t, worldOn(t, base, "one", "tr")), worldOn(t, base, "two", "tr")
	i := one.enter(one.ctx, "code;name;type;district_code;ownership\n100001;A;ilkokul;1421;resmi\n")
	run, err := one.t.Export(one.ctx, record.Query{}, "csv")
	ok(t, err)
	one.over(one.ctx, run.UID)
	stranger := caller.With(context.Background(), caller.From(two.ctx))
	_, err = one.t.Import(stranger, i.UID)
	wants(t, err, fault.NotFound, "import.not_found")
	_, err = one.t.Undo(stranger, i.UID, i.Version)
	wants(t, err, fault.NotFound, "import.not_found")
	_, _, err = one.t.Findings(stranger, i.UID, 0)
	wants(t, err, fault.NotFound, "import.not_found")
	_, err = one.t.OpenExport(stranger, run.UID)
	wants(t, err, fault.NotFound, "")
	imports, _, err := one.t.Imports(stranger, "")
	ok(t, err)
	if len(imports) != 0 {
		t.Errorf("%d imports of another ministry", len(imports))
	}
	if p := list(t, two, two.ctx, record.Query{State: record.All}); p.Total != 0 {
		t.Error("institutions of another ministry")
	}
}

// Who may not import is told of all who may, each for their own: not only of those who may for the
// place where the refused person happens to work.
func TestARefusedTemplateNamesAllWhoImport(t *testing.T) {
	d := newDesk(t, "kg")
	w := d.world
	f := wants(t, d.t.Template(w.as("ministry_officer", w.root), "csv", &bytes.Buffer{}), fault.Denied, "")
	roles, _ := f.Next.Args["Roles"].(fault.List)
	if said := fmt.Sprint(roles...); !strings.Contains(said, w.profile.Role("district_officer").Name["ru"]) {
		t.Errorf("sent to %s", said)
	}
}
