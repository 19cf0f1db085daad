package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/record"
)

// RecordEdit is what a change of several records would do to one of them.
type RecordEdit struct {
	UID     string            `json:"uid"`
	Name    map[string]string `json:"name,omitempty" doc:"By language; left out where you may not see it"`
	Code    string            `json:"code,omitempty"`
	Version int               `json:"version" doc:"To send with the change"`
	Changes []FieldEdit       `json:"changes" nullable:"false" doc:"Empty: it stays as it is"`
	Problem *Problem          `json:"problem,omitempty" doc:"Why it cannot be changed so"`
}

// FieldEdit is a value that would change.
type FieldEdit struct {
	Field string          `json:"field"`
	Old   json.RawMessage `json:"old,omitempty" doc:"Left out where there is none"`
	New   json.RawMessage `json:"new,omitempty" doc:"Left out where it is taken away"`
}

// Seen is a record as it was read.
type Seen struct {
	UID     string `json:"uid" maxLength:"64"`
	Version int    `json:"version" minimum:"1" doc:"From which the change was made"`
}

func changeSeveral[R, I any](a *api, s offered[R, I]) {
	previewSeveral(a, s)
	updateSeveral(a, s)
}

// previewSeveral says what the same change would do to each of several records. What the
// caller may not look at is left out.
func previewSeveral[R, I any](a *api, s offered[R, I]) {
	type request struct {
		Body struct {
			UIDs   []string       `json:"uids" minItems:"1" maxItems:"200"`
			Fields map[string]any `json:"fields" doc:"Only what changes; null takes a value away"`
		}
	}
	type answer struct {
		Body struct {
			Records []RecordEdit `json:"records" nullable:"false" doc:"In your order, without those that you may not look at"`
		}
	}
	o := s.operation("preview_changes", "preview_"+s.one+"_changes", http.MethodPost, "/changes")
	o.search = true
	add(a, o, func(ctx context.Context, in *request) (*answer, error) {
		q, err := a.asked(ctx)
		if err != nil {
			return nil, err
		}
		edits, err := s.records.PreviewSeveral(ctx, in.Body.UIDs, record.ReadTexts(s.records.Of(q.p), in.Body.Fields, q.l))
		if err != nil {
			return nil, placed(ofSeveral(err, "uids"), "fields", "uids")
		}
		out := &answer{}
		out.Body.Records = make([]RecordEdit, len(edits))
		for i, e := range edits {
			edit := RecordEdit{UID: e.UID, Name: e.Name, Code: e.Code, Version: e.Version, Changes: make([]FieldEdit, len(e.Changes))}
			for k, c := range e.Changes {
				if edit.Changes[k], err = fieldEdit(c); err != nil {
					return nil, err
				}
			}
			if e.Why != nil {
				p := problem(placed(e.Why, "fields"), q.l, q.RequestID)
				edit.Problem = &p
			}
			out.Body.Records[i] = edit
		}
		return out, nil
	})
}

func fieldEdit(c audit.Change) (FieldEdit, error) {
	e := FieldEdit{Field: c.Field}
	for _, x := range []struct {
		is any
		to *json.RawMessage
	}{{c.Old, &e.Old}, {c.New, &e.New}} {
		if x.is == nil {
			continue
		}
		raw, err := json.Marshal(x.is)
		if err != nil {
			return e, err
		}
		*x.to = raw
	}
	return e, nil
}

// updateSeveral changes the same fields of several records, all or none.
func updateSeveral[R, I any](a *api, s offered[R, I]) {
	type request struct {
		Body struct {
			Records []Seen         `json:"records" minItems:"1" maxItems:"200"`
			Fields  map[string]any `json:"fields" doc:"Only what changes; null takes a value away"`
		}
	}
	type answer struct {
		Body struct {
			Changed int `json:"changed" doc:"How many were changed; the others had these values already"`
		}
	}
	add(a, s.operation("update_records", "update_"+s.many, http.MethodPatch, ""), func(ctx context.Context, in *request) (*answer, error) {
		q, err := a.asked(ctx)
		if err != nil {
			return nil, err
		}
		of := make([]record.Versioned, len(in.Body.Records))
		for i, r := range in.Body.Records {
			of[i] = record.Versioned(r)
		}
		n, err := s.records.UpdateSeveral(ctx, of, record.ReadTexts(s.records.Of(q.p), in.Body.Fields, q.l))
		if err != nil {
			return nil, placed(whichOf(ofSeveral(err, "records"), of), "fields", "records")
		}
		out := &answer{}
		out.Body.Changed = n
		return out, nil
	})
}

// ofSeveral names what the engine calls the ids as the body does.
func ofSeveral(err error, at string) error {
	var f *fault.Error
	if !errors.As(err, &f) || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == "id" }) {
		return err
	}
	as := *f
	as.Fields = slices.Clone(f.Fields)
	for i := range as.Fields {
		if as.Fields[i].Name == "id" {
			as.Fields[i].Name = at
		}
	}
	return &as
}

// whichOf says of a refusal which record it is about, by its place in the body.
func whichOf(err error, of []record.Versioned) error {
	var one *record.OneOfSeveral
	if !errors.As(err, &one) {
		return err
	}
	f := *fault.From(one.Why)
	k := slices.IndexFunc(of, func(v record.Versioned) bool { return v.UID == one.UID })
	f.Fields = append([]fault.Field{{Name: "records." + strconv.Itoa(k), Key: f.Key, Args: f.Args}}, f.Fields...)
	return &f
}
