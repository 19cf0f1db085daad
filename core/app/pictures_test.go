package app

import (
	"os"
	"path/filepath"
	"testing"

	"mektep/core/unit"
	"mektep/core/web/browsertest"
)

// TestPictures takes the README's pictures anew: `make pictures`.
func TestPictures(t *testing.T) {
	if os.Getenv("MEKTEP_SHOTS") == "" {
		t.Skip("only where MEKTEP_SHOTS names a folder")
	}
	s := newSite(t)
	school := s.unit("kg", unit.Institution, "700112")

	p := browsertest.Open(t)
	s.signIn(p, "kg", "special")
	p.Go(s.at("kg", "/me/undertakings/annex_1_1"))
	sign(p, "Атайынов Чыңгыз")
	p.Ask(`(document.cookie = "theme=dark; path=/", "")`)
	p.GoIn("ru", s.at("kg", "/home"))
	p.Shot("home-ru")
	p.Ask(`(document.cookie = "theme=light; path=/", "")`)
	p.GoIn("ky", s.at("kg", "/institutions/"+school.UID))
	p.Shot("record-ky")

	p = browsertest.Open(t)
	s.signIn(p, "tr", "istatistik")
	p.GoIn("tr", s.at("tr", "/institutions/import"))
	file := filepath.Join(t.TempDir(), "ankara.csv")
	if err := os.WriteFile(file, []byte(istatistikList), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Upload("file", file)
	p.Submit("file")
	p.See("Sütunları eşle")
	p.Submit("targets.0")
	p.See("uçan okul")
	p.Shot("import-tr")

	p = browsertest.Open(t)
	s.signIn(p, "kg", "ministry")
	p.GoIn("en", s.at("kg", "/home"))
	p.Width(browsertest.Phone)
	p.Go(s.at("kg", "/institutions/"+school.UID+"/edit/general"))
	p.See("KG-ER-6a")
	p.Shot("refusal-en")
}
