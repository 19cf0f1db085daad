package edge_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"mektep/core/edge"
)

// What somebody sent whose line broke before its end is nobody else's: whoever comes next and
// is refused before anything of theirs was read hears nothing of it.
func TestWhatBrokeOffIsAnsweredToNobodyElse(t *testing.T) {
	at := strings.TrimPrefix(served(t, behind(edge.Config{Timeout: time.Second, BodyLimit: 3 << 20})), "http://")
	send := func(text string) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", at)
		if err == nil {
			_, err = io.WriteString(c, text)
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const head = "POST /secret HTTP/1.1\r\nHost: one.example\r\nReferer: http://one.example/people?words=SECRET\r\nCookie: id=SECRET\r\nTransfer-Encoding: chunked\r\n\r\n"
	for _, said := range []string{"", "GET / HT", "POST /x HTTP/1.1\r\nHost: two.example\r\nContent-Length: 999999\r\n\r\n" + strings.Repeat("x", 64<<10), "POST /x HTTP/1.1\r\nHost: two.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"} {
		const many = 8
		for range many {
			if err := send(head + "5\r\nabcde\r\n").Close(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(100 * time.Millisecond) //nolint:forbidigo // until the server has seen that they are gone
		var waiting []net.Conn
		for range many {
			waiting = append(waiting, send(said))
		}
		for _, c := range waiting {
			answer, err := io.ReadAll(c)
			if err != nil && len(answer) == 0 {
				t.Errorf("%.20q: no answer: %v", said, err)
			}
			if text := string(answer); strings.Contains(text, "SECRET") || strings.Contains(text, "one.example") || !strings.HasPrefix(text, "HTTP/1.1 503") && !strings.HasPrefix(text, "HTTP/1.1 413") {
				t.Errorf("%.20q is answered %.300s", said, text)
			}
			_ = c.Close()
		}
	}
}

// The head of what is too long and does not say so beforehand is its own, whoever was before.
func TestWhatIsTooLongIsAnsweredToWhoSentIt(t *testing.T) {
	at := strings.TrimPrefix(served(t, behind(edge.Config{Timeout: time.Second, BodyLimit: 3 << 20})), "http://")
	for n := range 4 {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 2<<20, strings.Repeat("x", 2<<20))
		go func() {
			_, _ = fmt.Fprintf(c, "POST /x HTTP/1.1\r\nHost: one.example\r\nReferer: of-%d\r\nTransfer-Encoding: chunked\r\n\r\n%s", n, chunk)
		}()
		if answer, _ := io.ReadAll(c); !strings.HasPrefix(string(answer), "HTTP/1.1 413") || !strings.HasSuffix(string(answer), fmt.Sprintf("noof-%d", n)) {
			t.Errorf("answered %.300s", answer)
		}
		_ = c.Close()
	}
}

// What can't be read is answered too: a line that is cut while its head or what follows it
// is still on the way would show a browser an error of its own in place of the answer.
func TestWhatHasTooLongAHeadReadsItsAnswer(t *testing.T) {
	at := strings.TrimPrefix(served(t, behind(edge.Config{})), "http://")
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // only read
	pieces := []string{"POST /x HTTP/1.1\r\nHost: one.example\r\nUser-Agent: " + strings.Repeat("x", 17<<10), strings.Repeat("x", 4<<10), "\r\nContent-Length: 4\r\n\r\n", "body"}
	for _, piece := range pieces {
		if _, err := c.Write([]byte(piece)); err != nil {
			t.Fatalf("the line was cut: %v", err)
		}
		time.Sleep(50 * time.Millisecond) // a slow line
	}
	if answer, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 431") {
		t.Errorf("answered %.300s, %v", answer, err)
	}
}
