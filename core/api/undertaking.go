package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"mektep/core/caller"
	"mektep/core/consent"
)

// Undertaking is what a person signs before use of a role.
type Undertaking struct {
	ID      string            `json:"id"`
	Name    map[string]string `json:"name" doc:"By language"`
	Wording map[string]string `json:"wording" doc:"By language, Markdown"`
	Digests map[string]string `json:"digests" doc:"Of each wording, by language: send that of the one that was read with the signature"`
	Source  string            `json:"source" doc:"What it rests on"`
}

// digests names each wording.
func digests(wording map[string]string) map[string]string {
	out := make(map[string]string, len(wording))
	for tag, text := range wording {
		out[tag] = consent.Digest(text)
	}
	return out
}

// Signed is an undertaking that was signed.
type Signed struct {
	UID      string    `json:"uid"`
	ID       string    `json:"id"`
	Language string    `json:"language" doc:"In which it was read"`
	Wording  string    `json:"wording" doc:"As it was shown, Markdown"`
	Name     string    `json:"name" doc:"As the person wrote it"`
	Position string    `json:"position" doc:"Role and unit at that moment"`
	At       time.Time `json:"at"`
}

func signedView(u consent.Undertaking) Signed {
	return Signed{u.UID, u.ID, u.Language, u.Wording, u.Name, u.Position, u.SignedAt.UTC()}
}

func (a *api) undertakings() {
	type list struct {
		Body struct {
			Pending []Undertaking `json:"pending" nullable:"false" doc:"To be signed before your roles can be used"`
			Signed  []Signed      `json:"signed" nullable:"false" doc:"Latest first"`
		}
	}
	add(a, operation{id: "list_undertakings", method: http.MethodGet, path: "/undertakings", group: "undertaking"},
		func(ctx context.Context, _ *struct{}) (*list, error) {
			pending, err := a.Consent.Pending(ctx)
			if err != nil {
				return nil, err
			}
			signed, err := a.Consent.Signed(ctx, caller.From(ctx).Account, "")
			if err != nil {
				return nil, err
			}
			out := &list{}
			out.Body.Pending, out.Body.Signed = []Undertaking{}, []Signed{}
			for _, u := range pending {
				out.Body.Pending = append(out.Body.Pending, Undertaking{u.ID, u.Name, u.Text(), digests(u.Text()), u.Source})
			}
			for _, u := range signed {
				out.Body.Signed = append(out.Body.Signed, signedView(u))
			}
			return out, nil
		})
	type request struct {
		ID   string `path:"id" maxLength:"64" example:"annex_1_1"`
		Body struct {
			Name     string `json:"name" maxLength:"300" doc:"Your own name, written out: this is the signature"`
			Agreed   bool   `json:"agreed" doc:"You have read it and undertake what it says"`
			Shown    string `json:"shown" minLength:"1" maxLength:"100" doc:"Digest of the wording that was read, as the list of undertakings gives it: a wording replaced since is not signed unread"`
			Language string `json:"language,omitempty" maxLength:"16" doc:"In which it was read: an official language of the ministry. Left out: yours, where it is one, else the main one"`
		}
	}
	type answer struct{ Body Signed }
	add(a, operation{id: "sign_undertaking", method: http.MethodPost, path: "/undertakings/{id}/signature", group: "undertaking", status: http.StatusCreated},
		func(ctx context.Context, in *request) (*answer, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			position, err := a.position(ctx, q, in.ID)
			if err != nil {
				return nil, err
			}
			language := cmp.Or(in.Body.Language, q.p.Signing(q.Language))
			u, err := a.Consent.Sign(ctx, consent.Signing{ID: in.ID, Language: language, Shown: in.Body.Shown, Name: in.Body.Name, Position: position, Agreed: in.Body.Agreed})
			if err != nil {
				return nil, err
			}
			return &answer{signedView(u)}, nil
		})
}

// position writes out the role that demands an undertaking, and its unit.
func (a *api) position(ctx context.Context, q request, undertaking string) (string, error) {
	for _, s := range q.Assignments {
		r := q.p.Role(s.Role)
		if r == nil || !slices.Contains(r.Undertakings(), undertaking) {
			continue
		}
		u, err := a.Tree.ByID(ctx, s.UnitID)
		return q.l.Text(r.Name) + ", " + q.l.Text(u.Name), err
	}
	return "", nil
}
