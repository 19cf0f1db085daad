package profile

import (
	"cel.dev/cel-go/cel"
	"mektep/core/fault"
)

// KindIdentifier is a number that an identifier of the profile describes.
const KindIdentifier Kind = "identifier"

var identifierKind = kindSpec{
	id: KindIdentifier, target: "identifier", cel: cel.StringType, zero: "", index: ByWords,
	canonical: fromText(func(f *Field, s string, _ Date) (any, string, fault.Args) {
		i := f.profile.index.identifiers[f.Type.Target]
		if i == nil || !i.valid(i.Normal(s)) {
			var name, help map[string]string
			if i != nil {
				name, help = i.Name, i.Help
			}
			return nil, "field.identifier", fault.Args{"Name": name, "Help": help}
		}
		return i.Normal(s), "", nil
	}),
}
