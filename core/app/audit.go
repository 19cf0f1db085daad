package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
)

// AuditVerify proves the audit trail of ministries and prints what it found. When
// none is named it proves them all, and the record of what operators did. Beside the
// heads that the service has written down, the chains must lead to those in the files
// of headFiles, as AuditHead prints them.
func (a *App) AuditVerify(ctx context.Context, slugs, headFiles []string, out io.Writer) error {
	given, err := readFiles(headFiles)
	if err != nil {
		return err
	}
	all, err := a.Tenants.All(ctx)
	if err != nil {
		return err
	}
	p := proof{out: out}
	for _, m := range all {
		if len(slugs) > 0 && !slices.Contains(slugs, m.Slug) {
			continue
		}
		p.seen = append(p.seen, m.Slug)
		heads, err := audit.ReadHeads(bytes.NewReader(given), m.Slug)
		if err != nil {
			return err
		}
		r, err := a.verifyOne(systemIn(ctx, m.Tenant, "audit"), heads)
		if err != nil { // the others are proved all the same
			p.missing = append(p.missing, fmt.Errorf("%s: %w", m.Slug, err))
			fmt.Fprintf(p.out, "%s: NOT PROVED: %s\n", m.Slug, db.Discreet(err))
			continue
		}
		p.tell(m.Slug, r)
	}
	if len(slugs) > 0 {
		for _, s := range slugs {
			if !slices.Contains(p.seen, s) {
				return fmt.Errorf("no such ministry: %s", s)
			}
		}
		return p.verdict()
	}
	if err := a.verifyOperators(ctx, given, &p); err != nil {
		return err
	}
	return p.verdict()
}

func (a *App) verifyOne(ctx context.Context, heads []audit.Head) (audit.Report, error) {
	if _, err := a.Trail.Seal(ctx); err != nil {
		return audit.Report{}, err
	}
	return a.Trail.Verify(ctx, heads...)
}

// verifyOperators proves what operators did, and that no ministry whose head was
// written down is gone.
func (a *App) verifyOperators(ctx context.Context, given []byte, p *proof) error {
	heads, err := audit.ReadHeads(bytes.NewReader(given), audit.Operators)
	if err != nil {
		return err
	}
	if _, err := a.Trail.SealOperators(a.command(ctx)); err != nil {
		return err
	}
	r, err := a.Trail.VerifyOperators(a.command(ctx), heads...)
	if err != nil {
		return err
	}
	p.tell("operators", r)
	known, err := a.Trail.Whose(ctx)
	if err != nil {
		return err
	}
	for _, slug := range known {
		if !slices.Contains(p.seen, slug) {
			p.broken = true
			fmt.Fprintf(p.out, "%s: the whole ministry is gone: heads of its trail were written down\n", slug)
		}
	}
	return nil
}

// proof prints what verifications saw.
type proof struct {
	out     io.Writer
	seen    []string
	broken  bool
	missing []error // ministries that could not be reached
}

func (p *proof) tell(whose string, r audit.Report) {
	switch {
	case !r.OK():
		p.broken = true
		fmt.Fprintf(p.out, "%s: %s\n", whose, r.Finding)
	case r.Kept.Heads == 0:
		fmt.Fprintf(p.out, "%s: %d entries in %d blocks hold\n%s: WARNING: no head of this trail was written down outside the database, so its end may have been cut off unnoticed\n",
			whose, r.Entries, r.Blocks, whose)
	default:
		fmt.Fprintf(p.out, "%s: %d entries in %d blocks hold, and lead to %d heads written down until %s\n",
			whose, r.Entries, r.Blocks, r.Kept.Heads, r.Kept.Latest.Format(time.RFC3339))
	}
	if r.Open > 0 {
		fmt.Fprintf(p.out, "%s: %d acts were begun, and their end is not known yet\n", whose, r.Open)
	}
}

func (p *proof) verdict() error {
	if p.broken {
		return ErrFindings
	}
	return errors.Join(p.missing...)
}

func readFiles(paths []string) ([]byte, error) {
	var all []byte
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all = append(append(all, bytes.TrimRight(raw, "\n")...), '\n')
	}
	return all, nil
}

// AuditHead seals and prints the heads of ministries, of all and of the operators when
// none is named, one line of JSON each: to be kept where the database's owner cannot
// reach them.
func (a *App) AuditHead(ctx context.Context, slugs []string, out io.Writer) error {
	heads, missing := a.Trail.AllHeads(a.command(ctx), a.everyTenant)
	enc := json.NewEncoder(out)
	for _, h := range heads {
		if len(slugs) > 0 && !slices.Contains(slugs, strings.TrimPrefix(h.Tenant, "*")) {
			continue
		}
		if err := enc.Encode(h); err != nil {
			return err
		}
	}
	return missing
}
