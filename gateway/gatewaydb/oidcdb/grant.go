package oidcdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/oidcop"
	"atrio/people/person"
)

var _ oidcop.Store = (*Store)(nil)

// assertionKind is the kind of consumed ids that are jti of client assertions.
const assertionKind = "oidc_assertion"

const insertGrant = `INSERT INTO oidc_grant (id, client, account_id, session, scopes, level, redeemed_at, revoked_at, expires_at, correlation)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// issueColumns of the record of a token; it outlives the grant by 24 months. // G6.7
const issueColumns = `id, at, correlation, account_id, service, subject, reference`

// Redeem writes the grant of a code: the primary key lets one request of all
// nodes succeed. // RFC 6749 4.1.2
func (s *Store) Redeem(ctx context.Context, g oidcop.Grant, proof *oidcop.Assertion, ev audit.Event) error {
	if proof == nil && s.DB.Dialect() == db.Postgres {
		return s.redeemAtOnce(ctx, g, ev)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, insertGrant+` ON CONFLICT (id) DO NOTHING`, grantRow(g, time.Time{})...)
		if err != nil {
			return fmt.Errorf("oidcdb: redeem: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(oidcop.ErrRedeemed, err)
		}
		if err := consumeAssertion(ctx, tx, proof); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO token_issue (`+issueColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			g.ID, db.Micros(ev.At), g.Correlation, g.Account, g.Client, g.Subject, ev.Reference)
		if err != nil {
			return fmt.Errorf("oidcdb: record token: %w", err)
		}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}

// redeemAtOnce is Redeem in one statement, where no assertion has to be marked.
func (s *Store) redeemAtOnce(ctx context.Context, g oidcop.Grant, ev audit.Event) error {
	args := append(grantRow(g, time.Time{}), db.Micros(ev.At), g.Subject, ev.Reference)
	statement, args, err := shareddb.AuditedInsert(insertGrant+` ON CONFLICT (id) DO NOTHING`, args, ev,
		`INSERT INTO token_issue (`+issueColumns+`) SELECT $1, $11::bigint, $10, $3, $2, $12, $13 FROM changed`)
	if err != nil {
		return err
	}
	return s.DB.One(ctx, func(q db.Queryer) error {
		res, err := q.ExecContext(ctx, statement, args...)
		if err != nil {
			return fmt.Errorf("oidcdb: redeem: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(oidcop.ErrRedeemed, err)
		}
		return nil
	})
}

// consumeAssertion marks a client assertion as used; jti need only be unique for
// one issuer. // RFC 7519 4.1.7
func consumeAssertion(ctx context.Context, tx *db.Tx, proof *oidcop.Assertion) error {
	if proof == nil {
		return nil
	}
	err := shareddb.Consume(ctx, tx, assertionKind, proof.Issuer+" "+proof.ID, proof.Expires)
	if errors.Is(err, shareddb.ErrUsed) {
		return oidcop.ErrReplayed
	}
	return err
}

// Burn inserts the grant of a code as revoked, or revokes the one that was
// redeemed before the given instant: one statement, so that it cannot fall
// between a read and a write of another node.
func (s *Store) Burn(ctx context.Context, g oidcop.Grant, redeemedBefore time.Time) error {
	return s.DB.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, insertGrant+` ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at
			WHERE oidc_grant.revoked_at = 0 AND oidc_grant.redeemed_at < $11`,
			append(grantRow(g, g.RedeemedAt), db.Micros(redeemedBefore))...)
		if err != nil {
			return fmt.Errorf("oidcdb: burn: %w", err)
		}
		return nil
	})
}

func grantRow(g oidcop.Grant, revoked time.Time) []any {
	at := int64(0)
	if !revoked.IsZero() {
		at = db.Micros(revoked)
	}
	return []any{g.ID, g.Client, g.Account, g.Session, g.Scopes, int(g.Level), db.Micros(g.RedeemedAt), at, db.Micros(g.ExpiresAt), g.Correlation}
}

// Grant finds a grant that still holds.
func (s *Store) Grant(ctx context.Context, id string, now time.Time) (oidcop.Grant, error) {
	g := oidcop.Grant{ID: id}
	var level int
	var redeemed, expires int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT client, account_id, session, scopes, level, redeemed_at, g.expires_at, g.correlation
		FROM oidc_grant g WHERE g.id = $1 AND revoked_at = 0 AND g.expires_at > $2
		AND NOT EXISTS (SELECT 1 FROM consumed c WHERE c.kind = $3 AND c.id = g.session)`, id, db.Micros(now), sessionOver).
		Scan(&g.Client, &g.Account, &g.Session, &g.Scopes, &level, &redeemed, &expires, &g.Correlation)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return oidcop.Grant{}, fault.New(fault.NotFound, "error.not_found").For("grant_over")
	case err != nil:
		return oidcop.Grant{}, fmt.Errorf("oidcdb: grant: %w", err)
	}
	g.Level, g.RedeemedAt, g.ExpiresAt = person.Level(level), db.FromMicros(redeemed), db.FromMicros(expires)
	return g, nil
}

// sessionOver is the kind of consumed ids that are handles of ended sessions, kept
// until every code and token that was on its way then is over.
const (
	sessionOver     = "oidc_session_over"
	sessionOverKept = time.Hour
)

// EndGrantsOf revokes the grants of a session, in the transaction that ends it. The
// mark also revokes those of codes that are redeemed only afterwards. // ASVS 7.4.1
func EndGrantsOf(ctx context.Context, q db.Queryer, session string, now time.Time) error {
	if session == "" {
		return nil
	}
	_, err := q.ExecContext(ctx, `UPDATE oidc_grant SET revoked_at = $1 WHERE session = $2 AND revoked_at = 0`, db.Micros(now), session)
	if err != nil {
		return fmt.Errorf("oidcdb: end grants: %w", err)
	}
	if err := shareddb.Consume(ctx, q, sessionOver, session, now.Add(sessionOverKept)); err != nil && !errors.Is(err, shareddb.ErrUsed) {
		return err
	}
	return nil
}

// PurgeGrants deletes grants that ended before, and tells how many.
func (s *Store) PurgeGrants(ctx context.Context, before, now time.Time) (int64, error) {
	return accountdb.Over{Table: "oidc_grant", Key: "id", When: "expires_at <= $1", Until: before}.Purge(ctx, s.DB, now)
}
