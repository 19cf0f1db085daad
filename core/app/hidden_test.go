package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"mektep/core/api"
	"mektep/core/db/dbtest"
)

// secret is what stands in the two groups of a school, written as nothing else in the
// whole ministry is, and how these values can be read, in whatever door's spelling: the
// figures of numbers without what groups them, the day as programs, tables and people
// write it.
type secret struct {
	row    string // what a file says of the school besides
	fields map[string]any
	traces []string
}

// near are the values of the school 1001, in the region where everybody of the test works;
// far are those of 1003, which lies in another: everybody sees the school, and nobody of
// them its two groups.
var (
	near = secret{
		row1001,
		map[string]any{
			"hidden_text": "Quietmark", "hidden_long": "Longmark\nof two lines", "hidden_unique": "FX-77120", "hidden_number": 48151623,
			"hidden_decimal": 31415.92, "hidden_day": "2011-07-19", "hidden_yes": true, "hidden_code": "quarry", "hidden_codes": []string{"quarry"},
			"hidden_phone": "+996555771203", "hidden_mail": "watcher@markers.example", "hidden_link": "https://markers.example/watch", "hidden_must": "Mustmark",
			"sealed_text": "Sheltermark", "sealed_code": "quarry", "sealed_number": 27182818, "sealed_unique": "SX-90417",
		},
		[]string{
			"quietmark", "longmark", "fx-77120", "48151623", "96303246", "31415.92", "3141592", "2011-07-19", "19 july 2011", "19.07.2011", "40743",
			"555771203", "watcher@markers", "markers.example", "mustmark", "sheltermark", "27182818", "sx-90417",
		},
	}
	far = secret{
		row1003,
		map[string]any{
			"hidden_text": "Farmark", "hidden_long": "Fartext", "hidden_unique": "FX-66230", "hidden_number": 31337007,
			"hidden_decimal": 27644.37, "hidden_day": "2009-03-27", "hidden_yes": false, "hidden_code": "flood", "hidden_codes": []string{"flood"},
			"hidden_phone": "+996555661804", "hidden_mail": "watcher@farther.example", "hidden_link": "https://farther.example/watch", "hidden_must": "Farverdict",
			"sealed_text": "Farshelter", "sealed_code": "flood", "sealed_number": 16180339, "sealed_unique": "SX-80312",
		},
		[]string{
			"farmark", "fartext", "fx-66230", "31337007", "62674014", "27644.37", "2764437", "2009-03-27", "27 march 2009", "27.03.2009", "39899",
			"555661804", "farther.example", "farverdict", "farshelter", "16180339", "sx-80312",
		},
	}
	// sealed is what the law seals of both: no right of an office opens it, an auditor's neither.
	sealed = secret{traces: []string{"sheltermark", "27182818", "sx-90417", "farshelter", "16180339", "sx-80312"}}
	// words of the book that hidden codes are of: those who see neither group see none of it.
	codes = secret{traces: []string{"quarry", "floodplain"}}
)

const betweenFigures = " ,.\u202f-\u2011"

// closeUp writes figures without what stands between each two.
func closeUp(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	runes := []rune(text)
	figure := func(i int) bool { return i >= 0 && i < len(runes) && '0' <= runes[i] && runes[i] <= '9' }
	for i, r := range runes {
		if !figure(i-1) || !figure(i+1) || !strings.ContainsRune(betweenFigures, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// tracesIn returns what of secrets can be read in an answer, a workbook's sheets included.
func tracesIn(t *testing.T, body []byte, secrets ...secret) (found []string) {
	t.Helper()
	if z, err := zip.NewReader(bytes.NewReader(body), int64(len(body))); err == nil {
		body = nil
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			body = append(body, text...)
		}
	}
	text := strings.ToLower(string(body))
	close := closeUp(text)
	for _, secret := range secrets {
		for _, trace := range secret.traces {
			if strings.Contains(text, trace) || strings.Contains(close, trace) {
				found = append(found, trace)
			}
		}
	}
	return found
}

// proving is the ministry of a country made for tests: core/proving.
type proving struct {
	*site
	near, none, far    string // public ids of 1001, 1002 and 1003, of which the second has no hidden values
	clerk, counter     *asker // of the inspector's office, who may not see the two groups
	inspector, auditor *asker // who may, and who reads the trail
	elsewhere          *asker // an inspector of the other region
}

func newProving(t *testing.T) *proving {
	t.Helper()
	person := func(login, role, level, code string) demoPerson {
		return demoPerson{Login: login, Name: "Of " + login, Role: role, Level: level, Code: code, Language: "en"}
	}
	school := func(code, under string) demoInstitution {
		return demoInstitution{
			Code: code, Type: "school", Under: under, Since: "2001-09-01", Name: map[string]string{"en": "School " + code},
			Fields: map[string]any{"ownership": "public"},
		}
	}
	zz := demoMinistry{
		Profile: "zz", Slug: "zz",
		People: []demoPerson{
			person("admin", "tenant_admin", "ministry", ""), person("auditor", "auditor", "ministry", ""),
			person("clerk", "clerk", "region", "01"), person("counter", "counter", "region", "01"), person("inspector", "inspector", "region", "01"),
			person("elsewhere", "inspector", "region", "02"),
		},
		Institutions: []demoInstitution{school("1001", "0101"), school("1002", "0101"), school("1003", "0201")},
	}
	s := newStillSiteOf(t, dbtest.Config(t), []demoMinistry{zz}, func(c *Config) {
		c.Judged, c.Rate, c.PerMinistry = NewJudged(), 1_000_000, 1_000
		c.ProfilesDir, c.PoliciesDir = absolute(t, "../proving/profiles"), absolute(t, "../proving/policies")
	})
	s.start()
	p := &proving{site: s}
	for login, a := range map[string]**asker{"clerk": &p.clerk, "counter": &p.counter, "inspector": &p.inspector, "auditor": &p.auditor, "elsewhere": &p.elsewhere} {
		*a = s.asker("zz", login)
	}
	for code, uid := range map[string]*string{"1001": &p.near, "1002": &p.none, "1003": &p.far} {
		var list struct{ Items []struct{ UID string } }
		p.read(p.inspector, "/institutions?q="+code, &list)
		if len(list.Items) != 1 {
			t.Fatalf("%s: %+v", code, list)
		}
		*uid = list.Items[0].UID
	}
	return p
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(abs); err != nil {
		t.Fatal(err)
	}
	return abs
}

// What a file says of the two schools besides what is hidden.
const (
	heading = "code;name.en;type;district_code;ownership"
	row1001 = "1001;School 1001;school;0101;public"
	row1002 = "1002;School 1002;school;0101;public"
	row1003 = "1003;School 1003;school;0201;public"
	row1004 = "1004;A new one;school;0101;public"
)

// read asks the API and reads its answer.
func (p *proving) read(a *asker, path string, into any) {
	p.t.Helper()
	r := a.get(api.Prefix + path)
	if r.status != http.StatusOK {
		p.t.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		p.t.Fatal(err)
	}
}

// call asks the API for something that changes, and returns the answer.
func (p *proving) call(a *asker, method, path, version string, body any) answer {
	p.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	header := map[string]string{}
	if version != "" {
		header["If-Match"] = version
	}
	return a.send(method, api.Prefix+path, "application/json", string(raw), header)
}

// patch changes fields of a record as it stands.
func (p *proving) patch(a *asker, uid string, fields map[string]any) answer {
	p.t.Helper()
	was := a.get(api.Prefix + "/institutions/" + uid)
	return p.call(a, http.MethodPatch, "/institutions/"+uid, was.header.Get("ETag"), map[string]any{"fields": fields})
}

// importRun is what the API says of an import.
type importRun struct {
	UID     string
	State   string
	Job     string
	Version int
	Columns []struct{ Target string }
	Counts  map[string]int
}

// bring sends a file, lets it be checked, and returns the import as it then is.
func (p *proving) bring(a *asker, file string) importRun {
	p.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "list.csv")
	if err == nil {
		_, err = io.WriteString(part, file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	r := a.send(http.MethodPost, api.Prefix+"/imports", w.FormDataContentType(), form.String(), nil)
	var i importRun
	if err := json.Unmarshal(r.body, &i); err != nil || i.UID == "" {
		p.t.Fatalf("%d %s", r.status, r.body)
	}
	return p.step(a, i, "preview", "checked")
}

// step takes an import on and waits until it is done.
func (p *proving) step(a *asker, i importRun, step, state string) importRun {
	p.t.Helper()
	r := p.call(a, http.MethodPost, "/imports/"+i.UID+"/"+step, fmt.Sprintf(`"%d"`, i.Version), nil)
	if r.status != http.StatusAccepted {
		p.t.Fatalf("%s: %d %s", step, r.status, r.body)
	}
	p.until(step, func() bool { p.read(a, "/imports/"+i.UID, &i); return i.State == state })
	return i
}

// taken exports what a query selects, and returns the file.
func (p *proving) taken(a *asker, query map[string]any) ([]byte, answer) {
	p.t.Helper()
	r := p.call(a, http.MethodPost, "/institutions/export", "", query)
	if r.status != http.StatusAccepted {
		return nil, r
	}
	var run struct{ UID, State string }
	if err := json.Unmarshal(r.body, &run); err != nil {
		p.t.Fatal(err)
	}
	p.until("the export", func() bool { p.read(a, "/jobs/"+run.UID, &run); return run.State == "done" })
	return a.get(api.Prefix + "/jobs/" + run.UID + "/file").body, r
}

// lived gives the school its values and lets people of the office do with it what can be
// done, so that every door has something to show.
func (p *proving) lived() {
	p.t.Helper()
	put := func(a *asker, uid string, fields map[string]any) {
		if r := p.patch(a, uid, fields); r.status != http.StatusOK {
			p.t.Fatalf("%d %s", r.status, r.body)
		}
	}
	put(p.elsewhere, p.far, map[string]any{"hidden_text": "Farmark before"})
	put(p.elsewhere, p.far, far.fields)
	put(p.inspector, p.near, map[string]any{"hidden_text": "Quietmark before"})
	put(p.inspector, p.near, near.fields)
	put(p.clerk, p.near, map[string]any{"address": "Plainmark"})
	// The inspector's files: one that was applied, one with a mistake in what is hidden.
	i := p.bring(p.inspector, heading+";hidden_text;sealed_text\n"+row1001+";Quietmark by file;Sheltermark by file\n")
	p.step(p.inspector, i, "apply", "applied")
	p.bring(p.inspector, heading+";hidden_number;hidden_day;sealed_number;hidden_unique\n"+row1001+";48151623x;2011-07-19x;27182818x;FX-77120\n"+row1002+";1;;2;FX-77120\n")
	put(p.inspector, p.near, near.fields)
	if file, r := p.taken(p.inspector, map[string]any{"state": "all"}); len(tracesIn(p.t, file, near)) < len(near.traces)-6 {
		p.t.Fatalf("the inspector's own file holds only %v (%d)", tracesIn(p.t, file, near), r.status)
	}
}

// ids are the public ids of everything that an address can name.
func (p *proving) ids() []string {
	p.t.Helper()
	ctx := context.Background()
	super, err := pgx.Connect(ctx, strings.Replace(p.Config.OwnerDSN, "mektep_owner", "mektep_super", 1))
	if err != nil {
		p.t.Fatal(err)
	}
	defer super.Close(ctx)
	tables, err := super.Query(ctx, `SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'uid' ORDER BY 1`)
	if err != nil {
		p.t.Fatal(err)
	}
	names, err := pgx.CollectRows(tables, pgx.RowTo[string])
	if err != nil {
		p.t.Fatal(err)
	}
	all := []string{p.near}
	for _, table := range names {
		rows, err := super.Query(ctx, "SELECT uid FROM "+pgx.Identifier{table}.Sanitize()+" ORDER BY ctid DESC LIMIT 2")
		if err != nil {
			p.t.Fatal(err)
		}
		uids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			p.t.Fatal(err)
		}
		all = append(all, uids...)
	}
	return all
}

// doors are the addresses of everything that can be got, with each id in each place, and
// the queries that lists take.
func (p *proving) doors(ids []string) (doors []string) {
	for _, r := range p.HTTP.GetRoutes(true) {
		if r.Method != fiber.MethodGet || strings.HasSuffix(r.Path, "/*") {
			continue
		}
		if !strings.Contains(r.Path, ":") {
			doors = append(doors, r.Path)
			continue
		}
		for _, id := range ids {
			for _, rest := range []string{"general", "contact", "hidden", "closed", "name", "csv", "xlsx"} {
				path := strings.Replace(r.Path, ":uid", id, 1)
				whole := path == r.Path // its place is for something else than an id
				parts := strings.Split(path, "/")
				for k, part := range parts {
					if strings.HasPrefix(part, ":") {
						parts[k] = rest
					}
				}
				path = strings.Join(parts, "/")
				if !slices.Contains(doors, path) && (strings.Contains(r.Path, ":uid") || whole) {
					doors = append(doors, path)
				}
			}
		}
	}
	return doors
}

// Whoever may not see a field group reads its values at no door: not by asking for any
// address that there is, as any of those who work with the same record.
func TestHiddenGroupsStayHiddenAtEveryDoor(t *testing.T) {
	p := newProving(t)
	p.lived()
	ids := p.ids()
	doors := p.doors(ids)
	shown := map[string]bool{} // doors at which the inspector reads what is near
	for _, who := range []struct {
		name   string
		a      *asker
		hidden []secret
	}{{"clerk", p.clerk, []secret{near, far, codes}}, {"auditor", p.auditor, []secret{sealed}}, {"inspector", p.inspector, []secret{far}}} {
		for _, door := range doors {
			if leaves(routed{http.MethodGet, door}) {
				continue
			}
			a := who.a.send(http.MethodGet, door, "", "", nil)
			if a.err != nil || a.status >= 500 && door != "/readyz" {
				t.Errorf("%s at %s: %d %v", who.name, door, a.status, a.err)
			}
			if found := tracesIn(t, a.body, who.hidden...); len(found) > 0 {
				t.Errorf("the %s reads %q at %s", who.name, found, door)
			}
			if who.a == p.inspector && len(tracesIn(t, a.body, near)) > 0 {
				shown[door] = true
			}
		}
		if who.a == p.auditor {
			continue // takes no lists away
		}
		file, r := p.taken(who.a, map[string]any{"state": "all"})
		if found := tracesIn(t, file, who.hidden...); len(found) > 0 {
			t.Errorf("the %s takes %q away in a file", who.name, found)
		}
		if len(tracesIn(t, file, secret{traces: []string{"school 1003"}})) == 0 {
			t.Errorf("the %s's file: %d, %d bytes", who.name, r.status, len(file))
		}
	}
	// That the others read nothing says something only where there is something to read.
	for _, door := range []string{
		"/institutions/" + p.near, "/institutions/" + p.near + "/print", "/institutions/" + p.near + "/history",
		"/institutions/" + p.near + "/edit/hidden", "/institutions/" + p.near + "/edit/closed",
		api.Prefix + "/institutions/" + p.near, api.Prefix + "/institutions/" + p.near + "/history",
	} {
		if !shown[door] {
			t.Errorf("the inspector, who may, reads nothing hidden at %s", door)
		}
	}
	for _, part := range []string{"/institutions/import/", api.Prefix + "/imports/"} {
		if !slices.ContainsFunc(doors, func(d string) bool { return strings.HasPrefix(d, part) && shown[d] }) {
			t.Errorf("the inspector's own file shows the inspector nothing below %s", part)
		}
	}
	if len(doors) < 1500 {
		t.Errorf("only %d doors were tried", len(doors))
	}
	t.Logf("%d doors, hidden values behind %d of them", len(doors), len(shown))
}

// A question that holds a value: asked with the true one and with a false one it is
// answered alike, or the answer gives the value away, however little it shows.
type question struct {
	name        string
	true, false any
	ask         func(p *proving, a *asker, value any) string
	unique      bool // whoever may write the field learns that a value is taken, as they must
	counter     bool // whoever may count what they may not see is answered
	open        bool // the inspector, too, is answered alike: nothing looks there at what is hidden
}

// heard is what an answer says besides the value that was asked with: how it was
// answered, and of which schools it speaks.
func heard(a answer) string {
	said := fmt.Sprint(a.status)
	for _, school := range []string{"School 1001", "School 1002", "School 1003"} {
		if bytes.Contains(a.body, []byte(school)) {
			said += " " + school
		}
	}
	var problem struct {
		Errors []struct{ Field, Message string }
	}
	if json.Unmarshal(a.body, &problem) == nil {
		for _, e := range problem.Errors {
			said += " " + e.Field
		}
	}
	return said
}

// got asks for an address that ends in the value.
func got(path string) func(p *proving, a *asker, value any) string {
	return func(_ *proving, a *asker, value any) string { return heard(a.get(path + fmt.Sprint(value))) }
}

// wrong are values of the same fields that no record has.
var wrong = map[string]any{
	"hidden_text": "Other", "hidden_number": 1, "hidden_unique": "FX-1", "hidden_day": "2011-07-20", "hidden_yes": false, "hidden_code": "storm",
	"hidden_codes": "storm", "hidden_must": "Other", "sealed_text": "Other", "sealed_code": "storm", "sealed_number": 1, "sealed_unique": "SX-1",
}

// questions ask for the values of a secret, and for wrong ones: by each filter, in each
// search, in what is entered, changed and brought in by file.
func questions(of secret) (all []question) {
	guess := func(field string) (right, no any) {
		right = of.fields[field]
		if list, several := right.([]string); several {
			right = list[0]
		}
		return right, wrong[field]
	}
	for _, field := range []string{"hidden_code", "hidden_codes", "hidden_yes", "hidden_number", "hidden_day", "sealed_code", "sealed_number"} {
		yes, no := guess(field)
		if yes == no {
			continue // there is no third answer to a question of yes and no
		}
		asked := func(name string, ask func(p *proving, a *asker, value any) string) {
			all = append(all, question{name: name + " " + field, true: yes, false: no, ask: ask})
		}
		asked("the list by", got(api.Prefix+"/institutions?filter="+field+":"))
		asked("numbers by", func(_ *proving, a *asker, value any) string {
			r := a.get(api.Prefix + "/institutions/counts?by=type&filter=" + field + ":" + fmt.Sprint(value))
			return fmt.Sprint(r.status, bytes.Contains(r.body, []byte(`"count":`)))
		})
		asked("the screen by", func(_ *proving, a *asker, value any) string {
			v := fmt.Sprint(value)
			switch value {
			case true:
				v = "1"
			case false:
				v = "0"
			}
			return heard(a.get("/institutions?f." + field + "=" + v + "&f." + field + ".from=" + v + "&f." + field + ".to=" + v))
		})
		asked("a file by", func(p *proving, a *asker, value any) string {
			file, r := p.taken(a, map[string]any{"filter": []string{field + ":" + fmt.Sprint(value)}})
			return fmt.Sprint(r.status, tracesIn(p.t, file, secret{traces: []string{"school 100"}}))
		})
	}
	for _, field := range []string{"hidden_text", "hidden_unique", "hidden_number", "hidden_code", "hidden_phone", "hidden_mail", "sealed_text"} {
		for name, path := range map[string]string{"list": api.Prefix + "/institutions?q=", "screen": "/institutions?q=", "place for a new one": "/institutions/new?find="} {
			all = append(all, question{name: "the " + name + " that " + field + " finds", true: of.fields[field], false: "Nowheremark", ask: got(path), open: true})
		}
	}
	for _, field := range []string{"hidden_text", "hidden_number", "hidden_must", "hidden_unique", "sealed_text", "sealed_unique"} {
		yes, no := guess(field)
		unique := strings.Contains(field, "unique")
		all = append(
			all,
			// A value that another record has, and one that none has.
			question{name: "changing another's " + field, true: yes, false: no, open: true, unique: unique, ask: func(p *proving, a *asker, value any) string {
				return heard(p.patch(a, p.none, map[string]any{field: value}))
			}},
			question{name: "entering one with " + field, true: yes, false: no, open: true, unique: unique, ask: func(p *proving, a *asker, value any) string {
				return heard(p.call(a, http.MethodPost, "/institutions", "", map[string]any{"name": map[string]string{"en": "New"}, "fields": map[string]any{field: value}}))
			}},
			// Of the record itself, and of a new one.
			question{name: "a file with", true: yes, false: no, unique: unique, open: unique, ask: func(p *proving, a *asker, value any) string {
				said := field + ":"
				for _, row := range []string{of.row, row1004} {
					i := p.bring(a, heading+";"+field+"\n"+row+";"+fmt.Sprint(value)+"\n")
					var found struct {
						Items []struct{ Key, Target string }
					}
					p.read(a, "/imports/"+i.UID+"/findings", &found)
					said += fmt.Sprint(" ", i.Counts, found.Items)
				}
				return said
			}},
		)
	}
	for _, field := range []string{"hidden_code", "hidden_yes", "sealed_code"} {
		all = append(all, question{name: "numbers of each", true: field, false: "address", counter: strings.HasPrefix(field, "hidden"), open: true, ask: func(_ *proving, a *asker, value any) string {
			r := a.get(api.Prefix + "/institutions/counts?by=" + fmt.Sprint(value))
			return fmt.Sprint(r.status == http.StatusOK)
		}})
	}
	return all
}

// Nobody finds a hidden value out by guessing it: at no door that takes one is a right
// guess answered otherwise than a wrong one.
func TestNobodyGuessesWhatIsHidden(t *testing.T) {
	p := newProving(t)
	p.lived()
	alike := func(q question, who string, a *asker, may bool) {
		t.Helper()
		yes, no := q.ask(p, a, q.true), q.ask(p, a, q.false)
		if (yes != no) != may {
			t.Errorf("%s, by the %s: with %v %q, with %v %q", q.name, who, q.true, yes, q.false, no)
		}
	}
	for _, q := range questions(near) {
		alike(q, "clerk", p.clerk, false)
		alike(q, "counter", p.counter, q.counter)
		if !q.open {
			alike(q, "inspector", p.inspector, true)
		}
	}
	for _, q := range questions(far) {
		alike(q, "clerk", p.clerk, false)
		if !q.unique && q.true != "hidden_code" && q.true != "hidden_yes" && q.true != "sealed_code" {
			alike(q, "inspector of another region", p.inspector, false)
		}
	}
}
