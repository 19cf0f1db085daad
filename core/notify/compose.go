package notify

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"strings"

	"github.com/wneessen/go-mail"
)

// page is the one look of our mail: readable without pictures, styles or web
// fonts, since many mail programs drop them.
var page = template.Must(template.New("mail").Parse(`<!doctype html>
<html lang="{{.Lang}}" dir="{{.Dir}}">
<head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px;background:#f4f6f8;color:#182433;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border:1px solid #dce1e7;border-radius:6px">
{{if .Sender}}<p style="margin:0 0 16px;font-weight:600">{{.Sender}}</p>
{{end}}{{range .Paragraphs}}<p style="margin:0 0 16px">{{.}}</p>
{{end}}{{if .URL}}<p style="margin:24px 0"><a href="{{.URL}}" style="display:inline-block;padding:12px 20px;background:#1f4e8c;color:#fff;text-decoration:none;border-radius:4px">{{.Button}}</a></p>
<p style="margin:0 0 16px;font-size:14px;color:#49566c;word-break:break-all">{{.URL}}</p>
{{end}}<p style="margin:24px 0 0;font-size:14px;color:#49566c">{{.Footer}}</p>
</div></body></html>
`))

type content struct {
	Lang, Dir, Subject, Sender string
	Paragraphs                 []string
	Button, URL, Footer        string
}

// compose puts a letter into the recipient's language.
func (s *Service) compose(ctx context.Context, q queued) (*mail.Msg, error) {
	l := s.cfg.Locales.Localizer(q.Language)
	c := content{
		Lang: l.Tag(), Dir: l.Dir(), Subject: oneLine(l.T(q.SubjectKey, q.Args)), URL: q.URL,
		Paragraphs: strings.Split(l.T(q.BodyKey, q.Args), "\n\n"),
		Footer:     l.T("notify.mail.footer"),
	}
	if s.cfg.Sender != nil {
		c.Sender = oneLine(s.cfg.Sender(ctx, l.Tag()))
	}
	if c.URL != "" {
		button := q.ButtonKey
		if button == "" {
			button = "notify.mail.open"
		}
		c.Button = l.T(button, q.Args)
	}
	var html bytes.Buffer
	if err := page.Execute(&html, c); err != nil {
		return nil, fmt.Errorf("notify: render mail: %w", err)
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(c.Sender, s.mailer.cfg.From); err != nil {
		return nil, &refusal{}
	}
	if err := msg.To(q.To); err != nil {
		return nil, &refusal{}
	}
	msg.Subject(c.Subject)
	msg.SetDateWithValue(s.clock.Now())
	msg.SetMessageIDWithValue(q.uid + "@" + domainOf(s.mailer.cfg.From))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("Content-Language", c.Lang)
	msg.SetBodyString(mail.TypeTextPlain, c.text())
	msg.AddAlternativeString(mail.TypeTextHTML, html.String())
	return msg, nil
}

// text is the letter without HTML.
func (c content) text() string {
	var b strings.Builder
	if c.Sender != "" {
		b.WriteString(c.Sender + "\n\n")
	}
	b.WriteString(strings.Join(c.Paragraphs, "\n\n") + "\n\n")
	if c.URL != "" {
		b.WriteString(c.Button + ":\n" + c.URL + "\n\n")
	}
	b.WriteString("-- \n" + c.Footer + "\n")
	return b.String()
}

// oneLine keeps arguments from breaking a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
