package app

import (
	"context"
	"strings"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/notify"
)

// postman is woken when a letter to an operator has been written: they stand outside
// every ministry, whose jobs carry the other letters.
type postman chan struct{}

func (p postman) wake() {
	select {
	case p <- struct{}{}:
	default: // awake already
	}
}

// again is how often letters that wait are looked at: no later than this after it is due
// is one tried again.
const again = 30 * time.Second

// writeToOperators delivers the platform's own letters until ctx ends: those just
// written, also by a command in another process, and those to be tried again.
func (a *App) writeToOperators(ctx context.Context) {
	round := time.NewTicker(again)
	defer round.Stop()
	for {
		if err := a.Notify.Drain(ctx); err != nil && ctx.Err() == nil {
			a.Log.Warn("letters to operators wait", "error", db.Discreet(err))
		}
		if err := a.Notify.Forget(ctx); err != nil && ctx.Err() == nil {
			a.Log.Warn("old letters to operators could not be removed", "error", db.Discreet(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-a.post:
		case <-round.C:
		}
	}
}

// head is what the letters of the ministry that acts in ctx say of who sends them: its
// name, its address, and who helps in its country.
func (a *App) head(ctx context.Context, language string) notify.Head {
	h := notify.Head{Name: "Mektep", Address: a.link(ctx, "")}
	c := caller.From(ctx)
	if c == nil || c.Tenant.ID == 0 {
		return h
	}
	m, err := a.Tenants.ByID(ctx, c.Tenant.ID)
	if err != nil {
		return h
	}
	l := a.Words.Localizer(language)
	h.Name = l.Text(m.Name)
	country, err := a.Tenants.Country(ctx)
	if err != nil {
		return h
	}
	help := country.Profile.Contact("support")
	if help == nil {
		return h
	}
	h.ReplyTo = help.Email
	parts := []string{l.Text(help.Name)}
	for _, s := range []string{help.Phone, help.Email, l.Text(help.Hours)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	h.Help = strings.Join(parts, ", ")
	return h
}
