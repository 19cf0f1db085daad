package api

import (
	"context"
	"net/http"
	"time"

	"mektep/core/registry"
)

// UnitProposal is a difference between the territory of the country profile and the
// ministry's.
type UnitProposal struct {
	ID       string            `json:"id"`
	Do       string            `json:"do" enum:"create,rename,move,close,reopen" doc:"What would make the ministry's territory say what the profile says"`
	Level    string            `json:"level"`
	Code     string            `json:"code"`
	Name     map[string]string `json:"name" doc:"As the profile has it, by language"`
	Unit     *Ref              `json:"unit,omitempty" doc:"Of the ministry; left out of what is new"`
	Parent   *Ref              `json:"parent,omitempty" doc:"Where the profile puts it; left out while the ministry has no such unit"`
	Heirs    []Ref             `json:"heirs" nullable:"false" doc:"Those who took over, of what is gone"`
	Since    Day               `json:"since,omitempty" doc:"From when on by the profile; left out where it names no day"`
	Declined *time.Time        `json:"declined,omitempty" doc:"When it was declined, or decided otherwise on an order; it stays so until the profile says something else"`
	Order    *Order            `json:"order,omitempty" doc:"On which the ministry decided otherwise; left out of what somebody declined"`
	Request  string            `json:"request,omitempty" doc:"Of a second person: until it is decided, the difference can neither be accepted nor declined"`
}

func proposalView(p registry.Proposal) UnitProposal {
	out := UnitProposal{ID: p.ID, Do: p.Do, Level: p.Level, Code: p.Code, Name: p.Name, Heirs: refs(p.Heirs), Declined: p.Declined, Order: orderOf(p.Order.Number, p.Order.Date), Request: p.Waits}
	if !p.Since.IsZero() {
		out.Since = dayOf(p.Since)
	}
	if p.Unit != nil {
		r := refOf(*p.Unit)
		out.Unit = &r
	}
	if p.Parent != nil {
		r := refOf(*p.Parent)
		out.Parent = &r
	}
	return out
}

// ProposalPath names a proposal.
type ProposalPath struct {
	ID string `path:"id" maxLength:"64"`
}

// unitProposals are what a changed profile proposes for the territory.
func (a *api) unitProposals() {
	type list struct {
		Body struct {
			Items []UnitProposal `json:"items" nullable:"false" doc:"Those declined last"`
		}
	}
	add(a, operation{id: "list_unit_proposals", method: http.MethodGet, path: "/territory/proposals", group: "unit"},
		func(ctx context.Context, _ *struct{}) (*list, error) {
			all, err := a.Registry.Territory.Proposals(ctx)
			if err != nil {
				return nil, err
			}
			out := &list{}
			out.Body.Items = make([]UnitProposal, len(all))
			for i, p := range all {
				out.Body.Items[i] = proposalView(p)
			}
			return out, nil
		})
	type acceptance struct {
		ProposalPath
		Body struct {
			Since Day    `json:"since,omitempty" doc:"First day on which it holds; left out: the profile's"`
			Far   Day    `json:"far_ahead,omitempty" doc:"You have read that the day lies more than a year ahead, or before the order, and it is meant: the day itself, which the error bears as read. Of another day it says nothing"`
			Order *Order `json:"order,omitempty" doc:"Obligatory: number and date"`
			SameName
			Into map[string]string `json:"into,omitempty" maxProperties:"5000" doc:"Of what is gone: where what lies in it goes, see close_unit"`
			Rest string            `json:"rest,omitempty" maxLength:"64" doc:"Of what is gone: public id of the unit that takes all that into does not name"`
		}
	}
	add(a, operation{id: "accept_unit_proposal", method: http.MethodPost, path: "/territory/proposals/{id}/accept", group: "unit", second: true},
		func(ctx context.Context, in *acceptance) (*unitAnswer, error) {
			b := in.Body
			by := registry.Act{SameName: b.Meant, Into: b.Into, Rest: b.Rest}
			var err error
			if by.Far, err = b.Far.time("far_ahead"); err != nil {
				return nil, err
			}
			if b.Since != "" {
				if by.Since, err = b.Since.time("since"); err != nil {
					return nil, err
				}
			}
			if by.Order, err = b.Order.act(); err != nil {
				return nil, err
			}
			u, err := a.Registry.Territory.Accept(ctx, in.ID, by)
			if err != nil {
				return nil, err
			}
			return a.rereadUnit(ctx, u.UID)
		})
	add(a, operation{id: "decline_unit_proposal", method: http.MethodPost, path: "/territory/proposals/{id}/decline", group: "unit"},
		func(ctx context.Context, in *ProposalPath) (*struct{}, error) {
			return nil, a.Registry.Territory.Decline(ctx, in.ID)
		})
}
