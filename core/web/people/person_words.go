package people

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mektep/core/consent"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func accountState(q *screen.Request, a identity.Account) *ui.State {
	s := stateOf(q, a)
	return &s
}

func blockedLead(q *screen.Request, p personPage) string {
	state, why := p.Shown()
	switch {
	case state != identity.Blocked:
		return ""
	case why == identity.NoAppointment:
		return q.T("people.blocked.no_appointment")
	case p.BlockedNote != "":
		return q.T("people.blocked.reason", "Reason", p.BlockedNote)
	}
	return ""
}

// secondText is what is said before an act is confirmed: what it does, or that somebody else
// has to agree to it first.
func secondText(q *screen.Request, second bool, text string) string {
	if second {
		return q.T("people.second")
	}
	return text
}

// mainAction is the one thing most likely to be done here.
func mainAction(q *screen.Request, p personPage) templ.Component {
	v := q.View()
	url := "/people/" + p.UID
	switch {
	case p.May.Invite:
		return ui.Confirm(v, ui.ConfirmSpec{
			ID: "invite", Button: ui.ButtonSpec{Text: q.T("people.invite"), Icon: ui.GlyphKey, Kind: ui.Primary},
			Title: q.T("people.invite.sure"), Text: secondText(q, p.Second, q.T("people.invite.text")), Yes: q.T("people.invite"), Action: url + "/invite",
		})
	case p.May.Unblock && p.State != identity.Blocked:
		return ui.Confirm(v, ui.ConfirmSpec{
			ID: "unblock", Button: ui.ButtonSpec{Text: q.T("action.unblock"), Icon: ui.GlyphUnlock, Kind: ui.Primary},
			Title: q.T("people.unblock.posts.sure"), Text: secondText(q, p.Second, q.T("people.unblock.posts.text")), Yes: q.T("action.unblock"), Action: url + "/unblock", Key: screen.NewKey(),
		})
	case p.May.Unblock:
		return ui.Confirm(v, ui.ConfirmSpec{
			ID: "unblock", Button: ui.ButtonSpec{Text: q.T("action.unblock"), Icon: ui.GlyphUnlock, Kind: ui.Primary},
			Title: q.T("people.unblock.sure"), Text: secondText(q, p.Second, q.T("people.unblock.text")), Yes: q.T("action.unblock"), Action: url + "/unblock", Key: screen.NewKey(),
		})
	case p.appoint:
		return ui.LinkButton(v, ui.ButtonSpec{Text: q.T("people.appoint_again"), Icon: ui.GlyphPersonAdd, Kind: ui.Primary, URL: stepURL("", "", p.UID)})
	}
	return nil
}

func moreActions(q *screen.Request, p personPage) templ.Component {
	url := "/people/" + p.UID
	var items []ui.MenuItem
	if p.appoint && (p.May.Invite || p.May.Unblock) {
		items = append(items, ui.MenuItem{Text: q.T("people.appoint_again"), Icon: ui.GlyphPersonAdd, URL: stepURL("", "", p.UID)})
	}
	if p.May.Correct {
		items = append(items, ui.MenuItem{Text: q.T("people.correct"), Icon: ui.GlyphEdit, URL: url + "/edit"})
	}
	if p.May.Reset {
		items = append(items, ui.MenuItem{Text: q.T("people.reset"), Icon: ui.GlyphKey, URL: url + "/reset"})
	}
	if p.May.Invite && p.Invitation != nil {
		items = append(items, ui.MenuItem{Text: q.T("people.invitation.cancel"), Icon: ui.GlyphClose, URL: url + "/invite/cancel", Post: true, Danger: true})
	}
	if p.May.Block {
		text := q.T("people.block")
		if p.Stops != nil {
			text = q.T("people.block.posts")
		}
		items = append(items, ui.MenuItem{Text: text, Icon: ui.GlyphBan, URL: url + "/block", Danger: true})
	}
	if len(items) == 0 {
		return nil
	}
	return ui.Menu(q.View(), ui.MenuSpec{Text: q.T("people.actions"), Icon: ui.GlyphMore, Items: items})
}

func elsewhere(q *screen.Request, p personPage) string {
	var out []string
	if p.Elsewhere > 0 {
		out = append(out, q.T("people.elsewhere", "Count", p.Elsewhere))
	}
	if p.Withheld {
		out = append(out, q.T("people.withheld"))
	}
	for _, x := range p.Excluded {
		out = append(out, q.T("people.excluded", "One", roleName(q, x.Roles[0]), "Other", roleName(q, x.Roles[1]), "Law", q.Profile().Cite(x.Source, q.L.Tag())))
	}
	return strings.Join(out, ". ")
}

func endLink(q *screen.Request, p personPage, a identity.Appointment) templ.Component {
	if !p.May.Dismiss[a.UID] {
		return nil
	}
	return ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("people.end"), Icon: ui.GlyphArchive, Kind: ui.Quiet, Small: true, URL: "/people/" + p.UID + "/end/" + a.UID})
}

func appointmentFacts(q *screen.Request, a identity.Appointment) []ui.Fact {
	given := strings.TrimSpace(a.GrantedName)
	if a.GrantedBy == "" {
		given = q.T("people.system")
	}
	note := ""
	if a.GrantedAs != "" {
		note = roleName(q, a.GrantedAs)
	}
	facts := []ui.Fact{
		{Label: q.T("people.holds"), Value: period(q, a.Since, a.Ends()), Mark: heldMark(q, a)},
		{Label: q.T("people.order"), Value: order(q, a.Order)},
		{Label: q.T("people.identified_by"), Value: documentName(q, a.IdentifiedBy)},
		{Label: q.T("people.given_by"), Value: given, Note: note},
		{Label: q.T("people.given_at"), Value: moment(q, a.GrantedAt)},
	}
	if !a.Stopped.IsZero() {
		facts = append(facts,
			ui.Fact{Label: q.T("people.stopped.by"), Value: a.StoppedName, Note: moment(q, a.Stopped)},
			ui.Fact{Label: q.T("people.block.reason"), Value: cmp.Or(a.StoppedNote, q.T("people.stopped.came_back")), Long: true})
	}
	if !a.EndedAt.IsZero() {
		facts = append(facts,
			ui.Fact{Label: q.T("people.ended_by"), Value: a.EndedName, Note: moment(q, a.EndedAt)},
			ui.Fact{Label: q.T("people.end_order"), Value: order(q, a.EndOrder)},
			ui.Fact{Label: q.T("people.end_note"), Value: a.EndNote})
	}
	return facts
}

// heldMark says whether an appointment is in force, to come or past.
func heldMark(q *screen.Request, a identity.Appointment) templ.Component {
	today := q.Clock.Today(q.Caller.Tenant.Zone)
	s := ui.State{Text: q.T("people.in_force"), Tone: ui.Good}
	switch {
	case a.OverOn(today):
		s = ui.State{Text: q.T("people.past"), Tone: ui.Neutral}
	case a.Since.After(today):
		s = ui.State{Text: q.T("people.to_come"), Tone: ui.Info}
	case !a.Stopped.IsZero():
		s = ui.State{Text: q.T("people.stopped.state"), Tone: ui.Bad}
	}
	return ui.Badge(q.View(), s)
}

func accountFacts(q *screen.Request, p personPage) []ui.Fact {
	if p.Withheld { // nor whether there is any of it
		return []ui.Fact{{Label: q.T("people.language"), Value: q.Edge.Words().NameOf(p.Language)}, {Label: q.T("people.created"), Value: moment(q, p.CreatedAt)}}
	}
	second := q.T("common.no")
	if p.SecondSince != nil {
		second = q.T("common.since", "Date", q.View().Date(local(q, *p.SecondSince)))
	}
	seen := q.T("people.never")
	if p.SignedInAt != nil {
		seen = moment(q, *p.SignedInAt)
	}
	return []ui.Fact{
		{Label: q.T("people.login"), Value: p.Login},
		{Label: q.T("people.email"), Value: p.Email, Note: unreadNote(q, p.Account)},
		{Label: q.T("people.phone"), Value: locale.Phone(p.Phone)},
		{Label: q.T("people.language"), Value: q.Edge.Words().NameOf(p.Language)},
		{Label: q.T("people.second_factor"), Value: second},
		{Label: q.T("people.signed_in"), Value: seen},
		{Label: q.T("people.created"), Value: moment(q, p.CreatedAt)},
	}
}

func sessionTasks(q *screen.Request, p personPage) []ui.Task {
	var out []ui.Task
	for _, s := range p.Sessions {
		t := ui.Task{
			Icon: ui.GlyphDevice, Title: s.Device,
			Text: q.T("people.session.seen", "When", q.L.Relative(local(q, s.SeenAt), local(q, q.Clock.Now()))),
		}
		if s.Elsewhere {
			t.Tone, t.When = ui.Warn, q.T("people.session.elsewhere")
		}
		out = append(out, t)
	}
	return out
}

func endSessionsButton(q *screen.Request, p personPage) templ.Component {
	if !p.May.Revoke || len(p.Sessions) == 0 {
		return nil
	}
	return ui.Confirm(q.View(), ui.ConfirmSpec{
		ID: "sessions", Button: ui.ButtonSpec{Text: q.T("people.sessions.end"), Icon: ui.GlyphLogout, Small: true},
		Title: q.T("people.sessions.sure"), Text: secondText(q, p.SecondOut, q.T("people.sessions.text")), Yes: q.T("people.sessions.end"), Danger: true,
		Action: "/people/" + p.UID + "/sessions/end", Key: screen.NewKey(),
	})
}

// heldText says to its reader who confirms the address to which no letters go.
func heldText(q *screen.Request, p personPage) string {
	h := p.Holding
	switch {
	case p.self && h.Keys && len(h.Whom) == 0:
		return q.T("me.address.ask.none")
	case p.self && h.Keys:
		return q.T("me.address.ask.text", "Names", h.Names())
	case p.self:
		return q.T("me.address.held.text")
	case p.May.Confirm:
		return q.T("people.address.held.text")
	case p.May.AskConfirm:
		return q.T("people.address.held.alone")
	case h.Yours:
		return q.T("people.address.held.typed", "Names", h.Names())
	case len(h.Whom) == 0:
		return q.T("people.address.held.none")
	}
	return q.T("people.address.held.others", "Names", h.Names())
}

// heldOwner says what the person can do about it.
func heldOwner(q *screen.Request, p personPage) string {
	if p.Holding.Keys {
		return q.T("people.address.held.keys")
	}
	return q.T("people.address.held.owner")
}

// confirmAddressButton is for whoever may say that the address is the person's own, or
// ask for it; to the person it leads to where they do.
func confirmAddressButton(q *screen.Request, p personPage) templ.Component {
	spec := ui.ConfirmSpec{
		ID: "address", Button: ui.ButtonSpec{Text: q.T("people.address.confirm"), Icon: ui.GlyphMail, Small: true},
		Title: q.T("people.address.sure", "Email", p.Email), Text: q.T("people.address.sure.text"), Yes: q.T("people.address.confirm"),
		Action: "/people/" + p.UID + "/address", Key: screen.NewKey(), Version: p.Version,
	}
	switch {
	case p.self && !p.Holding.Keys:
		return ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("me.address.confirm", "Email", p.Email), Icon: ui.GlyphCheck, Small: true, URL: "/me/address"})
	case p.May.Confirm:
		return ui.Confirm(q.View(), spec)
	case p.May.AskConfirm:
		spec.Button.Text, spec.Text, spec.Yes = q.T("people.address.ask"), q.T("people.address.ask.text"), q.T("people.address.ask")
		return ui.Confirm(q.View(), spec)
	}
	return templ.NopComponent
}

func superiorTasks(q *screen.Request, p personPage) []ui.Task {
	var out []ui.Task
	for i, s := range p.superiors {
		if i == 5 {
			break
		}
		out = append(out, ui.Task{Icon: ui.GlyphPerson, Title: s.Name, Text: roleName(q, s.Role) + " · " + unitName(q, s.Unit)})
	}
	return out
}

func undertakingName(q *screen.Request, u consent.Undertaking) string {
	if known, _, ok := q.Profile().Undertaking(u.ID, q.L.Tag()); ok {
		return q.Text(known.Name)
	}
	return u.ID
}

func signedTasks(q *screen.Request, p personPage) []ui.Task {
	var out []ui.Task
	for _, u := range p.signed {
		url := "/people/" + p.UID + "/undertakings/" + u.UID
		out = append(out, ui.Task{
			Icon: ui.GlyphSign, Title: undertakingName(q, u), Text: u.Position, URL: url, When: moment(q, u.SignedAt),
			Action: ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("action.print"), Icon: ui.GlyphPrint, Kind: ui.Quiet, Small: true, URL: url}),
		})
	}
	return out
}

func actCrumbs(q *screen.Request, a act) []ui.Link {
	return append(peopleCrumb(q), ui.Link{Text: a.Name, URL: a.url()})
}

func endLead(q *screen.Request, a act) string {
	return roleName(q, a.appointment.Role) + " · " + unitName(q, a.appointment.Unit)
}

// blockTitle and blockLead say what blocking comes to: the account, or the posts that
// the reader answers for.
func blockTitle(q *screen.Request, a act) string {
	if a.Stops == nil {
		return q.T("people.block")
	}
	return q.T("people.block.posts")
}

func blockLead(q *screen.Request, a act) string {
	if a.Stops == nil {
		return q.T("people.block.text", "Name", a.Name)
	}
	var posts fault.List
	for _, p := range a.Appointments {
		if slices.Contains(a.Stops, p.UID) {
			posts = append(posts, roleName(q, p.Role)+" ("+unitName(q, p.Unit)+")")
		}
	}
	if a.Spares {
		return q.T("people.block.work.text", "Name", a.Name, "Posts", posts)
	}
	return q.T("people.block.posts.text", "Name", a.Name, "Posts", posts)
}

// lastHeld says whether ending this appointment leaves the person without any, so
// that the account closes with it.
func lastHeld(q *screen.Request, a act) bool {
	today := q.Clock.Today(q.Caller.Tenant.Zone)
	for _, other := range a.Appointments {
		if other.UID != a.appointment.UID && !other.OverOn(today) {
			return false
		}
	}
	return a.Elsewhere == 0
}

func today(q *screen.Request) time.Time { return q.Clock.Today(q.Caller.Tenant.Zone) }

// undelivered reports whether the last letter to the person did not arrive.
func undelivered(p personPage) bool {
	return len(p.Letters) > 0 && (p.Letters[0].State == notify.Refused || p.Letters[0].State == notify.Failed)
}

// letterTasks say what has become of each letter, newest first.
func letterTasks(q *screen.Request, p personPage) []ui.Task {
	var out []ui.Task
	for _, l := range p.Letters {
		t := ui.Task{Icon: ui.GlyphMail, Title: notify.SubjectText(q.L, l.Subject, nil), Text: q.T("notify.letter." + string(l.State)), When: moment(q, l.Ended)}
		switch l.State {
		case notify.Refused, notify.Failed:
			t.Tone = ui.Bad
		case notify.Waiting:
			t.Tone = ui.Info
		}
		if l.Answer != "" && l.State != notify.Taken {
			t.Text = q.T("people.letters.answer", "When", t.Text, "Answer", l.Answer)
		}
		out = append(out, t)
	}
	return out
}

// unreadNote says that nobody has shown yet to read what goes to an address.
func unreadNote(q *screen.Request, a identity.Account) string {
	if !a.AddressUnread || a.Email == "" {
		return ""
	}
	return q.T("people.address.unread")
}
