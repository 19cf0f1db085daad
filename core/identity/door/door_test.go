package door

import (
	"bytes"
	"context"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var secret = []byte("an installation's secret of tests")

// get returns the value of a call that must succeed where it is not what is tested.
func get[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestPasswordsPeopleWouldGuess(t *testing.T) {
	for _, p := range []string{
		"Istanbul1453!", "Parola-2026-Parola", "qwerty123456", "QWERTYUIOP[]", "йцукенгшщзхъ", "Пароль123456", "Сырсөз2026!!",
		"p@ssw0rd1234", "123456789012", "98765432109876", "aaaaaaaaaaaa", "abcabcabcabc", "abcdefghijkl", "Кыргызстан2026", "galatasaray1905",
		"Öğretmen12345", "01.01.1990 12", "iloveyou12345", "Администратор1",
	} {
		if f := CheckPassword(p, 12); f == nil || f.Fields[0].Key != "identity.password_common" {
			t.Errorf("%q was let through: %v", p, f)
		}
	}
}

func TestPasswordsPeopleShouldUse(t *testing.T) {
	for _, p := range []string{"kara-suu boyunda 7 terek", "mavi kapı önünde üç kedi", "жашыл бакта жети алма", "correct horse battery", "Xk3.vQ9-mZ2w", "зимой снег идёт тихо"} {
		if f := CheckPassword(p, 12, "asan.bakytov", "Бакытов"); f != nil {
			t.Errorf("%q was refused: %v", p, f)
		}
	}
}

func TestPasswordHoldsNothingOfThePerson(t *testing.T) {
	for _, p := range []string{"asan.bakytov-77x", "Bakytov uy 1985", "БАКЫТОВ-уй-1985", "Aсанжан jeti kol"} {
		if f := CheckPassword(p, 12, "asan.bakytov", "Бакытов", "Асанжан"); f == nil && !strings.Contains(p, "Aсанжан") {
			t.Errorf("%q was let through", p)
		}
	}
}

func TestPasswordLengthCountsLetters(t *testing.T) {
	for p, key := range map[string]string{
		"кар суу":                 "identity.password_short",
		strings.Repeat("ab ", 60): "identity.password_long",
	} {
		if f := CheckPassword(p, 4); f == nil || f.Fields[0].Key != key { // the profile can't ask for less than ten
			t.Errorf("%q: %v", p, f)
		}
	}
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("кара-суу", "асан")
	f.Add("\xff\xfe", "")
	f.Add("aaaaaaaaaaaaaaaaaaaaaa", "a")
	f.Fuzz(func(t *testing.T, p, own string) {
		if CheckPassword(p, 12, own) == nil && len([]rune(prepared(p))) < 12 {
			t.Errorf("%q is short", p)
		}
	})
}

func FuzzFoldLogin(f *testing.F) {
	for _, s := range []string{"AYŞE.Işık", "İbrahim", "\xff", "a\u0301", "ŉ", "ᾳ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := FoldLogin(s)
		if ValidLogin(once) && FoldLogin(once) != once {
			t.Errorf("%q folds to %q and that to %q", s, once, FoldLogin(once))
		}
	})
}

func TestHashIsAtLeastWhatOWASPAsks(t *testing.T) {
	if hashParams.Memory < 19*1024 || hashParams.Iterations < 2 || hashParams.SaltLength < 16 {
		t.Errorf("%+v", hashParams)
	}
	h := newHasher(hashParams)
	start := time.Now()
	hash := get(h.hash(context.Background(), "kara-suu boyunda 7 terek"))
	t.Logf("one hash: %v", time.Since(start))
	if ok, _, err := h.matches(context.Background(), "kara-suu boyunda 7 terek", hash); !ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
	if ok, _, _ := h.matches(context.Background(), "kara-suu boyunda 7 terek"+"x", hash); ok {
		t.Error("matches another")
	}
}

func TestFloodOfSignInsTakesBoundedMemory(t *testing.T) {
	h := newHasher(hashParams)
	if cap(h.seats) > runtime.GOMAXPROCS(0) {
		t.Fatalf("%d seats", cap(h.seats))
	}
	var most int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			_, _, _ = h.matches(context.Background(), "guess", "")
			mu.Lock()
			most = max(most, len(h.seats))
			mu.Unlock()
		})
	}
	wg.Wait()
	if most > cap(h.seats) {
		t.Errorf("%d at a time", most)
	}
	ctx, cancel := context.WithCancel(context.Background())
	for range cap(h.seats) {
		h.seats <- struct{}{}
	}
	cancel()
	if _, err := h.hash(ctx, "x"); err == nil {
		t.Error("did not wait for a seat")
	}
}

// A login that nobody has is compared with a hash of the same cost. The cost is told by
// the memory that hashing fills, which no other work on the machine changes.
func TestUnknownLoginCostsTheSame(t *testing.T) {
	h := newHasher(hashParams)
	hash := get(h.hash(context.Background(), "kara-suu boyunda 7 terek"))
	h.dummy()
	cost := func(hash string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _ = h.matches(context.Background(), "guess", hash)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	known, unknown := cost(hash), cost("")
	if least := uint64(hashParams.Memory) << 10; known < least || unknown < least || unknown < known-known/20 {
		t.Errorf("known %d bytes, unknown %d, at least %d", known, unknown, least)
	}
}

func TestSealedIsBoundAndOpensUnderAnOlderSecret(t *testing.T) {
	old := get(newKeys([][]byte{secret}))
	both := get(newKeys([][]byte{[]byte("another secret, much newer"), secret}))
	box := old.sealed([]byte("JBSWY3DP"), "totp", int32(1), "uid")
	if plain, err := both.opened(box, "totp", int32(1), "uid"); err != nil || string(plain) != "JBSWY3DP" {
		t.Errorf("%q %v", plain, err)
	}
	for _, bound := range [][]any{{"totp", int32(2), "uid"}, {"totp", int32(1), "diu"}, {"enrol", int32(1), "uid"}} {
		if _, err := old.opened(box, bound...); err == nil {
			t.Errorf("opens as %v", bound)
		}
	}
	box[len(box)-1] ^= 1
	if _, err := old.opened(box, "totp", int32(1), "uid"); err == nil {
		t.Error("opens although it was altered")
	}
	if _, err := newKeys([][]byte{[]byte("short")}); err == nil {
		t.Error("a short secret was taken")
	}
	if bytes.Equal(old.oneTime(1, 1, "code", "X")[0], old.oneTime(2, 1, "code", "X")[0]) {
		t.Error("one ministry's code is another's")
	}
}

func FuzzOpened(f *testing.F) {
	k := get(newKeys([][]byte{secret}))
	f.Add([]byte{}, "x")
	f.Add(k.sealed([]byte("x"), "y"), "z")
	f.Fuzz(func(t *testing.T, box []byte, bound string) {
		if _, err := k.opened(box, bound, "never sealed like this"); err == nil {
			t.Error("opened what was never sealed")
		}
	})
}

func TestCodesSurviveTyping(t *testing.T) {
	for range 100 {
		c := newCode(codeLength)
		for _, typed := range []string{c, grouped(c), strings.ToLower(grouped(c)), " " + strings.Join(strings.Split(c, ""), " ")} {
			if typedCode(typed) != c {
				t.Fatalf("%q was read as %q", typed, typedCode(typed))
			}
		}
	}
	for _, r := range "01OIUL" {
		if r != 'U' && strings.ContainsRune(codeAlphabet, r) {
			t.Errorf("%q is mistaken for another", r)
		}
	}
}

// A link is copied with what follows it in a sentence.
func TestALinkOpensWithWhatFollowsItInASentence(t *testing.T) {
	secret := "-" + strings.Repeat("aB3_", 10) + "x-"
	for _, behind := range []string{"", ".", ")", ").", ",", ";", "!", "?", ">", "%3E", "»", "%C2%BB", "”.", "%20", "…", "]", "'"} {
		if got := copied(secret + behind); got != secret {
			t.Errorf("%q behind: %q", behind, got)
		}
	}
	for _, other := range []string{"", ".", secret[1:], secret + "a", secret + "-", secret + ".1", secret + "%41"} {
		if got := copied(other); got != "" {
			t.Errorf("%q: %q", other, got)
		}
	}
}

// Appendix B of RFC 6238, the last six digits.
func TestTOTPIsTheStandards(t *testing.T) {
	const rfc = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if step, ok := totpStep(rfc, want, time.Unix(at, 0), 0); !ok || step != at/totpPeriod {
			t.Errorf("at %d: %d %v", at, step, ok)
		}
		if _, ok := totpStep(rfc, want, time.Unix(at, 0), at/totpPeriod); ok {
			t.Errorf("at %d: the same step counts again", at)
		}
		if _, ok := totpStep(rfc, want, time.Unix(at+3*totpPeriod, 0), 0); ok {
			t.Errorf("at %d: still good after a minute and a half", at)
		}
	}
	for _, typed := range []string{"", "12345", "1234567", "abcdef", "28708２"} {
		if _, ok := totpStep(rfc, typed, time.Unix(59, 0), 0); ok {
			t.Errorf("%q was taken", typed)
		}
	}
}

func TestDeviceLabelsAreCoarse(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0": "Edge, Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                    "Firefox, Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1":       "Safari, iOS",
		"curl/8.5": "",
	} {
		if got := deviceLabel(agent); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNetworks(t *testing.T) {
	for a, want := range map[string][2]string{
		"212.42.100.7": {"212.42.100.0/24", "212.42.100.7/32"}, "::ffff:212.42.100.9": {"212.42.100.0/24", "212.42.100.9/32"},
		"2001:db8:1:2:3::4": {"2001:db8:1::/48", "2001:db8:1:2::/64"}, "fe80::1%eth0": {"fe80::/48", "fe80::/64"},
	} {
		addr := netip.MustParseAddr(a)
		if network(addr) != want[0] || station(addr) != want[1] {
			t.Errorf("%s: %s %s", a, network(addr), station(addr))
		}
	}
	if network(netip.Addr{}) != "unknown" {
		t.Error("no address is one network for all who hide")
	}
}

func TestThrottleDelays(t *testing.T) {
	p := pace{free: 5, first: 5 * time.Second, most: time.Minute, forget: time.Hour}
	for failures, want := range map[int]time.Duration{
		0: 0, 5: 0, 6: 5 * time.Second, 7: 10 * time.Second, 8: 20 * time.Second, 9: 40 * time.Second, 10: time.Minute, 1 << 30: time.Minute,
	} {
		if got := p.delay(failures); got != want {
			t.Errorf("after %d failures %v, want %v", failures, got, want)
		}
	}
	now := time.Now()
	if p.after(9, now.Add(-time.Hour), now) != 1 || p.after(9, now.Add(-time.Minute), now) != 10 {
		t.Error("forgets wrongly")
	}
	for what, c := range map[string]struct {
		failures    int
		last, until time.Duration // from now
		want        time.Duration
	}{
		"none too many":                            {5, 0, time.Minute, 0},
		"one too many":                             {6, 0, 5 * time.Second, 5 * time.Second},
		"waited for":                               {6, -time.Minute, -time.Second, 0},
		"written by a clock a little ahead":        {10, 50 * time.Second, 110 * time.Second, time.Minute},
		"written by a clock further ahead than is": {10, 2 * time.Minute, 3 * time.Minute, 0},
	} {
		if got := p.wait(counter{failures: c.failures, last: now.Add(c.last), until: now.Add(c.until)}, now); got != c.want {
			t.Errorf("%s: lets wait %v, want %v", what, got, c.want)
		}
	}
}
