package xlsx

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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
		err := format("xlsx").Read(t.Context(), bytes.NewReader(changed.Bytes()), exchange.Reading{}, func(r exchange.Row) error {
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
