package signin_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
)

// working signs somebody in whose role demands nothing more than the undertaking.
func (w *world) working(role string) (*browser, person) {
	w.t.Helper()
	p := w.with(role, w.school)
	b := w.browser()
	b.signIn(p)
	if b.page.location != "/home" {
		b.follow()
		b.submit("/me/undertakings/annex_1_1", "name", p.name, "agreed", "1")
	}
	b.leads("/home")
	b.follow()
	return b, p
}

func TestOwnDataCanBeChanged(t *testing.T) {
	w := newWorld(t, "kg")
	b, p := w.working("head")
	b.get("/me")
	b.see(200, p.Login, "Secondary school No. 3", "No. 17-к", "Whom to ask")
	b.get("/me/edit")
	stale := b.page
	b.submit("/me/edit", "email", "not an address", "phone", "0555 12 34 56", "language", "ky")
	b.see(422)
	if !strings.Contains(b.page.body, `value="not an address"`) {
		t.Error("what was typed is lost")
	}
	b.submit("/me/edit", "email", "new@mail.example", "phone", "0555 12 34 56", "language", "ky", "_key", "without-the-password")
	b.see(422) // whoever finds the screen open does not get the account
	b.submit("/me/edit", "email", "new@mail.example", "phone", "0555 12 34 56", "language", "ky", "current", password)
	b.leads("/me")
	b.follow()
	b.see(200, "new@mail.example", "+996 555 123 456", "Маалыматыңыз сакталды.")
	b.page = stale
	b.submit("/me/edit", "email", "other@mail.example", "current", password, "_key", "another-key-of-the-form")
	if b.page.status != 409 {
		t.Errorf("a save over another's save answered %d", b.page.status)
	}
}

func TestPasswordChangeEndsOtherDevices(t *testing.T) {
	w := newWorld(t, "kg")
	b, p := w.working("head")
	other := w.browser()
	other.signIn(p)
	b.get("/me/security/password")
	b.submit("/me/security/password", "current", "wrong", "password", later, "again", later)
	b.see(422, "This is not your present password.")
	b.submit("/me/security/password", "current", password, "password", later, "again", password)
	b.see(422, "The two passwords are not the same.")
	b.submit("/me/security/password", "current", password, "password", later, "again", later)
	b.leads("/me/security")
	b.follow()
	b.see(200, "Your password has been changed.")
	other.get("/me")
	other.leads("/sign-in?to=%2Fme")
}

func TestTRDR8_SessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t, "kg")
	b, p := w.working("head")
	other, third := w.browser(), w.browser()
	other.signIn(p)
	third.signIn(p)
	b.get("/me/sessions")
	b.see(200, "This device", "Firefox, Windows", "Sign out everywhere else", "No access keys")
	uids := regexp.MustCompile(`name="session" value="([^"]+)"`).FindAllStringSubmatch(b.page.body, -1)
	if len(uids) != 3 {
		t.Fatalf("%d sessions are listed", len(uids))
	}
	b.submit("/me/sessions/end", "session", uids[2][1], "others", "")
	b.leads("/me/sessions")
	b.follow()
	b.see(200, "1 device was signed out.")
	b.submit("/me/sessions/end", "others", "1")
	b.follow()
	b.see(200, "1 device was signed out.")
	for _, gone := range []*browser{other, third} {
		gone.get("/me")
		gone.leads("/sign-in?to=%2Fme")
	}
	// Another's session is not one's own to end.
	stranger, _ := w.working("teacher")
	stranger.get("/me/sessions")
	stranger.submit("/me/sessions/end", "session", uids[0][1])
	b.get("/me")
	b.see(200)
}

func TestAccessKeysAreShownOnceAndEnd(t *testing.T) {
	w := newWorld(t, "kg")
	b, _ := w.working("head")
	b.get("/me/keys/new")
	b.submit("/me/keys/new", "name", "report", "days", "30", "current", "wrong")
	b.see(422)
	b.submit("/me/keys/new", "name", "", "days", "30", "current", password)
	b.see(422)
	b.submit("/me/keys/new", "name", "report", "days", "30", "current", password)
	b.see(200, "Copy the key now", "mektep_")
	b.get("/me/sessions")
	b.see(200, "report")
	b.notSee("mektep_")
	b.submit("/me/keys/end")
	b.leads("/me/sessions")
	b.follow()
	b.see(200, "No access keys")
}

// Secrets that are shown once must not lie anywhere for repetitions.
func TestAnswersWithSecretsAreNotKept(t *testing.T) {
	w := newWorld(t, "kg")
	b, _ := w.working("head")
	b.get("/me/security/second")
	key := found(t, secretPattern, b.page.body)
	b.submit("/me/security/second/confirm", "code", w.totp(key), "_key", "a-key-made-up-by-hand")
	b.see(200, "Recovery codes")
	code := codePattern.FindStringSubmatch(b.page.body)[1]
	var kept int
	err := w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, `SELECT count(*) FROM write_key WHERE tenant_id = $1 AND position($2::bytea IN coalesce(body, '')) > 0`, tx.Tenant(), []byte(code)).Scan(&kept)
	})
	if err != nil {
		t.Fatal(err)
	}
	if kept != 0 {
		t.Error("recovery codes lie in the table of write keys")
	}
}

func TestTheSecondFactorOfOnesOwnWill(t *testing.T) {
	w := newWorld(t, "kg")
	b, p := w.working("head")
	b.get("/me/security")
	b.see(200, "Off")
	b.get("/me/security/second?to=/me/security")
	key := found(t, secretPattern, b.page.body)
	b.submit("/me/security/second/confirm", "code", w.totp(key))
	b.see(200, "The second factor is on.")
	b.get("/me/security")
	b.see(200, "On", "10", "Turn off")
	b.get("/me/security/codes")
	b.submit("/me/security/codes", "current", password)
	b.see(200, "Recovery codes")
	fresh := codePattern.FindStringSubmatch(b.page.body)[1]
	b.get("/me/security/second")
	b.see(200, "First your password once more")
	b.get("/me/security/drop")
	b.submit("/me/security/drop", "current", "wrong", "code", fresh)
	b.see(422, "This is not your present password.")
	b.submit("/me/security/drop", "current", password, "code", fresh)
	b.leads("/me/security")
	b.follow()
	b.see(200, "Off")
	other := w.browser()
	other.signIn(p)
	other.leads("/home")
}

func TestADemandedSecondFactorStays(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("ministry_officer", w.root)
	key, codes := w.enrol(p)
	b := w.browser()
	b.signIn(p)
	b.follow()
	b.submit("/sign-in/second", "code", w.totp(key))
	b.get("/me/security")
	b.see(200, "so it cannot be turned off")
	b.get("/me/security/drop")
	b.submit("/me/security/drop", "current", password, "code", codes[0])
	b.see(403, "requires it")
}

func TestKGER6a_RightsSayWhatTheLawRulesOut(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("ministry_officer", w.root)
	key, _ := w.enrol(p)
	b := w.browser()
	b.signIn(p)
	b.follow()
	b.submit("/sign-in/second", "code", w.totp(key))
	b.get("/me/rights")
	b.see(200, "What you may do as", "What the law rules out here", "every change", "KG-ER-6a", "No. 17-к")
	b.get("/me/rights?object=institution.general&action=view")
	b.see(200, "Yes, you may", "anywhere in the ministry")
	b.get("/me/rights?object=enrolment&action=create")
	b.see(200, "KG-ER-6a")
	b.notSee("Yes, you may")
	b.get("/me/rights?object=nothing&action=nonsense")
	b.see(200, "does not exist for")
}

func TestRightsNameWhatMustBeDoneFirst(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.browser()
	b.signIn(w.with("head", w.school))
	b.get("/me/rights")
	b.see(200, "Something to do first", "Read and sign it now.")
}

func TestNoticesAreReadAndLeadOn(t *testing.T) {
	w := newWorld(t, "kg")
	b, p := w.working("head")
	other, _ := w.working("teacher")
	send := func(n int) {
		t.Helper()
		err := w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			for range n {
				err := w.inbox.Send(ctx, tx, []int64{p.ID}, notify.Notice{
					Kind: "account", Key: "identity.notice.your_appointment", Link: "/me",
					Args: fault.Args{"Role": fault.Text{"en": "Head"}, "Unit": fault.Text{"en": "School No. 9"}, "Since": w.clock.Now()},
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b.get("/inbox")
	b.see(200, "No notices")
	send(35)
	b.get("/home")
	b.see(200, "35 unread notices")
	b.get("/inbox")
	b.see(200, "School No. 9", "Older")
	link := unescape(found(t, regexp.MustCompile(`action="(/inbox/[^"?]+\?to=[^"]+)"`), b.page.body))
	other.get("/home")
	other.post(link) // another's notice is not theirs to mark
	b.get(link)      // looking at it, or a picture on a foreign page, marks nothing
	b.see(404)
	b.get("/home")
	b.see(200, "35 unread notices")
	b.post(link)
	b.leads("/me")
	b.get("/home")
	b.see(200, "34 unread notices")
	b.get("/inbox")
	b.submit("/inbox/read")
	b.leads("/inbox")
	b.get("/home")
	b.notSee("unread notice")
	b.post(strings.Replace(link, "%2Fme", "%2F%2Fevil.example", 1))
	b.leads("/inbox")
}

// What is somebody's own is nobody else's.
func TestAnothersUndertakingIsNotShown(t *testing.T) {
	w := newWorld(t, "kg")
	b, _ := w.working("head")
	b.get("/me/undertakings")
	link := found(t, regexp.MustCompile(`href="(/me/undertakings/annex_1_1/[^"]+)"`), b.page.body)
	b.get(link)
	b.see(200)
	other, _ := w.working("teacher")
	other.get(link)
	other.see(404)
	w.browser().get(link)
}
