package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// load asks one server for the same kind of thing over and over.
type load struct {
	addr, host string
	header     map[string]string
	paths      []string
	client     *fasthttp.HostClient
	turn       atomic.Int64
}

func newLoad(p *process, host string, header map[string]string, paths []string, callers int) *load {
	return &load{
		addr: p.addr, host: host, header: header, paths: paths,
		client: &fasthttp.HostClient{
			Addr: p.addr, MaxConns: callers, ReadTimeout: time.Minute, MaxResponseBodySize: 64 << 20,
			Dial: fasthttp.Dial,
		},
	}
}

// round lets callers ask for a while and returns answers a second. Anything but
// 200 ends it: a server that refuses is fast.
func (l *load) round(callers int, length time.Duration) (float64, error) {
	var wg sync.WaitGroup
	var answers atomic.Int64
	failed := make(chan error, callers)
	begun := now()
	for range callers {
		wg.Go(func() {
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			req.UseHostHeader = true
			for k, v := range l.header {
				req.Header.Set(k, v)
			}
			for now().Sub(begun) < length {
				path := l.paths[int(l.turn.Add(1))%len(l.paths)]
				req.SetRequestURI("http://" + l.addr + path)
				req.Header.SetHost(l.host)
				if err := l.client.Do(req, resp); err != nil {
					failed <- err
					return
				}
				if resp.StatusCode() != fasthttp.StatusOK {
					failed <- fmt.Errorf("%s answered %d: %.300s", path, resp.StatusCode(), resp.Body())
					return
				}
				answers.Add(1)
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return float64(answers.Load()) / now().Sub(begun).Seconds(), nil
	}
}

// alone measures what has no floor: the median of the rounds.
func alone(l *load, o options) (float64, error) {
	if _, err := l.round(o.callers, min(2*time.Second, o.round)); err != nil {
		return 0, err
	}
	var counts []float64
	for range o.rounds {
		n, err := l.round(o.callers, o.round)
		if err != nil {
			return 0, err
		}
		counts = append(counts, n)
	}
	return median(counts), nil
}

// compare measures two servers in turns and returns the median of each and of
// the ratios, so that what else the machine does meets both.
func compare(product, floor *load, o options) (got, bare float64, err error) {
	for _, l := range []*load{product, floor} { // connections, plans, caches
		if _, err := l.round(o.callers, min(2*time.Second, o.round)); err != nil {
			return 0, 0, err
		}
	}
	var fast, ratios []float64
	for range o.rounds {
		p, err := product.round(o.callers, o.round)
		if err != nil {
			return 0, 0, err
		}
		f, err := floor.round(o.callers, o.round)
		if err != nil {
			return 0, 0, err
		}
		fast, ratios = append(fast, f), append(ratios, p/f)
	}
	bare = median(fast)
	return bare * median(ratios), bare, nil
}
