package api

import (
	"context"
	"net/http"

	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
)

// Institution is an entry of the register.
type Institution struct {
	Unit
	Place  []Ref          `json:"place" nullable:"false" doc:"The units above, from the ministry down"`
	Groups []string       `json:"groups" nullable:"false" doc:"Field groups that you may see"`
	Fields map[string]any `json:"fields" doc:"Values by field, see /profile/registers/institution/schema"`
}

func institutionView(i registry.Institution) Institution {
	out := Institution{Unit: unitView(i.Unit, ""), Place: refs(i.Place), Groups: i.Groups, Fields: i.Fields}
	if n := len(i.Place); n > 0 {
		out.Parent = i.Place[n-1].UID
	}
	if out.Groups == nil {
		out.Groups = []string{}
	}
	if out.Fields == nil {
		out.Fields = map[string]any{}
	}
	return out
}

// InstitutionItem is a line of the list.
type InstitutionItem struct {
	UID      string            `json:"uid"`
	Type     string            `json:"type"`
	Name     map[string]string `json:"name" doc:"By language"`
	Code     string            `json:"code,omitempty"`
	District *Ref              `json:"district,omitempty"`
	Region   *Ref              `json:"region,omitempty"`
	Since    Day               `json:"since"`
	Until    Day               `json:"until,omitempty" doc:"First day on which it no longer exists"`
	Version  int               `json:"version"`
}

func itemView(i record.Item) InstitutionItem {
	return InstitutionItem{
		i.UID, i.Type, i.Name, i.Code, placeView(unit.District, i.District), placeView(unit.Region, i.Region),
		dayOf(i.Since), dayOrNone(i.Until), i.Version,
	}
}

type institutionAnswer = recordAnswer[Institution]

func (a *api) offeredInstitutions() offered[Institution, InstitutionItem] {
	return offered[Institution, InstitutionItem]{
		records: a.Registry.Records, path: "/institutions", one: "institution", many: "institutions", group: "institution",
		view: func(r record.Record) Institution { return institutionView(registry.InstitutionOf(r)) }, item: itemView,
	}
}

func (a *api) institutions() {
	s := a.offeredInstitutions()
	listRecords(a, s)
	countRecords(a, s) // before the record: "counts" is no uid
	getRecord(a, s)
	history(a, "institution", "/institutions/", "institution", a.Registry.History)
	a.createInstitution()
	updateRecord(a, s)
	changeSeveral(a, s)
}

func (a *api) createInstitution() {
	type request struct {
		Body struct {
			Parent string            `json:"parent" maxLength:"64" doc:"Public id of the unit it belongs to"`
			Type   string            `json:"type" maxLength:"64" doc:"Id of the type, see /profile/types"`
			Name   map[string]string `json:"name" doc:"By language; the ministry's main language is obligatory"`
			Code   string            `json:"code,omitempty" maxLength:"40"`
			Since  Day               `json:"since" doc:"Founded on"`
			Order  *Order            `json:"order,omitempty"`
			Fields map[string]any    `json:"fields,omitempty"`
			SameName
		}
	}
	type answer struct {
		Location string `header:"Location"`
		ETag     string `header:"ETag"`
		Body     Institution
	}
	add(a, operation{id: "create_institution", method: http.MethodPost, path: "/institutions", group: "institution", status: http.StatusCreated},
		func(ctx context.Context, in *request) (*answer, error) {
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
			i, err := a.Registry.Create(ctx, registry.Entry{
				Parent: b.Parent, Type: b.Type, Name: b.Name, Code: b.Code, Since: since, Order: order, Fields: record.ReadTexts(a.Registry.Of(q.p), b.Fields, q.l), SameName: b.Meant,
			})
			if err != nil {
				return nil, placed(err, "fields", "parent", "type", "name", "code", "since", "order", "same_name")
			}
			out := reread(ctx, a.offeredInstitutions(), i.UID)
			return &answer{Prefix + "/institutions/" + i.UID, etag(i.Version), out.Body}, nil
		})
}
