package locale

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

func sorted(t *testing.T, tag string, words ...string) string {
	t.Helper()
	s, err := NewSorter(tag)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(words, func(a, b string) int { return strings.Compare(s.Key(a), s.Key(b)) })
	return strings.Join(words, " ")
}

func TestSortKeysFollowTheAlphabet(t *testing.T) {
	alphabets := map[string]string{
		"tr": "a b c ç d e f g ğ h ı i j k l m n o ö p r s ş t u ü v y z",
		"ky": "а б в г д е ж з и й к л м н ң о ө п р с т у ү ф х ц ч ш щ ъ ы ь э ю я",
		"ru": "а б в г д е ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я",
		"en": "a b c d e f g h i j k l m n o p q r s t u v w x y z",
	}
	for tag, want := range alphabets {
		words := strings.Fields(want)
		slices.Reverse(words)
		if got := sorted(t, tag, words...); got != want {
			t.Errorf("%s: %s", tag, got)
		}
	}
	for _, c := range []struct{ tag, want string }{
		{"tr", "Çanakkale Çorum Iğdır Ilgaz İstanbul İzmir Şırnak Zonguldak"},
		{"ky", "5-мектеп 10-мектеп Нарын Ноокат Ош Өзгөн Токмок Bishkek Talas"},
		{"tr", "5.okul 10.okul Ankara Zile Бишкек"},
		{"ru", "елка Ёлка жук"},
	} {
		words := strings.Fields(c.want)
		slices.Reverse(words)
		if got := sorted(t, c.tag, words...); got != c.want {
			t.Errorf("%s: got %s, want %s", c.tag, got, c.want)
		}
	}
}

// Letters that stand otherwise than in the general order stand where the language's own file
// says: no program knows them.
func TestSortKeysFollowTheLettersOfTheFile(t *testing.T) {
	if got := sorted(t, "uz", "Shahrisabz", "Sirdaryo"); got != "Shahrisabz Sirdaryo" {
		t.Errorf("without its letters: %s", got)
	}
	if _, err := Load(fstest.MapFS{"uz.toml": {Data: []byte("\"language.name\" = \"oʻzbekcha\"\n\"language.letters\" = \"z < oʻ < gʻ < sh < ch\"\n")}}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tailorings.Clear() })
	if !Ordered("uz") || !Ordered("uz-Latn-UZ") {
		t.Error("the order is not known")
	}
	for _, want := range []string{
		"a b d e f g h i j k l m n o p q r s t u v x y z oʻ gʻ sh ch",
		"Andijon Buxoro Guliston Olma Samarqand Sirdaryo Zomin Zzz Oʻrta Gʻijduvon Shahrisabz Chilonzor",
		"2-maktab 10-maktab Zomin O‘rta Shofirkon Чирчик",
	} {
		words := strings.Fields(want)
		slices.Reverse(words)
		if got := sorted(t, "uz", words...); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if k := SortKey("uz", "O'zi"); k != SortKey("uz", "Oʻzi") || k != SortKey("uz", "oʼzi") || k != SortKey("uz", "O`zi") {
		t.Error("one letter has several places, as its apostrophe is typed")
	}
	if SortKey("uz", "Is'hoq") >= SortKey("uz", "Ishoq") {
		t.Error("s and h that an apostrophe parts are one letter")
	}
	if SortKey("tr", "Shahrisabz") > SortKey("tr", "Zomin") {
		t.Error("one language's letters are another's")
	}
}

func TestSortKeyIsPlainText(t *testing.T) {
	if SortKey("tr", "ı") >= SortKey("tr", "i") || SortKey("not a tag", "a") >= SortKey("not a tag", "b") {
		t.Error("SortKey must order like a Sorter")
	}
	long := strings.Repeat("Ысык-Көл ", 50)
	if k := SortKey("ky", long); len(k) > 2000 {
		t.Errorf("a key of %d bytes does not fit an index", len(k))
	}
	rapid.Check(t, func(t *rapid.T) {
		k := SortKey("ky", rapid.String().Draw(t, "s"))
		if strings.ContainsFunc(k, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q", k)
		}
	})
}

// The short form of a key stands where the key stands: also of letters that it does not know.
func TestShortKeysKeepTheOrder(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("abcçıiİâéңнёе 0123459-'№«中ا"))), rapid.StringMatching(`[a-c0-3 ]{0,6}`))
	rapid.Check(t, func(t *rapid.T) {
		s := SorterOf(rapid.SampledFrom([]string{"tr", "ky", "ru", "en", "zh"}).Draw(t, "language"))
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		whole := func(text string) []byte {
			c := s.pool.Get().(*collation)
			defer s.pool.Put(c)
			c.buf.Reset()
			return slices.Clone(c.c.KeyFromString(&c.buf, text))
		}
		keys := [2][]byte{whole(a), whole(b)}
		want, got := slices.Compare(keys[0], keys[1]), strings.Compare(shortKey(1, keys[0]), shortKey(1, keys[1]))
		if got != want && (got != 0 || !sameButPlain(keys[0], keys[1])) {
			t.Fatalf("%q %q: %d, not %d: % x and % x", a, b, got, want, keys[0], keys[1])
		}
	})
}

// sameButPlain reports whether keys differ only in how many letters have no accent: of those that
// are not counted some leave nothing else.
func sameButPlain(a, b []byte) bool {
	trim := func(k []byte) []byte {
		for len(k) >= 2 && k[len(k)-2] == 0 && k[len(k)-1] == 0x20 {
			k = k[:len(k)-2]
		}
		return k
	}
	return slices.Equal(trim(a), trim(b))
}

// A name of usual length has a short key: it stands in each row, and in each index of a list.
func TestSortKeysAreShort(t *testing.T) {
	for name, tag := range map[string]string{
		"Keçiören Şehit Ömer Halisdemir Mesleki ve Teknik Anadolu Lisesi": "tr",
		"№ 27 Ч. Айтматов атындагы орто мектеп":                           "ky",
		"Средняя общеобразовательная школа-гимназия № 13":                 "ru",
	} {
		if k := SortKey(tag, name); len(k) > len([]rune(name))+12 {
			t.Errorf("%s: %d bytes: %s", name, len(k), k)
		}
	}
}

func BenchmarkSortKey(b *testing.B) {
	for b.Loop() {
		_ = SortKey("tr", "Şanlıurfa Atatürk İlkokulu")
	}
}

func BenchmarkSorter(b *testing.B) {
	s, err := NewSorter("tr")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_ = s.Key("Şanlıurfa Atatürk İlkokulu")
	}
}
