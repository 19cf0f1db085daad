package institutions

import (
	"mektep/core/web/screen"
)

// print is the passport on paper, with a line to sign on.
func (s *screens) print(q *screen.Request) error {
	p, err := s.open(q)
	if err != nil {
		return err
	}
	return q.Page(paper(q, p))
}
