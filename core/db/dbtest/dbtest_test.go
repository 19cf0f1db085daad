package dbtest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func databases(t *testing.T) string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dbtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var names string
	if err := conn.QueryRow(context.Background(), "SELECT string_agg(datname, ' ') FROM pg_database").Scan(&names); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestEveryTestHasADatabaseOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	t.Run("some tests", func(t *testing.T) {
		for range 4 {
			d := dbtest.New(t)
			ctx := dbtest.Tenant(t, d, "one", "xx")
			if id := db.TenantOf(ctx); id != 1 {
				t.Errorf("the first ministry is %d", id)
			}
			var name string
			if err := dbtest.Owner(t, d).QueryRow(ctx, "SELECT current_database()::text").Scan(&name); err != nil || seen[name] {
				t.Errorf("database %s: %v", name, err)
			}
			seen[name] = true
		}
	})
	left := databases(t)
	for name := range seen {
		if strings.Contains(left, name) {
			t.Errorf("%s is left", name)
		}
	}
}

func TestAsKeepsTheMinistry(t *testing.T) {
	ctx := dbtest.Tenant(t, dbtest.New(t), "one", "xx")
	c := caller.From(dbtest.As(ctx, caller.Caller{Account: 5}))
	if c.Account != 5 || c.Tenant.Slug != "one" {
		t.Errorf("%+v", c)
	}
	if c := caller.From(dbtest.As(ctx, caller.Caller{Operator: true})); c.Tenant.ID != 0 {
		t.Errorf("an operator acts in a ministry: %+v", c)
	}
}

// The wrapper gives one server to everything it starts, passes the result on and
// leaves nothing.
func TestServe(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	program := t.TempDir() + "/serve"
	if out, err := exec.Command("go", "build", "-o", program, "./serve").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(script string) (string, int) {
		cmd := exec.Command(program, "--", "sh", "-c", script)
		cmd.Env = append(os.Environ(), dbtest.ServerVariable+"=")
		out, err := cmd.CombinedOutput()
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			return string(out), exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out)), 0
	}
	dsn, code := run("echo $" + dbtest.ServerVariable)
	if code != 0 || !strings.HasPrefix(dsn, "postgres://mektep_super@") {
		t.Fatalf("%d: %s", code, dsn)
	}
	if conn, err := pgx.Connect(context.Background(), dsn); err == nil {
		_ = conn.Close(context.Background())
		t.Error("the server is left")
	}
	if _, code := run("exit 7"); code != 7 {
		t.Errorf("exit code %d", code)
	}
}
