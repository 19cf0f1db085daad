package api_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"mektep/core/api"
)

// upload sends a file as the field "file" of a form.
func (m *ministry) upload(token, name, content string, headers ...string) answer {
	m.t.Helper()
	return m.sendFile("/api/v1/imports", token, name, content, headers...)
}

func (m *ministry) sendFile(path, token, name, content string, headers ...string) answer {
	m.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if name != "" {
		part, err := form.CreateFormFile("file", name)
		must(m.t, err)
		_, err = part.Write([]byte(content))
		must(m.t, err)
	}
	must(m.t, form.Close())
	return m.ask("POST", path, token, &body, append(headers, "Content-Type", form.FormDataContentType())...)
}

// over waits until a job is over.
func (m *ministry) over(token, job string) api.Job {
	m.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		var j api.Job
		m.ask("GET", "/api/v1/jobs/"+job, token, nil).is(200).into(&j)
		switch j.State {
		case "done":
			return j
		case "failed", "cancelled":
			m.t.Fatalf("%+v %+v", j, j.Problem)
		}
	}
	m.t.Fatal("the job does not end")
	return api.Job{}
}

// working lets jobs be worked while the test runs.
func (w *world) working() {
	w.t.Helper()
	must(w.t, w.jobs.Start(context.Background()))
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		must(w.t, w.jobs.Stop(ctx))
	})
}

// table is a list of institutions in a district, one of them with a type that is none.
func (m *ministry) table(faulty bool) string {
	var b strings.Builder
	area := m.profile.AreaAt(m.here.Code, on).Name[m.profile.Main()]
	region := m.regions[0].Name[m.profile.Main()]
	b.WriteString("code;name;type;region;district;ownership\n")
	for i := range 3 {
		typ := m.profile.Type(m.typ()).Name[m.profile.Main()]
		if faulty && i == 1 {
			typ = "castle"
		}
		m.schools++
		fmt.Fprintf(&b, "%s;Aktarılan %d;%s;%s;%s;%s\n", m.code(m.schools), i, typ, region, area, m.profile.ItemsAt("ownership", on)[0].Name[m.profile.Main()])
	}
	return b.String()
}

func TestAnImportIsCheckedAppliedAndUndone(t *testing.T) {
	w := newWorld(t)
	tr := w.ministries["tr"]
	w.working()
	admin := tr.as("tenant_admin", tr.root)
	reader := tr.as("ministry_officer", tr.root)

	if p := tr.upload(reader, "x.csv", tr.table(false)).problem(403); p.Check != "policy" {
		t.Fatalf("%+v", p)
	}
	tr.upload(admin, "", "").problem(422)
	tr.upload(admin, "x.csv", "").problem(422)
	if p := tr.ask("POST", "/api/v1/imports", admin, "{}").problem(422); p.Errors[0].Field != "body" || p.Errors[0].Key != "api.field.form" {
		t.Fatalf("%+v", p)
	}
	tr.ask("GET", "/api/v1/imports/template?format=csv", reader, nil).problem(403)
	a := tr.ask("GET", "/api/v1/imports/template?format=xlsx", admin, nil).is(200)
	if !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment; filename=") || !bytes.HasPrefix(a.body, []byte("PK")) {
		t.Fatalf("%v", a.header)
	}

	i := tr.checked(admin, tr.table(true))
	if i.State != "checked" || i.Counts.Rows != 3 || i.Counts.Faulty != 1 {
		t.Fatalf("%+v", i)
	}
	var f struct{ Items []api.Finding }
	tr.ask("GET", "/api/v1/imports/"+i.UID+"/findings", admin, nil).is(200).into(&f)
	if len(f.Items) != 1 || f.Items[0].Line != 3 || f.Items[0].Message == "" || f.Items[0].Value != "castle" {
		t.Fatalf("%+v", f)
	}
	match := fmt.Sprintf(`"%d"`, i.Version)
	tr.ask("POST", "/api/v1/imports/"+i.UID+"/apply", admin, nil, "If-Match", match).problem(409)
	tr.ask("POST", "/api/v1/imports/"+i.UID+"/cancel", admin, nil, "If-Match", match).is(200)

	i = tr.checked(admin, tr.table(false))
	path := "/api/v1/imports/" + i.UID
	tr.ask("GET", path+"/findings?kind=new", admin, nil).is(200).into(&f)
	if e := f.Items; len(e) != i.Counts.New || e[0].Entering == nil || len(e[0].Entering.Names) == 0 || e[0].Entering.Type == "" || len(e[0].Entering.Places) == 0 || e[0].Message == "" {
		t.Fatalf("what will be entered: %+v", e)
	}
	match = fmt.Sprintf(`"%d"`, i.Version)
	tr.ask("POST", path+"/apply", admin, nil).problem(428)
	tr.ask("POST", path+"/apply", admin, nil, "If-Match", `"99"`).problem(412)
	tr.ask("POST", path+"/apply", reader, nil, "If-Match", match).problem(403)
	tr.ask("GET", path, reader, nil).problem(403)
	tr.ask("POST", path+"/apply", admin, nil, "If-Match", match, "Idempotency-Key", "apply-once").is(202).into(&i)
	tr.ask("POST", path+"/apply", admin, nil, "If-Match", match, "Idempotency-Key", "apply-once").is(202)
	tr.over(admin, i.Job)
	if n := tr.count(reader, "Aktarılan"); n != 3 {
		t.Fatalf("%d came in", n)
	}
	tr.ask("GET", path, admin, nil).is(200).into(&i)
	if i.State != "applied" || i.Counts.New != 3 {
		t.Fatalf("%+v", i)
	}
	tr.ask("POST", path+"/undo", admin, nil, "If-Match", fmt.Sprintf(`"%d"`, i.Version)).is(202).into(&i)
	tr.over(admin, i.Job)
	if n := tr.count(reader, "Aktarılan"); n != 0 {
		t.Fatalf("%d are left", n)
	}
	var l struct{ Items []api.Import }
	if tr.ask("GET", "/api/v1/imports", admin, nil).is(200).into(&l); len(l.Items) != 2 || l.Items[0].State != "undone" || l.Items[1].State != "cancelled" {
		t.Fatalf("%+v", l)
	}
}

// checked uploads a table, matches its columns as proposed and has it checked.
func (m *ministry) checked(token, table string) api.Import {
	m.t.Helper()
	var i api.Import
	m.upload(token, "okullar.csv", table, "Idempotency-Key", "upload-"+fmt.Sprint(m.schools)).is(201).into(&i)
	if i.State != "matching" || i.File != "okullar.csv" || i.Format != "csv" || len(i.Columns) != 6 {
		m.t.Fatalf("%+v", i)
	}
	targets := make([]string, len(i.Columns))
	for k, id := range []string{"code", "name." + m.profile.Main(), "type", "", "district", "ownership"} {
		targets[k] = id
		if i.Columns[k].Target != "" {
			targets[k] = i.Columns[k].Target
		}
	}
	path := "/api/v1/imports/" + i.UID
	body := map[string]any{"targets": targets, "options": map[string]any{"since": "2020-09-01"}}
	m.ask("PATCH", path, token, map[string]any{"targets": []string{"x"}}, "If-Match", fmt.Sprintf(`"%d"`, i.Version)).problem(422)
	m.ask("PATCH", path, token, body, "If-Match", fmt.Sprintf(`"%d"`, i.Version)).is(200).into(&i)
	if i.Options.Since != "2020-09-01" {
		m.t.Fatalf("%+v", i)
	}
	m.ask("POST", path+"/preview", token, nil, "If-Match", fmt.Sprintf(`"%d"`, i.Version)).is(202).into(&i)
	m.over(token, i.Job)
	m.ask("GET", path, token, nil).is(200).into(&i)
	return i
}

func (m *ministry) count(token, words string) int {
	m.t.Helper()
	var l struct{ Total int }
	m.ask("GET", "/api/v1/institutions?q="+words, token, nil).is(200).into(&l)
	return l.Total
}

func TestAnExportIsDownloadedByWhoAskedForIt(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	w.working()
	school := kg.school(kg.here)
	reader := kg.as("ministry_officer", kg.root)
	for _, format := range []string{"csv", "xlsx"} {
		var j api.Job
		kg.ask("POST", "/api/v1/institutions/export", reader, map[string]any{"format": format}).is(202).into(&j)
		j = kg.over(reader, j.UID)
		if j.File != "/api/v1/jobs/"+j.UID+"/file" || j.Result == nil {
			t.Fatalf("%+v", j)
		}
		a := kg.ask("GET", j.File, reader, nil).is(200)
		if format == "csv" && !bytes.Contains(a.body, []byte(school.Code)) || format == "xlsx" && !bytes.HasPrefix(a.body, []byte("PK")) ||
			!strings.Contains(a.header.Get("Content-Disposition"), "attachment") {
			t.Fatalf("%s: %v %s", format, a.header, a.body)
		}
		kg.ask("GET", j.File, kg.as("special_administrator", kg.root), nil).problem(404)
	}
}

// A program is told how a file was read, reads it otherwise, gives one value to all
// rows and says what words mean, as a person does on the screen.
func TestAProgramReadsAFileOtherwise(t *testing.T) {
	w := newWorld(t)
	tr := w.ministries["tr"]
	w.working()
	admin := tr.as("tenant_admin", tr.root)
	area, region := tr.profile.AreaAt(tr.here.Code, on).Name["tr"], tr.regions[0].Name["tr"]
	var i api.Import
	tr.upload(admin, "l.csv", "LİSTE;;;;\ncode;name;type;region;district\n"+tr.code(901)+";Bir;"+tr.profile.Type(tr.typ()).Name["tr"]+";"+region+";Orada\n"+tr.code(902)+";İki;"+tr.profile.Type(tr.typ()).Name["tr"]+";"+region+" ili;"+area+"\n").is(201).into(&i)
	if i.Reading != (api.Reading{Encoding: "utf-8", Separator: ";", Heading: 2}) || len(i.Look.Encodings) == 0 {
		t.Fatalf("%+v", i)
	}
	path := "/api/v1/imports/" + i.UID
	match := func() string { return fmt.Sprintf(`"%d"`, i.Version) }
	tr.ask("PUT", path+"/reading", admin, map[string]any{"encoding": "ebcdic"}, "If-Match", match()).problem(422)
	tr.ask("PUT", path+"/reading", admin, map[string]any{}).problem(428)
	tr.ask("PUT", path+"/reading", admin, map[string]any{"separator": ",", "heading": 1}, "If-Match", match()).is(200).into(&i)
	if len(i.Columns) != 1 {
		t.Errorf("%+v", i.Columns)
	}
	tr.ask("PUT", path+"/reading", admin, map[string]any{}, "If-Match", match()).is(200).into(&i)
	targets := []string{"code", "name", "type", "region", "district"}
	if p := tr.ask("PATCH", path, admin, map[string]any{"targets": append([]string{""}, targets[1:]...)}, "If-Match", match()).problem(422); p.Errors[0].Field != "options.values.ownership" {
		t.Errorf("%+v", p.Errors)
	}
	options := map[string]any{"values": map[string]string{"ownership": "public"}}
	preview := func() {
		tr.ask("PATCH", path, admin, map[string]any{"targets": targets, "options": options}, "If-Match", match()).is(200).into(&i)
		tr.ask("POST", path+"/preview", admin, nil, "If-Match", match()).is(202).into(&i)
		tr.over(admin, i.Job)
		tr.ask("GET", path, admin, nil).is(200).into(&i)
	}
	preview()
	if len(i.Unplaced) != 1 || i.Unplaced[0] != (api.PlaceWord{Level: "district", Word: "Orada", In: "01", Rows: 1}) {
		t.Fatalf("%+v", i)
	}
	options["places"] = []map[string]any{{"level": "district", "word": "Orada", "place": tr.here.Code}}
	preview()
	if i.Counts.New != 2 || i.Counts.Faulty != 0 {
		var f struct{ Items []api.Finding }
		tr.ask("GET", path+"/findings", admin, nil).is(200).into(&f)
		t.Errorf("%+v %+v", i.Counts, f)
	}
	// A word for a type is explained as one for a place.
	i = api.Import{}
	tr.upload(admin, "t.csv", "code;name;type;district_code;ownership\n"+tr.code(903)+";Üç;Bilim evi;"+tr.here.Code+";public\n").is(201).into(&i)
	path, targets, options = "/api/v1/imports/"+i.UID, []string{"code", "name", "type", "district_code", "ownership"}, map[string]any{}
	preview()
	if len(i.Unplaced) != 1 || i.Unplaced[0] != (api.PlaceWord{Level: "type", Word: "Bilim evi", Rows: 1}) {
		t.Fatalf("%+v", i)
	}
	options["places"] = []map[string]any{{"level": "type", "word": "Bilim evi", "place": "nothing"}}
	if p := tr.ask("PATCH", path, admin, map[string]any{"targets": targets, "options": options}, "If-Match", match()).problem(422); p.Errors[0].Field != "options.places.0" {
		t.Errorf("%+v", p.Errors)
	}
	options["places"] = []map[string]any{{"level": "type", "word": "Bilim evi", "place": tr.typ()}}
	i.Options = api.ImportOptions{}
	preview()
	if i.Counts.New != 1 || i.Options.Places[0].Place != tr.typ() {
		t.Errorf("%+v", i)
	}
	// What a text means is read in the language of whoever sends it, or asked.
	school := tr.school(tr.here)
	tr.ask("PATCH", "/api/v1/institutions/"+school.UID, admin, map[string]any{"fields": map[string]any{"capacity": "1.000"}}, "If-Match", `"1"`, "Accept-Language", "en").problem(422)
}
