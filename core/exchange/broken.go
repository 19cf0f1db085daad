package exchange

import (
	"regexp"
	"strings"
)

// brokenText is how programs of any language write a value that went wrong, or a
// number that found no room: #N/A, #YOK, #DIV/0!, #ЗНАЧ!, #####, Err:502. Without the sign at
// the end it is one of the words that they have: #OKUL is a text.
var brokenText = regexp.MustCompile(`^(?:#(?:[\p{Lu}/0-9]{2,12}[!?]|N/A|YOK|Н/Д|ЖОК|VALUE|REF|NAME|NUM|DIV/0|NULL|SPILL|CALC|DEĞER|BAŞV|AD|SAYI|SAYI/0|BOŞ|TAŞMA|HESAPLA|ЗНАЧ|ССЫЛКА|ИМЯ|ЧИСЛО|ДЕЛ/0|ПУСТО|#{2,})|(?:Err|Hata|Ошибка|Ката): ?[0-9]{3})$`)

// IsBroken reports a text that is nothing but the error of a formula, or a number that found no
// room: a cell has it from a program, and no name is one.
func IsBroken(s string) bool {
	return len(s) > 2 && (s[0] == '#' || s[len(s)-1] >= '0' && s[len(s)-1] <= '9' && strings.Contains(s, ":")) && (brokenText.MatchString(s) || strings.Trim(s, "#") == "")
}
