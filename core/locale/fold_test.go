package locale

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestLatinIsHowAPassportSpells(t *testing.T) {
	for text, want := range map[string]string{
		"Birinchi":         "birinchi",
		"Шахноза":          "shakhnoza",
		"Şahnoza":          "sahnoza",
		"Gülşah Işık":      "gulsah isik",
		"Жылдыз":           "zhyldyz",
		"Чынгыз Өмүрбеков": "chyngyz omurbekov",
		"Щербакова-Цой":    "shcherbakova tsoi",
		"O'Connor  Max":    "oconnor max",
		"Юлия":             "iuliia",
		"№5 ÇAĞ":           "5 cag",
	} {
		if got := Latin(text); got != want {
			t.Errorf("Latin(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestFoldMeets(t *testing.T) {
	for _, same := range [][]string{
		{"istanbul", "Istanbul", "İSTANBUL", "ıstanbul", "İstanbul", "ISTANBUL", "I\u0307stanbul"},
		{"biskek", "Бишкек", "Bishkek", "BİŞKEK", "bişkek", "Biskek"},
		{"ozgon", "Өзгөн", "Озгон", "Ozgon", "Özgön", "ӨЗГӨН"},
		{"sanliurfa", "Şanlıurfa", "ŞANLIURFA", "Sanliurfa", "Shanliurfa"},
		{"canakale", "Çanakale", "Canakale", "Чанакале", "Chanakale"},
		{"jalal abad", "Жалал-Абад", "Jalal-Abad", "Zhalal Abad", "Джалал-Абад", "Dzhalal-Abad", "Djalal-Abad"},
		{"ahmet", "Ахмет", "Ahmet", "Akhmet", "AHMET"},
		{"coi", "Цой", "Tsoy", "Tsoi", "Coy", "Чой", "Choy"},
		{"aiperi", "Айпери", "Aiperi", "Ayperi", "AYPERİ"},
		{"kirgiz", "Кыргыз", "Kyrgyz", "Kırgız", "Kirgiz"},
		{"suiski", "Суйский", "Suyskiy", "Suiskii", "SUYSKY"},
		{"ton", "Тоң", "Tong", "Ton"},
		{"semenov", "Семёнов", "Семенов", "Semenov"},
		{"iusup", "Юсуп", "Yusup", "Iusup"},
		{"aleksandr", "Александр", "Alexandr", "Aleksandr"},
		{"iss kul", "Исс-Куль", "Iss-Kul'", "iss  kul’"},
		{"rusca ckola", "Русча цкола", "RUSÇA TSKOLA"},
		{"5 mektep", "№5 мектеп", "5-мектеп", "  5 MEKTEP. "},
		{"borsc", "Борщ", "Borshch"},
	} {
		for _, s := range same {
			if got := Fold(s); got != same[0] {
				t.Errorf("Fold(%q) = %q, want %q", s, got, same[0])
			}
		}
	}
	for _, different := range [][2]string{{"Ankara", "Antara"}, {"Ош", "Нош"}, {"5 мектеп", "6 мектеп"}} {
		if Fold(different[0]) == Fold(different[1]) {
			t.Errorf("%q and %q must differ", different[0], different[1])
		}
	}
	if got := Tokens("Atatürk İlk-Okulu (Merkez)"); !slices.Equal(got, []string{"ataturk", "ilk", "okulu", "merkez"}) {
		t.Errorf("Tokens: %q", got)
	}
	if got := Tokens(" -- "); len(got) != 0 {
		t.Errorf("Tokens of nothing: %q", got)
	}
}

func TestFoldIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("kshzctdjngyiшхцжйıİ ё'-")))).Draw(t, "s")
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Fatalf("Fold(%q) = %q, folded again %q", s, once, twice)
		}
		if strings.Contains(once, "  ") || strings.TrimSpace(once) != once {
			t.Fatalf("Fold(%q) = %q has stray spaces", s, once)
		}
	})
}

func TestFoldIgnoresCaseAndDiacritics(t *testing.T) {
	letters := rapid.StringOf(rapid.RuneFrom([]rune("abcçdefgğhıijklmnoöprsştuüvyzабвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя 0123")))
	turkish := unicode.TurkishCase
	rapid.Check(t, func(t *rapid.T) {
		s := letters.Draw(t, "s")
		want := Fold(s)
		for name, other := range map[string]string{
			"upper":         strings.ToUpper(s),
			"Turkish upper": strings.ToUpperSpecial(turkish, s),
			"decomposed":    norm.NFD.String(s),
			"without marks": strings.Map(func(r rune) rune {
				if unicode.Is(unicode.Mn, r) {
					return -1
				}
				return r
			}, norm.NFD.String(s)),
		} {
			if got := Fold(other); got != want {
				t.Fatalf("%s: Fold(%q) = %q, but Fold(%q) = %q", name, other, got, s, want)
			}
		}
	})
}

// While a word is typed letter by letter, one of the prefixes must find it at
// every letter.
func TestPrefixesFindWhatIsBeingTyped(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("kshzctdjngyiaoışçxöğlmr")), 1, 12, -1)
	check := func(fatalf func(string, ...any), typed string) {
		token := Fold(typed)
		runes := []rune(typed)
		for n := 1; n <= len(runes); n++ {
			found := false
			for _, p := range Prefixes(string(runes[:n])) {
				found = found || strings.HasPrefix(token, p)
			}
			if !found {
				fatalf("typing %q, %q looks for %q and misses %q", typed, string(runes[:n]), Prefixes(string(runes[:n])), token)
			}
		}
	}
	for _, typed := range []string{"Akhmet", "Tsoy", "Zhumabek", "Dzhalal", "Atsız", "Askhat", "Bishkek", "Tong", "Issyk", "Fatsa"} {
		check(t.Errorf, typed)
	}
	rapid.Check(t, func(t *rapid.T) { check(t.Fatalf, word.Draw(t, "typed")) })
	if len(Prefixes("  ")) != 0 {
		t.Error("nothing typed, nothing to look for")
	}
}

// Stages and grades are numbered in Roman letters, of which folding leaves one.
func TestRomanNumbersStayApart(t *testing.T) {
	seen := map[string]string{}
	for _, s := range []string{"I. kademe", "II. kademe", "III. kademe", "(VI ступень)", "(VII ступень)", "(VIII ступень)", "XI", "XII", "XIII"} {
		c := Compact(s)
		if before, taken := seen[c]; taken {
			t.Errorf("%q is %q", s, before)
		}
		seen[c] = s
	}
	if Compact("Stage II") != Compact("STAGE  ІІ") || Compact("HAWAII") != Compact("Hawaii") || Compact("II. kademe") != Compact("2. kademe") {
		t.Error("what is the same is told apart")
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"İSTANBUL", "Бишкек", "№ 5", "ﬁ ½ ẞ", "\xff\xfe", "kkhhsshh", "K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := Fold(s); Fold(once) != once {
			t.Fatalf("%q: %q, %q", s, once, Fold(once))
		}
	})
}

func BenchmarkFold(b *testing.B) {
	for b.Loop() {
		_ = Fold("Şanlıurfa Мектеп-лицей Atatürk İlkokulu")
	}
}
