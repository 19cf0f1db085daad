package profile

import (
	"strings"

	"cel.dev/cel-go/cel"
	"mektep/core/fault"
)

// KindBool is yes or no.
const KindBool Kind = "bool"

var boolKind = kindSpec{
	id: KindBool, cel: cel.BoolType, zero: false, index: ByWords,
	canonical: func(_ *Field, raw any, _ Date) (any, string, fault.Args) {
		if b, ok := toBool(raw); ok {
			return b, "", nil
		}
		return nil, "field.bool", nil
	},
	tried: func(*Field, Date) []triedValue {
		return []triedValue{{true, fault.Key("common.yes")}, {false, fault.Key("common.no")}}
	},
}

func toBool(raw any) (value, ok bool) {
	switch x := raw.(type) {
	case bool:
		return x, true
	case string:
		switch strings.ToLower(strings.TrimSpace(x)) {
		case "true", "1", "on":
			return true, true
		case "false", "0", "off":
			return false, true
		}
	}
	return false, false
}
