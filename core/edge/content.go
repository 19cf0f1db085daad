package edge

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"maps"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// content is a keyed digest of what a request asks for: what is done, to what, and
// with which content. It is keyed because a body may hold a password. A form is
// read by its fields, for a browser draws a new boundary each time it sends one;
// what only says that the form is ours is no part of it.
func (e *Edge) content(c *fiber.Ctx) []byte {
	mac := hmac.New(sha256.New, e.sign.content)
	put(mac, c.Method(), c.Path(), string(c.Request().URI().QueryString()))
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case fiber.MIMEApplicationForm:
		fields, err := url.ParseQuery(string(c.Body()))
		if err == nil {
			putFields(mac, fields)
			return mac.Sum(nil)
		}
	case fiber.MIMEMultipartForm:
		form, err := c.MultipartForm()
		if err == nil && putFiles(mac, form) == nil {
			return mac.Sum(nil)
		}
	}
	put(mac, string(c.Body()))
	return mac.Sum(nil)
}

// put adds parts so that none can be taken for its neighbour.
func put(h hash.Hash, parts ...string) {
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		io.WriteString(h, p) //nolint:errcheck // a hash takes everything
	}
}

func putFields(h hash.Hash, fields map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name == "_key" || name == "_csrf" || name == sheetField {
			continue
		}
		put(h, name, strconv.Itoa(len(fields[name]))) // the next name is no value of this one
		put(h, fields[name]...)
	}
}

func putFiles(h hash.Hash, form *multipart.Form) error {
	putFields(h, form.Value)
	for _, name := range slices.Sorted(maps.Keys(form.File)) {
		for _, file := range form.File[name] {
			put(h, name, file.Filename)
			if err := putFile(h, file); err != nil {
				return err
			}
		}
	}
	return nil
}

func putFile(h hash.Hash, file *multipart.FileHeader) error {
	f, err := file.Open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	own := sha256.New()
	if _, err := io.Copy(own, f); err != nil {
		return err
	}
	put(h, string(own.Sum(nil)))
	return nil
}
