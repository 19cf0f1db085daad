package institutions

import (
	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// formatName is a file format in words.
func formatName(q *screen.Request, f exchange.Format) string { return q.T("export.format." + f.ID) }

// exports are the list as it is shown, in every format.
func exports(q *screen.Request, formats exchange.Formats, at register.Address) []ui.MenuItem {
	items := make([]ui.MenuItem, len(formats))
	for i, f := range formats {
		items[i] = ui.MenuItem{Text: formatName(q, f), Icon: ui.GlyphTable, URL: exportURL(at, f.ID), Post: true}
	}
	return items
}

// exportURL is where the list as it is shown is asked for as a file.
func exportURL(at register.Address, format string) string {
	v := at.Whole().Values()
	v.Set("format", format)
	return "/institutions/export?" + v.Encode()
}

// export starts to write the list to a file and leads to where it can be waited for.
func (s *screens) export(q *screen.Request) error {
	run, err := s.Transfer.Export(q.Context(), s.reg.Query(q, s.reg.Asked(q).Whole()), q.C.Query("format"))
	if err != nil {
		return err
	}
	return q.See("/jobs/"+run.UID, edge.Flash{})
}

// jobFile hands out what a task made, to who asked for it.
func (s *screens) jobFile(q *screen.Request) error {
	f, err := s.Transfer.OpenExport(q.Context(), q.C.Params("uid"))
	if err != nil {
		return err
	}
	q.C.Attachment(f.Name)
	q.C.Set(fiber.HeaderContentType, f.Media)
	return q.C.SendStream(f.File, int(f.Size))
}

// template is the empty table that is filled in for an import.
func (s *screens) template(q *screen.Request) error {
	format, ok := s.Transfer.Formats().Of(q.C.Params("format"))
	if !ok {
		return fault.New(fault.NotFound, "fault.no_page")
	}
	q.C.Attachment(q.T("institution.file") + "." + format.ID)
	q.C.Set(fiber.HeaderContentType, format.Media)
	return s.Transfer.Template(q.Context(), format.ID, q.C.Response().BodyWriter())
}
