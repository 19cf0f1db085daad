package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

const (
	mostImport  = 3   // times the floor
	mostAbove   = 200 // MB above idle
	importLimit = 20 * time.Minute
)

// imported is what one import took.
type imported struct {
	rows                  int
	preview, apply, undo  time.Duration
	idle, peak            float64 // MB
	size                  int64   // bytes of the file
	left                  []table // rows that it left, for the floor
	world                 *world
	entries               []entry
	file, floor, database string
}

// imports brings the list in as a person would, from upload to apply, and beside
// it by a plain program that parses, validates and copies the rows it leaves.
func imports(ctx context.Context, b *build, o options, r *report) error {
	got, err := importOnce(ctx, b, o, "csv")
	if err != nil {
		return err
	}
	floor, left, err := plainImport(ctx, b, got)
	if err != nil {
		return fmt.Errorf("the floor: %w", err)
	}
	name := fmt.Sprintf("Import of %d rows, CSV", got.rows)
	r.times(name+": apply", got.apply, floor, mostImport)
	r.times(name+": check and apply", got.preview+got.apply, floor, mostImport)
	r.times(name+": undo", got.undo, floor, 0)
	r.atMost(name+": memory above idle", got.peak-got.idle, mostAbove, "MB")
	r.note("The import leaves %s. The floor parses and validates the same file and copies these rows as a superuser, whom no policy slows down, with all indexes and foreign keys.", left)
	if o.xlsx == "never" {
		return nil
	}
	sheet, err := importOnce(ctx, b, o, "xlsx")
	if err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	r.times(fmt.Sprintf("The same as XLSX (%.1f MB): check and apply", float64(sheet.size)/1e6), sheet.preview+sheet.apply, floor, 0)
	r.figure("The same as XLSX: memory above idle", sheet.peak-sheet.idle, "MB")
	return nil
}

// importOnce runs one import in a ministry of its own.
func importOnce(ctx context.Context, b *build, o options, format string) (*imported, error) {
	name := "bench_import_" + format
	w, err := newWorld(ctx, b, name)
	if err != nil {
		return nil, err
	}
	w.app.Close() // the database is copied for the floor, and the server starts afresh
	i := &imported{world: w, database: name, floor: name + "_floor", entries: entries(w.profile, o.rows), file: filepath.Join(b.dir, "list."+format)}
	i.rows = len(i.entries)
	if _, err := b.database(ctx, i.floor, name); err != nil {
		return nil, err
	}
	if i.size, err = writeList(i.file, format, i.entries); err != nil {
		return nil, err
	}
	p, err := w.serve(ctx, b)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	time.Sleep(settling)
	if i.idle, _, err = p.resident(); err != nil {
		return nil, err
	}
	if err := p.forgetPeak(); err != nil {
		return nil, err
	}
	return i, i.through(ctx, p, format == "csv")
}

// through leads the import through its steps; undo only after its rows are kept.
func (i *imported) through(ctx context.Context, p *process, withUndo bool) error {
	before, err := transaction(ctx, i.world.super)
	if err != nil {
		return err
	}
	run, err := i.upload(p)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	if i.preview, err = i.step(p, run, "preview", "checking", "checked"); err != nil {
		return err
	}
	if run.Counts.New != i.rows {
		_, found, _ := p.get(host, "/api/v1/imports/"+run.UID+"/findings", i.headers(run))
		return fmt.Errorf("the preview counts %+v of %d rows: %.1000s", run.Counts, i.rows, found)
	}
	if i.apply, err = i.step(p, run, "apply", "applying", "applied"); err != nil {
		return err
	}
	if _, i.peak, err = p.resident(); err != nil || !withUndo {
		return err
	}
	if i.left, err = leftRows(ctx, i.world.super, before, filepath.Dir(i.file)); err != nil {
		return err
	}
	i.undo, err = i.step(p, run, "undo", "undoing", "undone")
	return err
}

// importRun is what the API says of an import.
type importRun struct {
	UID     string `json:"uid"`
	State   string `json:"state"`
	Job     string `json:"job"`
	Version int    `json:"version"`
	Counts  struct {
		Rows, New, Changed, Unchanged, Duplicate, Faulty int
	} `json:"counts"`
}

func (i *imported) headers(run *importRun) map[string]string {
	h := map[string]string{"Authorization": "Bearer " + i.world.token}
	if run != nil {
		h["If-Match"] = strconv.Quote(strconv.Itoa(run.Version))
	}
	return h
}

func (i *imported) upload(p *process) (*importRun, error) {
	f, err := os.Open(i.file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", filepath.Base(i.file))
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(part, f); err != nil {
		return nil, err
	}
	if err := form.Close(); err != nil {
		return nil, err
	}
	run := &importRun{}
	h := i.headers(nil)
	h["Content-Type"] = form.FormDataContentType()
	return run, p.post("/api/v1/imports", h, &body, http.StatusCreated, run)
}

// step starts a job and waits for the state it leads to.
func (i *imported) step(p *process, run *importRun, name, during, after string) (time.Duration, error) {
	begun := now()
	if err := p.post("/api/v1/imports/"+run.UID+"/"+name, i.headers(run), nil, http.StatusAccepted, run); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	for patience := 20; run.State == during; {
		if now().Sub(begun) > importLimit {
			return 0, fmt.Errorf("%s takes longer than %s", name, importLimit)
		}
		time.Sleep(50 * time.Millisecond)
		status, answer, err := p.get(host, "/api/v1/imports/"+run.UID, i.headers(nil))
		if err != nil || status != http.StatusOK { // a machine that is busy may let one question wait too long
			if patience--; patience > 0 {
				continue
			}
			return 0, errors.Join(err, fmt.Errorf("%s: %d: %.300s", name, status, answer))
		}
		*run = importRun{}
		if err := json.Unmarshal(answer, run); err != nil {
			return 0, err
		}
	}
	if run.State != after {
		_, job, _ := p.get(host, "/api/v1/jobs/"+run.Job, i.headers(nil))
		return 0, fmt.Errorf("%s led to %q instead of %q: %.600s", name, run.State, after, job)
	}
	return now().Sub(begun), nil
}

// post sends a request and decodes its answer.
func (p *process) post(path string, header map[string]string, body io.Reader, want int, into any) error {
	req, err := http.NewRequest(http.MethodPost, "http://"+p.addr+path, body) //nolint:noctx // a program of its own
	if err != nil {
		return err
	}
	req.Host = host
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != want {
		return fmt.Errorf("%d: %.500s", resp.StatusCode, answer)
	}
	return json.Unmarshal(answer, into)
}

// writeList writes the entries as a file whose headings are the ids of what the
// columns mean, and returns its size.
func writeList(path, format string, all []entry) (int64, error) {
	kinds := map[string]bool{}
	for _, e := range all {
		for id := range e.fields {
			kinds[id] = true
		}
	}
	ids := slices.Sorted(maps.Keys(kinds))
	head := append([]string{"code", "name", "type", "district_code"}, ids...)
	row := func(e entry) []string {
		cells := []string{e.code, e.name, e.typ, e.district}
		for _, id := range ids {
			cell := ""
			if v, ok := e.fields[id]; ok {
				cell = fmt.Sprint(v)
			}
			cells = append(cells, cell)
		}
		return cells
	}
	var err error
	if format == "xlsx" {
		err = writeXLSX(path, head, all, row)
	} else {
		err = writeCSV(path, head, all, row)
	}
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func writeCSV(path string, head []string, all []entry, row func(entry) []string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	w := csv.NewWriter(f)
	_ = w.Write(head)
	for _, e := range all {
		_ = w.Write(row(e))
	}
	w.Flush()
	return w.Error()
}

func writeXLSX(path string, head []string, all []entry, row func(entry) []string) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	line := func(n int, cells []string) error {
		values := make([]any, len(cells))
		for k, c := range cells {
			values[k] = c
		}
		return w.SetRow("A"+strconv.Itoa(n), values)
	}
	if err := line(1, head); err != nil {
		return err
	}
	for n, e := range all {
		if err := line(n+2, row(e)); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.SaveAs(path)
}
