package xlsx

import (
	"bytes"
	"io"
	"unicode/utf16"
)

// compound is what a file of Microsoft's older container begins with: programs put a workbook
// with a password into one, as a stream of this name.
const (
	compound  = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	encrypted = "EncryptedPackage"
)

// sealed reports a workbook with a password.
func sealed(f io.Reader) bool {
	var name []byte
	for _, u := range utf16.Encode([]rune(encrypted)) {
		name = append(name, byte(u), byte(u>>8)) //nolint:gosec // its halves
	}
	buf := make([]byte, 64<<10)
	held := 0
	for first := true; ; first = false {
		n, err := io.ReadFull(f, buf[held:])
		part := buf[:held+n]
		if first && !bytes.HasPrefix(part, []byte(compound)) {
			return false
		}
		if bytes.Contains(part, name) {
			return true
		}
		if err != nil {
			return false
		}
		held = copy(buf, part[len(part)-len(name):])
	}
}
