package locale

import (
	"slices"
	"strings"
	"testing"

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
		if strings.Trim(k, "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
			t.Fatalf("%q", k)
		}
	})
}

func TestEncodingKeepsTheOrder(t *testing.T) {
	bytes := rapid.SliceOf(rapid.Byte())
	rapid.Check(t, func(t *rapid.T) {
		a, b := bytes.Draw(t, "a"), bytes.Draw(t, "b")
		if slices.Compare(a, b) != strings.Compare(sortable.EncodeToString(a), sortable.EncodeToString(b)) {
			t.Fatalf("%x and %x", a, b)
		}
	})
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
