package registry_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/registry"
	"mektep/core/transfer"
)

// Whatever makes an institution look like another, in any language, asks whether that is
// meant, and is done when it is said to be.
func TestASecondOfOneNameIsAskedAboutByEveryDoor(t *testing.T) {
	act := func(since time.Time, meant bool) registry.Act {
		return registry.Act{Since: since, SameName: meant, Order: audit.Order{Number: "1", Date: day(2026, 1, 2)}}
	}
	for _, country := range []string{"tr", "kg"} {
		w := newWorld(t, country)
		types := map[string][2]string{"tr": {"ilkokul", "ortaokul"}, "kg": {"secondary_school", "primary_school"}}[country]
		here, there := w.byCode[areas(w)[0]], w.byCode[areas(w)[1]]
		official := w.profile.Languages.Official
		last := official[len(official)-1]
		names := func(s string) map[string]string {
			out := map[string]string{}
			for _, tag := range official {
				out[tag] = s + " " + tag
			}
			out[last] = s
			return out
		}
		codes := 900100
		code := func() string {
			if w.profile.Identifier("institution_code") == nil {
				return ""
			}
			codes++
			return strconv.Itoa(codes)
		}
		enter := func(name string, parent, typ string, meant bool) (registry.Institution, error) {
			return w.s.Create(w.ctx, registry.Entry{
				Parent: parent, Type: typ, Name: names(name), Code: code(), Since: day(2001, 9, 1), SameName: meant,
				Fields: map[string]any{"ownership": w.profile.ItemsAt("ownership", on)[0].Code}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
			})
		}
		must := func(i registry.Institution, err error) registry.Institution {
			t.Helper()
			ok(t, err)
			return i
		}
		one := must(enter("Birinci", here.UID, types[0], false))
		for name, do := range map[string]func(meant bool) error{
			"entering": func(meant bool) error {
				_, err := enter("BİRİNCİ", here.UID, types[0], meant)
				return err
			},
			"renaming": func(meant bool) error {
				x := must(enter("İkinci "+boolText(meant), here.UID, types[0], false))
				a := act(day(2026, 3, 2), meant)
				a.Version = x.Version
				return w.s.Rename(w.ctx, x.UID, map[string]string{last: "Birinci"}, a)
			},
			"renaming on a day to come": func(meant bool) error {
				x := must(enter("Üçüncü "+boolText(meant), here.UID, types[0], false))
				a := act(day(2026, 9, 1), meant)
				a.Version = x.Version
				return w.s.Rename(w.ctx, x.UID, map[string]string{last: "Birinci"}, a)
			},
			"moving": func(meant bool) error {
				x := must(enter("Birinci", there.UID, types[0], true))
				a := act(day(2026, 3, 2), meant)
				a.Version = x.Version
				return w.s.Move(w.ctx, x.UID, here.UID, a)
			},
			"changing the type": func(meant bool) error {
				x := must(enter("Birinci", here.UID, types[1], true))
				a := act(day(2026, 3, 2), meant)
				a.Version = x.Version
				return w.s.Retype(w.ctx, x.UID, types[0], a)
			},
		} {
			err := do(false)
			if f := faulttest.Of(t, err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "same_name" || f.Fields[0].Key != "institution.twin" {
				t.Errorf("%s: %s: %v", country, name, err)
			} else if f.Next == nil || f.Next.URL != "/institutions/"+one.UID || !strings.HasPrefix(fmt.Sprint(f.Next.Args["Name"]), "Birinci") {
				t.Errorf("%s: %s: which one is meant, is not said: %+v", country, name, f.Next)
			}
			if err := do(true); err != nil {
				t.Errorf("%s: %s, though it is meant: %v", country, name, err)
			}
		}
		// One of another type is asked about where every name is the same.
		must(enter("Beşinci", here.UID, types[0], false))
		_, err := enter("BEŞİNCİ", here.UID, types[1], false)
		if f := faulttest.Fields(err); len(f) != 1 || f[0].Name != "same_name" || f[0].Key != "institution.twin_type" || f[0].Args["Type"] == nil {
			t.Errorf("%s: another type: %v", country, err)
		}
		other := names("Beşinci")
		other[official[0]] = "Başka"
		if len(official) > 1 {
			_, err = w.s.Create(w.ctx, registry.Entry{
				Parent: here.UID, Type: types[1], Name: other, Code: code(), Since: day(2001, 9, 1),
				Fields: map[string]any{"ownership": w.profile.ItemsAt("ownership", on)[0].Code}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
			})
			ok(t, err)
		}
		// Another name or place, and one that is closed, are no question; nor is what
		// was so before.
		must(enter("Birinci I", here.UID, types[0], false))
		a := act(day(2026, 3, 2), false)
		a.Version = one.Version
		ok(t, w.s.Rename(w.ctx, one.UID, map[string]string{"en": "First"}, a))
	}
}

// Of two who give the same name at once one is asked, be it to a new institution or to one
// that is there.
func TestOfTwoWhoGiveOneNameAtOnceOneIsAsked(t *testing.T) {
	w := newWorld(t, "kg")
	at := w.byCode[areas(w)[0]]
	enter := func(name string) (registry.Institution, error) {
		return w.s.Create(w.ctx, registry.Entry{
			Parent: at.UID, Type: "secondary_school", Name: map[string]string{"ky": "Мектеп " + name, "ru": "Школа " + name}, Since: day(2001, 9, 1),
			Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
		})
	}
	for round := range 12 {
		name := strconv.Itoa(round)
		var uids [2]string
		for k := range uids {
			i, err := enter("до " + name + strings.Repeat("а", k))
			ok(t, err)
			uids[k] = i.UID
		}
		var wait sync.WaitGroup
		errs := make([]error, 3)
		wait.Go(func() { _, errs[2] = enter(name) })
		for k, uid := range uids {
			wait.Go(func() {
				errs[k] = w.s.Rename(w.ctx, uid, map[string]string{"ru": "Школа " + name}, registry.Act{
					Version: 1, Since: day(2026, 3, 2), Order: audit.Order{Number: "1", Date: day(2026, 1, 2)},
				})
			})
		}
		wait.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if f := faulttest.Of(t, err); len(f.Fields) != 1 || f.Fields[0].Key != "institution.twin" {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if done != 1 {
			t.Fatalf("round %d: %v", round, errs)
		}
	}
}

// A row with another code than one that looks the same is left out with both codes named,
// unless the file has that one too, or it is said that such rows are meant.
func TestARowWithAnotherCodeIsAskedAbout(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("900150", "Var", "ilkokul", d.byCode["1231"], nil)
	twin := "900151;Var;ilkokul;Çankaya;resmi;;\n"
	i := d.preview(d.ctx, trCodes+twin+";Var;ilkokul;Çankaya;resmi;;\n")
	if diff := cmp.Diff([]string{`2:1 "900151" import.row.twin_other_code`, `3:2 "Var" import.row.twin_code`}, told(d, d.ctx, i)); diff != "" || i.Counts.Duplicate != 2 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if list[0].Args["Code"] != "900150" || list[1].Args["Code"] != "900150" {
		t.Errorf("%+v", list)
	}
	if i := d.preview(d.ctx, trCodes+twin+"900150;Var;ilkokul;Çankaya;resmi;;\n"); i.Counts.New != 1 || i.Counts.Duplicate != 0 {
		t.Errorf("both in the file: %+v %v", i.Counts, told(d, d.ctx, i))
	}
	// Two new ones of one name, type and place are told of; a third without a code is left out.
	i = d.preview(d.ctx, trCodes+"900160;Çift;ilkokul;Çankaya;resmi;;\n900161;ÇİFT;ilkokul;Çankaya;resmi;;\n;Çift;ilkokul;Çankaya;resmi;;\n900162;Tek;ilkokul;Çankaya;resmi;;\n")
	if diff := cmp.Diff([]string{`3:1 "900161" import.row.twin_codes`, `4:2 "Çift" import.row.twin_file`}, told(d, d.ctx, i)); diff != "" || i.Counts.New != 3 || i.Counts.Duplicate != 1 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	i = d.upload(d.ctx, "list.csv", trCodes+twin)
	targets := make([]string, len(i.Columns))
	for k := range i.Columns {
		targets[k] = i.Columns[k].Target
	}
	i, err = d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Twins: true})
	ok(t, err)
	if i, _ = d.step(d.ctx, i, d.t.Preview); i.Counts.New != 1 {
		t.Errorf("meant: %+v %v", i.Counts, told(d, d.ctx, i))
	}
}

func areas(w *world) (codes []string) {
	for _, a := range w.profile.AreasAt("district", on) {
		codes = append(codes, a.Code)
	}
	return codes
}

func boolText(b bool) string {
	if b {
		return "meant"
	}
	return "not meant"
}
