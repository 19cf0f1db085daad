package me

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/consent"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func (s Services) undertakings(q *screen.Request) error {
	pending, err := s.Consent.Pending(q.Context())
	if err != nil {
		return err
	}
	signed, err := s.Consent.Signed(q.Context(), q.Caller.Account, "")
	if err != nil {
		return err
	}
	return q.Page(showUndertakings(q, q.View(), pending, signed))
}

func pendingTasks(q *screen.Request, pending []*profile.Undertaking) []ui.Task {
	list := make([]ui.Task, 0, len(pending))
	for _, u := range pending {
		list = append(list, ui.Task{
			Icon: ui.GlyphSign, Tone: ui.Warn, Title: q.Text(u.Name), Text: q.T("me.due.sign.text"), URL: undertakings + "/" + u.ID,
		})
	}
	return list
}

func signedRows(q *screen.Request, v *ui.View, signed []consent.Undertaking) []ui.Row {
	rows := make([]ui.Row, 0, len(signed))
	for _, u := range signed {
		rows = append(rows, ui.Row{Cells: []ui.Cell{
			{Text: undertakingName(q, u.ID), URL: copyURL(u)},
			{Text: v.DateTime(u.SignedAt)},
			{Text: u.Name, Sub: u.Position},
			{Text: languageName(v, u.Language)},
		}})
	}
	return rows
}

func undertakingName(q *screen.Request, id string) string {
	if u, _, ok := q.Profile().Undertaking(id, q.L.Tag()); ok {
		return q.Text(u.Name)
	}
	return id
}

func copyURL(u consent.Undertaking) string { return undertakings + "/" + u.ID + "/" + u.UID }

// signature is an undertaking about to be signed, or signed.
type signature struct {
	id       string
	title    string
	wording  string // without its title
	language string // of the wording: an official one while it is to be signed
	shown    string // digest of the wording as it stands here
	others   []ui.Link
	help     string // the wording in the reader's own language, which nobody signs
	law      string
	name     string
	agreed   bool
	to       string
	key      string
	signed   *consent.Undertaking // where it still counts
	earlier  *consent.Undertaking // that no longer counts
	steps    []ui.Step
	errs     ui.Errors
}

func (s Services) signature(q *screen.Request, id, language string) (signature, error) {
	u, _, known := q.Profile().Undertaking(id, q.L.Tag())
	signed, counts, err := s.Consent.Standing(q.Context(), id)
	if err != nil {
		return signature{}, err
	}
	if !known && signed == nil {
		return signature{}, fault.New(fault.NotFound, "consent.no_undertaking")
	}
	p := signature{id: id}
	if known {
		p.law = q.Profile().Cite(u.Source, q.L.Tag())
	}
	if counts {
		// What was signed is shown, whatever the profile says by now.
		p.signed, p.language = signed, signed.Language
		p.title, p.wording = titled(signed.Wording, undertakingName(q, id))
		return p, nil
	}
	p.earlier = signed
	p.toSign(q, u, language)
	p.steps, err = s.steps(q, id)
	return p, err
}

// toSign fills in what is to be signed, in an official language: the one asked for,
// else the reader's own where it is one.
func (p *signature) toSign(q *screen.Request, u *profile.Undertaking, language string) {
	official := q.Profile().Languages.Official
	if p.language = q.Profile().Signing(q.L.Tag()); slices.Contains(official, language) {
		p.language = language
	}
	_, wording, _ := q.Profile().Undertaking(u.ID, p.language)
	p.shown = consent.Digest(wording)
	p.title, p.wording = titled(wording, q.Text(u.Name))
	v := q.View()
	for _, tag := range official {
		if tag != p.language {
			p.others = append(p.others, ui.Link{Text: languageName(v, tag), URL: undertakings + "/" + u.ID + "?in=" + tag})
		}
	}
	if help := u.Text()[q.L.Tag()]; help != "" && !slices.Contains(official, q.L.Tag()) {
		_, p.help = titled(help, "")
	}
}

func titled(wording, name string) (title, rest string) {
	if title, rest = ui.SplitTitle(wording); title == "" {
		title = name
	}
	return title, rest
}

func (s Services) askSignature(q *screen.Request) error {
	p, err := s.signature(q, q.C.Params("id"), q.C.Query("in"))
	if err != nil {
		return err
	}
	p.to, p.key = q.C.Query("to"), screen.NewKey()
	return q.Page(showSignature(q.View(), p))
}

func (s Services) sign(q *screen.Request) error {
	f := q.Form()
	id := q.C.Params("id")
	position, err := s.position(q, id)
	if err != nil {
		return err
	}
	signed, err := s.Consent.Sign(q.Context(), consent.Signing{
		ID: id, Language: f.Value("language"), Shown: f.Value("shown"), Name: f.Value("name"), Position: position, Agreed: f.Ticked("agreed"),
	})
	if err != nil {
		errs, ok := q.Errors(err)
		if !ok {
			return err
		}
		p, failed := s.signature(q, id, f.Value("language"))
		if failed != nil {
			return failed
		}
		p.name, p.agreed, p.to, p.key, p.errs = f.Value("name"), f.Ticked("agreed"), f.Value("to"), f.Key(), errs
		return q.Render(fiber.StatusUnprocessableEntity, showSignature(q.View(), p))
	}
	onward, err := s.Onward(q.Context(), f.Value("to"))
	if err != nil {
		return err
	}
	return q.See(onward, edge.Flash{Good: true, Key: "me.signed", URL: copyURL(signed), Act: "me.signed.copy"})
}

// position is what the person holds that an undertaking is signed for, in words:
// the roles that demand it and their units, otherwise all of them.
func (s Services) position(q *screen.Request, id string) (string, error) {
	mine, err := s.Identity.Mine(q.Context())
	if err != nil {
		return "", err
	}
	today := q.Clock.Today(q.Ministry.Zone)
	var demanding, all []string
	for _, a := range mine.Appointments {
		if !a.HeldOn(today) {
			continue
		}
		post := roleName(q, a.Role) + ", " + q.Text(a.Unit.Name)
		all = append(all, post)
		if r := q.Profile().Role(a.Role); r != nil {
			for _, u := range r.Undertakings() {
				if u == id {
					demanding = append(demanding, post)
				}
			}
		}
	}
	if len(demanding) == 0 {
		demanding = all
	}
	return strings.Join(demanding, "; "), nil
}

// copyOfUndertaking is the paper for the personal file (KG-ER-7a), in the
// language in which it was signed.
func (s Services) copyOfUndertaking(q *screen.Request) error {
	all, err := s.Consent.Signed(q.Context(), q.Caller.Account, "")
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.UID == q.C.Params("uid") && u.ID == q.C.Params("id") {
			return q.Page(showCopy(paperView(q, u.Language), u, q.Clock.Now()))
		}
	}
	return fault.New(fault.NotFound, "consent.no_undertaking")
}

// paperView is the frame in another language than the reader's.
func paperView(q *screen.Request, language string) *ui.View {
	v := *q.View()
	v.L = q.Localizer(language)
	v.Ministry.Name = v.L.Text(q.Ministry.Name)
	return &v
}

func copyFacts(v *ui.View, u consent.Undertaking) []ui.Fact {
	return []ui.Fact{
		{Label: v.T("me.sign.by"), Value: u.Name},
		{Label: v.T("me.sign.position"), Value: u.Position},
		{Label: v.T("me.sign.at"), Value: v.DateTime(u.SignedAt)},
		{Label: v.T("me.sign.number"), Value: u.UID},
	}
}

func printSpec(v *ui.View, title string, u consent.Undertaking, now time.Time) ui.PrintSpec {
	if v.Zone != nil {
		now = now.In(v.Zone)
	}
	return ui.PrintSpec{Title: title, On: now, By: u.Name}
}
