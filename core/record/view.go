package record

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
)

// Views is what somebody made of the register's list for themself.
type Views struct {
	Columns []string // ids of fields that the list shows besides what every list does, in their order
	Saved   []View   // by name
}

// View is a list that somebody saved under a name.
type View struct {
	UID   string
	Name  string
	Asked string // the filters, as the list's address says them
}

// What one person may keep of one register.
const (
	MostColumns  = 8
	mostViews    = 50
	MostViewName = 80 // characters
	mostAsked    = 2000
)

// viewed is the kind of notice that somebody made something else of a list.
const viewed db.Kind = "list_view"

const viewsLife = 10 * time.Minute

// Choosable are the fields that the caller may have as columns of the list: those that they
// may see somewhere, but for long texts and what is sealed, which no list shows.
func (rs *Records) Choosable(ctx context.Context) ([]*profile.Field, error) {
	all, err := rs.Columns(ctx)
	return slices.DeleteFunc(all, func(f *profile.Field) bool { return f.Type.Kind == profile.KindLongText || f.Group().Sealed }), err
}

// Views returns what the caller has made of the list; nothing for whoever is no account.
func (rs *Records) Views(ctx context.Context) (Views, error) {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return Views{}, nil
	}
	return rs.views.Get(ctx, c.Account, func(ctx context.Context) (Views, error) {
		var v Views
		b := &pgx.Batch{}
		b.Queue("SELECT uid, name, asked, columns FROM list_view WHERE tenant_id = $1 AND account_id = $2 AND register = $3 ORDER BY called, id", db.TenantOf(ctx), c.Account, rs.reg.ID).
			Query(func(rows pgx.Rows) error {
				var one View
				var columns []string
				_, err := pgx.ForEachRow(rows, []any{&one.UID, &one.Name, &one.Asked, &columns}, func() error {
					if one.Name == "" {
						v.Columns = slices.Clone(columns)
					} else {
						v.Saved = append(v.Saved, one)
					}
					return nil
				})
				return err
			})
		return v, rs.db.Read(ctx, b)
	})
}

// Shown are the fields that the caller has chosen as columns and may see somewhere.
func (rs *Records) Shown(ctx context.Context) ([]*profile.Field, error) {
	v, err := rs.Views(ctx)
	if err != nil || len(v.Columns) == 0 {
		return nil, err
	}
	all, err := rs.Choosable(ctx)
	if err != nil {
		return nil, err
	}
	var out []*profile.Field
	for _, id := range v.Columns {
		if k := slices.IndexFunc(all, func(f *profile.Field) bool { return f.ID == id }); k >= 0 {
			out = append(out, all[k])
		}
	}
	return out, nil
}

// Values returns the fields of the items of a page that the caller may see there.
func (rs *Records) Values(ctx context.Context, items []Item) ([]map[string]any, error) {
	if len(items) == 0 {
		return nil, nil
	}
	fields, err := rs.fieldsOf(ctx, items)
	if err != nil {
		return nil, err
	}
	return fields, rs.concealAll(ctx, items, fields)
}

// ChooseColumns has the list show these fields to the caller from now on. Faults: Denied; Invalid
// for too many, or for one that is no field that the caller may see.
func (rs *Records) ChooseColumns(ctx context.Context, columns []string) error {
	all, err := rs.Choosable(ctx)
	if err != nil {
		return rs.gate.Refused(ctx, err)
	}
	bad := fault.New(fault.Invalid, "view.invalid")
	var chosen []string
	for _, f := range all { // in the order of the profile, each once
		if slices.Contains(columns, f.ID) {
			chosen = append(chosen, f.ID)
		}
	}
	for _, id := range columns {
		if !slices.Contains(chosen, id) {
			bad = bad.WithField("columns", "view.no_column", fault.Args{"Column": id})
		}
	}
	if len(chosen) > MostColumns {
		bad = bad.WithField("columns", "view.columns_most", fault.Args{"Most": MostColumns, "Count": len(chosen)})
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return rs.keep(ctx, func(ctx context.Context, tx *db.Tx, account int64) error {
		_, err := tx.PGX().Exec(ctx, `INSERT INTO list_view (tenant_id, uid, account_id, register, columns) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant_id, account_id, register, called) DO UPDATE SET columns = excluded.columns`, tx.Tenant(), db.NewUID(), account, rs.reg.ID, orNone(chosen))
		return err
	})
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// called is a name without regard to its capitals, as a language has them.
func called(name, tag string) string {
	of, err := language.Parse(tag)
	if err != nil {
		of = language.Und
	}
	return cases.Lower(of).String(name)
}

// SaveView keeps filters under a name. Faults: Denied; Invalid without a name or with one too
// long, and where there are too many; Conflict for a name that the caller has used, in whatever
// capitals.
func (rs *Records) SaveView(ctx context.Context, name, asked string) error {
	name = norm.NFC.String(strings.Join(strings.Fields(name), " "))
	bad := fault.New(fault.Invalid, "view.invalid")
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		bad = bad.WithField("name", "view.no_name", nil)
	case n > MostViewName:
		bad = bad.WithField("name", "view.name_long", fault.Args{"Most": MostViewName})
	case !fault.Plain(name):
		bad = bad.WithField("name", "view.name_plain", nil)
	}
	if asked == "" || len(asked) > mostAsked {
		bad = bad.WithField("name", "view.nothing_asked", nil)
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return rs.keep(ctx, func(ctx context.Context, tx *db.Tx, account int64) error {
		var n int
		var same string
		is := called(name, caller.From(ctx).Language)
		// The account's row keeps two at once apart.
		if _, err := tx.PGX().Exec(ctx, "SELECT FROM account WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE", tx.Tenant(), account); err != nil {
			return err
		}
		err := tx.PGX().QueryRow(ctx, "SELECT count(*), coalesce(max(name) FILTER (WHERE called = $4), '') FROM list_view WHERE tenant_id = $1 AND account_id = $2 AND register = $3 AND name <> ''",
			tx.Tenant(), account, rs.reg.ID, is).Scan(&n, &same)
		switch {
		case err != nil:
			return err
		case same != "":
			return fault.New(fault.Conflict, "view.name_taken").With("Name", same).WithField("name", "view.name_taken", fault.Args{"Name": same})
		case n >= mostViews:
			return fault.New(fault.Invalid, "view.invalid").WithField("name", "view.most", fault.Args{"Most": mostViews})
		}
		_, err = tx.PGX().Exec(ctx, "INSERT INTO list_view (tenant_id, uid, account_id, register, name, asked, called) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			tx.Tenant(), db.NewUID(), account, rs.reg.ID, name, asked, is)
		return err
	})
}

// DropView forgets filters that the caller saved. Faults: Denied; NotFound for another's too.
func (rs *Records) DropView(ctx context.Context, uid string) error {
	return rs.keep(ctx, func(ctx context.Context, tx *db.Tx, account int64) error {
		tag, err := tx.PGX().Exec(ctx, "DELETE FROM list_view WHERE tenant_id = $1 AND account_id = $2 AND register = $3 AND uid = $4 AND name <> ''", tx.Tenant(), account, rs.reg.ID, uid)
		if err == nil && tag.RowsAffected() == 0 {
			err = fault.New(fault.NotFound, "view.unknown")
		}
		return err
	})
}

// keep changes what the caller made of the list. It is their own; whoever may not look at the
// register makes nothing of it.
func (rs *Records) keep(ctx context.Context, change func(ctx context.Context, tx *db.Tx, account int64) error) error {
	return rs.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		c := caller.From(ctx)
		if !c.SignedIn() {
			return fault.New(fault.Unauthenticated, "gate.sign_in")
		}
		if _, err := rs.gate.Scope(ctx, "view", rs.reg.ID); err != nil {
			return err
		}
		if err := change(ctx, tx, c.Account); err != nil {
			return err
		}
		if err := rs.trail.Record(ctx, tx, audit.Entry{Action: "personalise", Object: "account", Target: c.AccountUID, Fields: []string{"list_view"}}); err != nil {
			return err
		}
		return rs.db.Notify(ctx, viewed, strconv.FormatInt(c.Account, 10))
	})
}
