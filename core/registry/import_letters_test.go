package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Letters that none of the ministry's languages writes, the text of a formula and what
// programs write for signs and for nothing are told: a wrong encoding reads so.
func TestWhatNobodyWritesIsTold(t *testing.T) {
	for country, cells := range map[string]map[string]string{
		"tr": {
			"Þehit Öðretmen Ýlkokulu":              "field.signs",
			"Åžehit Ã–ÄŸretmen Ä°lkokulu":          "field.signs",
			"ﬁehit ÷¤retmen İlkokulu":              "field.signs",
			"€a§ ˜lkokulu":                         "field.signs",
			"Zeytinlik± Ortaokulu":                 "field.signs",
			"‚aÛ Ülkokulu":                         "field.signs",
			"Ça§ Okulu":                            "field.signs",
			"‚Gül‘ Okulu":                          "",
			"Robotek® Kursu, 2. §":                 "",
			`"=A2&"" Okulu"""`:                     "import.row.formula",
			"=SUM(A1:A3)":                          "import.row.formula",
			"_x000D_Sev Okulu":                     "import.row.garbled",
			"Ä°stiklal Okulu":                      "field.signs",
			"IlÄ±ca Okulu":                         "field.signs",
			"G├╝len Okulu":                         "field.frames",
			"─░stiklal Okulu":                      "field.frames",
			"I■²k Okulu":                           "field.frames",
			"G³len Okulu":                          "field.signs",
			"Sar² Okulu":                           "field.signs",
			"500 m² Alan, 20 °C, N° 5 Okulu":       "",
			"null":                                 "import.row.nothing",
			"FALSE":                                "import.row.programs",
			"Şehit Öğretmen Kâğıthane İlkokulu":    "",
			"ŞEHİT ÖĞRETMEN IŞIK İLKOKULU":         "",
			`"=""Atatürk"""`:                       "",
			"İsmail Gaspıralı – 75. Yıl (2) Okulu": "",
		},
		"kg": {
			"РЎСЂРµРґРЅСЏСЏ С€РєРѕР»Р°":              "field.signs",
			"Ñðåäíÿÿ øêîëà 402":                      "field.signs",
			"№ 403 Таѕ мектеби":                      "import.row.garbled",
			"яПНДМЪЪ ЬЙНКЮ":                          "import.row.garbled",
			"╨б╤А╨╡╨┤╨╜╤П╤П":                         "field.frames",
			"п║я─п╣п╢п╫я▐я":                          "field.frames",
			"╧ 5 мектеби":                            "field.frames",
			"…ръўрё√":                                "field.signs",
			"„аштак мектеби":                         "field.signs",
			"„Таң“ мектеби":                          "",
			"Школа ¹ 54":                             "field.signs",
			"Мектеп, 12 м² жана 3 км²":               "",
			"Ўзбек мактаби № 7 Ғафуров, Ҳамза":       "", // languages that schools teach in
			"Мактаби тоҷикӣ № 8":                     "",
			"№ 6 Өзгөн ШҮЖИңҢ мектеби":               "",
			"Школа-гимназия № 5 им. Ё. Щ. Объедкова": "",
			"ОсОО «Билим» мектеби":                   "",
		},
	} {
		d := newDesk(t, country)
		for name, want := range cells {
			file := "name;type;district_code;ownership\n" + name + ";ilkokul;1421;resmi\n"
			if country == "kg" {
				file = "name;name.ru;type;district_code;ownership\n" + name + ";Школа;secondary_school;" + firstDistrict(d.world).Code + ";public\n"
			}
			wanted := []string{}
			if want != "" {
				wanted = append(wanted, "2 name "+want)
			}
			i := d.preview(d.ctx, file)
			if diff := cmp.Diff(wanted, found(d, i)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}
