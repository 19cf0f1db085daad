package app

import (
	"reflect"
	"runtime"
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

// Runs leave pages most of the connections: each holds one, and takes a second to say how far
// it is; there is one worker at least, and no more than there are processors.
func TestRunsLeavePagesMostOfTheConnections(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(64))
	for conns, want := range map[int]int{1: 1, 8: 1, 15: 1, 16: 2, 40: 5, 100: 12, 1000: 64} {
		got := Config{MaxConns: conns}.workers()
		if got != want {
			t.Errorf("of %d connections: %d at a time, want %d", conns, got, want)
		}
		if conns >= 8 && 2*2*got > conns/2 { // two queues, two connections a run
			t.Errorf("of %d connections runs take %d", conns, 4*got)
		}
	}
	runtime.GOMAXPROCS(2)
	if got := (Config{MaxConns: 1000}).workers(); got != 2 {
		t.Errorf("%d at a time on two processors", got)
	}
}
