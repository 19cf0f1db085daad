package screen

import (
	"mektep/core/edge"
	"mektep/core/fault"
)

// asking leads to the request whoever has just made one, on whichever screen: what was to
// be done waits for somebody else's word.
func (q *Request) asking(err error) error {
	if f := fault.From(err); f != nil && f.Kind == fault.Accepted {
		return q.See(f.Next.URL, edge.Flash{Good: true, Key: f.Key, Args: f.Args})
	}
	return err
}
