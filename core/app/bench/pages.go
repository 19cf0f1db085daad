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

// pages compares the list page and a record of the API with the floor: a bare
// fiber handler with the same SQL by plain pgx, the same template, the same JSON.
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
	floor, err := w.startFloor(ctx, b, len(all))
	if err != nil {
		return err
	}
	defer floor.stop()
	browser := map[string]string{"Cookie": "mektep=" + w.cookie, "Accept": "text/html"}
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
	for _, c := range [...]struct{ what, path string }{{"Home", "/home"}, {"Territory, first page", "/units"}} {
		got, err := alone(newLoad(product, host, browser, []string{c.path}, o.callers), o)
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		r.figure(fmt.Sprintf("%s, %d institutions, %d callers (remembered, no floor)", c.what, len(all), o.callers), got, "/s")
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

// samePage: the same rows, and so many bytes that it can only be the same page.
func samePage(product, floor []byte) error {
	rows := func(b []byte) int { return bytes.Count(b, []byte("<tr")) }
	if rows(product) != rows(floor) || rows(product) < 50 {
		return fmt.Errorf("the product shows %d rows, the floor %d", rows(product), rows(floor))
	}
	if d := math.Abs(float64(len(product)-len(floor))) / float64(len(product)); d > 0.05 {
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
