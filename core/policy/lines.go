package policy

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// DecideLines reads requests, "role,object,action,scope" a line, and answers
// "allow" or "deny" a line. Words are taken as they stand, spaces included, so
// that the answers can be compared with any enforcer's. It stops at the first
// line that is not a request, with an error that names it; what stood before it
// is answered.
func (s *Snapshot) DecideLines(r io.Reader, w io.Writer) error {
	in, out := bufio.NewScanner(r), bufio.NewWriter(w)
	for n := 1; in.Scan(); n++ {
		cells := strings.Split(strings.TrimSuffix(in.Text(), "\r"), ",")
		if len(cells) != 4 {
			return flushed(out, fmt.Errorf("line %d: has %d columns, must have 4: role,object,action,scope", n, len(cells)))
		}
		answer := "deny\n"
		if s.Decide(cells[0], cells[1], cells[2], cells[3]).Allow {
			answer = "allow\n"
		}
		if _, err := out.WriteString(answer); err != nil {
			return fmt.Errorf("write the answer to line %d: %w", n, err)
		}
	}
	if err := in.Err(); err != nil {
		return flushed(out, fmt.Errorf("read the requests: %w", err))
	}
	return flushed(out, nil)
}

// flushed sends what was written and returns err, or what went wrong in sending.
func flushed(out *bufio.Writer, err error) error {
	if flush := out.Flush(); err == nil && flush != nil {
		return fmt.Errorf("write the answers: %w", flush)
	}
	return err
}
