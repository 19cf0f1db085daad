package locale

import "strings"

// marks are quotation marks with those that stand within them.
var marks = []struct{ open, end, innerOpen, innerEnd string }{
	{"«", "»", "„", "“"},
	{"“", "”", "‘", "’"},
}

// nested writes quotation marks within quotation marks as those that stand there: what is quoted,
// such as an institution's name, may bear some itself. A text whose marks don't match stays as it is.
func nested(text string) string {
	for _, m := range marks {
		if strings.Count(text, m.open) < 2 || m.open == "“" && strings.ContainsAny(text, "«„") {
			continue // those belong to other ones
		}
		var b strings.Builder
		depth, deeper := 0, false
		for rest := text; rest != ""; {
			at := strings.IndexAny(rest, m.open+m.end)
			if at < 0 {
				b.WriteString(rest)
				break
			}
			b.WriteString(rest[:at])
			rest = rest[at:]
			switch {
			case strings.HasPrefix(rest, m.open):
				if depth++; depth > 1 {
					b.WriteString(m.innerOpen)
					deeper = true
				} else {
					b.WriteString(m.open)
				}
				rest = rest[len(m.open):]
			default:
				if depth > 1 {
					b.WriteString(m.innerEnd)
				} else {
					b.WriteString(m.end)
				}
				depth--
				rest = rest[len(m.end):]
			}
			if depth < 0 {
				break
			}
		}
		if depth == 0 && deeper {
			text = b.String()
		}
	}
	return text
}
