package signin_test

import (
	"bufio"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What is no request at all is answered shortly, and the server goes on.
func TestABrokenRequestStopsNothing(t *testing.T) {
	w := newWorld(t, "kg")
	u, err := url.Parse(w.serve())
	if err != nil {
		t.Fatal(err)
	}
	for _, sent := range []string{"GET / HTTP/1.1\r\nbad header\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "GET /" + strings.Repeat("x", 20<<10) + " HTTP/1.1\r\n\r\n"} {
		c, err := net.Dial("tcp", "127.0.0.1:"+u.Port())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		if _, err := c.Write([]byte(sent)); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil || !strings.Contains(line, " 4") {
			t.Errorf("%.20q was answered with %q, %v", sent, line, err)
		}
		_ = c.Close()
	}
	b := w.browser()
	b.get("/")
	b.see(200)
}
