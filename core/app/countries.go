package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"mektep/core/clock"
	"mektep/core/finding"
	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/tenant"
	"mektep/locales"
)

// countries are the profiles and policies that ministries run on. A country whose
// files do not pass every check there is has none: its ministries are closed until
// they do, the others run. What was in force stays so when newer files do not pass.
type countries struct {
	now    atomic.Pointer[reading]
	judged *Judged
	clock  *clock.Clock // for notes on calendars that end
}

// reading is what one reading of all files left in force; it never changes.
type reading struct {
	byID map[string]gate.Ministry
	laws []tenant.Law // of all countries by id; files that belong to none stand first
}

// Country returns the profile and policy of a country; false while it has none.
func (c *countries) Country(id string) (gate.Ministry, bool) {
	m, ok := c.now.Load().byID[id]
	return m, ok
}

// IDs returns the countries that are in force, sorted.
func (c *countries) IDs() []string { return slices.Sorted(maps.Keys(c.now.Load().byID)) }

// whyNot says why a country has no files in force: what is wrong with them, the first of
// it, or that there are none.
func (c *countries) whyNot(id string) error {
	const first = 5
	for _, l := range c.Laws() {
		if l.ID != id || len(l.Findings) == 0 {
			continue
		}
		found := l.Findings[:min(len(l.Findings), first)]
		more := ""
		if n := len(l.Findings) - len(found); n > 0 {
			more = fmt.Sprintf("\n… %d more", n)
		}
		return fmt.Errorf("the files of the country %q do not pass, so its ministries are closed:\n%s%s\n`mektep profile check` and `mektep policy check` say all of it", id, strings.Join(found, "\n"), more)
	}
	return fmt.Errorf("there is no profile %q", id)
}

// Laws says of every country which files are in force, or why they are not.
func (c *countries) Laws() []tenant.Law { return c.now.Load().laws }

// stamp names the profile and the policy in force on a country's profile, in short: the
// beginnings of the hashes that /version gives in full.
func (c *countries) stamp(id string) string {
	m, ok := c.Country(id)
	if !ok {
		return ""
	}
	return m.Profile.Hash[:12] + "." + m.Policy.Hash()[:12]
}

// stamp names by what a ministry is governed: its country's profile and policy, and the
// school years that it has published itself, where it has any.
func (a *App) stamp(ctx context.Context, country string) string {
	files := a.countries.stamp(country)
	if years := a.Calendar.Stamp(ctx); files != "" && years != "" {
		return files + "." + years
	}
	return files
}

// load reads all files anew, of all countries at once, and swaps what is in force.
// It returns the countries whose files changed hands: new in force, or in force anew.
// Of folders that do not answer nothing is taken, and everything stays as it was.
func (c *countries) load(f folders, words *locale.Bundle, more finding.List) (taken []string, err error) {
	before := c.now.Load()
	if before == nil {
		before = &reading{}
	}
	after := &reading{byID: map[string]gate.Ministry{}}
	profileFiles, policyFiles, localeFiles := f.strays()
	perCountry := map[string]finding.List{}
	ids := profile.IDs(f.profiles)
	var general finding.List
	for _, stray := range slices.Concat(profileFiles, policyFiles, localeFiles, more) {
		if id := countryOf(f, stray, ids); id != "" {
			perCountry[id] = append(perCountry[id], stray)
		} else {
			general = append(general, stray)
		}
	}
	if len(general) > 0 {
		after.laws = append(after.laws, tenant.Law{Findings: lines(general.Mistakes()), Notes: lines(general.Notes())})
	}
	for id := range before.byID {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	outcomes := make([]outcome, len(ids))
	var group sync.WaitGroup
	for i, id := range ids {
		group.Go(func() { outcomes[i] = c.read(c.judged.judge(f, id, ids), id, words, perCountry[id]) })
	}
	group.Wait()
	if err := f.silent(); err != nil {
		return nil, err
	}
	for i, id := range ids {
		law, m := outcomes[i].law, outcomes[i].ministry
		old, had := before.byID[id]
		switch {
		case law.InForce && had && old.Profile.Hash == m.Profile.Hash && old.Policy == m.Policy:
			m = old
		case law.InForce:
			taken = append(taken, id)
		case had:
			m, law.InForce, law.Kept = old, true, true
			law.Version, law.Profile, law.Policy = old.Profile.Version, old.Profile.Hash, old.Policy.Hash()
		}
		if law.InForce {
			after.byID[id] = m
		}
		after.laws = append(after.laws, law)
	}
	c.now.Store(after)
	return taken, nil
}

// countryOf returns the country in whose policy folder a stray file lies, "" for none.
func countryOf(f folders, stray finding.Finding, ids []string) string {
	rest, ok := strings.CutPrefix(stray.File, f.policies.OverName+"/")
	if id, _, inside := strings.Cut(rest, "/"); ok && inside && slices.Contains(ids, id) {
		return id
	}
	return ""
}

type outcome struct {
	law      tenant.Law
	ministry gate.Ministry
}

// read says what comes of a country's files, by every check that the command line has.
func (c *countries) read(v verdict, id string, words *locale.Bundle, strays finding.List) (o outcome) {
	o.law.ID = id
	if found := slices.Concat(strays, v.found).Once(); v.policy == nil || len(strays.Mistakes()) > 0 {
		o.law.Findings, o.law.Notes = lines(found.Mistakes()), lines(found.Notes())
		return o
	}
	p := v.p
	o.law.Notes = slices.Concat(
		lines(strays.Notes()),
		lines(slices.Concat(p.Notes, wordless(p, words), p.CalendarNotes(profile.DateOf(c.clock.Today(p.Zone))))),
		lines(append(v.e.Notes(), gate.Aimless(p, v.e)...)),
	)
	o.ministry = gate.Ministry{Profile: p, Policy: v.policy}
	o.law.InForce, o.law.Version, o.law.Profile, o.law.Policy = true, p.Version, p.Hash, v.policy.Hash()
	return o
}

// most bounds what the console and the log say of one country: whoever mends it runs
// the check, which says all.
const most = 20

func lines(found finding.List) (out []string) {
	for i, f := range found {
		if i == most {
			return append(out, fmt.Sprintf("… %d more", len(found)-most))
		}
		out = append(out, f.String())
	}
	return out
}

// readWords reads the language files. What is laid over them counts only if it passes
// locale check: else the built-in words stand, and the mistakes are returned.
func readWords(f folders, opts ...locale.Option) (*locale.Bundle, finding.List, error) {
	var found finding.List
	if f.locales.Over != nil {
		found = finding.List(locale.CheckOver(f.locales, nil))
		if len(found.Mistakes()) == 0 {
			b, err := locale.Load(locales.FS, f.locales.Over, opts...)
			if err == nil {
				return b, nil, nil // its notes come with the strays
			}
			found = append(found, finding.Finding{File: cmp.Or(f.locales.OverName, "."), Code: locale.CodeSyntax, Message: err.Error()})
		}
	}
	b, err := locale.Load(locales.FS, nil, opts...)
	if err != nil {
		return nil, found, fmt.Errorf("language files: %w", err)
	}
	return b, found.Mistakes(), nil
}

// wordsRead is what came of the language files at the last reading.
type wordsRead struct {
	files [sha256.Size]byte // of what is laid over them
	wrong finding.List
}

// spellOut has the program speak as the language files say, and returns what is wrong with those
// laid over: then it goes on as it did. Files that did not change are not read again.
func (a *App) spellOut(f folders) (finding.List, error) {
	none := func(string) bool { return false }
	before, unread := sumOf(none, f.locales)
	if unread == nil && before == a.spoken.files {
		return slices.Clone(a.spoken.wrong), nil
	}
	words, wrong, err := readWords(f, locale.Log(a.Log))
	if err := cmp.Or(err, f.silent()); err != nil {
		return nil, err
	}
	if a.Words == nil {
		a.Words = words
	} else if len(wrong) == 0 {
		a.Words.Replace(words)
	}
	a.spoken = wordsRead{}
	if after, err := sumOf(none, f.locales); unread == nil && err == nil && after == before {
		a.spoken = wordsRead{after, slices.Clone(wrong)}
	}
	return wrong, nil
}

// governed reads all three kinds of files and puts in force what passes.
func (a *App) governed(ctx context.Context, first bool) error {
	defer debug.SetGCPercent(debug.SetGCPercent(whileReading))
	f, err := a.Config.overlays().open(ctx)
	if err != nil {
		return err
	}
	wrong, err := a.spellOut(f)
	if err != nil {
		return err
	}
	strayWords := slices.DeleteFunc(wrong, func(x finding.Finding) bool { return x.Code == locale.CodeFile }) // told with the strays
	taken, err := a.countries.load(f, a.Words, strayWords)
	if err != nil {
		return err
	}
	for _, l := range a.countries.Laws() {
		a.tell(l, first || slices.Contains(taken, l.ID))
	}
	return nil
}

// tell writes down what came of the files of a country.
func (a *App) tell(l tenant.Law, changed bool) {
	log := a.Log.With("country", l.ID)
	for _, note := range l.Notes {
		log.Warn("a note on the files of a country", "note", note)
	}
	switch {
	case l.ID == "":
		log.Error("files that are not in force", "findings", l.Findings)
	case l.Kept:
		log.Error("the files of a country do not pass: what was in force stays so", "findings", l.Findings)
	case !l.InForce:
		log.Error("the files of a country do not pass: its ministries are closed", "findings", l.Findings)
	case changed:
		log.Info("in force", "version", l.Version, "profile", l.Profile, "policy", l.Policy)
	}
}
