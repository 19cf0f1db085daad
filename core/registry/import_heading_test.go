package registry

import (
	"strings"
	"testing"

	"mektep/core/gate/gatetest"
	"mektep/core/intake"
	"mektep/core/locale"
)

// Headings as offices write them: inflected in their language, in capitals of theirs, cut
// short, by one word of a longer name, with what is meant by it in brackets.
func TestColumnsAreProposedByTheirWords(t *testing.T) {
	for _, c := range []struct{ country, headings, want string }{
		{"tr", "MÜLKİYETİ;KONTENJAN;TÜRÜ;İLÇESİ;KURUMUN ADI", "ownership;capacity;type;district;name"},
		{"tr", "Mülkiyeti (Resmî/Özel);Öğr. kont.;Derslik;Adresi;Telefonu", "ownership;capacity;classrooms;address;phone"},
		{"tr", "mulkiyeti;Kontenjanı;Öğrenci Kontenjanları;Kurum Kodu *;1. Kurum adı", "ownership;;;code;name"},
		{"tr", "Kurum kodları;Okulun türü;Yapı türleri;Kuruluş Tarihi", "code;type;construction;founded_on"},
		{"tr", "Tarih;Bina;Internet hakkında;Sayı;Öğrenci;Sıra No;No", ";;;;;;"}, // could be several
		{"tr", "Tarihi;Kapasite;Kapasitesi;Not;?;1;()", ";;;;;;"},                // nothing, or several
		{"tr", "Bina sayısı;Bina;Binanın durumu", "building_count;;condition"},   // the word stays that of two
		{"tr", "Mülkiyeti;Mülkiyetler", ";"},                                     // two columns for one field
		{"tr", "Mülkiyet;Mülkiyeti", "ownership;"},                               // one says it exactly
		{"kg", "Аталыштары;Түрлөрү;Облустары;Райондору;Менчиктин түрү", "name;type;region;district;ownership"},
		{"kg", "Дареги;Телефондору;Компьютер;Имараттардын абалы", "address;phone;computers;condition"},
		{"kg", "Форма собств.;Адреса;Телефоны;Наименования;Районы", "ownership;address;phone;name;district"},
		{"kg", "Өрт сигнализациялары;Спорт залдары;Жатаканадагы орун", "fire_alarm;sports_hall;dormitory_places"},
		{"tr", "MÜLKİYET DURUMU;TEL;AÇIK ADRES;e-posta adresi;Kurumun türü", "ownership;phone;address;email;type"}, //nolint:misspell // Turkish
		{"tr", "Müdürün adı;Müdürün telefonu;Binanın kodu", ";;"},                                                  // another's
		{"kg", "Наименование ОО;Вид образовательной организации;Наименование области;Наименование района;Эл. почта;Юридический адрес", "name;type;region;district;email;address"},
		{"kg", "Наименование образовательной организации;Телефон номери", "name;phone"},
		{"kg", "Номер;Дата;Год;Площадь", ";;;"},
		{"kg", "Дата основания;Проектная мощность", "founded_on;capacity"},
		{"kg", "Негизделген күнү;Долбоордук кубаттуулугу", "founded_on;capacity"},
		{"kg", "Название на кыргызском;Орусча аталышы;Площадь, кв. м;Орун саны;Вид", "name.ky;name.ru;floor_area;capacity;type"},
		{"kg", "Наименование на русском языке;Кыргызча аталышы;Количество мест;Түрү", "name.ru;name.ky;capacity;type"},
		{"kg", "Эскертүү;Район", ";district"}, // on what, it does not say
		{"kg", "Примечания;Область", ";region"},
		{"tr", "Açıklamalar;İlçe", ";district"},
		{"tr", "Bina durumuna ilişkin açıklama;Not", "condition_note;"},
		{"tr", "OKUL STATÜSÜ;BİNA YAPIM YILI;ISINMA ŞEKLİ;İNTERNET TÜRÜ;Площадь, кв. м", "ownership;year_built;heating;internet;floor_area"},
		{"tr", "AÇILIŞ YILI;ÖĞRENCİ SAYISI", ";"}, // a year is no day, and who is there not how many can be
		{"kg", "Вид отопления;Тип интернета", "heating;internet"},
		{"tr", "Kuruluş;Açılış tarihi;Kurulma tarihi", ";since;founded_on"},
		// A word of a narrower name says less than it: a road is none that snow closes.
		{"kg", "Дорога;Крыша;Вода;Сигнализация;Питание;Кабинеты физики", ";;;;;"},
		{"kg", "Жол;Чатыр;Road;Roof;Статус;Мощность", ";;;;;"},
		{"tr", "Merdiven;Engelli;Açık alan;Laboratuvar;Onarım;Yıl", ";;;;;"},
		// Who counts, has, or gives the number says no more, nor whose it is.
		{"tr", "Derslik Adedi;Bina Adedi;MEB Kodu;Okulun Adresi;Rampa Var mı?;Asansör var mı", "classrooms;building_count;code;address;ramp;lift"},
		{"kg", "Название (рус.);Название (кырг.);Есть ли пандус;Адрес школы;Кабинеты физики", "name.ru;name.ky;ramp;address;"},
		{"kg", "Название школы (рус. яз.);Аталышы (кырг.);Пандус бар бы?;Бассейн барбы", "name.ru;name.ky;ramp;"},
		// Whose state or number it is says not how they are called.
		{"tr", "Okul durumu;Kurum durumu;Okul no;Kurum no;Okul bilgisi", ";;;;"},
		{"kg", "Статус школы;Номер школы;Мектептин абалы;Номер организации", ";;;"},
	} {
		m := matcherOf(gatetest.Country(t, c.country).Profile)
		var cols []intake.Column
		for h := range strings.SplitSeq(c.headings, ";") {
			cols = append(cols, intake.Column{Heading: h})
		}
		m.Propose(cols, false)
		var got []string
		for _, col := range cols {
			got = append(got, col.Target)
		}
		if s := strings.Join(got, ";"); s != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", c.country, c.headings, s, c.want)
		}
	}
}

// What words end in is cut off them in the letters of their own language only, a short word that
// loses a letter by folding is another one, and no word is a part of another by its first letters:
// headings that mean nothing here are proposed for nothing. Asked: whether they mean it.
func TestHeadingsThatMeanNothingHereAreProposedForNothing(t *testing.T) {
	for country, headings := range map[string]string{
		"tr": "Statü|Statüsü|Stat|Stat.|State|Yılı|Yıl|Yıllar|Durumu|Sıra|Şube|Müdür|Öğretmen|Öğrenci|Mevcudu|Tarih|Ay|Gün|Dönem|Puan|Notu|Tutar|Nüfus|Mah.|Birim|Branş|Ders|Oran|Seviye|Kademe|Yazı No|İmza|Onay|Sayfa|Ek|İşlem|İşi|İsi|Isi|İlan|İlgi|İlk|Adet|Adedi|Ada|Parsel|Tapu|Gaz|Year|Years|Status|Age|Class|Pupils|Teacher|Page|Sum|Stage|Season|Telsiz|Coda|Road|Regional",
		"kg": "Жылы|Жыл|Жылдар|Год|Года|Статус|Стат|Сан|Саны|Смена|Мугалим|Окуучу|Айыл|Ай|Күн|Күнү|Дата|Село|Улица|Көчө|Дом|Сумма|Бюджет|План|Факт|Итого|Процент|Уровень|Подпись|Лист|Директор|Аты-жөнү|ФИО|Жаш|Жашы|Жынысы|Предмет|Сабак|Срок|Цель|Раздел|Тема|Орун|Тарых|Төлөм|Телик|Образ|Дорожка|Компания|Комп|Year|Stat|State|Class|Sum",
	} {
		p := gatetest.Country(t, country).Profile
		m := matcherOf(p)
		for heading := range strings.SplitSeq(headings, "|") {
			cols := []intake.Column{{Heading: heading}}
			if m.Propose(cols, false); cols[0].Target != "" {
				t.Errorf("%s: %s is taken for %s", country, heading, cols[0].Target)
			}
		}
	}
}

// A heading that names another year than this one, or than the school year that it is, is asked
// about wherever the year stands: it is planned, or long past.
func TestAHeadingOfAnotherYearIsAsked(t *testing.T) {
	for country, headings := range map[string]string{
		"tr": "Kontenjan 2030?|Derslik sayısı 2022-2023?|2023 derslik sayısı?|Derslik sayısı (2030)?|Derslik sayısı 2026-2027?|Derslik sayısı 2024/25?|Derslik sayısı 2025|2026 derslik sayısı|Derslik sayısı '30?|’27 derslik sayısı?|Derslik sayısı 24-25?|Derslik sayısı 26/27?|Derslik sayısı 25-26|Derslik sayısı '26|Derslik sayısı '85?|Derslik sayısı 10-12|Derslik sayısı 2025-2026|Derslik sayısı (2025-2026)|Derslik sayısı 2025/26|Toplam derslik 2019?",
		"kg": "Учебные кабинеты 2023?|Учебные кабинеты, 2027?|Учебные кабинеты 2026|Окуу бөлмөлөрү 2025-2026",
	} {
		p := gatetest.Country(t, country).Profile
		m := matcherOf(p)
		for heading := range strings.SplitSeq(headings, "|") {
			heading, asked := strings.CutSuffix(heading, "?")
			cols := []intake.Column{{Heading: heading}}
			if m.Propose(cols, false); (cols[0].Maybe != "") != asked || (cols[0].Target != "") == asked {
				t.Errorf("%s: %s is %q, perhaps %q", country, heading, cols[0].Target, cols[0].Maybe)
			}
		}
	}
}

// Every name of a field, inflected by any ending of any language, in capitals or not, leads
// to that field or, where it could be another one, to none; by itself it leads to it.
func TestEveryFieldIsProposedByItsName(t *testing.T) {
	for _, country := range []string{"tr", "kg"} {
		p := gatetest.Country(t, country).Profile
		m := matcherOf(p)
		for _, target := range m.Targets() {
			for lang, name := range target.Name {
				one := []intake.Column{{Heading: name}}
				m.Propose(one, false)
				if first := m.Exactly(locale.Compact(name)); one[0].Target != first && first != "" && one[0].Target != target.ID {
					t.Errorf("%s %s %q is %q", country, lang, name, one[0].Target)
				}
				for _, ending := range strings.Split(words().Localizer(lang).T("import.also.ending"), ",") {
					if strings.Contains(ending, "=") {
						continue
					}
					heading := name + strings.TrimPrefix(ending, "-")
					cols := []intake.Column{{Heading: strings.ToUpper(heading)}}
					m.Propose(cols, false)
					if got := cols[0].Target; got != "" && got != target.ID && locale.Compact(m.Target(got).Name[lang]) != locale.Compact(name) {
						t.Errorf("%s %s: %q is taken for %q, not %q", country, lang, heading, got, target.ID)
					}
				}
			}
		}
	}
}

// Of several columns by which one target could be meant, of each year, numbered, or of several
// telephones, none is proposed: it is asked which; a field's own name comes first.
func TestNoneOfASeriesOfColumnsIsProposed(t *testing.T) {
	m := matcherOf(turkey())
	for headings, want := range map[string]string{
		"Derslik sayısı 2024|Derslik sayısı 2025": "classrooms?|classrooms?", "2024 derslik sayısı|2025 derslik sayısı": "classrooms?|classrooms?", "Derslik sayısı 2025": "classrooms",
		"Telefon 1|Telefon 2": "phone?|phone?", "Tel.|Telefon 1": "phone?|phone?", "Cep telefonu|Telefon": "|phone", "Cep telefonu": "phone", "Tel": "phone", "Tel.|Cep telefonu": "phone?|phone?",
		"Tel. 1|Tel. 2": "phone?|phone?", "Telefon 1|E-posta 1|E-posta 2": "phone|email?|email?", "Yapım|Yapım": "year_built?|year_built?", "Tel. No|GSM": "phone?|phone?", "Telefon1|Telefon2": "phone?|phone?",
		"Telefon 1|Telefon 2|Cep telefonu": "phone?|phone?|phone?", "Derslik 1|Derslik 2": "classrooms?|classrooms?", "Telefon|Telefon": "phone?|phone?", "Derslik 1|Derslik 2|Derslik toplam": "||classrooms", "Toplam derslik|Derslik (A blok)|Derslik (B blok)": "classrooms||",
		"Derslik (A)|Derslik (B)|Derslik (toplam)": "||classrooms", "Toplam derslik 2023|Toplam derslik 2024": "classrooms?|classrooms?", "Genel toplam|Toplam": "|", "Telefon1": "phone",
		"Okul türü 2": "type?", "Kat sayısı 2": "floors?", "Telefon-3": "phone?", "Kat sayısı 1": "floors", "2. Kat sayısı": "floors", "Kapalı alan, m2": "floor_area", "Telefon|Telefon 2": "phone|",
	} {
		var cols []intake.Column
		for _, s := range strings.Split(headings, "|") {
			cols = append(cols, intake.Column{Heading: s})
		}
		m.Propose(cols, false)
		var got []string
		for _, c := range cols {
			if c.Maybe != "" {
				c.Target += c.Maybe + "?"
			}
			got = append(got, c.Target)
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%s: %s, not %s", headings, s, want)
		}
	}
}

// A figure before the unit of a heading makes its numbers others: it is asked whether the field is
// meant, in brackets and behind its name, with its own unit and with another. What is written with a
// figure itself is none.
func TestAFigureBeforeTheUnitOfAHeadingIsAsked(t *testing.T) {
	m := matcherOf(turkey())
	for heading, want := range map[string]string{
		"Kapalı alan (1000 m2)": "floor_area?", "Kapalı alan (1.000 m²)": "floor_area?", "Kapalı alan (100 m²)": "floor_area?", "Kapalı alan 1000 m²": "floor_area?", "Kapalı alan (1000m²)": "floor_area?",
		"Arsa alanı, 10 dönüm": "land_area?", "Arsa alanı (1/1000 ha)": "land_area?", "Arsa alanı (x1000 m²)": "land_area?", "Derslik sayısı (100 adet)": "classrooms?",
		"Kapalı alan (m2)": "floor_area", "Kapalı alan (bin m²)": "floor_area", "Arsa alanı (dönüm)": "land_area", "Kapalı alan, m2": "floor_area", "Derslik sayısı (adet)": "classrooms", "Kat sayısı": "floors",
	} {
		cols := []intake.Column{{Heading: heading}}
		m.Propose(cols, false)
		got := cols[0].Target
		if cols[0].Maybe != "" {
			got = cols[0].Maybe + "?"
		}
		if got != want {
			t.Errorf("%s: %q, not %q", heading, got, want)
		}
	}
}

// Offices call types of institution by their abbreviations.
func TestTypesAreKnownByTheirAbbreviations(t *testing.T) {
	p := gatetest.Country(t, "kg").Profile
	for word, want := range map[string]string{"СОШ": "secondary_school", "с.о.ш.": "secondary_school", "ООШ": "incomplete_school"} {
		if got := typeWords(p)[locale.Compact(word)]; got != want {
			t.Errorf("%s is %q", word, got)
		}
	}
}

// Words that share no more than a few letters with what was written are not shown as near to it.
func TestNoTypeIsNearToAWordOfOtherLetters(t *testing.T) {
	if key, args := unknownType(turkey(), now, "Kreş"); key != "import.row.unknown_type" {
		t.Errorf("%v", args)
	}
	if key, _ := unknownType(turkey(), now, "Meslek lisesii"); key != "import.row.unknown_type_near" {
		t.Error(key)
	}
}

func FuzzHeadings(f *testing.F) {
	for _, s := range []string{"MÜLKİYETİ", "Öğr. kont.", "Дареги", "(", ")(", "....", "e-posta", "\xff.", "1.2.3", "ı", "Форма собств. (гос/част)"} {
		f.Add(s)
	}
	m := matcherOf(turkey())
	f.Fuzz(func(t *testing.T, s string) {
		for _, id := range []string{m.Of(s), m.Within(s)} {
			if id != "" && !m.Can(id) {
				t.Fatalf("%q is %q", s, id)
			}
		}
	})
}
