package app

import (
	"reflect"
	"testing"
)

func TestCommandsPrintLinksOfTheDemoThatRuns(t *testing.T) {
	dir := t.TempDir()
	if got, err := keptURL(dir, ownURL); err != nil || got != ownURL {
		t.Errorf("a demo that kept no address: %q, %v", got, err)
	}
	if err := rememberURL(dir, DemoURL("127.0.0.1:9017")); err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]string{"": "http://localhost:9017", ownURL: "http://localhost:9017", "https://mektep.example": "https://mektep.example"} {
		if got, err := keptURL(dir, typed); err != nil || got != want {
			t.Errorf("with --url %q: %q, %v", typed, got, err)
		}
	}
	// What nobody typed must be known from what somebody did.
	if f, _ := reflect.TypeFor[Config]().FieldByName("URL"); f.Tag.Get("default") != ownURL {
		t.Errorf("--url has another default than %s", ownURL)
	}
}
