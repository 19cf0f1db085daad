package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"mektep/core/caller"
	"mektep/core/identity/door"
)

// Origin is where a request came from, as the edge believes it.
type Origin struct {
	remote netip.Addr
	agent  string
}

// Resolve fills it in; huma calls it.
func (o *Origin) Resolve(ctx huma.Context) []error {
	c := humafiber.Unwrap(ctx)
	o.remote, _ = netip.ParseAddr(c.IP())
	o.agent = c.Get("User-Agent")
	return nil
}

// Token is a token that was given out.
type Token struct {
	UID          string     `json:"uid"`
	Token        string     `json:"token,omitempty" doc:"The token itself: shown once, at issue" example:"mektep_…"`
	Name         string     `json:"name" doc:"What it is for"`
	SecondFactor bool       `json:"second_factor" doc:"It was obtained with a second factor"`
	Created      time.Time  `json:"created"`
	Seen         *time.Time `json:"seen,omitempty" doc:"Last use"`
	Expires      time.Time  `json:"expires"`
}

func tokenOf(t door.TokenInfo) Token {
	return Token{
		UID: t.UID, Name: t.Name, SecondFactor: t.SecondFactor, Created: t.CreatedAt.UTC(),
		Seen: momentOrNone(t.SeenAt), Expires: t.ExpiresAt.UTC(),
	}
}

type tokenRequest struct {
	Origin
	Body struct {
		Login    string `json:"login" maxLength:"200" example:"a.asanova"`
		Password string `json:"password" maxLength:"1000"`
		Code     string `json:"code,omitempty" maxLength:"40" doc:"Of the second factor, where the account has one; or a recovery code" example:"123456"`
		Name     string `json:"name" maxLength:"100" doc:"What the token is for, as you will see it in the list" example:"Nightly synchronisation"`
		Days     int    `json:"days,omitempty" minimum:"1" maximum:"366" doc:"How long it is good for; 30 when left out"`
	}
}

type tokenAnswer struct{ Body Token }

func (a *api) tokens() {
	add(a, operation{id: "issue_token", method: http.MethodPost, path: "/token", group: "token", public: true, status: http.StatusCreated, search: true},
		func(ctx context.Context, in *tokenRequest) (*tokenAnswer, error) {
			token, info, err := a.People.Door.IssueToken(ctx, door.TokenRequest{
				Attempt: door.Attempt{Login: in.Body.Login, Password: in.Body.Password, Remote: in.remote, UserAgent: in.agent},
				Code:    in.Body.Code, Name: in.Body.Name, Days: in.Body.Days,
			})
			if err != nil {
				return nil, err
			}
			out := tokenOf(info)
			out.Token = token
			return &tokenAnswer{out}, nil
		})
	add(a, operation{id: "revoke_token", method: http.MethodDelete, path: "/token", group: "token"},
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			return nil, a.People.Door.RevokeToken(ctx, caller.From(ctx).Token)
		})
	type list struct {
		Body struct {
			Items []Token `json:"items" nullable:"false"`
		}
	}
	add(a, operation{id: "list_tokens", method: http.MethodGet, path: "/me/tokens", group: "token"},
		func(ctx context.Context, _ *struct{}) (*list, error) {
			tokens, err := a.People.Door.Tokens(ctx)
			out := &list{}
			out.Body.Items = make([]Token, len(tokens))
			for i, t := range tokens {
				out.Body.Items[i] = tokenOf(t)
			}
			return out, err
		})
	add(a, operation{id: "revoke_one_token", method: http.MethodDelete, path: "/me/tokens/{uid}", group: "token"},
		func(ctx context.Context, in *Path) (*struct{}, error) {
			return nil, a.People.Door.RevokeToken(ctx, in.UID)
		})
}
