package api

import (
	"context"
	"net/http"
	"time"

	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/profile"
)

// Account is a person's account.
type Account struct {
	UID          string     `json:"uid"`
	Login        string     `json:"login,omitempty" doc:"Left out until the invitation is accepted"`
	Family       string     `json:"family"`
	Given        string     `json:"given"`
	Patronymic   string     `json:"patronymic,omitempty"`
	Email        string     `json:"email,omitempty"`
	Phone        string     `json:"phone,omitempty" example:"+996312620000"`
	Language     string     `json:"language,omitempty"`
	State        string     `json:"state" enum:"invited,active,blocked"`
	BlockedWhy   string     `json:"blocked_why,omitempty" enum:"no_appointment,decision"`
	BlockedNote  string     `json:"blocked_note,omitempty"`
	SecondFactor *bool      `json:"second_factor,omitempty" doc:"Left out with contact data, where you may not see them"`
	SignedIn     *time.Time `json:"signed_in,omitempty" doc:"The last time"`
	Created      *time.Time `json:"created,omitempty" doc:"Left out of somebody whom you may not see"`
	Version      int        `json:"version,omitempty" doc:"As above"`
}

func accountView(a identity.Account) Account {
	state, why := a.Shown()
	out := Account{
		UID: a.UID, Login: a.Login, Family: a.Family, Given: a.Given, Patronymic: a.Patronymic, Email: a.Email, Phone: a.Phone,
		Language: a.Language, State: string(state), BlockedWhy: why, BlockedNote: a.BlockedNote,
		Created: momentOrNone(a.CreatedAt), Version: a.Version,
	}
	if !a.Withheld {
		second := a.SecondSince != nil
		out.SecondFactor = &second
	}
	if a.SignedInAt != nil {
		out.SignedIn = momentOrNone(*a.SignedInAt)
	}
	return out
}

// Post is a role at a unit, in short.
type Post struct {
	Role  string `json:"role"`
	Unit  Ref    `json:"unit"`
	Since Day    `json:"since"`
	Until Day    `json:"until,omitempty"`
}

// AccountItem is an account in a list.
type AccountItem struct {
	Account
	Posts  []Post `json:"posts" nullable:"false" doc:"In force or to come, where you may see them"`
	Shared bool   `json:"shared,omitempty" doc:"There were signs in the last thirty days that others use it too"`
}

// AccountDetail is an account with what its holder holds.
type AccountDetail struct {
	Account
	Appointments []Appointment `json:"appointments" nullable:"false" doc:"Where you may see them, those in force first"`
	Elsewhere    int           `json:"elsewhere" doc:"Further ones in force where you may not see them"`
	Sessions     []Session     `json:"sessions,omitempty" doc:"Living ones, if you may see them"`
	Invitation   *Invitation   `json:"invitation,omitempty" doc:"The open one"`
	Unconfirmed  bool          `json:"email_unconfirmed,omitempty" doc:"Somebody else typed the address, and until it is confirmed no letter with a link goes there"`
}

// Session is a session as its owner, or a superior, sees it.
type Session struct {
	UID     string    `json:"uid"`
	Device  string    `json:"device" example:"Firefox, Windows"`
	Opened  time.Time `json:"opened"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"`
}

// Invitation is a one-time link by which a person sets up their account.
type Invitation struct {
	UID     string     `json:"uid"`
	Path    string     `json:"path,omitempty" doc:"Of the link on the ministry's host: shown once, when it is made"`
	Mailed  bool       `json:"mailed,omitempty" doc:"It was also sent to the person's address"`
	Sent    *time.Time `json:"sent,omitempty"`
	Expires time.Time  `json:"expires"`
}

func keyView(k *door.Key) *Invitation {
	if k == nil {
		return nil
	}
	return &Invitation{UID: k.UID, Path: k.Path, Mailed: k.Mailed, Expires: k.Expires.UTC()}
}

func detailView(p identity.PersonPage) AccountDetail {
	out := AccountDetail{Account: accountView(p.Account), Elsewhere: p.Elsewhere, Unconfirmed: p.Held, Appointments: make([]Appointment, len(p.Appointments))}
	for i, a := range p.Appointments {
		out.Appointments[i] = appointmentView(a)
	}
	for _, s := range p.Sessions {
		out.Sessions = append(out.Sessions, Session{s.UID, s.Device, s.OpenedAt.UTC(), s.SeenAt.UTC(), s.ExpiresAt.UTC()})
	}
	if i := p.Invitation; i != nil {
		out.Invitation = &Invitation{UID: i.UID, Sent: momentOrNone(i.SentAt), Expires: i.Expires.UTC()}
	}
	return out
}

type accountAnswer struct {
	ETag string `header:"ETag"`
	Body AccountDetail
}

func (a *api) accounts() {
	a.searchAccounts()
	add(a, operation{id: "get_account", method: http.MethodGet, path: "/accounts/{uid}", group: "account"},
		func(ctx context.Context, in *Path) (*accountAnswer, error) {
			p, err := a.People.Person(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			return &accountAnswer{etag(p.Version), detailView(p)}, nil
		})
	type correct struct {
		Path
		Match
		Body Person
	}
	type confirm struct {
		Path
		Match
	}
	add(a, operation{id: "confirm_address", method: http.MethodPost, path: "/accounts/{uid}/address-confirmation", group: "account", second: true},
		func(ctx context.Context, in *confirm) (*struct{}, error) {
			version, err := in.version()
			if err == nil {
				err = a.People.ConfirmAddress(ctx, in.UID, version)
			}
			return nil, err
		})
	add(a, operation{id: "correct_account", method: http.MethodPatch, path: "/accounts/{uid}", group: "account", second: true},
		func(ctx context.Context, in *correct) (*accountAnswer, error) {
			version, err := in.version()
			if err == nil {
				err = a.People.Correct(ctx, in.UID, version, in.Body.person())
			}
			if err != nil {
				return nil, err
			}
			p, err := a.People.Person(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			return &accountAnswer{etag(p.Version), detailView(p)}, nil
		})
	type block struct {
		Path
		Body struct {
			Note string `json:"note" maxLength:"500" doc:"Why; it is kept"`
		}
	}
	add(a, operation{id: "block_account", method: http.MethodPost, path: "/accounts/{uid}/block", group: "account", second: true},
		func(ctx context.Context, in *block) (*accountAnswer, error) {
			if err := a.People.Block(ctx, in.UID, in.Body.Note); err != nil {
				return nil, err
			}
			p, err := a.People.Person(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			return &accountAnswer{etag(p.Version), detailView(p)}, nil
		})
	add(a, operation{id: "unblock_account", method: http.MethodPost, path: "/accounts/{uid}/unblock", group: "account", second: true},
		func(ctx context.Context, in *Path) (*struct{}, error) {
			return nil, a.People.Unblock(ctx, in.UID)
		})
	add(a, operation{id: "revoke_account_sessions", method: http.MethodDelete, path: "/accounts/{uid}/sessions", group: "account", second: true},
		func(ctx context.Context, in *Path) (*struct{}, error) {
			_, err := a.People.RevokeSessions(ctx, in.UID, "")
			return nil, err
		})
	a.keys()
}

// searchAccounts is posted: a search for a person never stands in an address.
func (a *api) searchAccounts() {
	type request struct {
		Body struct {
			Words string `json:"words,omitempty" maxLength:"200" doc:"Beginnings of words of the name, in any order and either alphabet"`
			Role  string `json:"role,omitempty" maxLength:"64" doc:"Who holds it now"`
			State string `json:"state,omitempty" enum:"invited,active,blocked"`
			Unit  string `json:"unit,omitempty" maxLength:"64" doc:"Who holds something there or below"`
			After string `json:"after,omitempty" maxLength:"2000" doc:"next of the page before"`
			Limit int    `json:"limit,omitempty" minimum:"1" maximum:"200" doc:"50 when left out"`
		}
	}
	type answer struct {
		Body struct {
			Items []AccountItem `json:"items" nullable:"false"`
			Next  string        `json:"next,omitempty"`
		}
	}
	add(a, operation{id: "search_accounts", method: http.MethodPost, path: "/accounts/search", group: "account", search: true},
		func(ctx context.Context, in *request) (*answer, error) {
			b := in.Body
			m, err := a.Gate.Ministry(ctx)
			if err != nil {
				return nil, err
			}
			if b.Role != "" && m.Profile.Role(b.Role) == nil {
				return nil, unlike("role", ids(m.Profile.Roles, func(r *profile.Role) string { return r.ID }))
			}
			f := identity.Filter{Words: b.Words, Role: b.Role, State: identity.State(b.State), After: b.After, Limit: b.Limit}
			if b.Unit != "" {
				u, err := a.unitOf(ctx, b.Unit)
				if err != nil {
					return nil, err
				}
				f.Unit = &u
			}
			rows, next, err := a.People.People(ctx, f)
			out := &answer{}
			out.Body.Items, out.Body.Next = make([]AccountItem, len(rows)), next
			for i, r := range rows {
				it := AccountItem{Account: accountView(r.Account), Posts: make([]Post, len(r.Posts)), Shared: r.Shared}
				for k, p := range r.Posts {
					it.Posts[k] = Post{p.Role, refOf(p.Unit), dayOf(p.Since), dayOf(p.Ends())}
				}
				out.Body.Items[i] = it
			}
			return out, err
		})
}

// keys are invitations and printed codes.
func (a *api) keys() {
	type request struct {
		Path
	}
	type answer struct{ Body Invitation }
	add(a, operation{id: "reinvite_account", method: http.MethodPost, path: "/accounts/{uid}/invitation", group: "account", status: http.StatusCreated, second: true},
		func(ctx context.Context, in *request) (*answer, error) {
			k, err := a.People.Reinvite(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			return &answer{*keyView(k)}, nil
		})
	add(a, operation{id: "cancel_invitation", method: http.MethodDelete, path: "/accounts/{uid}/invitation", group: "account", second: true},
		func(ctx context.Context, in *Path) (*struct{}, error) {
			return nil, a.People.CancelInvitation(ctx, in.UID)
		})
	type reset struct {
		Path
		Body struct {
			IdentifiedBy string `json:"identified_by" enum:"identity_card,passport,driving_licence,service_card,residence_permit" doc:"Kind of document that you saw"`
			SecondFactor bool   `json:"second_factor,omitempty" doc:"The person has lost it too: using the code takes it away"`
		}
	}
	type slip struct {
		Name    string    `json:"name"`
		Login   string    `json:"login"`
		Code    string    `json:"code" doc:"Shown once, to be printed and handed over"`
		Expires time.Time `json:"expires"`
	}
	type printed struct{ Body slip }
	add(a, operation{id: "print_reset_code", method: http.MethodPost, path: "/accounts/{uid}/reset-code", group: "account", status: http.StatusCreated, second: true},
		func(ctx context.Context, in *reset) (*printed, error) {
			s, err := a.People.PrintCode(ctx, in.UID, identity.Reset{IdentifiedBy: in.Body.IdentifiedBy, SecondFactor: in.Body.SecondFactor})
			if err != nil {
				return nil, err
			}
			return &printed{slip{s.Name, s.Login, s.Code, s.Expires.UTC()}}, nil
		})
}
