package me

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// sessionsPage is what the screen of sign-ins and access keys shows.
type sessionsPage struct {
	sessions []door.SessionInfo
	keys     []door.TokenInfo
	sharing  []time.Time
	formKey  func() string
}

func (s Services) sessions(q *screen.Request) error {
	list, err := s.Identity.Door.Sessions(q.Context())
	if err != nil {
		return err
	}
	keys, err := s.Identity.Door.Tokens(q.Context())
	if err != nil {
		return err
	}
	sec, err := s.Identity.Security(q.Context())
	if err != nil {
		return err
	}
	return q.Page(showSessions(q.View(), sessionsPage{sessions: list, keys: keys, sharing: sec.Sharing, formKey: screen.NewKey}))
}

// endSession ends one of the person's own sessions, or with "others" all but this.
func (s Services) endSession(q *screen.Request) error {
	f := q.Form()
	uid := f.Value("session")
	if uid == "" && f.Value("others") == "" {
		return fault.New(fault.Invalid, "fault.bad_request")
	}
	n, err := s.Identity.Door.EndSession(q.Context(), uid)
	if err != nil {
		return err
	}
	if uid == q.Caller.Session {
		q.Edge.Forget(q.C)
		return q.Done("/", "signin.out")
	}
	return q.Done(sessions, "me.sessions.ended", "Count", n)
}

func deviceName(v *ui.View, device string) string {
	if device == "" {
		return v.T("me.device.unknown")
	}
	return device
}

func sessionStates(v *ui.View, i door.SessionInfo) []ui.State {
	var list []ui.State
	if i.Current {
		list = append(list, ui.State{Text: v.T("me.session.this"), Tone: ui.Good})
	}
	if i.Elsewhere {
		list = append(list, ui.State{Text: v.T("me.session.elsewhere"), Tone: ui.Warn})
	}
	if i.Shared {
		list = append(list, ui.State{Text: v.T("me.session.shared"), Tone: ui.Info})
	}
	return list
}

func sessionRows(v *ui.View, p sessionsPage) []ui.Row {
	rows := make([]ui.Row, 0, len(p.sessions))
	for _, i := range p.sessions {
		rows = append(rows, ui.Row{Cells: []ui.Cell{
			{Body: sessionDevice(v, i)},
			{Text: v.DateTime(i.OpenedAt)},
			{Text: v.DateTime(i.SeenAt)},
			{Body: sessionEnd(v, i, p.formKey())},
		}})
	}
	return rows
}

func keyRows(v *ui.View, p sessionsPage) []ui.Row {
	rows := make([]ui.Row, 0, len(p.keys))
	for _, k := range p.keys {
		used := v.T("me.key.never")
		if k.SeenAt.Year() > 1 {
			used = v.DateTime(k.SeenAt)
		}
		rows = append(rows, ui.Row{Cells: []ui.Cell{
			{Text: k.Name},
			{Text: v.DateTime(k.CreatedAt)},
			{Text: used},
			{Text: v.DateTime(k.ExpiresAt)},
			{Body: keyEnd(v, k, p.formKey())},
		}})
	}
	return rows
}

// keyForm asks for an access key. Its answer shows the key; sent again it shows the same one,
// which is kept sealed with the answer.
type keyForm struct {
	name   string
	days   string
	login  string
	second bool
	errs   ui.Errors
}

func (s Services) askKey(q *screen.Request) error {
	login, err := s.login(q)
	if err != nil {
		return err
	}
	return q.Page(showKeyForm(q.View(), keyForm{days: "30", login: login, second: q.Caller.SecondFactor}))
}

func (s Services) issueKey(q *screen.Request) error {
	f := q.Form()
	mine, err := s.Identity.Mine(q.Context())
	if err != nil {
		return err
	}
	days, err := strconv.Atoi(f.Value("days"))
	if err != nil || days == 0 {
		days = -1 // refused by the service at its field
	}
	remote, _ := netip.ParseAddr(q.C.IP())
	token, info, err := s.Identity.Door.IssueToken(q.Context(), door.TokenRequest{
		Attempt: door.Attempt{
			Login: mine.Login, Password: f.Secret("current"), Device: q.Edge.Device(q.C), Remote: remote, UserAgent: q.C.Get(fiber.HeaderUserAgent),
		},
		Code: f.Value("code"), Name: f.Value("name"), Days: days,
	})
	if err != nil {
		return again(q, err, func(errs ui.Errors) error {
			form := keyForm{name: f.Value("name"), days: f.Value("days"), login: mine.Login, second: q.Caller.SecondFactor, errs: errs}
			return q.Render(status(q, err), showKeyForm(q.View(), form))
		})
	}
	return q.Page(showKey(q.View(), token, info))
}

func (s Services) endKey(q *screen.Request) error {
	if err := s.Identity.Door.RevokeToken(q.Context(), q.Form().Value("token")); err != nil {
		return err
	}
	return q.Done(sessions, "me.key.ended")
}
