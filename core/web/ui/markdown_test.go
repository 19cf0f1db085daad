package ui

import (
	"context"
	"strings"
	"testing"
)

func markdown(t testing.TB, source string) string {
	t.Helper()
	var b strings.Builder
	if err := Markdown(source).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdownShowsWhatNoticesNeed(t *testing.T) {
	got := markdown(t, "# One\n\n## Two\n\n1. first **bold**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[law](https://example.org/law)")
	for _, want := range []string{"<h2>One</h2>", "<h3>Two</h3>", "<li>first <strong>bold</strong></li>", "<td>2</td>", `<a href="https://example.org/law">law</a>`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

func TestMarkdownLetsNoCodeThrough(t *testing.T) {
	for _, bad := range []string{
		"<script>alert(1)</script>", "text <img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
		"![x](javascript:alert(1))", "<a href='javascript:x'>y</a>", "[x](data:text/html;base64,AAAA)", "[a](vbscript:x)", "<style>*{}</style>",
	} {
		got := strings.ToLower(markdown(t, bad))
		for _, word := range []string{"<script", "onerror", "javascript:", "vbscript:", "data:text", "<style"} {
			if strings.Contains(got, word) {
				t.Errorf("%q became %s", bad, got)
			}
		}
	}
}

func TestSplitTitle(t *testing.T) {
	for source, want := range map[string][2]string{
		"# Title\n\nText":     {"Title", "Text"},
		"\r\n# Title\r\nText": {"Title", "Text"},
		"Text\n# Later":       {"", "Text\n# Later"},
		"":                    {"", ""},
	} {
		if title, rest := SplitTitle(source); title != want[0] || rest != want[1] {
			t.Errorf("%q: %q, %q", source, title, rest)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# a\n- b\n<script>")
	f.Add("[x](java\nscript:y)")
	f.Fuzz(func(t *testing.T, s string) {
		got := strings.ToLower(markdown(t, s))
		if strings.Contains(got, "<script") || strings.Contains(got, `href="javascript:`) {
			t.Errorf("%q became %s", s, got)
		}
	})
}
