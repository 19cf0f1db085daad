package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// Page sizes of Search and Changes.
const (
	defaultPage = 50
	maxPage     = 500
)

// Record is a recorded entry as a reader sees it.
type Record struct {
	ID         int64
	At         time.Time
	Account    int64
	AccountUID string // empty for system roles
	System     string // the system role, when no person acted
	Session    string // public id of the session or token
	RequestID  string
	Purpose    string
	Action     string
	Object     string
	Target     string
	UnitPath   string
	Outcome    Outcome
	Check      string
	Rule       string
	Law        string
	Reason     string // message key of a refusal
	Order      Order
	Fields     []string
	Governed   string // by which profile and policy: the beginnings of their hashes; empty before that was kept
}

// FieldChange is one line of a thing's history.
type FieldChange struct {
	ValueID  int64 // what Erase takes
	Record         // who, when, by which act
	Field    string
	Old, New json.RawMessage // nil: no value, or erased
	Erased   time.Time       // when retention erased the values; zero: they stand
}

// Filter says which entries an auditor looks for. Zero fields do not restrict.
type Filter struct {
	Account     int64
	System      string
	Object      string
	Target      string
	Action      string
	Subtree     string // path of a unit: it and everything below
	Outcome     Outcome
	Rule        string
	From, Until time.Time // Until is exclusive
	Limit       int       // 50 when zero, at most 500
}

// Search returns the newest entries that match, a page at a time, in the order in which they
// were written: a clock that was wrong for a while moves none of them. next is the cursor of the following page, empty at the end. Reading the trail is itself an
// act that the caller's gate decides and records. A malformed cursor is an
// Invalid fault.
func (t *Trail) Search(ctx context.Context, f Filter, after string) (records []Record, next string, err error) {
	limit := pageSize(f.Limit)
	q, err := f.query(db.TenantOf(ctx), after)
	if err != nil {
		return nil, "", err
	}
	q.add(` ORDER BY e.id DESC LIMIT ?`, limit+1)
	b := &pgx.Batch{}
	b.Queue(`SELECT `+entryColumns+` FROM audit_entry e WHERE `+q.text.String(), q.args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var r row
			var n int
			if err := rows.Scan(r.destinations(&n)...); err != nil {
				return err
			}
			records = append(records, r.record())
		}
		return rows.Err()
	})
	if err := t.db.Read(ctx, b); err != nil {
		return nil, "", fault.Wrap(err, "audit: search")
	}
	if len(records) > limit {
		records = records[:limit]
		next = cursorOf(records[limit-1])
	}
	return records, next, nil
}

// Changes returns the history of one thing, newest first and within one act by
// the field's name: a page holds whole acts, 50 at a time. A record that was
// created with [Whole] shows as one line per field.
func (t *Trail) Changes(ctx context.Context, object, target, after string) (lines []FieldChange, next string, err error) {
	tenant := db.TenantOf(ctx)
	q, err := Filter{Object: object, Target: target}.query(tenant, after)
	if err != nil {
		return nil, "", err
	}
	q.add(` AND e.changes > 0 AND e.outcome = 'allow' ORDER BY e.id DESC LIMIT ?`, defaultPage+1)
	b := &pgx.Batch{}
	sql := `SELECT ` + entryColumns + `, v.id, v.field, v.old::text, v.new::text, v.erased_at
FROM (SELECT * FROM audit_entry e WHERE ` + q.text.String() + `) e
JOIN change_value v ON v.tenant_id = e.tenant_id AND v.entry_id = e.id
ORDER BY e.id DESC, v.field`
	acts := 0
	b.Queue(sql, q.args...).Query(func(rows pgx.Rows) error {
		var last Record
		for rows.Next() {
			line, err := scanChange(rows)
			if err != nil {
				return err
			}
			if line.ID != last.ID {
				if acts++; acts > defaultPage {
					next = cursorOf(last)
					break
				}
			}
			last = line.Record
			lines = append(lines, line.expand()...)
		}
		rows.Close()
		return rows.Err()
	})
	if err := t.db.Read(ctx, b); err != nil {
		return nil, "", fault.Wrap(err, "audit: changes")
	}
	return lines, next, nil
}

func scanChange(rows pgx.Rows) (FieldChange, error) {
	var (
		r        row
		n        int
		line     FieldChange
		old, now *string
		erased   *time.Time
	)
	if err := rows.Scan(append(r.destinations(&n), &line.ValueID, &line.Field, &old, &now, &erased)...); err != nil {
		return line, err
	}
	line.Record = r.record()
	line.Old, line.New = rawOrNil(old), rawOrNil(now)
	if erased != nil {
		line.Erased = erased.UTC()
	}
	return line, nil
}

func rawOrNil(s *string) json.RawMessage {
	if s == nil {
		return nil
	}
	return json.RawMessage(*s)
}

// expand turns a change of the whole record into one line per field. What is no
// pair of objects stays as it is.
func (c FieldChange) expand() []FieldChange {
	if c.Field != Whole || !c.Erased.IsZero() {
		return []FieldChange{c}
	}
	old, okOld := object(c.Old)
	now, okNew := object(c.New)
	if !okOld || !okNew {
		return []FieldChange{c}
	}
	var names []string
	for name, v := range now {
		if !bytes.Equal(v, old[name]) {
			names = append(names, name)
		}
	}
	for name := range old {
		if _, both := now[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	lines := make([]FieldChange, 0, len(names))
	for _, name := range names {
		line := c
		line.Field, line.Old, line.New = name, old[name], now[name]
		lines = append(lines, line)
	}
	return lines
}

func object(raw json.RawMessage) (map[string]json.RawMessage, bool) {
	if raw == nil {
		return nil, true
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, false
	}
	for k, v := range m {
		if string(v) == "null" {
			delete(m, k)
		}
	}
	return m, true
}

func (r *row) record() Record {
	out := Record{
		ID: r.id, At: r.at.UTC(), Account: r.accountID, AccountUID: r.accountUID, System: r.system,
		Session: r.session, RequestID: r.requestID, Purpose: r.purpose,
		Action: r.action, Object: r.object, Target: r.target, UnitPath: r.unitPath,
		Outcome: Outcome(r.outcome), Check: r.check, Rule: r.rule, Law: r.law, Reason: r.reason,
		Order: Order{Number: r.orderNo}, Fields: r.fields, Governed: r.governed,
	}
	if r.outcome != string(Allow) && slices.Contains(r.fields, said) {
		out.Fields = slices.DeleteFunc(slices.Clone(r.fields), func(f string) bool { return f == said })
	}
	if r.orderDate != nil {
		out.Order.Date = *r.orderDate
	}
	return out
}

// condition collects a WHERE clause; every ? becomes the next parameter.
type condition struct {
	text strings.Builder
	args []any
}

func (c *condition) add(sql string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		sql = strings.Replace(sql, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.text.WriteString(sql)
}

func (f Filter) query(tenant int32, after string) (*condition, error) {
	q := &condition{}
	q.add(`e.tenant_id = ?`, tenant)
	for _, c := range []struct {
		sql   string
		value string
	}{
		{` AND e.system = ?`, f.System},
		{` AND e.object = ?`, f.Object},
		{` AND e.target_uid = ? AND e.target_uid <> ''`, f.Target},
		{` AND e.action = ?`, f.Action},
	} {
		if c.value != "" {
			q.add(c.sql, c.value)
		}
	}
	if f.Rule != "" {
		q.add(` AND (e.rule = ?`, f.Rule)
		q.add(` OR e.law = ?)`, f.Rule)
	}
	if f.Account != 0 {
		q.add(` AND e.account_id = ? AND e.account_id <> 0`, f.Account)
	}
	if f.Subtree != "" {
		// Everything below "1.5." lies between "1.5." and "1.5/": '/' follows '.'.
		q.add(` AND e.unit_path <> '' AND e.unit_path >= ? AND e.unit_path < ?`, f.Subtree, strings.TrimSuffix(f.Subtree, ".")+"/")
	}
	if f.Outcome != "" {
		q.add(` AND e.outcome = ?`, string(f.Outcome))
	}
	if f.Outcome == Deny || f.Outcome == Error {
		q.add(` AND e.outcome <> 'allow'`) // lets the partial index serve it
	}
	if !f.From.IsZero() {
		q.add(` AND e.at >= ?`, f.From)
	}
	if !f.Until.IsZero() {
		q.add(` AND e.at < ?`, f.Until)
	}
	if after != "" {
		id, err := parseCursor(after)
		if err != nil {
			return nil, err
		}
		q.add(` AND e.id < ?`, id)
	}
	return q, nil
}

func pageSize(n int) int {
	if n <= 0 {
		return defaultPage
	}
	return min(n, maxPage)
}

// cursorOf names the place after r: its number.
func cursorOf(r Record) string { return cursorSign + strconv.FormatInt(r.ID, 36) }

// cursorSign begins every cursor: not every word is one.
const cursorSign = "n."

func parseCursor(s string) (int64, error) {
	number, ours := strings.CutPrefix(s, cursorSign)
	n, err := strconv.ParseInt(number, 36, 64)
	if !ours || err != nil || n < 0 {
		return 0, fault.New(fault.Invalid, "audit.cursor").WithField("after", "audit.cursor", nil)
	}
	return n, nil
}

// didSpan is how far apart what was begun elsewhere and its entry may lie: clocks differ.
const didSpan = time.Hour

// Did reports whether the ministry that acts in ctx has an entry which says that a request did
// something there, begun at about a time: what is written elsewhere of it may have been lost.
func (t *Trail) Did(ctx context.Context, request, action, object string, begun time.Time) (did bool, err error) {
	b := &pgx.Batch{}
	b.Queue(`SELECT EXISTS (SELECT FROM audit_entry WHERE tenant_id = $1 AND at BETWEEN $5 AND $6
		AND request_id = $2 AND request_id <> '' AND action = $3 AND object = $4 AND outcome = 'allow')`,
		db.TenantOf(ctx), request, action, object, begun.Add(-didSpan), begun.Add(didSpan)).QueryRow(func(row pgx.Row) error { return row.Scan(&did) })
	return did, fault.Wrap(t.db.Read(ctx, b), "audit: did")
}

// OrderedOn returns the day of the order of the last entry about a thing that bears the order's
// number and changes a field; empty, any number or field. Zero: none says a day.
func (t *Trail) OrderedOn(ctx context.Context, tx *db.Tx, target, number, field string) (day time.Time, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT order_date FROM audit_entry WHERE tenant_id = $1 AND target_uid = $2 AND target_uid <> '' AND outcome = 'allow'
		AND order_date IS NOT NULL AND (order_no = $3 OR $3 = '') AND ($4 = ANY(fields) OR $4 = '') ORDER BY id DESC LIMIT 1`,
		tx.Tenant(), target, number, field).Scan(&day)
	if db.NoRows(err) {
		return day, nil
	}
	return day, fault.Wrap(err, "audit: ordered on")
}
