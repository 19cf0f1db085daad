package core

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// forbidden is what no code outside core/db may hold: the wall stands on a
// setting that SQL could change, and on connections that nobody else opens.
var forbidden = map[string]*regexp.Regexp{
	"names the ministry's setting":     regexp.MustCompile(`(?i)set_config|mektep\.tenant\b`),
	"opens connections of its own":     regexp.MustCompile(`\bpgxpool\.(New|ParseConfig)|\bpgx\.Connect|\bpgconn\.Connect|\bsql\.Open|\bgorm\.Open|\bstdlib\.`),
	"makes a setting of the session":   regexp.MustCompile(`(?i)["` + "`" + `;]\s*set\s+(session\s+|role\b|row_security)|\bset\s+session\s+authorization`),
	"leaves a cursor on a connection":  regexp.MustCompile(`(?i)\bwith\s+hold\b`),
	"leaves a lock on a connection":    regexp.MustCompile(`(?i)\bpg_(try_)?advisory_lock`),
	"ends the unit's transaction":      regexp.MustCompile(`\b(Exec|Queue|Raw)\([^)\n]*"(?i:commit|rollback|begin|discard all)\b`),
	"reaches below the unit's handles": regexp.MustCompile(`\.PGX\(\)\.Conn\(\)`),
}

// All Go code that is built into a program is read: no package but core/db may set the ministry or open a connection. (Tests elsewhere
// may: one plays the attacker.)
func TestOnlyTheDatabasesPackageHoldsTheKeys(t *testing.T) {
	root := ".."
	files := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if e.IsDir() {
			if rel == filepath.Join("core", "db") || e.Name() == "node_modules" || rel != "." && strings.HasPrefix(e.Name(), ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(rel, filepath.Join("core", "app", "bench")) {
			return nil // the benchmark's other side is plain pgx
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for what, pattern := range forbidden {
			if at := pattern.FindIndex(text); at != nil {
				t.Errorf("%s:%d %s (%q); see the package comment of core/db", rel, 1+strings.Count(string(text[:at[0]]), "\n"), what, text[at[0]:at[1]])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 2 {
		t.Errorf("only %d files were read", files)
	}
}

func TestTheKeysAreRecognised(t *testing.T) {
	for what, sample := range map[string]string{
		"names the ministry's setting":     `tx.Exec("select SET_CONFIG('mektep.tenant', $1, true)")`,
		"opens connections of its own":     `pool, err := pgxpool.New(ctx, dsn)`,
		"makes a setting of the session":   `tx.Exec(ctx, "SET ROLE mektep_owner")`,
		"leaves a cursor on a connection":  `"DECLARE c CURSOR WITH HOLD FOR SELECT 1"`,
		"leaves a lock on a connection":    `"SELECT pg_advisory_lock(1)"`,
		"ends the unit's transaction":      `tx.PGX().Exec(ctx, "COMMIT")`,
		"reaches below the unit's handles": `tx.PGX().Conn().Exec(ctx, "")`,
	} {
		if !forbidden[what].MatchString(sample) {
			t.Errorf("%s is not found in %s", what, sample)
		}
	}
}
