package browsertest

import "testing"

func TestAPageThatIsTooWideIsSeenAtEitherWidth(t *testing.T) {
	p := Open(t)
	for _, width := range []int64{Wide, Phone} {
		p.Width(width)
		for content, fits := range map[string]bool{"100px": true, "1400px": false} {
			p.Go("data:text/html,<meta name=viewport content='width=device-width'><div style='width:" + content + "'>x</div>")
			if (p.wide() == width) != fits {
				t.Errorf("%s in a window of %d px: the page is %d px wide", content, width, p.wide())
			}
		}
	}
}
