package me

import (
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// fewCodes is from how many recovery codes on somebody is told to make new ones.
const fewCodes = 3

// Due returns what the person who asks has to do for their own account, the most
// urgent first: what their roles demand before they can work, signs that somebody
// else uses the account, and unread notices. Empty: nothing.
func (s Services) Due(q *screen.Request) ([]ui.Task, error) {
	sec, err := s.Identity.Standing(q.Context())
	if err != nil {
		return nil, err
	}
	pending, err := s.Consent.Pending(q.Context())
	if err != nil {
		return nil, err
	}
	var list []ui.Task
	if sec.Demanded && sec.SecondSince.IsZero() {
		list = append(list, ui.Task{Icon: ui.GlyphShield, Tone: ui.Warn, Title: q.T("me.due.second"), Text: q.T("me.due.second.text"), URL: second})
	}
	for _, u := range pending {
		list = append(list, ui.Task{
			Icon: ui.GlyphSign, Tone: ui.Warn, Title: q.T("me.due.sign", "Name", q.Text(u.Name)),
			Text: q.T("me.due.sign.text"), URL: undertakings + "/" + u.ID,
		})
	}
	if n := len(sec.Sharing); n > 0 {
		list = append(list, ui.Task{
			Icon: ui.GlyphAlert, Tone: ui.Warn, Title: q.T("me.due.sharing"),
			Text: q.T("me.due.sharing.text", "When", q.View().DateTime(sec.Sharing[0])), URL: sessions,
		})
	}
	if !sec.SecondSince.IsZero() && sec.RecoveryLeft < fewCodes {
		list = append(list, ui.Task{
			Icon: ui.GlyphKey, Tone: ui.Info, Title: q.T("me.due.codes", "Count", sec.RecoveryLeft),
			Text: q.T("me.due.codes.text"), URL: security + "/codes",
		})
	}
	if n := q.View().Unread; n > 0 {
		list = append(list, ui.Task{Icon: ui.GlyphBell, Tone: ui.Info, Title: q.T("me.due.unread", "Count", n), URL: inbox})
	}
	return list, nil
}
