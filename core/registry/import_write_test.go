package registry_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate/gatetest"
	"mektep/core/jobs"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
	"mektep/core/unit"
)

const (
	trCodes   = "code;name;type;district;ownership;since;classrooms\n"
	unReached = "no row leads there"
	between   = "the world changes in the moment between: TestWhatChangesWhileAFileIsEntered…"
)

// refusals are what the write of an import can refuse, and by which case below the preview
// says so.
var refusals = map[string]string{
	"unit.invalid":           "the summary of the others",
	"unit.before_parent":     "before its place",
	"unit.place_closed":      "into a place that closes",
	"unit.wrong_level":       unReached, // regions and districts take institutions
	"field.required":         "without a name",
	"unit.code_taken":        "the code of a closed one",
	"unit.not_found":         between,
	"unit.changed_meanwhile": between,
	"institution.not_found":  between,
	"record.taken":           "the summary of the next two",
	"field.taken":            "TestAPreviewNamesUniqueValuesThatOthersHave",
	"field.taken_by":         "TestAPreviewNamesUniqueValuesThatOthersHave",
}

// TestWhateverTheWriteRefusesIsKnown walks the functions that write an import: a refusal
// that is not in the list above is one that no preview says.
func TestWhateverTheWriteRefusesIsKnown(t *testing.T) {
	writes := map[string][]string{
		"../unit/create.go":         {"CreateMany", "receiving", "Check", "insert", "unit"},
		"../unit/change.go":         {"Recode", "bump"},
		"../record/record_store.go": {"Store", "Save", "locked", "unknown", "storeValues"},
		"../record/unique.go":       {"claim", "shared"},
		"../record/unique_store.go": {"takeValues", "releaseValues"},
		"../transfer/write.go":      {"make"},
		"../transfer/compare.go":    {"rewrite"},
		"import_begin.go":           {"Make"},
		"../record/update.go":       {"ErrStale"},
	}
	message := regexp.MustCompile(`^(unit|institution|record|field|import)\.[a-z_]+$`)
	found := map[string]bool{}
	for file, names := range writes {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		ok(t, err)
		seen := 0
		for _, decl := range parsed.Decls {
			named := ""
			switch d := decl.(type) {
			case *ast.FuncDecl:
				named = d.Name.Name
			case *ast.GenDecl:
				if v, is := d.Specs[0].(*ast.ValueSpec); is {
					named = v.Names[0].Name
				}
			}
			if !slices.Contains(names, named) {
				continue
			}
			seen++
			ast.Inspect(decl, func(n ast.Node) bool {
				if sel, is := n.(*ast.SelectorExpr); is && sel.Sel.Name == "Unknown" { // of the register: record.Messages
					found["institution.not_found"] = true
				}
				if lit, is := n.(*ast.BasicLit); is && lit.Kind == token.STRING {
					if s, err := strconv.Unquote(lit.Value); err == nil && message.MatchString(s) {
						found[s] = true
					}
				}
				return true
			})
		}
		if seen != len(names) {
			t.Errorf("%s has %d of %v", file, seen, names)
		}
	}
	for key := range found {
		if refusals[key] == "" {
			t.Errorf("the write refuses %s: which finding of the preview says so?", key)
		}
	}
	for key := range refusals {
		if !found[key] {
			t.Errorf("nothing refuses %s", key)
		}
	}
}

// place makes a district of a region.
func (d *desk) place(code, name, region string, since time.Time) unit.Unit {
	d.world.t.Helper()
	parent := d.byCode[region]
	u, err := d.tree.Create(d.ctx, unit.New{Parent: &parent, Level: unit.District, Name: map[string]string{d.profile.Main(): name}, Code: code, Since: since})
	ok(d.world.t, err)
	return u
}

// told is a finding as line, column, value and message.
func told(d *desk, ctx context.Context, i *transfer.Import) []string {
	d.world.t.Helper()
	list, _, err := d.t.Findings(ctx, i.UID, 0)
	ok(d.world.t, err)
	out := []string{}
	for _, f := range list {
		out = append(out, fmt.Sprintf("%d:%d %q %s", f.Line, f.Column, f.Value, f.Key))
	}
	return out
}

// Whatever entering a row would refuse, the preview says with line, column and value, and
// what would be right; the row beside it is none the worse.
func TestWhateverTheWriteRefusesThePreviewSays(t *testing.T) {
	d := newDesk(t, "tr")
	ankara := d.known(d.as("province_statistics_officer", d.byCode["06"]))
	mamak, gone := d.place("9901", "Eskimamak", "06", founded), d.place("9902", "Göçük", "06", founded)
	split := d.place("9907", "Bölünen", "06", founded)
	ok(t, d.tree.Close(d.ctx, split, day(2026, 12, 1), "1", d.byCode["1231"], mamak))
	d.place("9903", "Yenice Yurt", "06", day(2026, 12, 1))
	d.place("9904", "Körpe", "06", day(2020, 1, 1))
	d.place("9906", "Mamak", "06", day(2015, 1, 1))
	second := d.place("9905", "Çankaya", "06", day(2026, 12, 1)) // of a name that there is today
	ok(t, d.tree.Close(d.ctx, mamak, day(2026, 12, 5), "1", d.byCode["1231"]))
	ok(t, d.tree.Close(d.ctx, gone, day(2020, 1, 1), "1"))
	closed := d.school("900199", "Kapanan", "ilkokul", d.byCode["1231"], nil)
	ok(t, d.s.Close(d.ctx, closed.UID, nil, registry.Act{Version: 1, Since: day(2020, 1, 1), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
	for name, c := range map[string]struct {
		row  string
		want []string
	}{
		"as it should be":                {"900101;A;ilkokul;Çankaya;resmi;2001;", []string{`3:6 "2001" field.date_year`}},
		"before its place":               {"900101;A;ilkokul;Körpe;resmi;01.09.2001;", []string{`3:6 "01.09.2001" unit.before_parent`}},
		"into a place that closes":       {"900101;A;ilkokul;Eskimamak;resmi;;", []string{`3:4 "Eskimamak" import.row.place_goes`}},
		"into one that is parted":        {"900101;A;ilkokul;Bölünen;resmi;;", []string{`3:4 "Bölünen" import.row.place_closes_heirs`}},
		"into a place that has closed":   {"900101;A;ilkokul;Göçük;resmi;;", []string{`3:4 "Göçük" import.row.place_over`}},
		"into a place to come":           {"900101;A;ilkokul;Yenice Yurt;resmi;;", []string{`3:4 "Yenice Yurt" import.row.place_ahead`}},
		"by the code of a place to come": {"900101;A;ilkokul;" + second.Code + ";resmi;;", []string{`3:4 "9905" import.row.place_ahead`}},
		"a name that another will bear":  {"900101;A;ilkokul;Çankaya;resmi;;", nil},
		"a name that two bear":           {"900101;A;ilkokul;Mamak;resmi;;", []string{`3:4 "Mamak" import.row.same_place`}},
		"a name that one bore then":      {"900101;A;ilkokul;Mamak;resmi;01.09.2001;", nil},
		"the code of a closed one":       {"900199;A;ilkokul;Çankaya;resmi;;", []string{`3:1 "900199" institution.closed`}},
		"a code that the file has":       {"900100;A;ilkokul;Çankaya;resmi;;", []string{`3:1 "900100" import.row.code_twice`}},
		"without a name":                 {"900101;;ilkokul;Çankaya;resmi;;", []string{`3:2 "" field.required`}},
		"a type that has ended":          {"900101;A;ilkogretim_okulu;Çankaya;resmi;;", []string{`3:3 "ilkogretim_okulu" institution.type_ended_into`}},
		"to come":                        {"900101;A;ilkokul;Çankaya;resmi;01.09.2030;", []string{`3:6 "01.09.2030" institution.future`}},
		"elsewhere":                      {"900101;A;ilkokul;Kadıköy;resmi;;", []string{`3:4 "Kadıköy" gate.elsewhere`}},
		"a group whose window is closed": {"900101;A;ilkokul;Çankaya;resmi;;8", []string{`3:7 "8" window.closed_until`}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "a group whose window is closed" {
				d.clock.Set(time.Date(2026, 1, 20, 9, 0, 0, 0, time.UTC))
				defer d.clock.Set(on)
			}
			i := d.preview(ankara, trCodes+"900100;Sağlam;ilkokul;Çankaya;resmi;;\n"+c.row+"\n")
			if diff := cmp.Diff(c.want, told(d, ankara, i), cmpEmpty); diff != "" {
				t.Error(diff)
			}
			faulty := min(len(c.want), 1)
			if len(c.want) == 1 && strings.HasSuffix(c.want[0], "place_goes") {
				faulty = 0
			}
			if i.Counts.Faulty != faulty || i.Counts.New != 2-i.Counts.Faulty {
				t.Errorf("%+v", i.Counts)
			}
			list, _, err := d.t.Findings(ankara, i.UID, 0)
			ok(t, err)
			for _, f := range list {
				if heirs, _ := f.Args["Heirs"].(fault.List); strings.HasSuffix(f.Key, "_heirs") && (len(heirs) != 1 || f.Args["Until"] == nil) {
					t.Errorf("which place takes over, and when: %+v", f.Args)
				}
				if choices, _ := f.Args["Choices"].(fault.List); f.Key == "import.row.same_place" && len(choices) != 2 {
					t.Errorf("which codes can be said: %+v", f.Args)
				}
				if f.Rule != "" && f.Next == nil {
					t.Errorf("a refusal without a next step: %+v", f)
				}
			}
		})
	}
}

// A place that is explained: what took over from it is proposed, and nothing is taken for it
// unasked.
func TestWhatTookOverIsProposed(t *testing.T) {
	d := newDesk(t, "tr")
	ok(t, d.tree.Close(d.ctx, d.place("9901", "Eskimamak", "06", founded), day(2026, 1, 5), "1", d.byCode["1231"]))
	i := d.preview(d.ctx, trHead+"\n900151;A;İlkokul;Ankara;Eskimamak;Resmî\n")
	if len(i.Unplaced) != 1 || i.Unplaced[0].Place != "Çankaya" || i.Unplaced[0].In != "06" || i.Counts.Faulty != 1 {
		t.Errorf("%+v %+v", i.Unplaced, i.Counts)
	}
}

// What only a new institution must meet is not asked of one that the register has: a school
// that lies in a place younger than itself, or one that closes, comes back unchanged.
func TestAnInstitutionThatIsThereMayLieWhereANewOneMayNot(t *testing.T) {
	d := newDesk(t, "tr")
	school := d.school("900150", "Eski Okul", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public"})
	young := d.place("9901", "Körpe", "06", day(2020, 1, 1))
	ok(t, d.tree.Move(d.ctx, school.Unit, young, day(2020, 1, 1), "1"))
	ok(t, d.tree.Close(d.ctx, d.place("9902", "Kapanacak", "06", founded), day(2026, 12, 5), "1"))
	if i := d.preview(d.ctx, trCodes+"900150;Eski Okul;ilkokul;Körpe;resmi;01.09.2001;\n"); i.Counts != (transfer.Counts{Rows: 1, Unchanged: 1}) {
		t.Errorf("%+v %v", i.Counts, told(d, d.ctx, i))
	}
}

func TestAPreviewNamesUniqueValuesThatOthersHave(t *testing.T) {
	d := newDesk(t, "kg")
	here := firstDistrict(d.world)
	d.school("", "Биринчи", "secondary_school", here, taxed(1))
	d.school("", "Экинчи", "secondary_school", here, nil)
	d.school("", "Үчүнчү", "secondary_school", here, nil)
	line := func(name string, n int) string {
		return name + ";secondary_school;" + here.Code + ";public;" + number(n) + "\n"
	}
	i := d.upload(d.ctx, "l.csv", "name.ky;type;district_code;ownership;legal_inn\n"+line("Жаңы", 1)+line("Жаңы 2", 2)+line("Жаңы 3", 2)+line("Жаңы 4", 3))
	i, _ = d.step(d.ctx, i, d.t.Preview)
	want := []string{fmt.Sprintf("2:5 %q import.row.taken_by", number(1)), fmt.Sprintf("4:5 %q import.row.taken_file", number(2))}
	if diff := cmp.Diff(want, told(d, d.ctx, i)); diff != "" || i.Counts.New != 2 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
}

// between two moments another unit of work holds what an import is about to write, and
// changes it: the rows are named, nothing is entered, and the preview says so from then on.
func TestWhatChangesWhileAFileIsEnteredIsSaidOfItsRows(t *testing.T) {
	file := trCodes + "900101;A;ilkokul;Eskimamak;resmi;;\n900102;B;ilkokul;Çankaya;resmi;;\n900103;C;ilkokul;Çankaya;resmi;;\n900150;Var;ilkokul;Çankaya;özel;;\n"
	type world struct {
		d      *desk
		place  unit.Unit
		school registry.Institution
	}
	for name, c := range map[string]struct {
		change func(ctx context.Context, w world) error
		want   []string
	}{
		"a place closes": {func(ctx context.Context, w world) error {
			return w.d.tree.Close(ctx, w.place, day(2026, 12, 5), "1")
		}, []string{`2:4 "Eskimamak" import.row.place_closes`}},
		"a place is taken away": {func(ctx context.Context, w world) error {
			return w.d.tree.RemoveMany(ctx, []int64{w.place.ID})
		}, []string{`2:2 "A" unit.not_found`}},
		"a code is given": {func(ctx context.Context, w world) error {
			parent := w.d.byCode["1421"]
			_, err := w.d.tree.Create(ctx, unit.New{Parent: &parent, Level: unit.Institution, Type: "ilkokul", Name: map[string]string{"tr": "X"}, Code: "900103", Since: founded})
			return err
		}, []string{`4:1 "900103" unit.code_taken`}},
		"an institution closes": {func(ctx context.Context, w world) error {
			return w.d.tree.Close(ctx, w.school.Unit, day(2026, 1, 5), "1")
		}, []string{`5:1 "900150" institution.closed`}},
		"an institution is taken away": {func(ctx context.Context, w world) error {
			return w.d.tree.RemoveMany(ctx, []int64{w.school.ID})
		}, []string{`5:1 "900150" import.row.gone`}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "tr")
			w := world{d, d.place("9901", "Eskimamak", "06", founded), d.school("900150", "Var", "ilkokul", d.byCode["1231"], map[string]any{"ownership": "public"})}
			i := d.preview(d.ctx, file)
			if i.Counts != (transfer.Counts{Rows: 4, New: 3, Changed: 1}) {
				t.Fatalf("%+v %v", i.Counts, told(d, d.ctx, i))
			}
			held, release, done := make(chan error), make(chan bool), make(chan error)
			go func() {
				done <- d.db.Tenant(d.ctx, func(ctx context.Context, _ *db.Tx) error {
					err := c.change(ctx, w)
					held <- err
					<-release
					return err
				})
			}()
			ok(t, <-held)
			i, err := d.t.Apply(d.ctx, i.UID, i.Version)
			ok(t, err)
			d.waits()
			close(release)
			ok(t, <-done)
			run := d.over(d.ctx, i.Job)
			i, err = d.t.Import(d.ctx, i.UID)
			ok(t, err)
			if run.State != jobs.Failed || run.Fault.Key != "import.changed_meanwhile" || i.State != transfer.Checked || i.Counts.Faulty != 1 {
				t.Fatalf("%s %v, then %s %+v", run.State, run.Fault, i.State, i.Counts)
			}
			if diff := cmp.Diff(c.want, told(d, d.ctx, i)); diff != "" {
				t.Error(diff)
			}
			_, err = d.t.Apply(d.ctx, i.UID, i.Version)
			wants(t, err, fault.Conflict, "import.has_errors")
			if p := list(t, d.world, d.ctx, record.Query{Words: "90010"}); p.Total > 1 {
				t.Errorf("entered in part: %v", names(d.world, p))
			}
		})
	}
}

// waits returns once somebody in the database waits for another.
func (d *desk) waits() {
	d.world.t.Helper()
	for range 3000 {
		n := 0
		ok(d.world.t, d.db.Tenant(d.ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n)
		}))
		if n > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	d.world.t.Fatal("nobody waits")
}

// What is wrong with one cell hides nothing of the others: of any two wrong cells a row has
// the findings of both, and of all of them all.
func TestARowHasAllItsFindingsAtOnce(t *testing.T) {
	d := newDesk(t, "tr")
	ankara := d.known(d.as("province_statistics_officer", d.byCode["06"]))
	head := []string{"code", "name", "type", "region", "district", "ownership", "since", "capacity", "founded_on", "email", "ramp"}
	right := []string{"900101", "A", "ilkokul", "Ankara", "Çankaya", "resmi", "01.09.2001", "100", "01.09.2001", "a@example.org", "evet"}
	wrong := map[string][]string{
		"code":       {"9,00101E+5 import.row.exponent", "12 field.identifier", "900100 import.row.code_twice", "900150 import.row.taken_elsewhere", "900199 institution.closed", "#YOK import.row.broken"},
		"name":       {"Ye?inci import.row.lost", "A\u200b field.plain", "7 field.no_letter", "#REF! import.row.broken", " field.required"},
		"type":       {"uçan import.row.unknown_type", " field.required"},
		"region":     {"Atlantis import.row.unknown_place"},
		"district":   {"Merkez import.row.other_region", "Atlantis import.row.unknown_place", "Kadıköy import.row.other_region"},
		"ownership":  {"Özel kurum import.row.word", "#YOK import.row.broken"},
		"since":      {"31.02.2001 field.date_days", "2010 field.date_year", "01.09.2030 institution.future"},
		"capacity":   {"12,5 field.int", "-5 field.range", "yüz field.int", "#SAYI/0! import.row.broken"},
		"founded_on": {"31.02.2001 field.date_days", "01.09.99 field.date_short", "2010 field.date_year"},
		"email":      {"x field.email"},
		"ramp":       {"belki import.row.word"},
	}
	d.school("900150", "Başka", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	closed := d.school("900199", "Kapanan", "ilkokul", d.byCode["1231"], nil)
	ok(t, d.s.Close(d.ctx, closed.UID, nil, registry.Act{Version: 1, Since: day(2020, 1, 1), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
	var rows [][]string // of a file, beside the first line of headings and one right row
	var want []string
	add := func(bad map[string]string) { // column → value and finding
		line, row := len(rows)+3, slices.Clone(right)
		row[0] = fmt.Sprint(900200 + line)
		known := strings.HasPrefix(bad["code"], "900150 ") || strings.HasPrefix(bad["code"], "900199 ")
		for k, column := range head {
			if known && bad[column] == " field.required" { // of what is known by its code an empty cell says nothing
				row[k] = ""
				continue
			}
			if bad[column] != "" {
				n := strings.LastIndex(bad[column], " ")
				row[k] = bad[column][:n]
				want = append(want, fmt.Sprintf("%d:%d %q %s", line, k+1, bad[column][:n], bad[column][n+1:]))
			}
		}
		rows = append(rows, row)
	}
	judge := func() {
		text := strings.Join(head, ";") + "\n900100;Sağlam;ilkokul;Ankara;Çankaya;resmi;;;;;\n"
		for _, row := range rows {
			text += strings.Join(row, ";") + "\n"
		}
		i := d.preview(ankara, text)
		if i.Counts.Faulty != len(rows) || i.Counts.Findings > 1000 {
			t.Errorf("%+v of %d", i.Counts, len(rows))
		}
		var got []string
		for from, more := 0, true; more; from += 50 {
			list, next, err := d.t.Findings(ankara, i.UID, from)
			ok(t, err)
			more = next
			for _, f := range list {
				got = append(got, fmt.Sprintf("%d:%d %q %s", f.Line, f.Column, f.Value, f.Key))
			}
		}
		for _, w := range want {
			if !slices.Contains(got, w) {
				line, _, _ := strings.Cut(w, ":")
				n, _ := strconv.Atoi(line)
				t.Errorf("%s is hidden: %q", w, rows[n-3])
			}
		}
		rows, want = nil, nil
	}
	for k, one := range head {
		for _, first := range wrong[one] {
			for _, two := range head[k+1:] {
				for _, second := range wrong[two] {
					if one != "region" || !strings.HasSuffix(second, "other_region") { // the other way round it says nothing
						add(map[string]string{one: first, two: second})
					}
				}
			}
		}
		if len(rows) > 0 {
			judge()
		}
	}
	for n := range 6 {
		all := map[string]string{}
		for _, column := range head {
			if column != "region" { // whose district would be known otherwise
				all[column] = wrong[column][n%len(wrong[column])]
			}
		}
		add(all)
	}
	judge()
}

// A refusal of a right names the column, the value, the record where there is one, and what
// to do; every column of a group that may not be written is named.
func TestKGER6b_ARefusedGroupIsNamedByItsColumns(t *testing.T) {
	d := newDesk(t, "kg")
	here := firstDistrict(d.world)
	special := d.known(d.as("special_administrator", d.root))
	old := d.school("", "Эски мектеп", "secondary_school", here, map[string]any{"ownership": "public"})
	head, cells := "name.ky;name.ru;type;district_code;ownership", ""
	columns := map[string]int{}
	for _, f := range d.profile.Register(registry.Institutions).FieldsAt(on) {
		if f.Example == "" || f.DerivedExpr != "" || f.WhenExpr != "" || f.Group().WhenExpr != "" || f.ID == "ownership" {
			continue
		}
		if d.gate.Can(special, "update", d.s.Target(old.Unit, f.Group().ID)) {
			continue
		}
		head, cells = head+";"+f.ID, cells+";"+f.Example
		columns[f.ID] = 6 + len(columns)
	}
	if len(columns) < 2 {
		t.Fatalf("fields that a special administrator does not write: %v", columns)
	}
	i := d.preview(special, head+"\nЖаңы;Новая;secondary_school;"+here.Code+";public"+cells+"\nЭски мектеп;Старая;secondary_school;"+here.Code+";public"+cells+"\n")
	list, _, err := d.t.Findings(special, i.UID, 0)
	ok(t, err)
	seen := map[string]bool{}
	for _, f := range list {
		if f.Warning {
			continue
		}
		seen[fmt.Sprint(f.Line, f.Target)] = true
		if f.Column != columns[f.Target] || f.Value == "" || f.Rule == "" && f.Law == "" || f.Next == nil || f.Args["Action"] == nil {
			t.Errorf("%+v", f)
		}
	}
	for id := range columns {
		if !seen[fmt.Sprint(2, id)] {
			t.Errorf("line 2: %s is not named", id)
		}
	}
}

// What was said of the whole file is right no more, as the profile has changed: the columns
// are to be matched again, and no preview says that the file can be entered.
func TestNoPreviewOutlivesWhatItWasMadeFrom(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.upload(d.ctx, "l.csv", "code;name;type;district_code\n900151;A;ilkokul;1421\n")
	i, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"code", "name", "type", "district_code"}, transfer.Options{Values: map[string]string{"ownership": "Resmî"}})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if i.Counts.New != 1 {
		t.Fatalf("%+v", i.Counts)
	}
	d.profile = gatetest.Country(t, "kg").Profile // whose list has no such word
	i, run := d.step(d.ctx, i, d.t.Apply)
	if run.State != jobs.Failed || len(run.Fault.Fields) != 1 || run.Fault.Fields[0].Name != "values.ownership" || i.State != transfer.Matching || i.Counts != (transfer.Counts{}) {
		t.Errorf("%s %v, then %s %+v", run.State, run.Fault, i.State, i.Counts)
	}
}
