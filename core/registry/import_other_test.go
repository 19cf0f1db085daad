package registry_test

import (
	"strings"
	"testing"
)

// A name that says another number, another type or another name than the institution of its code is
// asked about, in whichever of its languages and however shortened it is said; what says the same in
// fewer words goes on.
func TestARowThatNamesAnotherInstitutionIsAskedInEveryLanguage(t *testing.T) {
	d := newDesk(t, "kg")
	here := firstDistrict(d.world)
	two := func(code, ky, ru, typ string) {
		d.schoolIn(code, map[string]string{"ky": ky, "ru": ru}, typ, here, map[string]any{"ownership": "public"})
	}
	two("700111", "«Жаңы-Жол» бала бакчасы", "Детский сад «Жаны-Жол»", "kindergarten")
	two("700112", "№ 6 Таң орто мектеби", "Средняя школа № 6 Тан", "secondary_school")
	two("700113", "№ 1 Гүлстан мектеп-гимназиясы", "Школа-гимназия № 1 Гулистан", "school_gymnasium")
	two("700114", "Өрнөк толук эмес орто мектеби", "Неполная средняя школа Орнок", "incomplete_school")
	two("700115", "№ 1 кесиптик лицей", "Профессиональный лицей № 1", "professional_lyceum")
	for row, asked := range map[string]bool{
		"700113;СШ № 6 Тан":                 true,
		"700113;Таң орто мектеби № 6":       true,
		"700113;№ 6 Таң орто мектеби":       true,
		"700113;Средняя школа №6 Тан":       true,
		"700113;СОШ № 6 Тан":                true,
		"700113;СШ №6":                      true,
		"700113;Таң ОМ №6":                  true,
		"700112;ШГ № 1 Гулистан":            true,
		"700112;Школа-гимназия Гулистан":    true,
		"700112;№1 Гүлстан мектеп-гимназия": true,
		"700112;Гимназия №1":                true,
		"700111;Өрнөк ТЭОМ":                 true,
		"700111;НСШ Орнок":                  true,
		"700115;Жаны-Жол":                   true,
		"700112;Профлицей № 1":              true,

		"700112;СШ № 6":                         false,
		"700112;СШ № 6 Тан":                     false,
		"700112;Ср. шк. №6 Тан":                 false,
		"700112;школа 6":                        false,
		"700112;№ 6 мектеп":                     false,
		"700112;СОШ № 6 им. Тан":                false,
		"700111;д/с Жаны-Жол":                   false,
		"700111;Детсад \"Жаны-Жол\"":            false,
		"700111;ДОУ Жаны жол":                   false,
		"700115;ПЛ № 1":                         false,
		"700113;Гүлстан мектеп-гимназиясы":      false,
		"700113;ШГ № 1":                         false,
		"700114;Орнок НСШ":                      false,
		"700112;Средняя школа № 6 имени Манаса": false, // may be called so anew: told
	} {
		i := d.preview(d.ctx, "code;name;ramp\n"+row+";да\n")
		got := strings.ReplaceAll(strings.Join(found(d, i), ", "), "import.row.", "")
		if (i.Counts.Faulty > 0) != asked {
			t.Errorf("%s: %s", row, got)
		}
	}
}
