package profile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"mektep/core/fault"
)

// Kind is the kind of a field's value.
type Kind string

// kindSpec is all that the profile knows of a kind of value. Each stands in a file of its
// own, kind_*.go; what other packages make of a kind - an input, a cell, a schema - they say
// in one switch each, which names every kind (core/fields_test.go).
type kindSpec struct {
	id     Kind
	target string    // what a type of the kind points at: "reference" or "identifier"; empty: at nothing
	keys   []string  // keys of a field that say something of this kind only
	cel    *cel.Type // what a field is in a condition
	zero   any       // what an empty one is there
	index  Index
	// canonical brings a value into the kind's form, or says by message key and arguments
	// why it has none.
	canonical func(f *Field, raw any, on Date) (value any, key string, args fault.Args)
	// tried are values by which it is found out whether another field waits for this one; nil:
	// any text will do.
	tried func(f *Field, on Date) []triedValue
}

// kinds are in the order in which a message lists them.
var kinds = []*kindSpec{
	&textKind, &longTextKind, &intKind, &decimalKind, &boolKind, &dateKind, &yearKind, &phoneKind, &emailKind, &urlKind, &referenceKind, &referencesKind, &identifierKind,
}

// spec is what is known of a kind; that of a text, where the file names none there is: the
// file is refused for it.
func (k Kind) spec() *kindSpec {
	for _, s := range kinds {
		if s.id == k {
			return s
		}
	}
	return &textKind
}

// Kinds returns the kinds that there are.
func Kinds() []Kind {
	all := make([]Kind, len(kinds))
	for i, s := range kinds {
		all[i] = s.id
	}
	return all
}

// Index says how lists are filtered by values of a kind.
type Index int

// The ways. A filter by words takes any of some texts, codes, yes or no; one by numbers
// takes all from one end to the other.
const (
	NoIndex Index = iota
	ByWords
	ByNumbers
)

// Index returns how lists are filtered by values of the kind.
func (k Kind) Index() Index { return k.spec().index }

// Coded reports whether values are codes of a book.
func (k Kind) Coded() bool { return k.spec().target == "reference" }

// has reports whether a key of a field says something of the kind.
func (k Kind) has(key string) bool { return slices.Contains(k.spec().keys, key) }

// kindKeys are the keys of a field that only some kinds have.
func kindKeys() []string {
	var keys []string
	for _, s := range kinds {
		for _, key := range s.keys {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// Canonical brings one value into its field's form, or says by message key and
// arguments why it has none. The value is text from a form or a value of JSON.
func (f *Field) Canonical(raw any, on Date) (value any, key string, args fault.Args) {
	return f.Type.Kind.spec().canonical(f, raw, on)
}

// fromText makes a canonical function of one that takes a tidied text. None may have what
// cannot be seen: marks by which it is read in another order, or that part words nobody sees
// parted.
func fromText(read func(f *Field, s string, on Date) (any, string, fault.Args)) func(*Field, any, Date) (any, string, fault.Args) {
	return func(f *Field, raw any, on Date) (any, string, fault.Args) {
		s, ok := raw.(string)
		if n, isNumber := raw.(json.Number); isNumber {
			s, ok = n.String(), true
		}
		if !ok || !utf8.ValidString(s) {
			return nil, "field.text", nil
		}
		s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
		if at := strings.IndexFunc(s, unseen); at >= 0 {
			mark, _ := utf8.DecodeRuneInString(s[at:])
			return nil, "field.unseen", fault.Args{"Code": fmt.Sprintf("U+%04X", mark)}
		}
		return read(f, s, on)
	}
}

// unseen reports what no text of a field has: lines and tabs part it.
func unseen(r rune) bool { return r != '\n' && r != '\t' && !fault.Plain(string(r)) }

// typesListed are the types of field as a file writes them.
func typesListed() string {
	var words []string
	for _, s := range kinds {
		word := string(s.id)
		switch s.target {
		case "reference":
			word += ":<book>"
		case "identifier":
			word += ":<id>"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}
