package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/idp/identity"
	"atrio/idp/idpdb/credentialdb"
)

// What says who holds an identity is one sealed value in its row. Equality finds an identity
// by MACs beside it, to which the value is bound, and nothing else finds it: no prefix, no
// range, no part of a name. // A32, decision 0053

// errParts is the private cause of a row that another program sealed.
var errParts = errors.New("idpdb: an identity with more parts than this program knows")

// written is an identity with its days as they are stored.
type written struct {
	*identity.Identity
	born, issued, over string
}

// parts are what is sealed, in their order. A part that is added comes last: rows from before
// it do not have it.
func (w *written) parts() []*string {
	h := &w.Holder
	return []*string{
		(*string)(&w.SPIDCode), &w.UserID, &h.GivenName, &h.FamilyName, &h.Gender, &w.born, &h.BirthPlace, &h.BirthCounty, (*string)(&h.FiscalCode),
		&h.Email, &h.MobilePhone, &h.Document.Kind, &h.Document.Number, &h.Document.Issuer, &w.issued, &w.over,
		&h.Domicile.Street, &h.Domicile.PostalCode, &h.Domicile.Municipality, &h.Domicile.Province, &h.Domicile.Nation, &h.DigitalAddress,
	}
}

// Row is the part of a row that is sealed, and the columns that find it.
type Row struct {
	id, spid, user, fiscal, phone, document string
	sealed                                  []byte
}

// RowColumns are what a Row is read from, of identity i.
const RowColumns = `i.id, i.spid_key, i.user_key, i.fiscal_key, i.phone_key, i.document_key, i.sealed`

// Into are the places of RowColumns.
func (r *Row) Into() []any {
	return []any{&r.id, &r.spid, &r.user, &r.fiscal, &r.phone, &r.document, &r.sealed}
}

// bound ties the value to its table, its row and the columns that find it: nobody can put a
// person's attributes or name under another reference unseen.
func (r *Row) bound() []string {
	return []string{"identity", r.id, r.spid, r.user, r.fiscal, r.phone, r.document}
}

// sealIdentity gives the row of an identity.
func (s *Store) sealIdentity(i *identity.Identity) *Row {
	h := &i.Holder
	r := &Row{
		id: i.ID, spid: s.Seals.SPID(i.SPIDCode), user: s.Seals.User(i.UserID), fiscal: s.Seals.Person(string(h.FiscalCode)), phone: s.Seals.Phone(h.MobilePhone),
		document: s.Seals.Document(h.Document.Number),
	}
	copied := *i
	w := written{&copied, dayText(h.BirthDate), dayText(h.Document.IssuedOn), dayText(h.Document.ExpiresOn)}
	var parts [32][]byte
	list := parts[:0]
	for _, text := range w.parts() {
		list = append(list, []byte(*text))
	}
	r.sealed = s.Seals.IdentityKey().Seal(r.bound(), list...)
	return r
}

// OpenIdentity puts what is sealed into an identity.
func (s *Store) OpenIdentity(r *Row, i *identity.Identity) error {
	opened, err := s.Seals.IdentityKey().Open(r.bound(), r.sealed)
	if err != nil {
		return fmt.Errorf("idpdb: identity %s: %w", r.id, err)
	}
	w := written{Identity: i}
	parts := w.parts()
	if len(opened) > len(parts) {
		return fmt.Errorf("idpdb: identity %s: %w", r.id, errParts)
	}
	for n, text := range opened {
		*parts[n] = string(text)
	}
	i.ID = r.id
	i.Holder.BirthDate, i.Holder.Document.IssuedOn, i.Holder.Document.ExpiresOn = day(w.born), day(w.issued), day(w.over)
	return nil
}

// SealIdentities seals what an earlier program left in clear, a row in a commit: wherever it
// ends, the next start goes on. Until then nobody signs in with such an identity. Then the
// tables are written anew in the files too, by the job that has to scrub.
//
// What is sealed by keys that are not this database's is lost: nothing is, before the keys
// have opened something of the program before.
func (s *Store) SealIdentities(ctx context.Context, now time.Time) error {
	list, err := s.clearIdentities(ctx)
	if err != nil {
		return err
	}
	if err := s.proveKeys(ctx, now); err != nil {
		return err
	}
	for _, i := range list {
		r := s.sealIdentity(i)
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			res, err := tx.ExecContext(ctx, `DELETE FROM identity_clear WHERE id = $1`, i.ID)
			if err != nil {
				return fmt.Errorf("idpdb: seal identities: %w", err)
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return err // another node did
			}
			_, err = tx.ExecContext(ctx, `UPDATE identity SET spid_key = $2, user_key = $3, fiscal_key = $4, phone_key = $5, document_key = $6, sealed = $7 WHERE id = $1`,
				r.id, r.spid, r.user, r.fiscal, r.phone, r.document, r.sealed)
			if err != nil {
				return fmt.Errorf("idpdb: seal identities: %w", err)
			}
			return errors.Join(ledgerkey.AskScrub(ctx, tx, "identity_clear"), ledgerkey.AskScrub(ctx, tx, "identity"))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ErrOtherKeys: sealing.keys is not the one of this database.
var ErrOtherKeys = errors.New("idpdb: sealing.keys is not the one by which this database was written: nothing was sealed; put the right key directory in place and start again")

// proveKeys opens one of the keys of authenticator apps that wait with identities in clear;
// where there is none nothing was sealed before.
func (s *Store) proveKeys(ctx context.Context, now time.Time) error {
	var id, secret string
	err := s.DB.Read().QueryRowContext(ctx, `SELECT t.identity, t.secret FROM totp t JOIN identity_clear c ON c.id = t.identity ORDER BY t.identity LIMIT 1`).Scan(&id, &secret)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("idpdb: prove keys: %w", err)
	}
	if _, err := s.Seals.Vault().Open(credentialdb.TOTPPurpose+id, now, secret); err != nil {
		return errors.Join(ErrOtherKeys, err)
	}
	return nil
}

func (s *Store) clearIdentities(ctx context.Context) (list []*identity.Identity, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT id, spid_code, user_id, given_name, family_name, gender, birth_date, birth_place, birth_county, fiscal_code,
			email, mobile_phone, document_kind, document_number, document_issuer, document_issued_on, document_expires_on,
			domicile_street, domicile_postal_code, domicile_municipality, domicile_province, domicile_nation, digital_address
		FROM identity_clear ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("idpdb: identities in clear: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		w := written{Identity: &identity.Identity{}}
		into := []any{&w.ID}
		for _, text := range w.parts() {
			into = append(into, text)
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("idpdb: identities in clear: %w", err)
		}
		h := &w.Holder
		h.BirthDate, h.Document.IssuedOn, h.Document.ExpiresOn = day(w.born), day(w.issued), day(w.over)
		list = append(list, w.Identity)
	}
	return list, rows.Err()
}
