package identity

import (
	"math/rand/v2"
	"testing"
)

// What people spell differently, leave out or add parts nobody; another name does.
func TestTRDR8_ANameIsLikeAnotherButForASlip(t *testing.T) {
	for _, c := range []struct {
		one, other [3]string
		want       string
	}{
		{[3]string{"Өзгөнова", "Гүлзат"}, [3]string{"Өзгөнова", "Гүлзат"}, SameName},
		{[3]string{"Өзгөнова", "Гүлзат"}, [3]string{"Ozgonova", "Gulzat"}, SameName},
		{[3]string{"Гүлзат", "Өзгөнова"}, [3]string{"Өзгөнова", "Гүлзат"}, SameName},
		{[3]string{"Өзгөнова", "Г"}, [3]string{"Өзгөнова", "Гүлзат"}, SimilarName},
		{[3]string{"Өзгөнова", "Г."}, [3]string{"Өзгөнова", "Гүлзат", "Бакытовна"}, SimilarName},
		{[3]string{"Ө", "Гүлзат"}, [3]string{"Өзгөнова", "Гүлзат"}, SimilarName},
		{[3]string{"Өзгөнова-Б", "Гүлзат"}, [3]string{"Өзгөнова", "Гүлзат"}, SimilarName},
		{[3]string{"Өзгөнова Бекова", "Гүлзат"}, [3]string{"Өзгөнова", "Гүлзат"}, SimilarName},
		{[3]string{"Өзгөноваа", "Гүлзат"}, [3]string{"Өзгөнова", "Гүлзат"}, SimilarName},
		{[3]string{"Өзгонва", "Гүлзат"}, [3]string{"Өзгөнова", "Гүлзат"}, SimilarName},
		{[3]string{"Өзгөнова", "Гүлзада"}, [3]string{"Өзгөнова", "Гүлзат"}, ""},
		{[3]string{"Öztürkk", "Mehmett"}, [3]string{"Öztürk", "Mehmet"}, SimilarName},
		{[3]string{"Öztürk", "Mehmet Can"}, [3]string{"Öztürk", "Mehmet"}, SimilarName},
		{[3]string{"Öztürk", "Mehmet Can"}, [3]string{"Öztürk", "Mehmet Nur"}, SimilarName},
		{[3]string{"Öztürk", "M. Can"}, [3]string{"Öztürk", "Mehmet Can"}, SimilarName},
		{[3]string{"Өзгөнова", "Гүлзат Бакытовна"}, [3]string{"Өзгөнова", "Гүлзат", "Бакытовна"}, SimilarName},
		{[3]string{"Гүлзат Бакытовна", ""}, [3]string{"Өзгөнова", "Гүлзат", "Бакытовна"}, SimilarName},
		{[3]string{"Өзгөнова", "Гүлзат", "Асановна"}, [3]string{"Өзгөнова", "Гүлзат", "Бакытовна"}, OtherFathers},
		{[3]string{"Өзгөнова", "Гүлзат", "Бакытовнаа"}, [3]string{"Өзгөнова", "Гүлзат", "Бакытовна"}, SameName},
		{[3]string{"Өзгөноваа", "Гүлзат", "Асановна"}, [3]string{"Өзгөнова", "Гүлзат", "Бакытовна"}, ""},
		{[3]string{"Kaya", "Ali"}, [3]string{"Kara", "Ali"}, ""},
		{[3]string{"Yılmaz", "Ahmet"}, [3]string{"Yılmaz", "Mehmet"}, ""},
		{[3]string{"Yılmaz", "Fatma"}, [3]string{"Demir", "Fatma"}, ""},
		{[3]string{"Ө", "Г"}, [3]string{"Өзгөнова", "Гүлзат"}, ""},
		{[3]string{"Асанов", "Эркин"}, [3]string{"Асанов", "Эркинбек"}, ""},
	} {
		one, other := namesOf(c.one[0], c.one[1], c.one[2]), namesOf(c.other[0], c.other[1], c.other[2])
		if got := one.like(other); got != c.want {
			t.Errorf("%v, %v: %q, want %q", c.one, c.other, got, c.want)
		}
		if there, back := one.like(other), other.like(one); there != back {
			t.Errorf("%v, %v: %q, and the other way round %q", c.one, c.other, there, back)
		}
	}
}

// Of a thousand people, drawn from the names that are common, few meet somebody who is
// not them: a question that is always asked is always waved through.
func TestTRDR8_FewPeopleLookLikeOthers(t *testing.T) {
	for what, c := range map[string]struct{ families, given, fathers []string }{
		"with patronymics": {kyrgyz.families, kyrgyz.given, kyrgyz.fathers},
		"without":          {turkish.families, turkish.given, []string{""}},
	} {
		r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same names in every run
		pick := func(l []string) string { return l[r.IntN(len(l))] }
		var all [1000]nameWords
		for i := range all {
			all[i] = namesOf(pick(c.families), pick(c.given), pick(c.fathers))
		}
		same, pairs, people := 0, map[string]int{}, map[int]bool{}
		for i := range all {
			for j := range i {
				switch reason := all[i].like(all[j]); reason {
				case "":
				default:
					pairs[reason]++
					people[i] = true
				}
				if m := met(all[i].words, all[j].words); m.exact && m.all() {
					same++
				}
			}
		}
		t.Logf("%s: of %d pairs %v alarm, %d of them of the very same family and given name; %d of 1,000 newcomers are asked about", what, 999*500, pairs, same, len(people))
		if n := pairs[SimilarName]; n > 150 {
			t.Errorf("%s: %d pairs of similar names", what, n)
		}
	}
}

type lists struct{ families, given, fathers []string }

var kyrgyz = func() (l lists) {
	fathers := []string{
		"Асан", "Бакыт", "Эркин", "Нурлан", "Талант", "Мирлан", "Азамат", "Улан", "Кубат", "Темир", "Жолдош", "Сыдык", "Осмон", "Токтогул", "Абдырахман", "Мамат", "Исмаил",
		"Жумабек", "Алымбек", "Кадыр", "Сагын", "Турдубек", "Эсен", "Чынгыз", "Болот", "Данияр", "Самат", "Руслан", "Максат", "Орозбек", "Шаршен", "Жапар", "Калык", "Дүйшөн", "Өмүрбек",
		"Бектур", "Айдар", "Төлөгөн", "Кенеш", "Мурат", "Тилек", "Арстан", "Акмат", "Жээнбек", "Султан", "Назар", "Ырыс", "Байыш", "Медер", "Сапар",
	}
	for _, f := range fathers {
		l.fathers = append(l.fathers, f+"ович", f+"овна")
		l.families = append(l.families, f+"ов", f+"ова", f+"алиев", f+"кулов")
	}
	l.given = append(fathers, "Айгүл", "Гүлзат", "Жылдыз", "Чынара", "Салтанат", "Нургүл", "Айпери", "Бегимай", "Мээрим", "Жазгүл", "Кундуз", "Назгүл", "Асель", "Динара", "Айнура",
		"Бермет", "Элнура", "Гүлмира", "Анара", "Жаңыл", "Рахат", "Венера", "Зарина", "Перизат", "Сезим", "Тамара", "Үмүт", "Фатима", "Чолпон", "Эльвира")
	return l
}()

var turkish = lists{
	families: []string{
		"Yılmaz", "Kaya", "Demir", "Çelik", "Şahin", "Yıldız", "Yıldırım", "Öztürk", "Aydın", "Özdemir", "Arslan", "Doğan", "Kılıç", "Aslan", "Çetin", "Kara", "Koç", "Kurt", "Özkan", "Şimşek",
		"Polat", "Korkmaz", "Çakır", "Erdoğan", "Acar", "Yalçın", "Güneş", "Bozkurt", "Bulut", "Keskin", "Ünal", "Turan", "Gül", "Özer", "Işık", "Kaplan", "Avcı", "Sarı", "Tekin", "Taş",
		"Köse", "Yüksel", "Ateş", "Aksoy", "Uçar", "Karaca", "Tunç", "Ergin", "Duman", "Toprak", "Bayram", "Uysal", "Deniz", "Önal", "Kocaman", "Gündüz", "Soylu", "Tuna", "Sevim", "Erdem",
	},
	given: []string{
		"Mehmet", "Mustafa", "Ahmet", "Ali", "Hüseyin", "Hasan", "İbrahim", "İsmail", "Osman", "Yusuf", "Murat", "Ömer", "Ramazan", "Halil", "Süleyman", "Abdullah", "Mahmut", "Recep", "Salih", "Fatma",
		"Ayşe", "Emine", "Hatice", "Zeynep", "Elif", "Meryem", "Şerife", "Zehra", "Sultan", "Hanife", "Merve", "Havva", "Zeliha", "Esra", "Özlem", "Büşra", "Yasemin", "Hülya", "Kübra", "Dilek",
		"Mehmet Ali", "Ali Rıza", "Fatma Nur", "Ayşe Gül", "Muhammed Emin", "Elif Naz", "Ahmet Can", "Yusuf Kerem", "Mehmet Can", "Zeynep Su",
	},
}
