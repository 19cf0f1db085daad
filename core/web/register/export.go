package register

import (
	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// offerLists offers the list as a file, and a file for the list.
func (s *Screens) offerLists(q *screen.Request, p listPage, o *Offers) {
	if s.Lists == nil {
		return
	}
	if May(q, "import", s.Records.ID()) && May(q, "create", "import") {
		o.More = append(o.More, ui.ButtonSpec{Text: q.T("import.title"), Icon: ui.GlyphUpload, URL: s.importsURL()})
		o.Begin = &ui.ButtonSpec{Text: q.T("import.begin"), Icon: ui.GlyphUpload, Kind: ui.Primary, URL: s.importsURL()}
	}
	if len(p.page.Items) > 0 && May(q, "export", s.Records.ID()) {
		o.Files = s.exports(q, p.at)
	}
}

// formatName is a file format in words.
func formatName(q *screen.Request, f exchange.Format) string { return q.T("export.format." + f.ID) }

// exports are the list as it is shown, in every format.
func (s *Screens) exports(q *screen.Request, at Address) []ui.MenuItem {
	formats := s.Lists.Formats()
	items := make([]ui.MenuItem, len(formats))
	for i, f := range formats {
		items[i] = ui.MenuItem{Text: formatName(q, f), Icon: ui.GlyphTable, URL: s.exportURL(at, f.ID), Post: true}
	}
	return items
}

// exportURL is where the list as it is shown is asked for as a file.
func (s *Screens) exportURL(at Address, format string) string {
	v := at.Whole().Values()
	v.Set("format", format)
	return s.Path + "/export?" + v.Encode()
}

// export starts to write the list to a file and leads to where it can be waited for.
func (s *Screens) export(q *screen.Request) error {
	run, err := s.Lists.Export(q.Context(), s.Query(q, s.Asked(q).Whole()), q.C.Query("format"))
	if err != nil {
		return err
	}
	return q.See("/jobs/"+run.UID, edge.Flash{})
}

// template is the empty table that is filled in for an import.
func (s *Screens) template(q *screen.Request) error {
	format, ok := s.Lists.Formats().Of(q.C.Params("format"))
	if !ok {
		return fault.New(fault.NotFound, "fault.no_page")
	}
	q.C.Attachment(s.Lists.FileName(q.L) + "." + format.ID)
	q.C.Set(fiber.HeaderContentType, format.Media)
	return s.Lists.Template(q.Context(), format.ID, q.C.Response().BodyWriter())
}
