package door

import "strings"

// deviceLabel names a browser coarsely, so that a person recognises it in a list
// and nobody can be told apart by it: "Firefox, Windows". Words that are not
// known are left out; nothing of the header itself is kept.
func deviceLabel(userAgent string) string {
	browser := first(userAgent, [][2]string{
		{"YaBrowser", "Yandex"},
		{"Edg", "Edge"},
		{"OPR", "Opera"},
		{"Opera", "Opera"},
		{"SamsungBrowser", "Samsung Internet"},
		{"Firefox", "Firefox"},
		{"FxiOS", "Firefox"},
		{"CriOS", "Chrome"},
		{"Chromium", "Chromium"},
		{"Chrome", "Chrome"},
		{"Safari", "Safari"},
	})
	system := first(userAgent, [][2]string{
		{"Android", "Android"},
		{"iPhone", "iOS"},
		{"iPad", "iPadOS"},
		{"Windows", "Windows"},
		{"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"},
		{"Pardus", "Pardus"},
		{"Linux", "Linux"},
	})
	return strings.Trim(browser+", "+system, ", ")
}

func first(s string, words [][2]string) string {
	for _, w := range words {
		if strings.Contains(s, w[0]) {
			return w[1]
		}
	}
	return ""
}
