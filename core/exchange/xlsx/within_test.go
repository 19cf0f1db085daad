package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// workbook is a workbook whose first sheet is what write writes.
func workbook(t testing.TB, shared string, write func(w io.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	add := func(name string, write func(w io.Writer)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		write(w)
	}
	text := func(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	add("[Content_Types].xml", text(head+`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`))
	add("_rels/.rels", text(head+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`))
	add("xl/workbook.xml", text(head+`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`))
	add("xl/_rels/workbook.xml.rels", text(head+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`))
	if shared != "" {
		add("xl/sharedStrings.xml", text(head+`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`+shared+`</sst>`))
	}
	add("xl/worksheets/sheet1.xml", func(w io.Writer) {
		_, _ = io.WriteString(w, head+`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
		write(w)
		_, _ = io.WriteString(w, `</sheetData></worksheet>`)
	})
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// zipped is an archive of one part.
func zipped(t testing.TB, name, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create(name)
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// cell writes a cell in the sheet itself, of n letters.
func cell(n int, letters string) func(w io.Writer) {
	return func(w io.Writer) {
		_, _ = io.WriteString(w, `<row r="1"><c r="A1" t="inlineStr"><is><t>`)
		block := strings.Repeat(letters, 4096)
		for ; n >= 4096; n -= 4096 {
			_, _ = io.WriteString(w, block)
		}
		_, _ = io.WriteString(w, strings.Repeat(letters, n)+`</t></is></c></row>`)
	}
}

// What was made to fill the memory is refused before it does, whatever part of the
// workbook it stands in.
func TestABombIsRefusedBeforeItIsHeld(t *testing.T) {
	rich := strings.Repeat(`<r><rPr><b/></rPr><t>`+strings.Repeat("x", 1000)+`</t></r>`, 200)
	bombs := map[string][]byte{
		"one cell of 100 MB":    workbook(t, "", cell(100<<20, "A")),
		"one cell by entities":  workbook(t, "", cell(40_000, "&#65;")),
		"an entry of many runs": workbook(t, "<si>"+rich+"</si>", cell(1, "A")),
		"a cell of many runs":   workbook(t, "", func(w io.Writer) { fmt.Fprintf(w, `<row r="1"><c r="A1" t="inlineStr"><is>%s</is></c></row>`, rich) }),
		"a tag without an end":  workbook(t, "", func(w io.Writer) { fmt.Fprintf(w, `<row r="1" x="%s"></row>`, strings.Repeat("y", 100_000)) }),
		"a shared text":         workbook(t, "<si><t>"+strings.Repeat("Ж", 32_768)+"</t></si>", cell(1, "A")),
		"many merged ranges": workbook(t, "", func(w io.Writer) {
			cell(1, "A")(w)
			_, _ = io.WriteString(w, `</sheetData><mergeCells>`+strings.Repeat(`<mergeCell ref="B1:C2"/>`, 20_001)+`</mergeCells><sheetData>`)
		}),
		"many small cells": workbook(t, "", func(w io.Writer) { zeros(w, 100<<20) }),
	}
	for name, raw := range bombs {
		t.Run(name, func(t *testing.T) {
			peak := watch(t)
			before := peak()
			err := format("xlsx").Read(t.Context(), bytes.NewReader(raw), exchange.Reading{}, func(exchange.Row) error {
				t.Error("a row was read")
				return nil
			})
			if f := faulttest.Of(t, err); f.Kind != fault.Invalid || f.Key != "import.cell_long" && f.Key != "import.bomb" {
				t.Errorf("got %v", err)
			}
			if grown := int64(peak()) - int64(before); grown > 48<<20 {
				t.Errorf("%d MB were held of a file of %d kB", grown>>20, len(raw)>>10)
			}
		})
	}
}

func zeros(w io.Writer, n int) {
	row := strings.Repeat(`<row><c><v>1</v></c></row>`, 1000)
	for ; n > 0; n -= len(row) {
		_, _ = io.WriteString(w, row)
	}
}

// The longest text that a spreadsheet keeps is read whole.
func TestTheLongestCellIsRead(t *testing.T) {
	for _, letters := range []string{"A", "Ж", "&amp;"} {
		read := 0
		err := format("xlsx").Read(t.Context(), bytes.NewReader(workbook(t, "", cell(32_767, letters))), exchange.Reading{}, func(r exchange.Row) error {
			read = len([]rune(r.Cells[0]))
			return nil
		})
		if err != nil || read != 32_767 {
			t.Errorf("%s: %d letters, %v", letters, read, err)
		}
	}
	for n, ok := range map[int]bool{32_767: true, 32_768: false} {
		err := format("csv").Read(t.Context(), strings.NewReader("a;b\n"+strings.Repeat("ж", n)+";1\n"), exchange.Reading{}, func(exchange.Row) error { return nil })
		if ok != (err == nil) || !ok && faulttest.Of(t, err).Key != "import.cell_long" {
			t.Errorf("a CSV cell of %d: %v", n, err)
		}
	}
}

// Only so many workbooks are read at a time; who waits for a seat waits no longer
// than their own time, and is told to come again.
func TestWorkbooksAreReadAFewAtATime(t *testing.T) {
	var f exchange.Format
	for _, one := range Formats() {
		if one.ID == "xlsx" {
			f = one
		}
	}
	raw := workbook(t, "", cell(1, "A"))
	held, free := make(chan bool), make(chan bool)
	var readers sync.WaitGroup
	seats := 0
	for full := false; !full; {
		readers.Go(func() {
			_ = f.Read(context.Background(), bytes.NewReader(raw), exchange.Reading{}, func(exchange.Row) error {
				held <- true
				<-free
				return nil
			})
		})
		select {
		case <-held:
			seats++
		case <-time.After(3 * time.Second):
			full = true
		}
		if seats > 20 {
			t.Fatal("as many are read as come")
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := f.Read(ctx, bytes.NewReader(raw), exchange.Reading{}, func(exchange.Row) error { return nil })
	if g := faulttest.Of(t, err); g.Kind != fault.Unavailable || g.Key != "import.busy" || g.Wait == 0 {
		t.Errorf("got %v", err)
	}
	go func() { // the one that still waits for its seat
		for range held {
		}
	}()
	close(free)
	readers.Wait()
	close(held)
}

// Reading ends with whoever asked.
func TestReadingEndsWithItsContext(t *testing.T) {
	raw := workbook(t, "", func(w io.Writer) {
		for n := range 5000 {
			fmt.Fprintf(w, `<row><c t="inlineStr"><is><t>%d</t></is></c></row>`, n)
		}
	})
	for id, text := range map[string][]byte{"xlsx": raw, "csv": []byte(strings.Repeat("a;b\n", 5000))} {
		ctx, cancel := context.WithCancel(context.Background())
		rows := 0
		err := format(id).Read(ctx, bytes.NewReader(text), exchange.Reading{}, func(exchange.Row) error { rows++; cancel(); return nil })
		if err == nil || rows != 1 {
			t.Errorf("%s: %d rows, %v", id, rows, err)
		}
	}
}

// Whoever fills the seats of one ministry keeps no other's workbook waiting.
func TestOneMinistryLeavesAnotherASeat(t *testing.T) {
	w := &workbooks{seats: make(chan struct{}, seats), own: map[int32]chan struct{}{}}
	of := func(tenant int32) context.Context {
		return caller.With(t.Context(), &caller.Caller{Tenant: caller.Tenant{ID: tenant}})
	}
	for range seatsOfOne {
		if _, err := w.seat(of(1)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(of(1), 20*time.Millisecond)
	defer cancel()
	if _, err := w.seat(ctx); faulttest.Key(err) != "import.busy" {
		t.Errorf("one ministry takes all seats: %v", err)
	}
	leave, err := w.seat(of(2))
	if err != nil {
		t.Fatalf("another ministry waits: %v", err)
	}
	leave()
	if len(w.seats) != seatsOfOne || len(w.own[1]) != seatsOfOne || len(w.own[2]) != 0 {
		t.Errorf("seats are lost: %d, %d, %d", len(w.seats), len(w.own[1]), len(w.own[2]))
	}
}
