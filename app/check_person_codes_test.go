package app

import (
	"path/filepath"
	"strings"
	"testing"

	"atrio/db"
)

// G3.5: the warning comes at a tenth, before people feel anything, and is none of
// the mistakes that make the check fail.
func TestCheckWarnsWhenCodesBecomeScarce(t *testing.T) {
	path := configuration(t, replace("[gateway]", "[gateway]\nperson_code_digits = 8"))
	if _, errs, status := atrio(t, "migrate", "-c", path); status != 0 {
		t.Fatal(errs)
	}
	give := func(from, to int) {
		t.Helper()
		d, err := db.Open(t.Context(), "sqlite://"+filepath.Join(filepath.Dir(path), "gateway.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		err = d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.ExecContext(t.Context(), `WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
				INSERT INTO person_code (code, account_id, assigned_at) SELECT 10000000 + i, 'x', 0 FROM n`, from, to)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// Of the 9,000,000 codes of eight digits, 900,000 are a tenth.
	give(0, 899_999)
	if out, errs, status := atrio(t, "check", "-c", path); status != 0 || strings.Contains(out+errs, "warning") {
		t.Errorf("below a tenth: status %d, %s%s", status, out, errs)
	}
	give(899_999, 900_000)
	out, errs, status := atrio(t, "check", "-c", path)
	if status != 0 || !strings.Contains(out, "no mistake") || !strings.Contains(errs, "10 % of all Codici Persona of 8 digits") || !strings.Contains(errs, "person_code_digits to 9") {
		t.Errorf("at a tenth: status %d, %s%s", status, out, errs)
	}
}
