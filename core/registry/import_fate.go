package registry

import (
	"context"
	"time"

	"mektep/core/fault"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// fates knows what becomes of places that end: which stand in their stead, and where what
// lies in them goes.
type fates struct {
	tree   *unit.Tree
	today  time.Time
	heirs  map[int64][]unit.Unit
	onward map[int64][]unit.Stay
}

func newFates(tree *unit.Tree, today time.Time) *fates {
	return &fates{tree: tree, today: today, heirs: map[int64][]unit.Unit{}, onward: map[int64][]unit.Stay{}}
}

// over says since when a place is no more, or from when it is, and which places stand for
// good in its stead.
func (f *fates) over(ctx context.Context, target string, place unit.Unit) (transfer.Fault, []unit.Unit, error) {
	if place.Until == nil {
		return transfer.Fault{Target: target, Key: "import.row.place_ahead", Args: fault.Args{"Place": fault.Text(place.Name), "Since": place.Since}}, nil, nil
	}
	heirs, asked := f.heirs[place.ID]
	if !asked {
		var err error
		if heirs, err = f.tree.Heirs(ctx, place, unit.Institution); err != nil {
			return transfer.Fault{}, nil, err
		}
		f.heirs[place.ID] = heirs
	}
	keys := [...]string{"import.row.place_over", "import.row.place_over_heirs", "import.row.place_over_heirs_many"}
	if f.today.Before(*place.Until) {
		keys = [...]string{"import.row.place_closes", "import.row.place_closes_heirs", "import.row.place_closes_heirs_many"}
	}
	args := fault.Args{"Place": fault.Text(place.Name), "Until": *place.Until}
	if len(heirs) > 0 {
		args["Heirs"] = placeNames(heirs)
	}
	return transfer.Fault{Target: target, Key: keys[min(len(heirs), 2)], Args: args}, heirs, nil
}

// Ends says of a place that ends what becomes of an institution that is entered into it: it
// goes on with the others, or where it is to be entered instead. Empty of one that stays.
func (s *Service) Ends(ctx context.Context, place unit.Unit) (fault.Phrase, error) {
	if place.Until == nil {
		return fault.Phrase{}, nil
	}
	f := newFates(s.tree, s.tree.Today(ctx))
	stays, err := f.stays(ctx, place)
	if err != nil {
		return fault.Phrase{}, err
	}
	said := goesOn("", place, stays)
	if len(stays) == 0 {
		said, _, err = f.over(ctx, "", place)
	}
	return fault.Phrase{Key: said.Key, Args: said.Args}, err
}

// goesOn says where what is entered into a place that ends goes then.
func goesOn(target string, place unit.Unit, stays []unit.Stay) transfer.Fault {
	if len(stays) == 0 {
		return transfer.Fault{}
	}
	return transfer.Fault{Target: target, Key: "import.row.place_goes", Warn: true, Args: fault.Args{
		"Place": fault.Text(place.Name), "Until": *place.Until, "Heir": fault.Text(stays[len(stays)-1].Place.Name),
	}}
}

// stays is where what is entered into a place goes when that ends, by what is decided.
func (f *fates) stays(ctx context.Context, place unit.Unit) ([]unit.Stay, error) {
	if place.Until == nil || !place.Until.After(f.today) {
		return nil, nil
	}
	stays, asked := f.onward[place.ID]
	if !asked {
		var known bool
		var err error
		if stays, known, err = f.tree.Onward(ctx, place, unit.Institution); err != nil {
			return nil, err
		}
		if !known {
			stays = nil
		}
		f.onward[place.ID] = stays
	}
	return stays, nil
}

func placeNames(units []unit.Unit) fault.List {
	var list fault.List
	for _, u := range units {
		list = append(list, fault.Text(u.Name))
	}
	return list
}
