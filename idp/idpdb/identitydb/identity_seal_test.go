package identitydb_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
)

// bruno is another person than Ada, of the same codice fiscale as nobody.
func bruno() *identity.Identity {
	i := idpdbtest.Ada()
	i.ID, i.SPIDCode, i.UserID = "bruno", "TESTABCDEFGH02", "bruno@example.org"
	i.Holder.GivenName, i.Holder.FiscalCode, i.Holder.Email, i.Holder.MobilePhone, i.Holder.Document.Number = "Bruno", "PRVBRN90E04F205W", "bruno@example.org", "+393330000002", "CA2"
	return i
}

// A32: what stands in one row opens in no other, and under no other name.
func TestAnIdentityOpensOnlyWhereItWasSealed(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		idpdbtest.Create(t, s, bruno())
		for column, other := range map[string]string{
			"sealed": "sealed", "spid_key": "'x'", "user_key": "'x'", "fiscal_key": "fiscal_key", "phone_key": "phone_key", "document_key": "document_key",
		} {
			from := other
			if other == column {
				from = `(SELECT o.` + column + ` FROM identity o WHERE o.id = 'bruno')`
			}
			idpdbtest.Exec(t, s.DB, `UPDATE identity SET `+column+` = `+from+` WHERE id = 'ada'`)
			if i, err := s.Identity(t.Context(), "ada"); !errors.Is(err, seal.ErrBroken) || i != nil {
				t.Errorf("with another %s: %+v, %v", column, i, err)
			}
			if i, err := s.Identity(t.Context(), "bruno"); err != nil || *i != *func() *identity.Identity { b := bruno(); b.PasswordAt = idpdbtest.Present; return b }() {
				t.Errorf("%s of another row: %+v, %v", column, i, err)
			}
			if err := s.Reseal(t.Context(), idpdbtest.Ada()); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Identity(t.Context(), "ada"); err != nil {
				t.Fatal(err)
			}
		}
		// Sealing keys change, and old ones are forgotten: rows are kept for twenty years.
		later := idpdb.NewStore(s.DB, seal.NewKeyring("idp", seal.Key{ID: "k9", Secret: [32]byte{9}}).WithMACKey([32]byte{1}), nil)
		if i, err := later.HolderByUserID(t.Context(), "Ada@example.org"); err != nil || i.Holder.GivenName != "Ada" {
			t.Errorf("after the sealing keys changed: %+v, %v", i, err)
		}
		stranger := idpdb.NewStore(s.DB, seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{2}}), nil)
		if i, err := stranger.Identity(t.Context(), "ada"); !errors.Is(err, seal.ErrBroken) || i != nil {
			t.Errorf("with other keys: %+v, %v", i, err)
		}
	})
}

// L05: the desk finds an identity by a whole word of three, in the forms that people type.
func TestAnIdentityIsFoundByWholeWordsAlone(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		idpdbtest.Create(t, s, bruno())
		for by, value := range map[string]string{"spid_code": "TESTABCDEFGH01", "user_id": "ADA@example.org", "fiscal_code": "PRVDAA90E44F205X"} {
			if i, err := s.FindIdentity(t.Context(), by, value); err != nil || i.ID != "ada" {
				t.Errorf("%s: %+v, %v", by, i, err)
			}
			for _, wrong := range []string{"", value[:len(value)-1], value + "X", "%"} {
				if i, err := s.FindIdentity(t.Context(), by, wrong); !errors.Is(err, identity.ErrUnknown) {
					t.Errorf("%s %q: %+v, %v", by, wrong, i, err)
				}
			}
		}
		if _, err := s.FindIdentity(t.Context(), "given_name", "Ada"); !errors.Is(err, identity.ErrUnknown) {
			t.Errorf("by name: %v", err)
		}
	})
}

// firstRelease is the schema of the first release.
func firstRelease(t *testing.T) db.Module {
	t.Helper()
	old, full := fstest.MapFS{}, idpdb.Module()
	for _, dialect := range []string{"sqlite", "postgres"} {
		for _, name := range []string{"0001_identity.sql", "0002_login.sql"} {
			data, err := fs.ReadFile(full.FS, dialect+"/"+name)
			if err != nil {
				t.Fatal(err)
			}
			old[dialect+"/"+name] = &fstest.MapFile{Data: data}
		}
	}
	return db.Module{Name: full.Name, FS: old}
}

func TestIdentitiesOfTheFirstReleaseAreSealedAtTheNextStart(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := dbtest.Open(t, rawURL)
		if err := d.Migrate(t.Context(), shareddb.Module(), firstRelease(t)); err != nil {
			t.Fatal(err)
		}
		for _, i := range []*identity.Identity{idpdbtest.Ada(), bruno()} {
			h := i.Holder
			idpdbtest.Exec(t, d, `INSERT INTO identity VALUES ($1, $2, $3, 'active', $4, $4, $5, $6, $7, 'F', '1990-05-04', 'F205', 'MI', $8, $9, $10, 1,
				'cartaIdentita', $11, 'comuneMilano', '1990-05-04', '1990-05-04', 'Via Prova 1', '00100', 'Roma', 'RM', 'Italia', 'ada@pec.example.org')`,
				i.ID, string(i.SPIDCode), i.UserID, db.Micros(i.CreatedAt), db.Micros(i.ExpiresAt), h.GivenName, h.FamilyName, string(h.FiscalCode), h.Email, h.MobilePhone, h.Document.Number)
			idpdbtest.Exec(t, d, `INSERT INTO password (identity, phc, changed_at) VALUES ($1, '$hash', $2)`, i.ID, db.Micros(idpdbtest.Present))
		}
		if err := d.Migrate(t.Context(), shareddb.Module(), idpdb.Module()); err != nil {
			t.Fatal(err)
		}
		s := idpdb.NewStore(d, idpdbtest.Ring(), nil)
		if id, _, err := s.Password(t.Context(), "ada@example.org"); id != "" || err != nil {
			t.Errorf("before the start %q signs in, %v", id, err)
		}
		// A machine without the right keys makes new ones: it seals nothing by them.
		idpdbtest.Exec(t, d, `INSERT INTO totp (identity, secret, confirmed_at) VALUES ($1, $2, $3)`, idpdbtest.Ada().ID, s.SealTOTP(t, idpdbtest.Ada().ID, idpdbtest.Present), db.Micros(idpdbtest.Present))
		stranger := idpdb.NewStore(d, seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{2}}), nil)
		if err := stranger.Prepare(t.Context(), idpdbtest.Present); !errors.Is(err, idpdb.ErrOtherKeys) {
			t.Errorf("other keys: %v", err)
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM identity_clear`); n != 2 {
			t.Fatalf("%d identities wait", n)
		}
		idpdbtest.Exec(t, d, `DELETE FROM totp`)
		for range 2 { // the second start finds nothing to do
			if err := s.Prepare(t.Context(), idpdbtest.Present); err != nil {
				t.Fatal(err)
			}
			for _, want := range []*identity.Identity{idpdbtest.Ada(), bruno()} {
				want.Factors.TOTP, want.Language, want.Notices, want.PasswordAt = false, "it", identity.Notices{}, idpdbtest.Present
				if i, err := s.FindIdentity(t.Context(), "fiscal_code", string(want.Holder.FiscalCode)); err != nil || *i != *want {
					t.Errorf("%+v, %v\nwant %+v", i, err, want)
				}
				if id, _, err := s.Password(t.Context(), want.UserID); id != want.ID || err != nil {
					t.Errorf("%q signs in, %v", id, err)
				}
			}
		}
		if needed, err := s.Unsealed(t.Context(), idpdbtest.Present); err != nil || needed {
			t.Fatal("what was in clear stays in the files", err)
		}
		if err := s.SealOld(t.Context(), idpdbtest.Present); err != nil {
			t.Fatal(err)
		}
		if d.Dialect() != db.SQLite {
			if n := idpdbtest.Count(t, s, `SELECT count(*) FROM identity_clear`); n != 0 {
				t.Errorf("%d rows in clear", n)
			}
			return
		}
		inNoFile(t, d, rawURL, "Ada", "Bruno", "PRVDAA", "PRVBRN", "example.org", "+39333", "Via Prova", "TESTABCDEFGH")
	})
}
