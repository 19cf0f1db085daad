package registry_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"

	"mektep/core/record"
	"mektep/core/transfer"
)

// What an encoding does not have stands as a question mark in a file that was saved in it: a text
// of the register that reads so comes back unchanged and is told, whatever was lost and wherever.
func TestWhatAnEncodingDoesNotHaveIsNotChanged(t *testing.T) {
	texts := []string{"½ ¼ №", "🏫 okul", "No № 5", "Sokak 5№", "№", "Ведомство", "Ne? №", "Düz metin", "Ne zaman?", "☎ 5 ☎", "ŋ"}
	for _, page := range []*charmap.Charmap{charmap.Windows1254, charmap.Windows1251, charmap.ISO8859_9} {
		d := newDesk(t, "tr")
		for k, s := range texts {
			d.school(fmt.Sprint(990001+k), fmt.Sprintf("Okul %c", 'A'+k), "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public", "address": s, "short_name": s})
		}
		_, data := d.export(d.ctx, record.Query{State: record.All}, "csv")
		data = bytes.TrimPrefix(data, []byte("\ufeff"))
		saved, err := io.ReadAll(transform.NewReader(bytes.NewReader(data), encoding.ReplaceUnsupported(page.NewEncoder())))
		ok(t, err)
		saved = bytes.ReplaceAll(saved, []byte{0x1a}, []byte("?"))
		i := d.upload(d.ctx, "list.csv", string(saved))
		i, _ = d.step(d.ctx, i, d.t.Preview)
		if i.Counts.Changed > 0 || i.Counts.Rows != len(texts) {
			list, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Changes, 0)
			ok(t, err)
			t.Errorf("%v: %+v %v %+v", page, i.Counts, found(d, i), list)
		}
	}
	// What somebody asks is a change, and so is what else differs.
	d := newDesk(t, "tr")
	for k, s := range []string{"Düz metin", "No № 5", "5½", "Ne?"} {
		d.school(fmt.Sprint(990001+k), fmt.Sprintf("Okul %c", 'A'+k), "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public", "address": s})
	}
	i := d.preview(d.ctx, "Kurum kodu;Adres\n990001;Düz metin?\n990002;No ? 6\n990003;5?\n990004;Ne? Ne?\n") //nolint:misspell // Turkish
	if diff := cmp.Diff([]string{"4 address import.row.lost_kept", "5 address import.row.lost"}, found(d, i)); diff != "" || i.Counts.Changed != 3 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
}
