package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/identity/door"
)

// figures are what a monitor would be told, by name and labels.
func (s *site) figures() map[string]float64 {
	s.t.Helper()
	families, err := s.watch.registry.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := []string{}
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			out[f.GetName()+"{"+strings.Join(labels, ",")+"}"] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return out
}

// What pages at night stands in /metrics, and moves when it happens.
func TestAMonitorSeesPoolsQueueSealsLettersAndRefusedSignIns(t *testing.T) {
	s := newStillSite(t)
	kg, err := s.Tenants.BySlug(t.Context(), "kg")
	if err != nil {
		t.Fatal(err)
	}
	ctx := caller.With(context.Background(), caller.System(kg.Tenant, "test", "r"))
	// What other tests of the same server have at work holds a seal back for a while.
	s.until("the trail is sealed", func() bool {
		if _, err := s.Trail.Seal(ctx); err != nil {
			t.Fatal(err)
		}
		since, err := s.Trail.Unsealed(ctx)
		return err == nil && since.IsZero()
	})
	before := s.figures()
	for name, want := range map[string]float64{
		"mektep_schema_matches{}":                           1,
		"mektep_figures_complete{}":                         1,
		"mektep_audit_unsealed_seconds{ministry=kg}":        0,
		"mektep_letters{ministry=tr,state=failed}":          0,
		"mektep_db_connections{placement=main,state=most}":  8,
		"mektep_db_connections{placement=queue,state=most}": 6,
	} {
		if got, is := before[name]; !is || got != want {
			t.Errorf("%s is %v (%v), not %v", name, got, is, want)
		}
	}

	err = s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Trail.Record(ctx, tx, audit.Entry{Action: "view", Object: "audit"}); err != nil {
			return err
		}
		_, err := s.Jobs.Enqueue(ctx, tx, jobForgotten, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stranger := caller.With(context.Background(), &caller.Caller{Tenant: kg.Tenant})
	if _, err := s.People.Door.SignIn(stranger, door.Attempt{Login: "special", Password: "wrong"}); err == nil {
		t.Fatal("a wrong password was taken")
	}
	s.Clock.Set(s.Clock.Now().Add(time.Hour))
	after := s.figures()
	const queued, oldest = "mektep_job_runs{ministry=kg,state=queued}", "mektep_job_oldest_seconds{ministry=kg}"
	if after[queued] != before[queued]+1 || after[oldest] < 3600 {
		t.Errorf("a run waits for an hour: %v queued (%v before), the oldest %v s old", after[queued], before[queued], after[oldest])
	}
	if after["mektep_audit_unsealed_seconds{ministry=kg}"] < 3600 {
		t.Errorf("an entry waits an hour for its seal, and nothing shows it")
	}
	if after["mektep_sign_ins_refused_total{door=ministry,why=wrong}"] != 1 {
		t.Error("a refused sign-in is not counted")
	}
}

// Numbers are for the machine's own monitor; a proxy on the same machine asks for others.
func TestNumbersAreNotPassedOn(t *testing.T) {
	s := newSite(t)
	who := s.stranger("kg")
	if a := who.send("GET", "/metrics", "", "", nil); a.status != 200 || !strings.Contains(string(a.body), "mektep_build_info") {
		t.Errorf("the machine's own monitor: %d", a.status)
	}
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto"} {
		if a := who.send("GET", "/metrics", "", "", map[string]string{header: "for=212.42.100.7"}); a.status != 404 {
			t.Errorf("%s: %d", header, a.status)
		}
	}
}
