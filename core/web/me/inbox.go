package me

import (
	"mektep/core/edge"
	"mektep/core/notify"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// inboxPage is a page of notices.
type inboxPage struct {
	items []notify.Item
	next  string
	after string
	key   string
}

func (s Services) inbox(q *screen.Request) error {
	after := q.C.Query("after")
	items, next, err := s.Inbox.Inbox(q.Context(), after)
	if err != nil {
		return err
	}
	return q.Page(showInbox(q.View(), inboxPage{items: items, next: next, after: after, key: screen.NewKey()}))
}

// openNotice marks one of the person's own notices as read and leads to what it is
// about. It is posted: what is only looked at, or asked for by a foreign page,
// stays as it is.
func (s Services) openNotice(q *screen.Request) error {
	if err := s.Inbox.MarkRead(q.Context(), q.C.Params("uid")); err != nil {
		return err
	}
	to := screen.Local(q.C.Query("to", inbox))
	if to == "/" {
		to = inbox
	}
	return q.See(to, edge.Flash{})
}

// markRead marks one notice as read, or all of them.
func (s Services) markRead(q *screen.Request) error {
	var uids []string
	if uid := q.Form().Value("notice"); uid != "" {
		uids = append(uids, uid)
	}
	if err := s.Inbox.MarkRead(q.Context(), uids...); err != nil {
		return err
	}
	return q.Done(inbox, "me.inbox.read")
}

func noticeGlyph(kind string) ui.Glyph {
	switch kind {
	case "account":
		return ui.GlyphPerson
	case "appointment":
		return ui.GlyphOrder
	case "import", "export":
		return ui.GlyphTable
	case "calendar", "extension":
		return ui.GlyphCalendar
	}
	return ui.GlyphBell
}

func notices(v *ui.View, p inboxPage) []ui.Task {
	list := make([]ui.Task, 0, len(p.items))
	for _, it := range p.items {
		title, text := v.Told(it.Key, it.Args)
		t := ui.Task{Icon: noticeGlyph(it.Kind), Title: title, Text: text, When: v.DateTime(it.At), Unread: !it.Read}
		if it.Link != "" {
			t.URL, t.Post = inbox+"/"+it.UID+"?to="+queryEscape(it.Link), true
		}
		if !it.Read {
			t.Action = markButton(v, it.UID)
		}
		list = append(list, t)
	}
	return list
}
