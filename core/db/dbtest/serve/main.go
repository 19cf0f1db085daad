// Command serve runs a command with one PostgreSQL server in memory for all the
// test programs that it starts:
//
//	serve -- go test -race ./...
//
// The server ends with the command, or with serve, whichever is first.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"mektep/core/db/dbtest"
	"mektep/core/db/private"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return 2, errors.New("usage: serve -- command [argument …]")
	}
	server, err := private.Start(context.Background(), private.Options{InMemory: true})
	if err != nil {
		return 1, err
	}
	defer server.Stop()
	super := server.SuperDSN("postgres")
	if _, err := dbtest.Template(context.Background(), super); err != nil {
		return 1, err
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), dbtest.ServerVariable+"="+super)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go func() {
		for s := range signals {
			if s != os.Interrupt { // the terminal has sent that to the command as well
				_ = cmd.Process.Signal(s)
			}
		}
	}()
	err = cmd.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}
