package notify

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"strings"

	"github.com/wneessen/go-mail"

	"mektep/core/locale"
)

// page is the one look of our mail: readable without pictures, styles or web
// fonts, since many mail programs drop them. Where the reader's screen is dark, so is it.
var page = template.Must(template.New("mail").Parse(`<!doctype html>
<html lang="{{.Lang}}" dir="{{.Dir}}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>{{.Subject}}</title>
<style>@media (prefers-color-scheme: dark) {
.all { background: #11161d !important; color: #e4e9f0 !important }
.card { background: #1a222d !important; border-color: #35404e !important }
.less { color: #aeb9c8 !important }
.go { background: #8ab4f0 !important; color: #0c1520 !important }
a.plain { color: #8ab4f0 !important }
}</style></head>
<body class="all" style="margin:0;padding:24px;background:#f4f6f8;color:#182433;font:16px/1.5 system-ui,sans-serif">
<div class="card" style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border:1px solid #dce1e7;border-radius:6px">
{{if .Head.Name}}<p style="margin:0 0 16px;font-weight:600">{{.Head.Name}}</p>
{{end}}{{range .Paragraphs}}<p style="margin:0 0 16px">{{.}}</p>
{{end}}{{if .URL}}<p style="margin:24px 0"><a class="go" href="{{.URL}}" style="display:inline-block;padding:12px 20px;background:#1f4e8c;color:#fff;text-decoration:none;border-radius:4px">{{.Button}}</a></p>
<p class="less" style="margin:0 0 16px;font-size:14px;color:#49566c;word-break:break-all">{{.URL}}</p>
{{end}}{{range .Footer}}<p class="less" style="margin:16px 0 0;font-size:14px;color:#49566c">{{.}}</p>
{{end}}</div></body></html>
`))

type content struct {
	Lang, Dir, Subject string
	Head               Head
	Paragraphs         []string
	Button, URL        string
	Footer             []string
}

// foot is how a reader can tell whose the letter is without following its link: whom to
// ask, the address to type in, and whether anybody reads an answer.
func (c *content) foot(l *locale.Localizer) {
	if c.Head.Help != "" {
		c.Footer = append(c.Footer, l.T("notify.mail.help", "Help", c.Head.Help))
	}
	if c.Head.Address != "" {
		c.Footer = append(c.Footer, l.T("notify.mail.site", "Address", c.Head.Address))
	}
	if c.Head.ReplyTo != "" {
		c.Footer = append(c.Footer, l.T("notify.mail.footer_reply", "Address", c.Head.ReplyTo))
	} else {
		c.Footer = append(c.Footer, l.T("notify.mail.footer"))
	}
}

// compose puts a letter into the recipient's language.
func (s *Service) compose(ctx context.Context, q queued) (*mail.Msg, error) {
	l := s.cfg.Locales.Localizer(q.Language)
	c := content{
		Lang: l.Tag(), Dir: l.Dir(), Subject: subject(l, q), URL: q.URL,
		Paragraphs: strings.Split(l.T(q.BodyKey, q.Args), "\n\n"),
	}
	if s.cfg.Head != nil {
		c.Head = s.cfg.Head(ctx, l.Tag())
		c.Head.Name = oneLine(c.Head.Name)
	}
	c.foot(l)
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
	if err := msg.FromFormat(c.Head.Name, s.mailer.cfg.From); err != nil {
		return nil, &refusal{}
	}
	if err := msg.To(q.To); err != nil {
		return nil, &refusal{}
	}
	if c.Head.ReplyTo != "" {
		if err := msg.ReplyTo(c.Head.ReplyTo); err != nil {
			return nil, &refusal{}
		}
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
	if c.Head.Name != "" {
		b.WriteString(c.Head.Name + "\n\n")
	}
	b.WriteString(strings.Join(c.Paragraphs, "\n\n") + "\n\n")
	if c.URL != "" {
		b.WriteString(c.Button + ":\n" + c.URL + "\n\n")
	}
	b.WriteString("-- \n" + strings.Join(c.Footer, "\n") + "\n")
	return b.String()
}

// about begins the key of a mailed notice's subject: what it is about, without a name or a
// place, since subjects stand in lists that others see. One that has none is a new notice.
const about = "notify.about."

func subject(l *locale.Localizer, q queued) string {
	return oneLine(SubjectText(l, q.SubjectKey, q.Args))
}

// SubjectText is what a letter is about, as [Letter.SubjectKey] says it.
func SubjectText(l *locale.Localizer, key string, args map[string]any) string {
	if strings.HasPrefix(key, about) && !l.Knows(key) {
		return l.T("notify.mail.subject")
	}
	return l.T(key, args)
}

// oneLine keeps arguments from breaking a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
