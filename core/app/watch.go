package app

import (
	"context"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"mektep/core/caller"
)

// watchMost is how long one look at the figures may take: a monitor asks every few
// seconds, and a database that is slow must not be asked more for it.
const watchMost = 2 * time.Second

// watch counts for Prometheus what this process does, and looks at what pages at
// night whenever it is asked: pools, queue, seals, letters.
type watch struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	runs     *prometheus.CounterVec
	refused  *prometheus.CounterVec
}

func newWatch() *watch {
	w := &watch{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mektep_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"ministry", "method", "route", "status"}),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mektep_job_runs_total", Help: "Runs that ended in this process, by how: done, failed, cancelled.",
		}, []string{"kind", "state"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mektep_sign_ins_refused_total", Help: "Refused sign-ins of this process: wrong or unknown, blocked, to be slowed down.",
		}, []string{"door", "why"}),
	}
	w.registry.MustRegister(w.requests, w.runs, w.refused, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return w
}

func (w *watch) seen(ministry, route, method string, status int, took time.Duration) {
	w.requests.WithLabelValues(ministry, method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// figures are read when a monitor asks. Each is of the whole installation, so that it
// does not matter which of several processes is asked.
type figures struct{ app *App }

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mektep_"+name, help, labels, nil)
}

var (
	buildInfo   = described("build_info", "1; the program's version.", "version", "go")
	schemaKnown = described("schema_matches", "1 while the database has this program's schema.")
	connections = described("db_connections", "Connections of this process, by placement (queue: the job queue's own).", "placement", "state")
	poolWaits   = described("db_waits_total", "How often a connection had to be waited for.", "placement")
	poolWaited  = described("db_wait_seconds_total", "How long connections were waited for.", "placement")
	queueLength = described("job_runs", "Runs that are not over.", "ministry", "state")
	queueOldest = described("job_oldest_seconds", "Age of the oldest run that nobody has begun.", "ministry")
	unsealed    = described("audit_unsealed_seconds", "Age of the oldest entry of the trail that no block seals yet; 0: all are sealed.", "ministry")
	letters     = described("letters", "Letters that wait, that the mail server refused, or that it did not take in a day.", "ministry", "state")
	letterAge   = described("letter_oldest_seconds", "Age of the oldest letter that waits.", "ministry")
	complete    = described("figures_complete", "1 when the database answered for every figure.")
)

// Describe describes nothing: which ministries there are is known only when asked.
func (figures) Describe(chan<- *prometheus.Desc) {}

// Collect reads the figures.
func (f figures) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	a := f.app
	gauge(buildInfo, 1, Version, runtime.Version())
	for name, s := range a.DB.Stats() {
		if name == "" {
			name = "main"
		}
		gauge(connections, float64(s.AcquiredConns()), name, "in_use")
		gauge(connections, float64(s.IdleConns()), name, "idle")
		gauge(connections, float64(s.MaxConns()), name, "most")
		out <- prometheus.MustNewConstMetric(poolWaits, prometheus.CounterValue, float64(s.EmptyAcquireCount()), name)
		out <- prometheus.MustNewConstMetric(poolWaited, prometheus.CounterValue, s.EmptyAcquireWaitTime().Seconds(), name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), watchMost)
	defer cancel()
	if a.schema(ctx) == nil {
		gauge(schemaKnown, 1)
	} else {
		gauge(schemaKnown, 0)
	}
	if err := f.ministries(ctx, gauge); err != nil {
		a.Log.WarnContext(ctx, "the figures are not complete", "error", err)
		gauge(complete, 0)
		return
	}
	gauge(complete, 1)
}

// ministries reads what each ministry's rows say.
func (f figures) ministries(ctx context.Context, gauge func(d *prometheus.Desc, v float64, labels ...string)) error {
	a := f.app
	all, err := a.Tenants.All(ctx)
	if err != nil {
		return err
	}
	age := func(at time.Time) float64 {
		if at.IsZero() {
			return 0
		}
		return max(0, a.Clock.Now().Sub(at).Seconds())
	}
	for _, m := range all {
		ctx := caller.With(ctx, &caller.Caller{Tenant: m.Tenant, System: "watch"})
		open, oldest, err := a.Jobs.Open(ctx)
		if err != nil {
			return err
		}
		for state, n := range open {
			gauge(queueLength, float64(n), m.Slug, string(state))
		}
		gauge(queueOldest, age(oldest), m.Slug)
		since, err := a.Trail.Unsealed(ctx)
		if err != nil {
			return err
		}
		gauge(unsealed, age(since), m.Slug)
		box, err := a.Notify.Outbox(ctx)
		if err != nil {
			return err
		}
		gauge(letters, float64(box.Waiting), m.Slug, "waiting")
		gauge(letters, float64(box.Refused), m.Slug, "refused")
		gauge(letters, float64(box.Failed), m.Slug, "failed")
		gauge(letterAge, age(box.Oldest), m.Slug)
	}
	return nil
}
