// Command bench measures speed and memory, and prints one Markdown table:
//
//	make bench BENCH_ARGS="[--write FILE] [--only pages,decisions,import,idle]"
//	make bench BENCH_ARGS="--only standby [--write FILE]"
//
// What it measures is the program that people run, started from a build of its
// own against the PostgreSQL that serve holds in memory. Beside every figure that
// depends on the machine stands its floor, measured in the same run: a bare fiber
// handler for pages, a stock enforcer for decisions, COPY for imports. Ratios
// carry over to other machines, figures don't.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// section is one part of the report. Those before it may have failed.
type section struct {
	name string
	run  func(ctx context.Context, r *report) error
	// apart: on the disk, by killing servers; runs only when it is named, and its
	// figures stand below a heading of their own.
	apart string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == floorCommand {
		exitOn(serveFloor(os.Args[2:]))
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exitOn(run(ctx))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var o options
	write := flag.String("write", "", "file to write the report into as well, e.g. deploy/BENCHMARKS.md")
	only := flag.String("only", "", "sections to run, separated by commas; all when empty")
	flag.IntVar(&o.rows, "rows", 76_000, "institutions")
	flag.IntVar(&o.callers, "callers", 8, "callers at the same time")
	flag.DurationVar(&o.round, "round", 5*time.Second, "length of one round of requests; the floor and the product take turns")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds; the median counts")
	flag.StringVar(&o.xlsx, "xlsx", "also", "import of an XLSX beside the CSV: also, or never")
	flag.Parse()

	b, err := newBuild(ctx)
	if err != nil {
		return err
	}
	defer b.remove()
	r := &report{started: now(), machine: machine(ctx, b)}
	sections := []section{
		{"pages", func(ctx context.Context, r *report) error { return pages(ctx, b, o, r) }, ""},
		{"decisions", func(_ context.Context, r *report) error { return decisions(b, r) }, ""},
		{"import", func(ctx context.Context, r *report) error { return imports(ctx, b, o, r) }, ""},
		{"idle", func(ctx context.Context, r *report) error { return idle(ctx, b, r) }, ""},
		{"standby", func(ctx context.Context, r *report) error { return standby(ctx, b, o, r) }, "Standby"},
	}
	var errs []error
	for _, s := range sections {
		if (*only != "" || s.apart != "") && !slices.Contains(strings.Split(*only, ","), s.name) {
			continue
		}
		if s.apart != "" && s.name == *only {
			r.heading, r.command = s.apart, fmt.Sprintf("--only %s --rounds %d ", s.name, o.rounds)
		}
		fmt.Fprintln(os.Stderr, "measuring", s.name)
		if err := s.run(ctx, r); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	fmt.Print(r.markdown())
	if *write != "" && len(errs) == 0 && (*only == "" || r.heading != "") {
		errs = append(errs, r.save(*write))
	}
	return errors.Join(errs...)
}

// options are what a run may vary.
type options struct {
	rows, callers, rounds int
	round                 time.Duration
	xlsx                  string
}

func now() time.Time { return time.Now() }
