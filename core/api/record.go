package api

import (
	"context"
	"net/http"

	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// Register is a register of which the API offers what every register has.
type Register struct {
	Records   *record.Records
	Path      string            // such as /boats
	One, Many string            // what an entry is called in ids of operations, and several
	Lists     *transfer.Service // that come and go as files; nil: none do
}

// Record is an entry of a register.
type Record struct {
	UID     string            `json:"uid"`
	Parent  string            `json:"parent,omitempty" doc:"Public id of the unit that it lies in"`
	Name    map[string]string `json:"name,omitempty" doc:"What it is called, by language; left out where you may not see it"`
	Code    string            `json:"code,omitempty"`
	Since   Day               `json:"since"`
	Until   Day               `json:"until,omitempty" doc:"First day on which it no longer exists"`
	Version int               `json:"version"`
	Place   []Ref             `json:"place" nullable:"false" doc:"The units above, from the ministry down"`
	Groups  []string          `json:"groups" nullable:"false" doc:"Field groups that you may see"`
	Fields  map[string]any    `json:"fields" doc:"Values by field, see /profile/registers/{id}/schema"`
}

func recordView(r record.Record) Record {
	out := Record{
		UID: r.UID, Name: r.Name, Code: r.Code, Since: dayOf(r.Since), Until: dayOrNone(r.Until), Version: r.Version,
		Place: refs(r.Place), Groups: r.Groups, Fields: r.Fields,
	}
	if n := len(r.Place); n > 0 {
		out.Parent = r.Place[n-1].UID
	}
	if out.Groups == nil {
		out.Groups = []string{}
	}
	if out.Fields == nil {
		out.Fields = map[string]any{}
	}
	return out
}

// RecordItem is a line of a list.
type RecordItem struct {
	UID      string            `json:"uid"`
	Name     map[string]string `json:"name,omitempty" doc:"By language; left out where you may not see it"`
	Code     string            `json:"code,omitempty"`
	District *Ref              `json:"district,omitempty"`
	Region   *Ref              `json:"region,omitempty"`
	Since    Day               `json:"since"`
	Until    Day               `json:"until,omitempty" doc:"First day on which it no longer exists"`
	Version  int               `json:"version"`
}

func recordItem(i record.Item) RecordItem {
	return RecordItem{i.UID, i.Name, i.Code, placeView(unit.District, i.District), placeView(unit.Region, i.Region), dayOf(i.Since), dayOrNone(i.Until), i.Version}
}

// offered is a register as operations offer it: R is a record's body, I a line's of the list.
type offered[R, I any] struct {
	records   *record.Records
	path      string
	one, many string
	group     string
	usual     bool // what operations do is said as of any register
	view      func(record.Record) R
	item      func(record.Item) I
}

// operation is one on the register: usual is what it is called of any, id of this one.
func (s offered[R, I]) operation(usual, id, method, path string) operation {
	o := operation{id: id, method: method, path: s.path + path, group: s.group}
	if s.usual {
		o.words = usual
	}
	return o
}

// register adds the operations that every register has.
func (a *api) register(r Register) {
	s := offered[Record, RecordItem]{
		records: r.Records, path: r.Path, one: r.One, many: r.Many, group: "record", usual: true, view: recordView, item: recordItem,
	}
	listRecords(a, s)
	countRecords(a, s) // before the record: "counts" is no uid
	getRecord(a, s)
	recordHistory(a, s)
	createRecord(a, s)
	updateRecord(a, s)
	changeSeveral(a, s)
}

type recordAnswer[R any] struct {
	ETag string `header:"ETag"`
	Body R
}

// reread answers a change with the record as the caller may see it now. It has been done;
// that this caller may not look at it is no failure of it.
func reread[R, I any](ctx context.Context, s offered[R, I], uid string) *recordAnswer[R] {
	r, err := s.records.Get(ctx, uid)
	if err != nil {
		return &recordAnswer[R]{Body: s.view(record.Record{Head: record.Head{UID: uid}})}
	}
	return &recordAnswer[R]{etag(r.Version), s.view(r)}
}

func getRecord[R, I any](a *api, s offered[R, I]) {
	add(a, s.operation("get_record", "get_"+s.one, http.MethodGet, "/{uid}"), func(ctx context.Context, in *Path) (*recordAnswer[R], error) {
		r, err := s.records.Get(ctx, in.UID)
		if err != nil {
			return nil, err
		}
		return &recordAnswer[R]{etag(r.Version), s.view(r)}, nil
	})
}

func recordHistory[R, I any](a *api, s offered[R, I]) {
	type query struct {
		Path
		Page
	}
	type answer struct {
		Link []string `header:"Link"`
		Body struct {
			Changes []Change `json:"changes" nullable:"false" doc:"Newest first"`
			Next    string   `json:"next,omitempty"`
		}
	}
	add(a, s.operation("record_history", s.one+"_history", http.MethodGet, "/{uid}/history"), func(ctx context.Context, in *query) (*answer, error) {
		h, err := s.records.History(ctx, in.UID, in.After)
		if err != nil {
			return nil, err
		}
		out := &answer{Link: onward(s.path+"/"+in.UID+"/history", h.Next)}
		out.Body.Changes, out.Body.Next = make([]Change, len(h.Changes)), h.Next
		for i, c := range h.Changes {
			out.Body.Changes[i] = changeView(c)
		}
		return out, nil
	})
}

func createRecord[R, I any](a *api, s offered[R, I]) {
	type request struct {
		Body struct {
			Parent string         `json:"parent" maxLength:"64" doc:"Public id of the unit that it lies in"`
			Code   string         `json:"code,omitempty" maxLength:"64"`
			Since  Day            `json:"since" doc:"Exists since"`
			Order  *Order         `json:"order,omitempty"`
			Fields map[string]any `json:"fields,omitempty"`
		}
	}
	type answer struct {
		Location string `header:"Location"`
		ETag     string `header:"ETag"`
		Body     R
	}
	o := s.operation("create_record", "create_"+s.one, http.MethodPost, "")
	o.status = http.StatusCreated
	add(a, o, func(ctx context.Context, in *request) (*answer, error) {
		b := in.Body
		since, err := b.Since.time("since")
		if err != nil {
			return nil, err
		}
		order, err := b.Order.act()
		if err != nil {
			return nil, err
		}
		q, err := a.asked(ctx)
		if err != nil {
			return nil, err
		}
		r, err := s.records.Create(ctx, record.Entry{
			Parent: b.Parent, Code: b.Code, Since: since, Order: order, Fields: record.ReadTexts(s.records.Of(q.p), b.Fields, q.l),
		})
		if err != nil {
			return nil, placed(err, "fields", "parent", "code", "since", "order")
		}
		out := reread(ctx, s, r.UID)
		return &answer{Prefix + s.path + "/" + r.UID, out.ETag, out.Body}, nil
	})
}

func updateRecord[R, I any](a *api, s offered[R, I]) {
	type request struct {
		Path
		Match
		Body struct {
			Fields map[string]any `json:"fields" doc:"Only what changes; null takes a value away"`
		}
	}
	add(a, s.operation("update_record", "update_"+s.one, http.MethodPatch, "/{uid}"),
		func(ctx context.Context, in *request) (*recordAnswer[R], error) {
			// Who may not change it is told so first, and not how to ask.
			version, unmatched := in.version()
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			_, err = s.records.Update(ctx, in.UID, version, record.ReadTexts(s.records.Of(q.p), in.Body.Fields, q.l))
			if _, stale := record.AsStale(err); stale && unmatched != nil {
				return nil, unmatched
			}
			if err != nil {
				return nil, placed(err, "fields")
			}
			return reread(ctx, s, in.UID), nil
		})
}
