package profile

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// kinds is a profile with one field of every kind.
func kindsProfile(t testing.TB) *Profile {
	t.Helper()
	fsys := readmeProfile(t)
	fsys["example/registers.yaml"] = &fstest.MapFile{Data: []byte(`
registers:
  - id: institution
    groups:
      - {id: general, basis: {law: ex-12}}
      - {id: contact, basis: {law: ex-12}}
      - id: infrastructure
        name: {en: Infrastructure}
        category: public
        basis: {law: ex-12}
        fields:
          - {id: short, name: {en: short}, type: text, max: 5, min: 2, pattern: "[A-Z].*", example: Abc}
          - {id: story, name: {en: story}, type: long_text}
          - {id: pupils, name: {en: pupils}, type: int, min: 0, max: 5000}
          - {id: rooms, name: {en: rooms}, type: int, min: 1}
          - {id: area, name: {en: area}, type: decimal, unit: {en: m²}, decimals: 1, max: 900}
          - {id: gas, name: {en: gas}, type: bool}
          - {id: built, name: {en: built}, type: date, earliest: 1900-01-01, latest: today}
          - {id: rebuilt, name: {en: rebuilt}, type: date, latest: 2020-12-31, check: 'value > built', check_note: {en: after it was built}}
          - {id: tel, name: {en: tel}, type: phone}
          - {id: mail, name: {en: mail}, type: email}
          - {id: site, name: {en: site}, type: url}
          - {id: heating, name: {en: heating}, type: reference:heating_types}
          - {id: heatings, name: {en: heatings}, type: references:heating_types}
          - {id: boiler_age, name: {en: boiler_age}, type: int, when: 'heating == "boiler"', required: 'filled(gas) && gas'}
          - {id: density, name: {en: density}, type: decimal, derived: 'filled(area) && filled(pupils) && pupils > 0 ? area / double(pupils) : 0.0'}
          - {id: late, name: {en: late}, type: text, since: 2030-01-01, required: "true"}
          - {id: broken, name: {en: broken}, type: text, required: 'rooms / (pupils - pupils) == 1'}
          - {id: north, name: {en: north}, type: decimal, check: 'abroad || value < 50.0'}
          - {id: checked, name: {en: checked}, type: int, check: '100 / value > 1'}
      - id: keeper
        name: {en: Keeper}
        category: personal
        basis: {law: ex-12}
        fields: [{id: owner, name: {en: owner}, type: identifier:person_number}]
  - id: learner
    name: {en: Learners}
    groups:
      - id: identity
        name: {en: Identity}
        category: personal
        basis: {consent: annex_1_2}
        fields: [{id: birth_date, name: {en: birth_date}, type: date}]
`)}
	delete(fsys, "example/cases.yaml")
	p, found := Load(fsys, "example")
	if len(found) > 0 {
		t.Fatal(found)
	}
	return p
}

// A host of other letters than Latin ones is kept as the net calls it, and shown as people do.
func TestAnAddressIsShownInItsLetters(t *testing.T) {
	for kept, shown := range map[string]string{
		"https://xn--k-ekaa7p.k12.tr/a?b": "https://ışık.k12.tr/a?b", "a@xn--k-ekaa7p.k12.tr": "a@ışık.k12.tr",
		"https://school.kg/xn--a": "https://school.kg/xn--a", "http://xn--e1aaogsq.kg:8080": "http://мектеп.kg:8080",
	} {
		if got := Readable(kept); got != shown {
			t.Errorf("%s: %s, not %s", kept, got, shown)
		}
	}
}

func TestEveryKindHasACanonicalForm(t *testing.T) {
	p := kindsProfile(t)
	r := p.Register("institution")
	for _, c := range []struct {
		field string
		raw   any
		want  any    // nil: refused
		key   string // then
	}{
		{"short", "  Ab  c ", "Ab c", ""},
		{"short", "abc", nil, "field.pattern_example"},
		{"short", "A", nil, "field.too_short"},
		{"short", "ABCDEF", nil, "field.too_long"},
		{"short", "A\x00", nil, "field.unseen"},
		{"short", "A\u202eb", nil, "field.unseen"},
		{"short", "\ufeffAb", nil, "field.unseen"},
		{"story", "a\tb\nc\u00a0d", "a b\nc\u00a0d", ""},
		{"story", "a\u200bb", nil, "field.unseen"},
		{"story", "a\u2067b", nil, "field.unseen"},
		{"mail", "a\u200b@edu.kg", nil, "field.unseen"},
		{"mail", "a@ışık.k12.tr", "a@xn--k-ekaa7p.k12.tr", ""},
		{"site", "http://Мектеп.kg:8080/a", "http://xn--e1aaogsq.kg:8080/a", ""},
		{"site", "http://-ı.tr", nil, "field.url"},
		{"site", "okul,meb.k12.tr", nil, "field.url"},
		{"site", "sch\u200bool.kg", nil, "field.unseen"},
		{"short", "A\xff", nil, "field.text"},
		{"short", []string{"A"}, nil, "field.text"},
		{"story", "a\r\nb", "a\nb", ""},
		{"story", strings.Repeat("x", maxLongText+1), nil, "field.too_long"},
		{"pupils", "1 234", int64(1234), ""},
		{"pupils", json.Number("7"), int64(7), ""},
		{"pupils", 12.0, int64(12), ""},
		{"pupils", "12,5", nil, "field.int"},
		{"pupils", "twelve", nil, "field.int"},
		{"pupils", "0x10", nil, "field.int"},
		{"pupils", "NaN", nil, "field.int"},
		{"pupils", "350 мест", nil, "field.figures"},
		{"pupils", "95%", nil, "field.figures"},
		{"pupils", "3 тыс.", nil, "field.figures"},
		{"area", "12,5 км", nil, "field.unit_other"}, // the bare number would be another value
		{"area", "2 dönüm", nil, "field.unit_other"},
		{"area", "3 bin m2", nil, "field.unit_other"},
		{"area", "0,2 ha", nil, "field.unit_other"},
		{"area", "1 250,5 m²", nil, "field.unit"},
		{"area", "12.5m2", nil, "field.unit"},
		{"area", "12.5 M²", nil, "field.unit"},
		{"area", "5 лет 3 мес", nil, "field.decimal"}, // which of them is not known
		{"pupils", "-1", nil, "field.range"},
		{"pupils", "5001", nil, "field.range"},
		{"rooms", 0, nil, "field.too_small"},
		{"area", "12,3", 12.3, ""},
		{"area", 12.300000000000001, 12.3, ""},
		{"area", "12,34", nil, "field.decimals"},
		{"area", "901", nil, "field.too_large"},
		{"area", "1e400", nil, "field.decimal"},
		{"gas", "true", true, ""},
		{"gas", false, false, ""},
		{"gas", "perhaps", nil, "field.bool"},
		{"built", "1999-12-31", Date(19991231), ""},
		{"built", time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC), Date(19991231), ""},
		{"built", "31.12.1999", nil, "field.date"},
		{"built", "2023-02-29", nil, "field.date"},
		{"built", "1899-12-31", nil, "field.date_early"},
		{"built", "2026-01-02", nil, "field.date_future"},
		{"rebuilt", "2021-01-01", nil, "field.date_late"},
		{"tel", "0555 123 456", "+996555123456", ""},
		{"tel", "+90 312 231 23 06", "+903122312306", ""},
		{"tel", "123", nil, "field.phone"},
		{"tel", "0312 OKUL 100", nil, "field.phone_only"}, // letters are no figures
		{"tel", "0555 12 34 56; 0555 12 34 57", nil, "field.phone_only"},
		{"tel", "0555 12 34 56 ext. 5", nil, "field.phone_only"},
		{"tel", "0555 12 34 56 #5", nil, "field.phone_only"},
		{"tel", "Aida 0555 12 34 56", nil, "field.phone_only"},
		{"mail", "a.b@Edu.KG", "a.b@edu.kg", ""},
		{"mail", "a b@edu.kg", nil, "field.email"},
		{"mail", "x <a@edu.kg>", nil, "field.email"},
		{"mail", "a@localhost", nil, "field.email"},
		{"site", "School.KG/a", "https://school.kg/a", ""},
		{"site", "javascript:alert(1)", nil, "field.url"},
		{"site", "ftp://x.kg", nil, "field.url"},
		{"site", "https://a:b@x.kg", nil, "field.url"},
		{"heating", "stove", "stove", ""},
		{"heating", "Stove", nil, "field.reference"},
		{"heatings", []any{"stove", "boiler", "stove"}, []string{"stove", "boiler"}, ""},
		{"heatings", "stove; boiler", []string{"stove", "boiler"}, ""},
		{"heatings", []any{"stove", 1}, nil, "field.reference"},
		{"owner", "201 0919 990", "2010919990", ""},
		{"owner", "2010919991", nil, "field.identifier"},
	} {
		got, key, _ := r.Field(c.field).Canonical(c.raw, 20260101)
		if key != c.key || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %q: %#v %s, expected %#v %s", c.field, c.raw, got, key, c.want, c.key)
		}
	}
	if _, key, _ := r.Field("heating").Canonical("stove", 20310101); key != "field.reference" {
		t.Error("a code that has ended was taken")
	}
}

func faultsOf(faults []FieldFault) map[string]string {
	out := map[string]string{}
	for _, f := range faults {
		out[f.Name] = f.Key
	}
	return out
}

func TestRecordsAreJudgedByTheirConditions(t *testing.T) {
	p := kindsProfile(t)
	judge := func(record map[string]any) (map[string]any, map[string]string) {
		record["type"] = "kindergarten"
		record["ownership"] = "public"
		values, faults := p.ValidateRecord("institution", record, on("2026-01-01"))
		return values, faultsOf(faults)
	}
	values, faults := judge(map[string]any{"area": "10", "pupils": "4", "density": "99", "late": "", "story": "  "})
	if want := map[string]any{"area": 10.0, "pupils": int64(4), "density": 2.5, "ownership": "public"}; !reflect.DeepEqual(values, want) {
		t.Errorf("values %v", values)
	}
	// An error at run time means invalid, never valid: broken divides by zero.
	if want := map[string]string{"broken": "field.required"}; !reflect.DeepEqual(faults, want) {
		t.Errorf("faults %v", faults)
	}
	if _, faults = judge(map[string]any{"broken": "x", "checked": "0"}); faults["checked"] != "field.check" {
		t.Errorf("a check that fails to run let the value through: %v", faults)
	}
	if _, faults = judge(map[string]any{"boiler_age": "3", "heating": "stove"}); faults["boiler_age"] != "field.not_applicable" {
		t.Errorf("%v", faults)
	}
	if _, faults = judge(map[string]any{"heating": "boiler", "gas": "true"}); faults["boiler_age"] != "field.required" {
		t.Errorf("%v", faults)
	}
	if _, faults = judge(map[string]any{"heating": "boiler", "gas": "false"}); faults["boiler_age"] != "" {
		t.Errorf("%v", faults)
	}
	if _, faults = judge(map[string]any{"late": "x"}); faults["late"] != "field.not_applicable" {
		t.Errorf("a field before its time: %v", faults)
	}
	if _, faults = judge(map[string]any{"built": "2000-01-01", "rebuilt": "1999-01-01"}); faults["rebuilt"] != "field.note" {
		t.Errorf("%v", faults)
	}
	if _, faults = judge(map[string]any{"nothing": "x"}); faults["nothing"] != "field.unknown" {
		t.Errorf("%v", faults)
	}
	if _, faults := p.ValidateRecord("nobody", nil, on("2026-01-01")); len(faults) != 1 {
		t.Error("an unknown register is no valid record")
	}
}

func TestRequiredAndAppliesAnswerForForms(t *testing.T) {
	p := kindsProfile(t)
	f := p.Register("institution").Field("boiler_age")
	with := p.Conditions("institution", map[string]any{"heating": "boiler", "gas": true}, on("2026-01-01"))
	if !with.Applies(f) || !with.Required(f) {
		t.Error("with a boiler and gas the field is there and required")
	}
	without := p.Conditions("institution", nil, on("2026-01-01"))
	if without.Applies(f) || without.Required(f) {
		t.Error("without a boiler it is not")
	}
	if !without.Required(p.Register("institution").Field("broken")) {
		t.Error("a condition that fails means required")
	}
}

// A fault is shown and logged: it must not carry what was typed.
func TestFaultsDoNotHoldTheValue(t *testing.T) {
	p := kindsProfile(t)
	_, faults := p.ValidateRecord("institution", map[string]any{"owner": "2010919991"}, on("2026-01-01"))
	for _, f := range faults {
		for _, v := range f.Args {
			if s, ok := v.(string); ok && strings.Contains(s, "20109") {
				t.Errorf("%s holds the value", f.Key)
			}
		}
	}
	err := faulttest.Of(t, p.Identifier("person_number").Check("2010919991"))
	if err.Kind != fault.Invalid || strings.Contains(err.Error(), "20109") {
		t.Error(err)
	}
}

func TestDerivedValues(t *testing.T) {
	i := kindsProfile(t).Identifier("person_number")
	got := i.Derive("201 0919 990")
	if want := map[string]any{"sex": "male", "birth_date": Date(19990901)}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if i.Derive("2010919991") != nil {
		t.Error("an invalid value carries nothing")
	}
	if i.Check(strings.Repeat("2", 100000)) == nil || i.Check("") == nil || i.Check("\xff") == nil {
		t.Error("nonsense was accepted")
	}
}

// KG-ER-7b: below sixteen a guardian signs; an unknown birth date is no reason
// to ask the child.
func TestTheGuardianSignsForTheYoung(t *testing.T) {
	f := example(t).Consent("annex_1_2")
	for born, want := range map[string]string{"2010-01-02": "guardian", "2010-01-01": "self", "2030-01-01": "guardian"} {
		if got := f.Signer(on(born), on("2026-01-01")); got != want {
			t.Errorf("born %s: %s", born, got)
		}
	}
	if f.Signer(time.Time{}, on("2026-01-01")) != "guardian" {
		t.Error("without a birth date the guardian signs")
	}
}

func TestAgeIsInCompletedYears(t *testing.T) {
	for _, c := range []struct {
		birth, on string
		want      int
	}{{"2010-05-01", "2026-04-30", 15}, {"2010-05-01", "2026-05-01", 16}, {"2008-02-29", "2026-02-28", 17}, {"2008-02-29", "2026-03-01", 18}} {
		if got := yearsBetween(on(c.birth), on(c.on)); got != c.want {
			t.Errorf("born %s, on %s: %d", c.birth, c.on, got)
		}
	}
}

// The cost limit stops what a profile's author did not foresee.
func TestConditionsHaveACostLimit(t *testing.T) {
	fsys := readmeProfile(t)
	text := strings.Replace(string(fsys["example/registers.yaml"].Data), `required: type_group in ["preschool", "general"]`,
		`required: 'lists_of_ones.all(a, lists_of_ones.all(b, a == b))'`, 1)
	ones := "[" + strings.TrimSuffix(strings.Repeat("1,", 300), ",") + "]"
	fsys["example/registers.yaml"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, "lists_of_ones", ones))}
	delete(fsys, "example/cases.yaml")
	p, found := Load(fsys, "example")
	if len(found) > 0 {
		t.Fatal(found)
	}
	c := p.Register("institution").Field("heating").rules.required
	if _, err := c.holds(p.context(p.Register("institution"), nil, 20260101)); err == nil || !strings.Contains(err.Error(), "cost") {
		t.Errorf("90,000 comparisons went through: %v", err)
	}
}

func TestAYearIsWrittenWithoutSeparators(t *testing.T) {
	bound := func(x float64) *float64 { return &x }
	day := DateOf(on("2026-01-01"))
	year := Field{Type: FieldType{Kind: KindYear}, Min: bound(1850), Max: bound(2100)}
	if _, key, args := year.Canonical("1700", day); key != "field.range" || args["Min"] != "1850" || args["Max"] != "2100" {
		t.Errorf("year: %s %v", key, args)
	}
	past := Field{Type: FieldType{Kind: KindYear}, Latest: "today"}
	if v, key, _ := past.Canonical("2026", day); key != "" || v != int64(2026) {
		t.Errorf("this year: %v %s", v, key)
	}
	if _, key, args := past.Canonical("2027", day); key != "field.too_large" || args["Max"] != "2026" {
		t.Errorf("a year that is yet to come: %s %v", key, args)
	}
	area := Field{Type: FieldType{Kind: KindDecimal}, Min: bound(1850), Max: bound(2100)}
	if _, _, args := area.Canonical("1700", day); args["Min"] != 1850.0 {
		t.Errorf("what counts is left to the language: %v", args)
	}
	for _, c := range []struct {
		raw  any
		want any
		key  string
	}{
		{"1998", int64(1998), ""},
		{" 1998 ", int64(1998), ""},
		{"1998 г.", int64(1998), ""},
		{"1998-жыл", int64(1998), ""},
		{"1998 yılı", int64(1998), ""},
		{1998.0, int64(1998), ""},
		{int64(1998), int64(1998), ""},
		{json.Number("1998"), int64(1998), ""},
		{1998.5, nil, "field.year"},
		{"98", nil, "field.year"},
		{"1.998", nil, "field.year"},
		{"1998/99", nil, "field.year"},
		{"05.09.1998", nil, "field.year_day"},
		{"1998-09-05", nil, "field.year_day"},
		{"19980", nil, "field.year"},
		{true, nil, "field.year"},
		{"", nil, "field.year"},
	} {
		if v, key, _ := year.Canonical(c.raw, day); v != c.want || key != c.key {
			t.Errorf("%#v: %v %s, want %v %s", c.raw, v, key, c.want, c.key)
		}
	}
}

// Blanks group digits by three; what they part otherwise is two numbers in one cell.
func TestTwoNumbersAreNotOne(t *testing.T) {
	day := DateOf(on("2026-01-01"))
	whole, part := Field{Type: FieldType{Kind: KindInt}}, Field{Type: FieldType{Kind: KindDecimal}}
	for s, want := range map[string]any{
		"12 3": nil, "2 3": nil, "350 40": nil, "1 2": nil, "1234 567": nil, "12\u00a03": nil, "1 23 456": nil,
		"1 250": int64(1250), "12\u00a0345": int64(12345), "1\u202f234\u202f567": int64(1234567), " 350 ": int64(350), "-1 000": int64(-1000),
	} {
		if v, key, _ := whole.Canonical(s, day); v != want || (key == "") != (want != nil) {
			t.Errorf("%q: %v %s, want %v", s, v, key, want)
		}
	}
	for s, want := range map[string]any{"12 5,5": nil, "1 250,5": 1250.5} {
		if v, _, _ := part.Canonical(s, day); v != want {
			t.Errorf("%q: %v, want %v", s, v, want)
		}
	}
}

// A field that does not apply because another one is empty is told to wait for that one, and
// for which of its values; one that does not apply because of what another says, is not.
func TestAFieldWaitsForTheOneThatIsEmpty(t *testing.T) {
	p := kindsProfile(t)
	_, faults := p.ValidateRecord("institution", map[string]any{"type": "kindergarten", "ownership": "public", "boiler_age": "3"}, on("2026-01-01"))
	k := slices.IndexFunc(faults, func(f FieldFault) bool { return f.Name == "boiler_age" })
	if k < 0 || faults[k].Key != "field.waits_for" || len(faults[k].Args["Values"].(fault.List)) != 1 || faults[k].Args["Other"].(fault.Text)["en"] != "heating" {
		t.Fatalf("%+v", faults)
	}
	if group := p.Awaited("institution", faults[k]); group != "infrastructure" {
		t.Error(group)
	}
	// One that would not apply whatever were filled in waits for nothing.
	f, empty := p.Register("institution").Field("late"), map[string]any{"late": "x", "type": "kindergarten", "ownership": "public"}
	if _, faults := p.ValidateRecord("institution", empty, on("2026-01-01")); !slices.ContainsFunc(faults, func(x FieldFault) bool { return x.Name == f.ID && x.Key == "field.not_applicable" }) {
		t.Errorf("%+v", faults)
	}
}

// A tab of any text, and the end of a line of a text that has one, is a blank.
func TestATabOfATextIsABlank(t *testing.T) {
	r := kindsProfile(t).Register("institution")
	for id, want := range map[string]string{"short": "A b c", "story": "A b\nc"} {
		if got, key, _ := r.Field(id).Canonical("A\tb\nc", 0); got != want {
			t.Errorf("%s: %q %s", id, got, key)
		}
	}
}

// Dots and strokes are no host of a page or of mail.
func TestAnAddressHasAHost(t *testing.T) {
	r := kindsProfile(t).Register("institution")
	for _, s := range []string{".", "..", "-.", "-.-", "https://.", "a..example", ".example", "http://-.-/x"} {
		if got, key, _ := r.Field("site").Canonical(s, 0); key != "field.url" {
			t.Errorf("%q is %v", s, got)
		}
	}
	for _, s := range []string{"okul.example", "https://1.2.3.4:80/a", "a-b.example"} {
		if _, key, _ := r.Field("site").Canonical(s, 0); key != "" {
			t.Errorf("%q: %s", s, key)
		}
	}
}

// What binds within the country does not bind institutions of a type that lies abroad.
func TestATypeAbroadIsOutsideOfTheBounds(t *testing.T) {
	p := kindsProfile(t)
	for _, abroad := range []bool{false, true} {
		p.Type("kindergarten").Abroad = abroad
		_, faults := p.ValidateRecord("institution", map[string]any{"type": "kindergarten", "north": "52.5"}, on("2026-01-01"))
		if got := faultsOf(faults)["north"]; got != map[bool]string{false: "field.check", true: ""}[abroad] {
			t.Errorf("%v: %s", abroad, got)
		}
	}
}

// Degrees, minutes and seconds without their signs are told how to be written.
func TestBareDegreesAreToldHowToBeWritten(t *testing.T) {
	f := Field{Unit: Text{"en": "°"}, Type: FieldType{Kind: KindDecimal}}
	for s, want := range map[string]string{"39 58 30": "field.degrees", "39:58:30": "field.degrees", "39 58,5": "field.degrees"} {
		if _, key, _ := f.Canonical(s, 0); key != want {
			t.Errorf("%s: %s", s, key)
		}
	}
}

// A list is no value of a field that holds one, an empty one neither: it is refused, and takes
// nothing away. Of every kind of field.
func TestAnEmptyListIsNoWordThatAValueGoes(t *testing.T) {
	p := kindsProfile(t)
	tried := 0
	for _, f := range p.Register("institution").all {
		if f.rules.derived != nil {
			continue
		}
		tried++
		for _, list := range []any{[]any{}, []string{}} {
			_, faults := p.ValidateRecord("institution", map[string]any{f.ID: list}, on("2026-01-01"))
			refused := slices.ContainsFunc(faults, func(x FieldFault) bool { return x.Name == f.ID && x.Key != "field.required" })
			if refused == (f.Type.Kind == KindReferences) {
				t.Errorf("%s, of kind %v, with %T: refused %v", f.ID, f.Type.Kind, list, refused)
			}
		}
	}
	if tried < 10 {
		t.Errorf("only %d fields were tried", tried)
	}
}
