package xlsx

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"mektep/core/exchange"
	"mektep/core/fault"
)

// FuzzWorkbook changes one part of a workbook: whatever a file holds, it is read or
// refused, never a panic.
func FuzzWorkbook(f *testing.F) {
	var sound bytes.Buffer
	err := writeWorkbook(&sound, []exchange.Sheet{{Name: "list", Head: []string{"code", "name"}, Rows: func(add func([]any) error) error {
		return add([]any{int64(100001), "Işık İlkokulu"})
	}}})
	if err != nil {
		f.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(sound.Bytes()), int64(sound.Len()))
	if err != nil {
		f.Fatal(err)
	}
	parts := map[string][]byte{}
	var names []string
	at := func(name string) byte { return byte(slices.Index(names, name)) }
	for _, p := range z.File {
		r, err := p.Open()
		if err != nil {
			f.Fatal(err)
		}
		if parts[p.Name], err = io.ReadAll(r); err != nil {
			f.Fatal(err)
		}
		names = append(names, p.Name)
		f.Add(at(p.Name), parts[p.Name])
	}
	f.Add(at("xl/worksheets/sheet1.xml"), []byte(`<worksheet><sheetData><row r="0"><c r="A0" t="s"><v>99999999999</v></c></row></sheetData></worksheet>`))
	f.Add(at("xl/worksheets/sheet1.xml"), []byte(`<worksheet><sheetData><row r="2"><c r="XFD2" t="d"><v>x</v></c><c r="A2"/></row></sheetData></worksheet>`))
	f.Add(at("xl/sharedStrings.xml"), []byte(`<sst count="-1"><si>`))
	f.Add(at("xl/worksheets/sheet1.xml"), []byte(`<worksheet><sheetData><row r="1" hidden="1"><c r="A1" s="1"><v>-304.5</v></c></row></sheetData><mergeCells><mergeCell ref="A1:A9"/></mergeCells></worksheet>`))
	f.Add(at("xl/styles.xml"), []byte(`<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-41F]d \"gün\" mmmm;@"/></numFmts><cellXfs><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>`))
	f.Add(at("docProps/app.xml"), []byte(`<Properties><Application>LibreOffice/7.4</Application></Properties>`))
	f.Add(at("xl/workbook.xml"), []byte(`<workbook><workbookPr date1904="1"/><sheets><sheet name="a" state="hidden" id="rId1"/><sheet name="b" id="rId1"/></sheets></workbook>`))
	f.Fuzz(func(t *testing.T, which byte, part []byte) {
		if len(part) > 1<<16 {
			return
		}
		name := names[int(which)%len(names)]
		var changed bytes.Buffer
		w := zip.NewWriter(&changed)
		for n, content := range parts {
			if n == name {
				content = part
			}
			p, err := w.Create(n)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Write(content); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		look, err := format("xlsx").Look(t.Context(), bytes.NewReader(changed.Bytes()), exchange.Reading{})
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("%v", err)
		}
		if err == nil && !slices.ContainsFunc(look.Sheets, func(s exchange.SheetLook) bool { return s.Name == look.Reading.Sheet }) {
			t.Fatalf("%q is none of %+v", look.Reading.Sheet, look.Sheets)
		}
		err = format("xlsx").Read(t.Context(), bytes.NewReader(changed.Bytes()), exchange.Reading{}, func(r exchange.Row) error {
			for _, c := range r.Cells {
				if !utf8.ValidString(c) || strings.ContainsRune(c, 0) {
					t.Fatalf("cell %q", c)
				}
			}
			return nil
		})
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("%v", err)
		}
	})
}

// FuzzEncoding reads any bytes in the encoding that is proposed, and in every one that
// can be chosen.
func FuzzEncoding(f *testing.F) {
	for _, s := range []string{"S\xf6\xf0\xfct;\xdde\n", "\xcd\xe0\xe7;\xf2\n", "\xff\xfea\x00", "\xfe\xff\x00a", "a\x00;\x00\n\x00", "\x8d\x9f\xa7", "№;«»", "\xf0\x9f"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		id, err := encodingOf(bytes.NewReader(data))
		if err != nil || !slices.Contains(encodingIDs(), id) {
			t.Fatalf("%q, %v", id, err)
		}
		for _, id := range encodingIDs() {
			decode, ok := decoder(id)
			if !ok {
				t.Fatal(id)
			}
			text, err := io.ReadAll(transform.NewReader(bytes.NewReader(data), decode))
			if err != nil || !utf8.Valid(text) {
				t.Fatalf("%s makes %q of %q: %v", id, text, data, err)
			}
		}
	})
}
