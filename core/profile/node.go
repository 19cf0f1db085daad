package profile

type (
	node            struct{}
	condition       struct{}
	fieldRules      struct{}
	identifierRules struct{}
)

// Item is an entry of a reference book.
type Item struct{}
