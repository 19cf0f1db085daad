package browsertest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Shot leaves a picture in the folder MEKTEP_SHOTS; without it, none.
func (p *Page) Shot(name string) {
	p.t.Helper()
	folder := os.Getenv("MEKTEP_SHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := p.within()
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// axeCore is where npm puts it, in the module that the test runs in.
func axeCore(t testing.TB) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			return filepath.Join(root, "core", "web", "assets", "node_modules", "axe-core", "axe.min.js")
		}
		if root == filepath.Dir(root) {
			t.Fatal("the test runs outside the module")
		}
		root = filepath.Dir(root)
	}
}

// A colour on its way from one theme to the other is neither: what moves comes to its
// end first, unless it has none.
const runAxe = `Promise.all(document.getAnimations()
	.filter((a) => a.playState === 'running' && a.effect && a.effect.getComputedTiming().endTime !== Infinity)
	.map((a) => a.finished.catch(() => {}))
).then(() => axe.run(document, {
	resultTypes: ['violations'],
	runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
})).then((r) => JSON.stringify(r.violations))`

type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Accessible fails for every violation that axe-core finds on the page, and when
// the page is wider than the window.
func (p *Page) Accessible() {
	p.t.Helper()
	axe, err := os.ReadFile(axeCore(p.t))
	if err != nil {
		p.t.Skip("SKIPPED: AXE-CORE IS NOT INSTALLED (make assets)")
	}
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
		p.t.Fatal(err)
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	var found []violation
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		p.t.Fatal(err)
	}
	for _, f := range found {
		for _, n := range f.Nodes {
			p.t.Errorf("%s: axe %s: %s\n%s\n%s", p.Where(), f.ID, f.Help, n.HTML, n.Summary)
		}
	}
	p.Fits()
}
