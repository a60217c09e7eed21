package evidencedb_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"log/slog"
	"slices"
	"testing"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/evidencedb"
	"atrio/idp/idpdb/idpdbtest"
)

// Whoever adds a table about requests or identities says here how its rows end.
func TestNoTableOfARequestIsForgottenWhenItIsForgotten(t *testing.T) {
	d := dbtest.SQLite(t, shareddb.Module(), idpdb.Module())
	listed := evidencedb.TablesForgotten()
	for _, one := range about(t, d) {
		if !slices.Contains(listed, one) {
			t.Errorf("rows of %s stay when a request or an identity is forgotten: idpdb/evidencedb/retention.go", one)
		}
	}
}

// about lists the tables with a column that says whose request, holder or identity it is.
func about(t *testing.T, d *db.DB) (list []string) {
	t.Helper()
	rows, err := d.Read().QueryContext(t.Context(), `SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name IN ('request', 'holder', 'identity')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		list = append(list, name)
	}
	if err := rows.Err(); err != nil || len(list) < 10 {
		t.Fatalf("only %q, %v", list, err)
	}
	return list
}

// L12: whoever alters a line about a request breaks the chain.
func TestL12AnAlteredLineOfTheAuditLogIsFound(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), append(idpdbtest.UntilContract, enrolment.Identify, enrolment.Approve)...)
		seed := sha256.Sum256([]byte("l12"))
		key := ed25519.NewKeyFromSeed(seed[:])
		shared := &shareddb.Store{DB: s.DB}
		if err := (&audit.Sequencer{Store: shared, Key: key, Log: slog.New(slog.DiscardHandler)}).Run(t.Context(), idpdbtest.Present); err != nil {
			t.Fatal(err)
		}
		whole := func() bool {
			t.Helper()
			report, err := audit.Verify(t.Context(), shared, key.Public().(ed25519.PublicKey))
			if err != nil || report.Rows < 8 {
				t.Fatalf("%+v, %v", report, err)
			}
			return report.OK()
		}
		if !whole() {
			t.Error("the chain is broken before anybody touches it")
		}
		for column, value := range map[string]string{"actor": "operator:other", "reason": "x", "detail": `{}`, "subject": "somebody"} {
			var before string
			if err := s.DB.Read().QueryRowContext(t.Context(), `SELECT `+column+` FROM audit WHERE seq = 3`).Scan(&before); err != nil {
				t.Fatal(err)
			}
			idpdbtest.Exec(t, s.DB, `UPDATE audit SET `+column+` = $1 WHERE seq = 3`, value)
			if whole() {
				t.Errorf("another %s is not found", column)
			}
			idpdbtest.Exec(t, s.DB, `UPDATE audit SET `+column+` = $1 WHERE seq = 3`, before)
			if !whole() {
				t.Errorf("%s is as it was, and the chain is broken", column)
			}
		}
		idpdbtest.Exec(t, s.DB, `DELETE FROM audit WHERE seq = 4`)
		if whole() {
			t.Errorf("a line of %s is taken away, and the chain is whole", r.Number)
		}
	})
}
