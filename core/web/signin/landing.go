package signin

import (
	"mektep/core/edge"
	"mektep/core/web/me"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func (d desk) landing(q *screen.Request) error {
	if q.Caller.SignedIn() {
		return q.See(me.Home, edge.Flash{})
	}
	if ok, err := resting(q); ok {
		return err
	}
	return q.Page(showLanding(q, q.View()))
}

// service is what the ministry calls this service.
func service(q *screen.Request) string {
	if p := q.Profile(); p != nil && len(p.DirectoryNote) > 0 {
		return q.Text(p.DirectoryNote)
	}
	return q.Text(q.Ministry.Name)
}

// page returns heading and text of one of the profile's pages; empty without one.
func page(q *screen.Request, id string) (title, body string) {
	p := q.Profile()
	if p == nil {
		return "", ""
	}
	t := p.Page(id)
	if t == nil {
		return "", ""
	}
	return q.Text(t.Name), q.Text(t.Body)
}

// contacts are the profile's contact points as lines of a record.
func contacts(q *screen.Request) []ui.Fact {
	p := q.Profile()
	if p == nil {
		return nil
	}
	var facts []ui.Fact
	for _, c := range p.Contacts {
		facts = append(facts, ui.Fact{Label: q.Text(c.Name), Body: contactLines(c, q.Text(c.Hours)), Note: q.Text(c.Note)})
	}
	return facts
}
