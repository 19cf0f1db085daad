package registry

import (
	"context"
	"slices"
	"strings"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// lists is what only the register of institutions knows of its lists: names in several languages,
// types, places of the territory, and which institution a row means that bears no code.
type lists struct {
	s     *Service
	words *locale.Bundle
}

// tongues tell in which language a file of a country is written.
func (l *lists) tongues(p *profile.Profile, on time.Time) *tongues {
	type of struct {
		words *locale.Bundle
		on    time.Time
	}
	return profile.Derive(p, of{l.words, on}, func() *tongues { return newTongues(p, l.words, on) })
}

// NewTransfer returns the imports and exports of institutions. Of cfg only what the service has
// not is looked at: jobs, files, words, formats, who is told.
func NewTransfer(s *Service, cfg transfer.Config) *transfer.Service {
	cfg.DB, cfg.Clock, cfg.Gate, cfg.Trail, cfg.Tree = s.db, s.clock, s.gate, s.trail, s.tree
	cfg.File, cfg.Screen = "institution.file", strings.TrimSuffix(institutions.screen, "/")
	return transfer.New(s.Records, &lists{s: s, words: cfg.Words}, cfg)
}

// Types are the types of institution by what a file may call them.
func (l *lists) Types(p *profile.Profile) map[string]string { return typeWords(p) }

// Propose gives columns of names to the languages that they are in. A name in the main language
// is the name.
func (l *lists) Propose(m *transfer.Matcher, cols []intake.Column, template bool) {
	if template {
		return
	}
	has := func(target string) bool {
		return slices.ContainsFunc(cols, func(c intake.Column) bool { return c.Target == target })
	}
	if has(intake.TargetName) && has(intake.TargetName+"."+m.P.Main()) {
		for k := range cols {
			if cols[k].Target == intake.TargetName {
				cols[k].Target = ""
			}
		}
	}
	t := l.tongues(m.P, m.On)
	t.nameColumns(m, cols)
	t.offers(m, cols)
}

// Fixed judges the type and the place that all rows are to share.
func (l *lists) Fixed(p *profile.Profile, on time.Time, target, said string) (own bool, wrong *intake.Fault) {
	switch target {
	case intake.TargetType:
		if intake.Meant(typeWords(p), said) == "" {
			key, args := unknownType(p, on, said)
			return true, &intake.Fault{Key: key, Args: args}
		}
		return true, nil
	case targetRegion, targetDistrict:
		return true, nil
	}
	return false, nil
}

// Means judges what words are said to mean as types and places.
func (l *lists) Means(ctx context.Context, m *transfer.Matcher, words []transfer.PlaceWord, bad *fault.Error) ([]transfer.PlaceWord, *fault.Error, error) {
	places, err := l.places(ctx)
	if err != nil {
		return nil, nil, err
	}
	words, bad = meantTypes(m, words, bad)
	fates := newFates(l.s.tree, m.On)
	for _, wrong := range places.mean(words) {
		if m.Listed(words[wrong.word]) != nil {
			continue
		}
		f := transfer.Fault{Key: wrong.at.key, Args: wrong.at.args}
		if wrong.at.place != nil { // said as in a row
			if f, _, err = fates.over(ctx, "", *wrong.at.place); err != nil {
				return nil, nil, err
			}
		}
		bad = bad.WithField(transfer.Answer(wrong.word), f.Key, f.Args)
	}
	return words, bad, nil
}

// Begin begins a pass through a file.
func (l *lists) Begin(ctx context.Context, j *transfer.Judge) (transfer.Pass, error) {
	places, err := l.places(ctx)
	if err != nil {
		return nil, err
	}
	territory, err := l.s.tree.Places(ctx)
	if err != nil {
		return nil, err
	}
	places.mean(j.Options.Places)
	places.inRegions(j.Answers)
	r := &rows{
		Judge: j, s: l.s, tongues: l.tongues(j.P, j.Today), types: typeWords(j.P), places: places, fates: newFates(l.s.tree, j.Today),
		known: newKnown(j.Last(), newLikeness(j.P, territory)), looks: map[uint64]int{}, likes: map[uint64]int{}, named: map[int64]int{},
	}
	r.typed, _ = typeAnswers(r.types, j.Options.Places)
	return r, nil
}

// Recode gives an institution another code, or none.
func (l *lists) Recode(ctx context.Context, h record.Head, code string) error {
	return l.s.tree.Recode(ctx, UnitOf(h), code)
}

// Entered is the unit below which an institution was entered.
func (l *lists) Entered(h record.Head) gate.Target {
	return gate.Target{Object: Institutions, Path: unit.Above(h.Path), Type: h.Type}
}

// Remove takes institutions away.
func (l *lists) Remove(ctx context.Context, _ *db.Tx, ids []int64) error {
	return l.s.tree.RemoveMany(ctx, ids)
}

// Touched are institutions that others go into or lie in, and those that got a name or a type of
// a later day.
func (l *lists) Touched(ctx context.Context, tx *db.Tx, ids, made []int64) (map[int64]bool, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT m.id FROM unnest($2::bigint[]) AS m(id) LEFT JOIN unit u ON u.tenant_id = $1 AND u.id = m.id
		WHERE EXISTS (SELECT 1 FROM unit_successor s WHERE s.tenant_id = $1 AND s.successor_id = m.id)
			OR EXISTS (SELECT 1 FROM unit_lies($1, m.id))
			OR m.id = ANY($3) AND (
				EXISTS (SELECT 1 FROM unit_name f WHERE f.tenant_id = $1 AND f.unit_id = m.id AND f.since > u.since)
				OR EXISTS (SELECT 1 FROM unit_type f WHERE f.tenant_id = $1 AND f.unit_id = m.id AND f.since > u.since))`,
		tx.Tenant(), ids, made)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	touched := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		touched[id] = true
	}
	return touched, rows.Err()
}
