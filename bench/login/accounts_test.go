package login

import (
	"context"
	"maps"
	"slices"
	"strings"

	"atrio/db"
	"atrio/federation/spid"
)

// fill puts n people into the database who have entered through the provider
// before: all rows that a first entry leaves and a later login reads or writes.
func (h *house) fill(n int) {
	ctx := context.Background()
	err := h.db.Tx(ctx, func(tx *db.Tx) error {
		for _, statement := range h.filling() {
			if _, err := tx.ExecContext(ctx, statement, n-1); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.b.Fatal(err)
	}
	if h.db.Dialect() == db.Postgres {
		// What autovacuum does sooner or later.
		if err := h.db.One(ctx, func(q db.Queryer) error { _, err := q.ExecContext(ctx, `ANALYZE`); return err }); err != nil {
			h.b.Fatal(err)
		}
	}
}

// filling are the statements, in the part common to both engines.
func (h *house) filling() []string {
	const (
		each = `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1) INSERT INTO `
		// The digits of i with zeros before them; as code() writes them.
		digits = `substr('00000000000' || i, length('00000000000' || i) - 11)`
		fiscal = `'TEST' || ` + digits
		id     = `'account-' || i`
	)
	out := []string{
		each + `account (id, code, state, given_name, family_name, email, language, fiscal_code, created_at)
			SELECT ` + id + `, 100000000 + i, 'active', 'Ada', 'D''Amico', 'ada@posta.example.it', 'it', ` + fiscal + `, 1 FROM n`,
		each + `person_code (code, account_id, assigned_at) SELECT 100000000 + i, ` + id + `, 1 FROM n`,
		each + `credential (account_id, phc, set_at) SELECT ` + id + `, '$argon2id$', 1 FROM n`,
		each + `identity (id, account_id, door, issuer, subject, linked_at, last_used_at)
			SELECT 'identity-' || i, ` + id + `, 'spid', '` + entity + `', 'PROV' || ` + fiscal + `, 1, 1 FROM n`,
	}
	attribute := func(name, value string) string {
		return each + `attribute (account_id, name, source, issuer, value, at) SELECT ` + id + `, '` + name + `', 'spid', '` + entity + `', ` + value + `, 1 FROM n`
	}
	out = append(out, attribute("fiscal_code", fiscal))
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		if stated(name) {
			out = append(out, attribute(name, `'`+strings.ReplaceAll(facts[name], `'`, `''`)+`'`))
		}
	}
	return out
}

// stated reports whether the gateway takes the fact over from SPID.
func stated(name string) bool {
	return slices.ContainsFunc(spid.Attributes(), func(a spid.Attribute) bool { return a.Person == name })
}
