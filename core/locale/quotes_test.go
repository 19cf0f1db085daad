package locale

import "testing"

// Marks within marks are those that stand there, however deep the message; what doesn't match
// stays as somebody wrote it.
func TestQuotesWithinQuotesAreInnerOnes(t *testing.T) {
	for in, want := range map[string]string{
		"««Жаңы-Жол» бала бакчасы» жабык":    "«„Жаңы-Жол“ бала бакчасы» жабык",
		"«Бала бакча «Жаңы-Жол»» жана «Күн»": "«Бала бакча „Жаңы-Жол“» жана «Күн»",
		"“School “Sun”” closes":              "“School ‘Sun’” closes",
		"«Күн» жана «Ай»":                    "«Күн» жана «Ай»",
		"«a «b»":                             "«a «b»",
		"a» «b «c» d»":                       "a» «b «c» d»",
		"„Sun“ and “Moon”":                   "„Sun“ and “Moon”",
		"nothing":                            "nothing",
	} {
		if got := nested(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
