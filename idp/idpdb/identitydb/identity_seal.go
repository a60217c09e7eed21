package identitydb

import (
	"errors"
	"fmt"

	"atrio/idp/identity"
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
