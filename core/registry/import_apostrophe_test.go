package registry_test

import (
	"fmt"
	"testing"

	"mektep/core/caller"
	"mektep/core/record"
	"mektep/core/transfer"
)

// A text that begins with apostrophes comes back
// from a file as it was written out, in every language and format.
func TestATextThatBeginsWithAnApostropheComesBack(t *testing.T) {
	texts := []string{"'68 Kuşağı Mah.", "'1923", "'n Sokak", "''85 Cad.", "'=1+1", "'@ad", "'-4", `'="0123"`, "'#N/A", "'Ana' Sokak", "''Ana'' Sokak", "'n 'x", "Ata'nın Cad.", "= eşittir", "=SUM(A1)", `="x"`, "=-5", "= Ata'nın yeri", "'= eşittir", "'= Ata'nın yeri"}
	d := newDesk(t, "tr")
	for k, s := range texts {
		d.school(fmt.Sprint(990001+k), fmt.Sprintf("Okul %c", 'A'+k), "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public", "address": s, "short_name": s})
	}
	for _, lang := range []string{"tr", "ky"} {
		for _, format := range []string{"csv", "xlsx"} {
			c := *caller.From(d.ctx)
			c.Language = lang
			ctx := caller.With(d.ctx, &c)
			d.known(ctx)
			_, data := d.export(ctx, record.Query{State: record.All}, format)
			i := d.preview(ctx, string(data))
			if i.Counts != (transfer.Counts{Rows: len(texts), Unchanged: len(texts)}) {
				list, _, err := d.t.FindingsOf(ctx, i.UID, transfer.Changes, 0)
				ok(t, err)
				t.Errorf("%s %s: %+v %v %+v", lang, format, i.Counts, found(d, i), list)
			}
		}
	}
}
