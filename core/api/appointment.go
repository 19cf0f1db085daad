package api

import (
	"context"
	"net/http"
	"time"

	"mektep/core/approval"
	"mektep/core/identity"
)

// Person describes somebody to make an account for, or corrects their data.
type Person struct {
	Family     string `json:"family" maxLength:"100"`
	Given      string `json:"given,omitempty" maxLength:"100"`
	Patronymic string `json:"patronymic,omitempty" maxLength:"100"`
	Email      string `json:"email,omitempty" maxLength:"254" doc:"For the invitation and for resets"`
	Phone      string `json:"phone,omitempty" maxLength:"40"`
	Language   string `json:"language,omitempty" maxLength:"16" doc:"Of the invitation"`
}

func (p Person) person() identity.Person {
	return identity.Person{Family: p.Family, Given: p.Given, Patronymic: p.Patronymic, Email: p.Email, Phone: p.Phone, Language: p.Language}
}

// Appointment is a role that a person holds, held or will hold at a unit.
type Appointment struct {
	UID          string     `json:"uid"`
	Role         string     `json:"role"`
	Unit         Ref        `json:"unit"`
	Since        Day        `json:"since"`
	Until        Day        `json:"until,omitempty" doc:"First day on which it no longer holds, by its own end or with its unit"`
	Order        *Order     `json:"order,omitempty"`
	IdentifiedBy string     `json:"identified_by,omitempty" doc:"Kind of document that the giver saw"`
	GivenBy      string     `json:"given_by,omitempty" doc:"Public id of the giver's account"`
	GivenAs      string     `json:"given_as,omitempty" doc:"The giver's role"`
	EndOrder     *Order     `json:"end_order,omitempty"`
	EndNote      string     `json:"end_note,omitempty"`
	Stopped      *time.Time `json:"stopped,omitempty" doc:"Since when it gives no rights, by the block of somebody who answers for this post and not for all that the person holds"`
	StoppedNote  string     `json:"stopped_note,omitempty"`
	Version      int        `json:"version"`
}

func appointmentView(a identity.Appointment) Appointment {
	return Appointment{
		UID: a.UID, Role: a.Role, Unit: refOf(a.Unit), Since: dayOf(a.Since), Until: dayOf(a.Ends()),
		Order: orderOf(a.Order.Number, a.Order.Date), IdentifiedBy: a.IdentifiedBy, GivenBy: a.GrantedBy, GivenAs: a.GrantedAs,
		EndOrder: orderOf(a.EndOrder.Number, a.EndOrder.Date), EndNote: a.EndNote,
		Stopped: momentOrNone(a.Stopped), StoppedNote: a.StoppedNote, Version: a.Version,
	}
}

// Appointed is what came of an appointment.
type Appointed struct {
	Account     *Account     `json:"account,omitempty"`
	Appointment *Appointment `json:"appointment,omitempty"`
	Invitation  *Invitation  `json:"invitation,omitempty" doc:"For somebody who has not accepted one yet"`
}

func (a *api) appointments() {
	a.grantable()
	type request struct {
		Body struct {
			Account      string  `json:"account,omitempty" maxLength:"64" doc:"Public id of an existing account; or person"`
			Person       *Person `json:"person,omitempty" doc:"Somebody who has no account yet"`
			Another      bool    `json:"another_person,omitempty" doc:"You have read that an account looks like this person's, and it is another one"`
			Second       bool    `json:"second_holder,omitempty" doc:"You have read who holds this post, which one person holds, and there are to be two: send what the question bears as read"`
			Read         string  `json:"read,omitempty" maxLength:"400" pattern:"^[0-9a-f.]*$" doc:"With second_holder: the error's read, by which your answer counts for those of whom it told you, and for nobody who has come since"`
			Far          Day     `json:"far_ahead,omitempty" doc:"You have read that the day lies more than a year ahead, or before the order, and it is meant: the day itself, which the error bears as read. Of another day it says nothing"`
			Role         string  `json:"role" maxLength:"64"`
			Unit         string  `json:"unit" maxLength:"64" doc:"Public id of the unit"`
			Since        Day     `json:"since,omitempty" doc:"The day on which it is given when left out"`
			Until        Day     `json:"until,omitempty" doc:"First day on which it no longer holds; open when left out"`
			Order        *Order  `json:"order,omitempty" doc:"Where the role demands one"`
			IdentifiedBy string  `json:"identified_by,omitempty" enum:"identity_card,passport,driving_licence,service_card,residence_permit" doc:"Kind of document that you saw, where the role demands it"`
		}
	}
	type answer struct {
		Status   int
		Location string `header:"Location"`
		Body     Appointed
	}
	add(a, operation{id: "appoint", method: http.MethodPost, path: "/appointments", group: "appointment", status: http.StatusCreated, second: true},
		func(ctx context.Context, in *request) (*answer, error) {
			b := in.Body
			n := identity.NewAppointment{Account: b.Account, AnotherPerson: b.Another, Role: b.Role, IdentifiedBy: b.IdentifiedBy}
			if b.Person != nil {
				n.Person = b.Person.person()
			}
			if b.Second {
				n.SecondHolder = b.Read
			}
			var err error
			if n.Unit, err = a.unitOf(ctx, b.Unit); err != nil {
				return nil, err
			}
			if n.Since, err = b.Since.time("since"); err != nil {
				return nil, err
			}
			if n.Far, err = b.Far.time("far_ahead"); err != nil {
				return nil, err
			}
			if n.Until, err = b.Until.time("until"); err != nil {
				return nil, err
			}
			if n.Order, err = b.Order.act(); err != nil {
				return nil, err
			}
			out, err := a.People.Appoint(ctx, n)
			if err != nil {
				return nil, placed(missing(err, "account"), "person", "account", "another_person", "second_holder", "read", "role", "unit", "since", "until", "order", "identified_by")
			}
			if out.Waiting != nil {
				return nil, &approval.Asked{Request: *out.Waiting}
			}
			account, appointment := accountView(out.Account), appointmentView(out.Appointment)
			return &answer{
				http.StatusCreated, Prefix + "/accounts/" + account.UID,
				Appointed{Account: &account, Appointment: &appointment, Invitation: keyView(out.Key)},
			}, nil
		})
	type dismissal struct {
		Path
		Body struct {
			On    Day    `json:"on,omitempty" doc:"First day on which it no longer holds; the day on which it is done, at once, when left out"`
			Order *Order `json:"order,omitempty" doc:"Where the role demands one"`
			Note  string `json:"note,omitempty" maxLength:"500" doc:"Why, for the file"`
		}
	}
	add(a, operation{id: "dismiss", method: http.MethodPost, path: "/appointments/{uid}/dismissal", group: "appointment", second: true},
		func(ctx context.Context, in *dismissal) (*struct{}, error) {
			on, err := in.Body.On.time("on")
			if err != nil {
				return nil, err
			}
			order, err := in.Body.Order.act()
			if err != nil {
				return nil, err
			}
			return nil, a.People.Dismiss(ctx, in.UID, identity.End{On: on, Order: order, Note: in.Body.Note})
		})
}

// grantable lists what the caller may give at a unit.
func (a *api) grantable() {
	type grantable struct {
		Role string `json:"role"`
		Name string `json:"name" doc:"In your language"`
		As   string `json:"as" doc:"Your role by which you may give it"`
		Law  string `json:"law,omitempty"`
	}
	type roles struct {
		Body struct {
			Items []grantable `json:"items" nullable:"false"`
		}
	}
	add(a, operation{id: "list_grantable_roles", method: http.MethodGet, path: "/units/{uid}/grantable-roles", group: "appointment"},
		func(ctx context.Context, in *Path) (*roles, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			u, err := a.seen(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			list, err := a.People.Grantable(ctx, u)
			out := &roles{}
			out.Body.Items = []grantable{}
			for _, g := range list {
				out.Body.Items = append(out.Body.Items, grantable{g.Role.ID, q.l.Text(g.Role.Name), g.As.Role, g.Source})
			}
			return out, err
		})
}
