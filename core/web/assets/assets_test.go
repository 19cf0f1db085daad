package assets

import (
	"errors"
	"testing"
	"testing/fstest"
)

func TestLoadSaysThatAssetsAreNotBuilt(t *testing.T) {
	if _, err := Load(fstest.MapFS{".keep": {}}); !errors.Is(err, ErrNotBuilt) {
		t.Fatalf("got %v", err)
	}
}

func TestLoadNamesAMissingFile(t *testing.T) {
	fsys := fstest.MapFS{"manifest.json": {Data: []byte(`{"app.css":"app.1.css"}`)}}
	if _, err := Load(fsys); err == nil || errors.Is(err, ErrNotBuilt) {
		t.Fatalf("got %v", err)
	}
}

func TestGetChoosesTheEncoding(t *testing.T) {
	b, err := Load(fstest.MapFS{
		"manifest.json": {Data: []byte(`{"app.css":"app.1.css"}`)},
		"app.1.css":     {Data: []byte("plain")},
		"app.1.css.br":  {Data: []byte("br")},
		"app.1.css.gz":  {Data: []byte("gz")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.URL("app.css"); got != "/assets/app.1.css" {
		t.Fatal(got)
	}
	for header, want := range map[string]string{
		"": "plain", "identity": "plain", "gzip, deflate, br": "br", "gzip": "gz",
		"br;q=0, gzip": "gz", "BR ; q=0.5": "br", "brotli": "plain",
	} {
		f, ok := b.Get("app.1.css", header)
		if !ok || string(f.Body) != want {
			t.Errorf("%q: got %q, want %q", header, f.Body, want)
		}
		if f.Type != "text/css; charset=utf-8" {
			t.Errorf("type %q", f.Type)
		}
	}
	if _, ok := b.Get("app.css", ""); ok {
		t.Error("a logical name is no address: it could not be cached for ever")
	}
}
