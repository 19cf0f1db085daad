package api

import (
	"context"
	"net/http"
	"time"
)

// Notice is one in the caller's inbox.
type Notice struct {
	UID  string    `json:"uid"`
	Kind string    `json:"kind" example:"appointment"`
	Text string    `json:"text" doc:"In your language"`
	Link string    `json:"link,omitempty" doc:"Path of the screen to go to"`
	At   time.Time `json:"at"`
	Read bool      `json:"read"`
}

func (a *api) inbox() {
	type list struct {
		Link []string `header:"Link"`
		Body struct {
			Items  []Notice `json:"items" nullable:"false" doc:"Newest first"`
			Next   string   `json:"next,omitempty"`
			Unread int      `json:"unread" doc:"At most 100"`
		}
	}
	add(a, operation{id: "inbox", method: http.MethodGet, path: "/inbox", group: "inbox"},
		func(ctx context.Context, in *Page) (*list, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			items, next, err := a.Notify.Inbox(ctx, in.After)
			if err != nil {
				return nil, err
			}
			out := &list{Link: onward("/inbox", next)}
			out.Body.Items, out.Body.Next = make([]Notice, len(items)), next
			for i, it := range items {
				out.Body.Items[i] = Notice{it.UID, it.Kind, q.l.T(it.Key, it.Args), it.Link, it.At.UTC(), it.Read}
			}
			out.Body.Unread, err = a.Notify.Unread(ctx)
			return out, err
		})
	type request struct {
		Body struct {
			UIDs []string `json:"uids,omitempty" maxItems:"200" doc:"Which; all when left out"`
		}
	}
	add(a, operation{id: "mark_read", method: http.MethodPost, path: "/inbox/read", group: "inbox"},
		func(ctx context.Context, in *request) (*struct{}, error) {
			return nil, a.Notify.MarkRead(ctx, in.Body.UIDs...)
		})
}
