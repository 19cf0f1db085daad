package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/url"
	"strconv"

	"mektep/core/record"
)

// The share of the floor's throughput that pages must reach.
const leastShare = 0.55

// pages compares the list page and a record of the API with the floor: the least work that
// yields the same bytes. Other pages stand for themselves.
func pages(ctx context.Context, b *build, o options, r *report) error {
	w, err := newWorld(ctx, b, "bench_pages")
	if err != nil {
		return err
	}
	defer w.app.Close()
	all := entries(w.profile, o.rows)
	if err := w.seed(ctx, all); err != nil {
		return err
	}
	lists, records, err := w.addresses()
	if err != nil {
		return err
	}
	product, err := w.serve(ctx, b)
	if err != nil {
		return err
	}
	defer product.stop()
	browser := map[string]string{"Cookie": "mektep=" + w.cookie, "Accept": "text/html"}
	floor, err := w.startFloor(ctx, b, product, lists, browser, len(all))
	if err != nil {
		return err
	}
	defer floor.stop()
	program := map[string]string{"Authorization": "Bearer " + w.token, "Accept": "application/json"}
	for _, c := range []struct {
		what   string
		header map[string]string
		paths  []string
		check  func(product, floor []byte) error
	}{
		{fmt.Sprintf("List page, 50 of %d institutions, %d callers", len(all), o.callers), browser, lists, samePage},
		{fmt.Sprintf("Record through the API, %d callers", o.callers), program, records, sameRecord},
	} {
		if err := agree(product, floor, c.header, c.paths, c.check, r); err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		got, bare, err := compare(newLoad(product, host, c.header, c.paths, o.callers), newLoad(floor, host, nil, c.paths, o.callers), o)
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		r.atLeast(c.what, got, bare, leastShare, "/s")
	}
	for _, c := range [...]struct{ what, path string }{{"Home", "/home"}, {"Territory, first page", "/units"}, {"People", "/people"}, {"Calendar", "/calendar"}, {"Record page", "/institutions/" + records[0][len("/api/v1/institutions/"):]}} {
		got, err := alone(newLoad(product, host, browser, []string{c.path}, o.callers), o)
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		r.figure(fmt.Sprintf("%s, %d institutions, %d callers (no floor)", c.what, len(all), o.callers), got, "/s")
	}
	_, peak, err := product.resident()
	r.figure("Most memory the server held while it answered these", peak, "MB")
	return err
}

// addresses are pages spread over the beginning of the list, and records on them.
func (w *world) addresses() (lists, records []string, err error) {
	q := record.Query{}
	for range 40 {
		page, err := w.app.Registry.List(w.inside, q)
		if err != nil {
			return nil, nil, err
		}
		path := "/institutions"
		if q.After != "" {
			path += "?" + url.Values{"after": {q.After}}.Encode()
		}
		lists = append(lists, path)
		for i := 0; i < len(page.Items); i += 5 {
			records = append(records, "/api/v1/institutions/"+page.Items[i].UID)
		}
		if page.Next == "" {
			break
		}
		q.After = page.Next
	}
	return lists, records, nil
}

// agree makes sure that both servers answer the same question.
func agree(product, floor *process, header map[string]string, paths []string, check func(product, floor []byte) error, r *report) error {
	for _, path := range paths[:min(3, len(paths))] {
		status, got, err := product.get(host, path, header)
		if err != nil {
			return fmt.Errorf("the product: %w", err)
		}
		if status != 200 {
			return fmt.Errorf("the product answers %s with %d: %.300s", path, status, got)
		}
		status, bare, err := floor.get(host, path, nil)
		if err != nil {
			return fmt.Errorf("the floor: %w", err)
		}
		if status != 200 {
			return fmt.Errorf("the floor answers %s with %d: %.300s", path, status, bare)
		}
		if err := check(got, bare); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if path == paths[0] {
			r.note("%s: %s bytes from the product, %s from the floor, not compressed.", label(path), strconv.Itoa(len(got)), strconv.Itoa(len(bare)))
		}
	}
	return nil
}

func label(path string) string {
	if path == "/institutions" {
		return "List page"
	}
	return "Record"
}

// samePage: the same rows to the byte, and around them but for what each answer has of its
// own (a form's token, a key, a number of the request).
func samePage(product, floor []byte) error {
	rows := func(page []byte) []byte {
		_, rest, _ := bytes.Cut(page, []byte(rowsFrom))
		in, _, _ := bytes.Cut(rest, []byte(rowsTo))
		return in
	}
	got, bare := rows(product), rows(floor)
	if n := bytes.Count(got, []byte("<tr")); n < 50 || !bytes.Equal(got, bare) {
		return fmt.Errorf("the product shows %d rows: %.700s\nthe floor: %.700s", n, got, bare)
	}
	if d := math.Abs(float64(len(product)-len(floor))) / float64(len(product)); d > 0.01 {
		return fmt.Errorf("the product's page has %d bytes, the floor's %d: they are no longer the same page", len(product), len(floor))
	}
	return nil
}

func sameRecord(product, floor []byte) error {
	if !bytes.Equal(bytes.TrimSpace(product), bytes.TrimSpace(floor)) {
		return fmt.Errorf("the product answers\n%s\nthe floor\n%s", product, floor)
	}
	return nil
}
