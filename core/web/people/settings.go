package people

import (
	"mektep/core/tenant"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// settings shows the host names that lead to the ministry, and to which of them the links
// in its letters lead.
func (s *screens) settings(q *screen.Request) error {
	a, err := q.Tenants.Addresses(q.Context())
	if err != nil {
		return err
	}
	return q.Page(settingsPage(q, a))
}

// moveLetters asks for letters to lead elsewhere (TR-IC-1).
func (s *screens) moveLetters(q *screen.Request) error {
	return q.Tenants.UseHost(q.Context(), q.Form().Value("host"))
}

func hostFacts(q *screen.Request, a tenant.Addresses) []ui.Fact {
	var facts []ui.Fact
	may := a.Waiting == "" && q.Gate.May(q.Context(), "update", "settings")
	for _, h := range a.Hosts {
		f := ui.Fact{Label: q.T("operator.host"), Value: h, Long: true}
		if h == a.Letters {
			f.Note = q.T("settings.letters")
		}
		if may && (h != a.Letters || a.Gone != "") {
			f.Mark = ui.Confirm(q.View(), ui.ConfirmSpec{
				ID: "letters-" + h, Button: ui.ButtonSpec{Text: q.T("settings.use"), Icon: ui.GlyphMail, Kind: ui.Quiet, Small: true},
				Title: q.T("settings.use.ask", "Host", h), Text: q.T("settings.use.text"), Action: "/settings/letters", Key: screen.NewKey(),
				Hidden: map[string]string{"host": h}, Yes: q.T("settings.use.yes"),
			})
		}
		facts = append(facts, f)
	}
	return facts
}
