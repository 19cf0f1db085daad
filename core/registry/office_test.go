package registry_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mektep/core/caller"
	"mektep/core/record"
	"mektep/core/registry"
)

// office opens a file in LibreOffice as somebody of a language does, and returns what it
// saves as another: to names the end of the new file and the filter. It fails where there
// is no LibreOffice: what that makes of our files is not to be guessed.
func office(t *testing.T, profile, tag, from, to string, file string) string {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatal(`no LibreOffice on this machine: install the package "libreoffice-calc-nogui", as make test does`)
	}
	settings := filepath.Join(profile, "user", "registrymodifications.xcu")
	if _, err := os.Stat(settings); err != nil {
		ok(t, os.MkdirAll(filepath.Dir(settings), 0o700))
		ok(t, os.WriteFile(settings, []byte(`<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>`+tag+`</value></prop></item>
</oor:items>`), 0o600))
	}
	out := t.TempDir()
	args := []string{"-env:UserInstallation=file://" + profile, "--headless", "--norestore", "--convert-to", to, "--outdir", out}
	if from != "" {
		args = append(args, "--infilter="+from)
	}
	c := exec.CommandContext(t.Context(), program, append(args, file)...)
	c.WaitDelay = time.Second
	said, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	end, _, _ := strings.Cut(to, ":")
	data, err := os.ReadFile(filepath.Join(out, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))+"."+end))
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return string(data)
}

// full has an institution that says something of every field of which the template has
// an example, and, where there is such a field, some whose days spreadsheets count
// differently; it returns how many they are.
func full(t *testing.T, d *desk, country string) int {
	t.Helper()
	var b bytes.Buffer
	ok(t, d.t.Template(d.ctx, "csv", &b))
	rows := table(t, "csv", b.Bytes())
	ids, example := rows[1], rows[2]
	lines := [][]string{}
	for _, day := range []string{"", "1899-03-01", "1900-01-15", "1900-02-28", "1900-03-01", "1987-01-01"} {
		row, dated := slices.Clone(example), day == ""
		for k, id := range ids {
			f := d.profile.Register(registry.Institutions).Field(id)
			switch {
			case strings.HasPrefix(id, "name."):
				row[k] = map[string]string{"tr": "Şık \"Gümüş\"; 1, İı ", "kg": "Чың \"Мектеп\"; №1, ı "}[country] + day
			case id == "code" && row[k] != "":
				row[k] = fmt.Sprint(100001 + len(lines))
			case f != nil && f.Unique:
				row[k] = ""
			case id == "founded_on" && day != "":
				row[k], dated = day, true
			}
		}
		if dated {
			lines = append(lines, row)
		}
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	ok(t, w.WriteAll(append([][]string{ids}, lines...)))
	if i := d.enter(d.ctx, text.String()); i.Counts.New != len(lines) {
		t.Fatalf("%+v", i.Counts)
	}
	return len(lines)
}

// everything is what a register says of its institutions, by name.
func everything(t *testing.T, d *desk) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, i := range list(t, d.world, d.ctx, record.Query{State: record.All}).Items {
		got, err := d.s.Get(d.ctx, i.UID)
		ok(t, err)
		out[got.Name[d.profile.Main()]] = []any{got.Code, got.Type, got.Name, got.Place[len(got.Place)-1].Code, got.Since, got.Fields}
	}
	return out
}

// An export that LibreOffice opened and saved, as a workbook or as text in the encodings
// of its menu, changes nothing when it is imported: in the locale of any of our languages.
func TestWhatLibreOfficeSavedChangesNothing(t *testing.T) {
	const utf8, utf16, windows1254 = "76", "65535", "36"
	for country, people := range map[string][]struct{ lang, tag, id, page string }{
		"tr": {{"tr", "tr-TR", "1055", windows1254}, {"en", "en-US", "1033", utf16}},
		"kg": {{"ru", "ru-RU", "1049", utf8}, {"ky", "ky-KG", "1088", utf16}},
	} {
		t.Run(country, func(t *testing.T) {
			d := newDesk(t, country)
			rows := full(t, d, country)
			empty := newDesk(t, country)
			had := everything(t, d)
			for _, l := range people {
				t.Run(l.lang, func(t *testing.T) {
					c := *caller.From(d.ctx)
					c.Language = l.lang
					ctx := d.known(caller.With(d.ctx, &c))
					settings := t.TempDir()
					for format, from := range map[string]string{"xlsx": "", "csv": "CSV:59,34,76,1,," + l.id + ",false,true"} {
						_, data := d.export(ctx, record.Query{State: record.All}, format)
						file := filepath.Join(t.TempDir(), "list."+format)
						ok(t, os.WriteFile(file, data, 0o600))
						for _, to := range []string{
							"xlsx:Calc MS Excel 2007 XML",
							"csv:Text - txt - csv (StarCalc):59,34," + l.page + ",1,," + l.id + ",false,true,false", // as it is shown
							"csv:Text - txt - csv (StarCalc):44,34,76,1,," + l.id + ",true,false,false",             // as it is, all in marks
						} {
							saved := office(t, settings, l.tag, from, to, file)
							i := d.preview(ctx, saved)
							// Without a code an institution is known by its name and left as it is.
							if i.Counts.New+i.Counts.Changed+i.Counts.Faulty > 0 || i.Counts.Unchanged+i.Counts.Duplicate != rows {
								t.Errorf("%s saved as %s: %+v %v", format, to, i.Counts, found(d, i))
							}
							if i.Counts.Unchanged == rows {
								continue
							}
							// Where there is nothing yet, it makes the same.
							i = empty.enter(empty.ctx, saved)
							if diff := cmp.Diff(had, everything(t, empty)); diff != "" {
								t.Errorf("%s saved as %s: %s", format, to, diff)
							}
							empty.step(empty.ctx, i, empty.t.Undo)
						}
					}
				})
			}
		})
	}
}
