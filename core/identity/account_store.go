package identity

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/locale"
)

// TableName tells gorm the table.
func (Account) TableName() string { return "account" }

func accounts(tx *db.Tx) *gorm.DB {
	return tx.Gorm().Table("account").Select(`id, uid, login, name, family, given, patronymic, email, address_unread, phone, language, state,
		blocked_why, blocked_note, blocked_level, coalesce(blocked_by, 0) AS blocked_by, totp_at, signed_in_at, created_at, version`).Where("tenant_id = ?", tx.Tenant())
}

func (s *Service) accountByUID(_ context.Context, tx *db.Tx, uid string) (Account, error) {
	var a Account
	err := accounts(tx).Where("uid = ?", uid).Take(&a).Error
	return a, missing(err)
}

// lockAccount is accountByUID that keeps others from changing the account, and what
// it holds, until the unit ends: what is looked at afterwards stays so.
func (s *Service) lockAccount(ctx context.Context, tx *db.Tx, uid string) (Account, error) {
	if _, err := s.Door.LockUID(ctx, tx, uid); err != nil {
		return Account{}, err
	}
	return s.accountByUID(ctx, tx, uid)
}

func (s *Service) accountByID(_ context.Context, tx *db.Tx, id int64) (Account, error) {
	var a Account
	err := accounts(tx).Where("id = ?", id).Take(&a).Error
	return a, missing(err)
}

func missing(err error) error {
	if db.NoRows(err) {
		return fault.New(fault.NotFound, "identity.no_account")
	}
	return err
}

// insertAccount makes the account of a checked person.
func (s *Service) insertAccount(ctx context.Context, tx *db.Tx, p Person) (Account, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return Account{}, err
	}
	if p, err = p.checked(m); err != nil {
		return Account{}, err
	}
	a := Account{
		UID: db.NewUID(), Email: p.Email, Phone: p.Phone, Language: p.Language, State: Invited, CreatedAt: s.now(), Version: 1,
	}
	a.called(m, p)
	if err := s.whoseFirst(ctx, tx, 0, a.Email); err != nil {
		return a, err
	}
	err = tx.PGX().QueryRow(ctx, `INSERT INTO account (tenant_id, uid, family, given, patronymic, sort_key, email, phone, language, created_at, address_unread, name, name_order)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $7 <> '', $11, $12) RETURNING id`,
		tx.Tenant(), a.UID, a.Family, a.Given, a.Patronymic, locale.SortKey(m.Profile.Main(), a.Name), a.Email, a.Phone, a.Language, a.CreatedAt, a.Name, m.Profile.NameOrder).Scan(&a.ID)
	if err != nil {
		return a, taken(err)
	}
	if err := s.enteredAddress(ctx, tx, a, ""); err != nil {
		return a, err
	}
	return a, indexName(ctx, tx, a)
}

// taken turns the violation of a unique key into a fault at its field.
func taken(err error) error {
	switch {
	case db.IsUnique(err, "account_email"):
		return takenMailbox().WithCause(err)
	case db.IsUnique(err, "account_login"), db.IsUnique(err, "operator_login"):
		return fault.New(fault.Conflict, "identity.login_taken").WithField("login", "identity.login_taken", nil).WithCause(err)
	}
	return err
}

// saveAccount writes a person's data with its history.
func (s *Service) saveAccount(ctx context.Context, tx *db.Tx, a Account, p Person, action string) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	if p, err = p.checked(m); err != nil {
		return err
	}
	var changes []audit.Change
	for _, f := range []struct{ name, old, now string }{
		{"family", a.Family, p.Family},
		{"given", a.Given, p.Given},
		{"patronymic", a.Patronymic, p.Patronymic},
		{"email", a.Email, p.Email},
		{"phone", a.Phone, p.Phone},
		{"language", a.Language, p.Language},
	} {
		if f.old != f.now {
			changes = append(changes, audit.Change{Field: f.name, Old: f.old, New: f.now})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	version, address := a.Version, a.Email
	a.called(m, p)
	a.Email, a.Phone, a.Language = p.Email, p.Phone, p.Language
	if a.Email != address {
		if err := s.whoseFirst(ctx, tx, a.ID, a.Email); err != nil {
			return err
		}
	}
	tag, err := tx.PGX().Exec(ctx, `UPDATE account SET family = $4, given = $5, patronymic = $6, sort_key = $7, email = $8, phone = $9, language = $10,
		address_unread = CASE WHEN email = $8 THEN address_unread ELSE $8 <> '' END, name = $11, name_order = $12, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $3`, tx.Tenant(), a.ID, version,
		a.Family, a.Given, a.Patronymic, locale.SortKey(m.Profile.Main(), a.Name), a.Email, a.Phone, a.Language, a.Name, m.Profile.NameOrder)
	if err != nil {
		return taken(err)
	}
	if tag.RowsAffected() == 0 {
		return changed(ctx)
	}
	if err := indexName(ctx, tx, a); err != nil {
		return err
	}
	if err := s.Door.Refresh(ctx, tx, a.ID); err != nil {
		return err
	}
	if a.Email != address {
		if err := s.enteredAddress(ctx, tx, a, address); err != nil {
			return err
		}
		if err := s.movedAddress(ctx, tx, a, address); err != nil {
			return err
		}
	}
	a.Version++
	if err := s.overtake(ctx, tx, a); err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, audit.Entry{Action: action, Object: "account", Target: a.UID, Changes: changes})
}

// indexName writes the words by which a person is found.
func indexName(ctx context.Context, tx *db.Tx, a Account) error {
	w := locale.Tokens(a.Name)
	slices.Sort(w)
	if _, err := tx.PGX().Exec(ctx, `DELETE FROM account_word WHERE tenant_id = $1 AND account_id = $2`, tx.Tenant(), a.ID); err != nil {
		return err
	}
	_, err := tx.PGX().Exec(ctx, `INSERT INTO account_word (tenant_id, account_id, word) SELECT $1, $2, unnest($3::text[])`,
		tx.Tenant(), a.ID, slices.Compact(w))
	return err
}
