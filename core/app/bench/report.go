package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// report is the table that a run fills.
type report struct {
	started time.Time
	heading string // of a part that stands apart; empty: the whole file's
	command string // what it was run with besides --write
	machine string
	lines   []line
	notes   []string
}

// line is one row of the table. Without a floor it stands for itself, without a
// target it is only reported.
type line struct {
	what, got, floor, ratio, target string
	missed                          bool
}

func (r *report) add(l line) { r.lines = append(r.lines, l) }

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// atLeast adds a figure that must reach a share of its floor.
func (r *report) atLeast(what string, got, floor, least float64, unit string) {
	r.add(line{
		what, number(got) + " " + unit, number(floor) + " " + unit, fmt.Sprintf("%.2f", got/floor),
		fmt.Sprintf("≥ %.2f", least), got/floor < least,
	})
}

// atMost adds a figure that must stay below a bound.
func (r *report) atMost(what string, got, most float64, unit string) {
	r.add(line{what: what, got: number(got) + " " + unit, target: "≤ " + number(most) + " " + unit, missed: got > most})
}

// times adds a duration that may be so many times its floor; most 0: reported only.
func (r *report) times(what string, got, floor time.Duration, most float64) {
	ratio := got.Seconds() / floor.Seconds()
	l := line{what: what, got: number(got.Seconds()) + " s", floor: number(floor.Seconds()) + " s", ratio: fmt.Sprintf("%.2f", ratio)}
	if most > 0 {
		l.target, l.missed = fmt.Sprintf("≤ %.0f ×", most), ratio > most
	}
	r.add(l)
}

// rate adds a rate that must not fall below a bound.
func (r *report) rate(what string, got, least float64, unit string) {
	r.add(line{what: what, got: number(got) + " " + unit, target: "≥ " + number(least) + " " + unit, missed: got < least})
}

// figure adds a figure that is only reported.
func (r *report) figure(what string, got float64, unit string) {
	r.add(line{what: what, got: number(got) + " " + unit})
}

// number writes three significant digits, more of whole numbers.
func number(x float64) string {
	switch a := math.Abs(x); {
	case a >= 100:
		return fmt.Sprintf("%.0f", x)
	case a >= 10:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.2f", x)
	}
}

func (r *report) markdown() string {
	var b strings.Builder
	title, where := "# Benchmarks", "Load, server, floor and PostgreSQL (in memory, without waiting for the disk) share the machine, so ratios mean more than figures."
	if r.heading != "" {
		title, where = "## "+r.heading, "PostgreSQL lies on the disk and waits for it."
	}
	fmt.Fprintf(&b, "%s\n\nWritten by `make bench BENCH_ARGS='%s--write deploy/BENCHMARKS.md'`", title, r.command)
	fmt.Fprintf(&b, " on %s in one run of %s.\n%s\n\n", r.started.UTC().Format("2006-01-02"), now().Sub(r.started).Round(time.Second), r.machine)
	b.WriteString(where + "\n\n")
	b.WriteString("| What | Measured | Floor in the same run | Ratio | Target | |\n|---|--:|--:|--:|--:|---|\n")
	for _, l := range r.lines {
		verdict := ""
		if l.target != "" {
			verdict = "met"
		}
		if l.missed {
			verdict = "**missed**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", l.what, l.got, l.floor, l.ratio, l.target, verdict)
	}
	if len(r.notes) > 0 {
		b.WriteString("\n")
		for _, n := range r.notes {
			b.WriteString("- " + n + "\n")
		}
	}
	return b.String()
}

// save writes the report in place of what the file holds of the same part; parts with
// other headings stay.
func (r *report) save(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte(merge(string(raw), r.heading, r.markdown())), 0o644) //nolint:gosec // it is to be read
}

// merge puts a part in place of the one with the same heading, or at the end.
func merge(file, heading, text string) string {
	parts := strings.Split("\n"+file, "\n## ")
	if heading == "" {
		parts[0] = "\n" + text
	} else {
		text = strings.TrimPrefix(text, "## ")
		at := slices.IndexFunc(parts[1:], func(p string) bool { return strings.HasPrefix(p, heading+"\n") }) + 1
		if at == 0 {
			at, parts = len(parts), append(parts, "")
		}
		parts[at] = text
	}
	for i := range parts {
		parts[i] = strings.TrimRight(parts[i], "\n") + "\n"
	}
	return strings.TrimPrefix(strings.Join(parts, "\n## "), "\n")
}

func machine(ctx context.Context, b *build) string {
	postgres := "?"
	if conn, err := pgx.Connect(ctx, b.super); err == nil {
		_ = conn.QueryRow(ctx, "SHOW server_version").Scan(&postgres)
		_ = conn.Close(ctx)
	}
	cpu := ""
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for l := range strings.Lines(string(raw)) {
			if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = " (" + strings.TrimSpace(value) + ")"
				break
			}
		}
	}
	commit := "unknown"
	if out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output(); err == nil {
		commit = strings.TrimSpace(string(out))
	}
	postgres, _, _ = strings.Cut(postgres, " ")
	return fmt.Sprintf("Machine: %d cores%s; %s; PostgreSQL %s; commit %s.", runtime.NumCPU(), cpu, runtime.Version(), postgres, commit)
}

func median(of []float64) float64 {
	s := slices.Sorted(slices.Values(of))
	if len(s) == 0 {
		return math.NaN()
	}
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}
