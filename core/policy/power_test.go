package policy

import (
	"slices"
	"strings"
	"testing"

	"mektep/policies"
)

// Why an act is power over people, or none, whoever gives it to whom.
const (
	shows   = "shows people, what is known of them or what they ask"
	hands   = "gives, takes or opens what somebody may come in by"
	ends    = "ends, or does again, what somebody else has begun"
	decides = "is somebody's word on which another's matter hangs"
	binds   = "changes what holds for everybody, or what is closed by law"
	guards  = "shows, or lets out, what guards everybody"
	answers = "lets out, person by person, what people have answered"
	vouches = "says in somebody's name that data are true, or takes it back"

	public  = "shows what is no person: a place, a day, a word, a number"
	counted = "lets out numbers and places, and nobody's data"
	work    = "is the work of who keeps the list, seen in its history"
	asks    = "asks for something; another decides"
	mine    = "takes back what one has asked for oneself"
)

// acts are all that no rule below judges: each action of an object once, and whether it is power.
var acts = []struct {
	object  string
	actions string
	power   bool
	why     string
}{
	{"account", "view", true, shows},
	{"account", "block unblock reset", true, hands},
	{"announcement", "view", false, public},
	{"announcement", "create update delete", false, work},
	{"appointment", "view", true, shows},
	{"appointment", "create update dismiss", true, hands},
	{"approval", "view", true, shows},
	{"approval", "approve reject", true, decides},
	{"approval", "cancel", true, ends},
	{"attestation", "view", false, public},
	{"attestation", "attest revoke", true, vouches},
	{"audit", "view export verify", true, guards},
	{"briefing", "view", false, public},
	{"briefing", "create update delete", false, work},
	{"calendar", "view", false, public},
	{"calendar", "update approve", true, binds},
	{"change_request", "view", true, shows},
	{"change_request", "create", false, asks},
	{"change_request", "cancel", false, mine},
	{"change_request", "examine forward decide", true, decides},
	{"class", "view", false, public},
	{"class", "create update close", false, work},
	{"data_request", "view", true, shows},
	{"data_request", "create", false, asks},
	{"data_request", "cancel", false, mine},
	{"data_request", "assess decide deliver", true, decides},
	{"export", "view", true, shows},
	{"extension", "view", false, public},
	{"extension", "create", true, binds},
	{"extension", "cancel", true, ends},
	{"help", "view", false, public},
	{"import", "view", true, shows},
	{"import", "create apply", true, binds},
	{"import", "undo cancel", true, ends},
	{"inbox", "view", true, shows},
	{"indicator", "view", false, public},
	{"indicator", "export", false, counted},
	{"indicator", "update publish", false, work},
	{"institution", "view", false, public},
	{"institution", "export", false, counted},
	{"institution", "create update import rename retype move merge close reopen delete", false, work},
	{"invitation", "view", true, shows},
	{"invitation", "create resend cancel", true, hands},
	{"job", "view", true, shows},
	{"job", "cancel", true, ends},
	{"policy", "view", false, public},
	{"policy", "update approve", true, binds},
	{"profile", "view", false, public},
	{"profile", "update approve", true, binds},
	{"programme", "view", false, public},
	{"programme", "create update close", false, work},
	{"reference", "view", false, public},
	{"reference", "update", false, work},
	{"report", "view", false, public},
	{"report", "export", false, counted},
	{"report", "create submit approve", false, work},
	{"session", "view", true, shows},
	{"session", "revoke", true, hands},
	{"settings", "view", false, public},
	{"settings", "update", true, binds},
	{"shift", "view", false, public},
	{"shift", "create update close", false, work},
	{"snapshot", "view", false, public},
	{"snapshot", "export", false, counted},
	{"snapshot", "create", false, work},
	{"subject", "view", false, public},
	{"subject", "create update close", false, work},
	{"survey", "view", false, public},
	{"survey", "export", true, answers},
	{"survey", "create update publish close", false, work},
	{"teaching", "view", true, shows},
	{"teaching", "create update close", false, work},
	{"ticket", "view", true, shows},
	{"ticket", "answer escalate close", true, decides},
	{"timeliness", "view", false, public},
	{"timeliness", "export", false, counted},
	{"token", "view", true, shows},
	{"token", "revoke", true, hands},
	{"undertaking", "view", true, shows},
	{"undertaking", "record", true, vouches},
	{"unit", "view", false, public},
	{"unit", "create update rename move merge close reopen", true, binds},
	{"window", "view", false, public},
	{"window", "update", true, binds},
	{"workplace", "view", false, public},
	{"workplace", "create update close", false, work},
}

// derived says of an act whether it is on the list of power by what it is, without anybody's
// word: what people do for themselves, and sums, are no power; what holds people's data weighs
// by that, and a field group as its register.
func (w *words) derived(object, action string) bool {
	register, _, group := strings.Cut(object, ".")
	return w.actions[action].Class == "own" || action == aggregate || w.personal[object] || group && len(w.objects[register]) > 0
}

// TR-IC-1, KG-ER-6b: of every act of every object somebody has said whether it is power: what
// is taken off the list, or comes new and stands nowhere, is named.
func TestTRIC1_WhatIsPowerIsSaidOfEveryAct(t *testing.T) {
	said := map[[2]string]bool{}
	for _, a := range acts {
		for _, action := range strings.Fields(a.actions) {
			if k := [2]string{a.object, action}; a.why == "" || hasKey(said, k) {
				t.Errorf("%s, %s stands twice, or without a reason", a.object, action)
			} else {
				said[k] = a.power
			}
		}
	}
	for _, country := range Countries(policies.FS) {
		w := comparison(t, vocabulary(t, country)).src.words
		met := map[[2]string]bool{}
		for _, o := range w.objectIDs {
			for _, a := range w.objects[o] {
				k := [2]string{o, a}
				met[k] = true
				power, is := said[k]
				switch listed := w.powerful(o, a); {
				case w.derived(o, a) && (listed || is):
					t.Errorf("%s: %s, %s is judged by what it is, and by nobody's word", country, o, a)
				case w.derived(o, a):
				case !is:
					t.Errorf("%s: nobody has said whether %s, %s is power", country, o, a)
				case power != listed:
					t.Errorf("%s: %s, %s is power: %t; the catalogue says %t", country, o, a, power, listed)
				}
			}
		}
		for k := range said {
			if !met[k] {
				t.Errorf("%s: there is no %s, %s", country, k[0], k[1])
			}
		}
		for _, x := range w.power {
			for _, a := range x.Actions {
				if !slices.Contains(w.objects[x.Object], a) {
					t.Errorf("%s: there is no %s, %s to be power", country, x.Object, a)
				}
			}
		}
	}
}

func hasKey(m map[[2]string]bool, k [2]string) bool { _, is := m[k]; return is }
