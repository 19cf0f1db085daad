package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/url"
	"strconv"

	"mektep/core/clock"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/registry"
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
	if err := rest(ctx, w.owner); err != nil {
		return err
	}
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
	for _, c := range w.others(records) {
		got, err := alone(newLoad(product, host, browser, c.paths, o.callers), o)
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		r.rate(fmt.Sprintf("%s, %d institutions, %d callers (no floor)", c.what, len(all), o.callers), got, c.least, "/s")
	}
	_, peak, err := product.resident()
	r.figure("Most memory the server held while it answered these", peak, "MB")
	return err
}

// page is a page that stands for itself, and how many of it there are to be in a second.
type page struct {
	what  string
	paths []string
	least float64
}

// others are the pages beside the list. Searches go through many words, as people do: one
// page again and again would be the database's cache.
func (w *world) others(records []string) []page {
	var forms, two, mistaken, common []string
	entries := make([]string, len(records))
	for i, path := range records {
		entries[i] = "/institutions/" + path[len("/api/v1/institutions/"):]
	}
	for _, first := range firstWords {
		for _, second := range secondWords {
			two = append(two, "/institutions?"+url.Values{"q": {first + " " + second}}.Encode())
		}
		letters := []rune(first)
		mistaken = append(mistaken, "/institutions?"+url.Values{"q": {string(letters[:2]) + string(letters[1:])}}.Encode())
	}
	on := clock.Day(now())
	for _, f := range w.profile.Register(registry.Institutions).FieldsAt(on) {
		if f.Filter && f.Type.Kind == profile.KindReference {
			for _, item := range w.profile.ItemsAt(f.Type.Target, on) {
				common = append(common, "/institutions?"+url.Values{"f." + f.ID: {item.Code}}.Encode())
			}
			break
		}
	}
	for _, g := range w.profile.Register(registry.Institutions).Groups[:1] {
		for _, path := range entries {
			forms = append(forms, path+"/edit/"+g.ID)
		}
	}
	return []page{
		{"Home", []string{"/home"}, 1000},
		{"Territory, first page", []string{"/units"}, 1000},
		{"People", []string{"/people"}, 1000},
		{"Calendar", []string{"/calendar"}, 1000},
		{"Record page", entries, 1500},
		{"Form of a group", forms, 1500},
		{"Search with two words", two, 800},
		{"Search with a mistake", mistaken, 400},
		{"Filter by a common value", common, 800},
	}
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
