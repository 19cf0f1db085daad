// Package me is the screens on which people keep what is their own: their
// account, keys, sign-ins, rights, undertakings and notices. Home asks Due what
// somebody must do; sign-in asks Onward where they are led first.
package me

import (
	"context"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"mektep/core/consent"
	"mektep/core/identity"
	"mektep/core/notify"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Services are what the screens stand on.
type Services struct {
	Identity *identity.Service
	Consent  *consent.Service
	Inbox    *notify.Service
}

// Home is where somebody works who was not on the way elsewhere.
const Home = "/home"

// Paths of the screens that others lead to.
const (
	account      = "/me"
	address      = "/me/address"
	security     = "/me/security"
	second       = "/me/security/second"
	sessions     = "/me/sessions"
	rights       = "/me/rights"
	undertakings = "/me/undertakings"
	inbox        = "/inbox"
)

// Routes returns the screens.
func Routes(_ *screen.Base, s Services) []screen.Route {
	get := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodGet, Path: path, Access: screen.SignedIn, Handle: h}
	}
	post := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodPost, Path: path, Access: screen.SignedIn, Handle: h}
	}
	return []screen.Route{
		get(account, s.account), get(account+"/edit", s.editAccount), post(account+"/edit", s.saveAccount),
		get(address, s.askAddress), post(address, s.confirmAddress), post(address+"/letter", s.askWhetherRead),
		get(security, s.security), get(security+"/password", s.askPassword), post(security+"/password", s.changePassword),
		get(second, s.askSecond), post(second, s.beginSecond), post(second+"/confirm", s.confirmSecond),
		get(security+"/codes", s.askCodes), post(security+"/codes", s.newCodes),
		get(security+"/drop", s.askDrop), post(security+"/drop", s.dropSecond),
		get(sessions, s.sessions), post(sessions+"/end", s.endSession),
		get("/me/keys/new", s.askKey), post("/me/keys/new", s.issueKey), post("/me/keys/end", s.endKey),
		get(rights, s.rights),
		get(undertakings, s.undertakings), get(undertakings+"/:id", s.askSignature), post(undertakings+"/:id", s.sign),
		get(undertakings+"/:id/:uid", s.copyOfUndertaking),
		get(inbox, s.inbox), post(inbox+"/read", s.markRead), post(inbox+"/:uid", s.openNotice),
	}
}

// Onward returns where somebody goes on: what their roles demand before they can
// work, and then to. The context holds who has signed in.
func (s Services) Onward(ctx context.Context, to string) (string, error) {
	if to = screen.Local(to); to == "/" {
		to = Home
	}
	first, err := s.first(ctx)
	if err != nil || first == "" {
		return to, err
	}
	if to != Home {
		first += "?to=" + url.QueryEscape(to)
	}
	return first, nil
}

// first is the screen of the first demand that is not met; empty: none. The
// second factor comes first: what is signed is signed by who is surely there.
func (s Services) first(ctx context.Context) (string, error) {
	sec, err := s.Identity.Security(ctx)
	if err != nil {
		return "", err
	}
	if sec.Demanded && sec.SecondSince.IsZero() {
		return second, nil
	}
	pending, err := s.Consent.Pending(ctx)
	if err != nil || len(pending) == 0 {
		return "", err
	}
	return undertakings + "/" + pending[0].ID, nil
}

// steps shows the way of a first use: what was done, where one is, what is left.
// It is empty for who has only one thing to do and has done the rest before.
func (s Services) steps(q *screen.Request, at string) ([]ui.Step, error) {
	sec, err := s.Identity.Security(q.Context())
	if err != nil {
		return nil, err
	}
	pending, err := s.Consent.Pending(q.Context())
	if err != nil {
		return nil, err
	}
	if at == second && (!sec.Demanded || !sec.SecondSince.IsZero()) {
		return nil, nil
	}
	open := map[string]bool{}
	for _, u := range pending {
		open[u.ID] = true
	}
	list := []ui.Step{{Text: q.T("me.step.sign_in"), Done: true}}
	if sec.Demanded {
		list = append(list, ui.Step{Text: q.T("me.step.second"), Done: !sec.SecondSince.IsZero(), Current: at == second})
	}
	for _, id := range demandedUndertakings(q) {
		if u, _, ok := q.Profile().Undertaking(id, q.L.Tag()); ok {
			list = append(list, ui.Step{Text: q.Text(u.Name), Done: !open[id], Current: at == id})
		}
	}
	return append(list, ui.Step{Text: q.T("me.step.work")}), nil
}

// demandedUndertakings are the ids of what the person's roles have them sign, each once.
func demandedUndertakings(q *screen.Request) []string {
	var ids []string
	seen := map[string]bool{}
	for _, a := range q.Caller.Assignments {
		role := q.Profile().Role(a.Role)
		if role == nil {
			continue
		}
		for _, id := range role.Undertakings() {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func tabs(v *ui.View, at string) []ui.Tab {
	list := []ui.Tab{
		{Text: v.T("me.tab.account"), URL: account},
		{Text: v.T("me.tab.security"), URL: security},
		{Text: v.T("me.tab.sessions"), URL: sessions},
		{Text: v.T("me.tab.rights"), URL: rights},
		{Text: v.T("me.tab.undertakings"), URL: undertakings},
	}
	for i := range list {
		list[i].Current = list[i].URL == at
	}
	return list
}

func crumbs(v *ui.View, at, text string) []ui.Link {
	list := []ui.Link{{Text: v.T("me.title"), URL: account}}
	if at != "" {
		list = append(list, ui.Link{Text: text, URL: at})
	}
	return list
}

// roleName is a role in words.
func roleName(q *screen.Request, id string) string {
	if r := q.Profile().Role(id); r != nil {
		return q.Text(r.Name)
	}
	return id
}
