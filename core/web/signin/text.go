package signin

import (
	"mektep/core/fault"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// privacy shows the notices of the profile: how personal data is handled, and
// whatever else people are entitled to read.
func privacy(q *screen.Request) error {
	p := q.Profile()
	if p == nil || len(p.Notices) == 0 {
		return fault.New(fault.NotFound, "fault.no_page")
	}
	return q.Page(showNotices(q, q.View()))
}

// notice is a notice ready to be shown.
type notice struct{ title, body, law string }

func notices(q *screen.Request) []notice {
	p := q.Profile()
	list := make([]notice, 0, len(p.Notices))
	for i := range p.Notices {
		n := notice{title: q.Text(p.Notices[i].Name)}
		title, body := ui.SplitTitle(q.Text(p.Notices[i].Text()))
		if title != "" {
			n.title = title
		}
		n.body = body
		if p.Notices[i].Source != "" {
			n.law = p.Cite(p.Notices[i].Source, q.L.Tag())
		}
		list = append(list, n)
	}
	return list
}

func help(q *screen.Request) error {
	title, body := page(q, "help")
	if title == "" {
		title = q.T("nav.help")
	}
	return q.Page(showHelp(q, q.View(), title, body))
}
