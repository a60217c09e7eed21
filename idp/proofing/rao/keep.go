package rao

import (
	"context"
	"encoding/json"
	"net/mail"
	"strings"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/sign"
	"atrio/idp/evidence"
	"atrio/idp/proofing/rao/sealed"
	"atrio/idp/proofing/signature/revocation"
	"atrio/people/latin"
)

// opened is a token that was opened; item is the evidence of it.
type opened struct {
	Verdict
	data sealed.Data
	item string
}

// record is what proves a verdict in twenty years, beside the token: what was inside it,
// since its code is kept nowhere. DPCM 7(8), REG 13
type record struct {
	Request  enrolment.Number `json:"request"`
	Contract string           `json:"contract_sha256"`
	Item     string           `json:"token"`
	Judged   time.Time        `json:"judged"`
	Issuer   string           `json:"issuer"`
	Body     string           `json:"body"`
	Operator string           `json:"operator"`
	ID       string           `json:"token_id"`
	Issued   time.Time        `json:"issued"`
	Expires  time.Time        `json:"expires"`
	Policy   string           `json:"policy"`
	Inside   sealed.Data      `json:"inside"`
	// Certificates are from the seal to the trusted authority, DER; Revocation has an answer
	// for each but the last.
	Certificates [][]byte            `json:"certificates"`
	Revocation   []revocation.Record `json:"revocation"`
}

// keep keeps the proof, before the step that names it: the signature of the contract, lists
// of revoked certificates, and the record. The token was kept when it came.
func (t *Tokens) keep(ctx context.Context, request enrolment.Request, o opened) (items []string, err error) {
	signature, err := sign.Keep(ctx, t.Keeper, request)
	if err != nil {
		return nil, err
	}
	items = []string{o.item, signature}
	put := func(kind evidence.Kind, media string, content []byte) error {
		item, err := t.Keeper.Put(ctx, evidence.New{Request: request.ID, Kind: kind, MediaType: media, Author: author, Content: content})
		items = append(items, item.ID)
		return err
	}
	made := record{
		Request: request.Number, Contract: request.Data.Contract.SHA256, Item: o.item, Judged: o.At, Issuer: o.Claims.Issuer, Body: o.Issuer.Name,
		Operator: o.Operator, ID: o.ID, Issued: o.Issued, Expires: o.Expires, Policy: o.Policy, Inside: o.data,
	}
	for _, one := range o.Chain {
		made.Certificates = append(made.Certificates, one.Raw)
	}
	for _, answer := range o.Answers {
		kept, err := answer.Keep(evidence.MaxItem, func(part []byte) (string, error) {
			err := put(evidence.RevocationList, "application/pkix-crl", part)
			return items[len(items)-1], err
		})
		if err != nil {
			return nil, err
		}
		made.Revocation = append(made.Revocation, kept)
	}
	content, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	return items, put(evidence.TokenVerdict, "application/json", content)
}

// outside are the facts of a token that is closed.
func outside(v Verdict) (list []enrolment.Fact) {
	add := func(name string, parts ...string) { list = enrolment.AppendFact(list, name, parts...) }
	seal, answer, source := v.Chain[0], v.Answers[0], "OCSP"
	if len(answer.CRL) > 0 {
		source = "CRL"
	}
	add(enrolment.OfficeFact, v.Issuer.Name, v.Claims.Issuer)
	add("rao_operator", v.Operator)
	add("rao_validity", enrolment.Instant(v.Issued)+" – "+enrolment.Instant(v.Expires))
	add("rao_seal", seal.Subject.CommonName, seal.Issuer.CommonName, seal.SerialNumber.Text(16))
	add("rao_revocation", source, answer.Source, enrolment.Instant(answer.ProducedAt))
	return list
}

// facts are what the operator reads, in this order.
func facts(o opened) []enrolment.Fact {
	m, card := o.data.Attributes.Mandatory, o.data.HealthCard
	list := outside(o.Verdict)
	for _, one := range [][]string{
		{"rao_person", m.FamilyName, m.Name, m.BirthDate},
		{"rao_document", m.Card.Type, m.Card.Number, m.Card.Issuer, m.Card.Expires},
		{"rao_health_card", card.Number, card.Expires},
		{"rao_contacts", m.Email, m.Phone.International()},
	} {
		list = enrolment.AppendFact(list, one[0], one[1:]...)
	}
	return list
}

// about tells whether what was inside a token can be about a person: the codice fiscale is
// the same already, and nobody has two dates of birth.
func about(d sealed.Data, p enrolment.Person) bool {
	return d.Attributes.Mandatory.BirthDate == p.BirthDate.Format(time.DateOnly)
}

// The doubts: names that are written otherwise, contacts and a document that are not those
// which the office saw. Nobody is refused for an accent, a new telephone or a renewed card:
// a person looks. // A26
const (
	otherNames    = "rao_names"
	otherContacts = "rao_contacts"
	otherDocument = "rao_document"
)

func doubts(d sealed.Data, q enrolment.Data) (list []string) {
	m := d.Attributes.Mandatory
	if !alike(m.FamilyName, q.Person.FamilyName) || !alike(m.Name, q.Person.GivenName) {
		list = append(list, otherNames)
	}
	if !strings.EqualFold(m.Email, q.Email) || m.Phone.International() != q.Phone {
		list = append(list, otherContacts)
	}
	if !strings.EqualFold(m.Card.Number, q.Document.Number) {
		list = append(list, otherDocument)
	}
	return list
}

// mailbox is the address that the office wrote down, or the other one where that is none.
func mailbox(d sealed.Data, otherwise string) string {
	a, err := mail.ParseAddress(d.Attributes.Mandatory.Email)
	if err != nil || a.Address != d.Attributes.Mandatory.Email {
		return otherwise
	}
	return a.Address
}

// alike compares names as registers and passports write them: in letters from A to Z,
// however they are parted.
func alike(a, b string) bool {
	for _, spelling := range []latin.Spelling{latin.Plain, latin.Passport} {
		x, whole := latin.Words(a, spelling)
		y, also := latin.Words(b, spelling)
		if whole && also && strings.Join(x, "") == strings.Join(y, "") {
			return true
		}
	}
	return false
}
