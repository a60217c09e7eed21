package office

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"atrio/idp/enrolment/form"
	"atrio/idp/identity"
	"atrio/idp/proofing/rao/sealed"
	"atrio/people/civil"
)

// claims are what the seal says outside. // 1.8
func (o *Office) claims(c counter, s form.Subject) sealed.Claims {
	now := o.Desk.Now().UTC().Truncate(time.Second)
	return sealed.Claims{
		Issuer: c.body.Code, Operator: c.who.ID, Identification: newID(), ID: newID(),
		Issued: now, Expires: now.Add(sealed.Life), FiscalCode: s.Person.FiscalCode,
	}
}

// newID draws a UUID of version 4, as the public software numbers
func newID() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// abroad is what stands for a province of somebody who was born abroad. SPID-RT attributi
const abroad = "EE"

// data are what stands inside. // 1.8
func data(c sealed.Claims, s form.Subject, email, phone string) sealed.Data {
	p, d := s.Person, s.Document
	nation := civil.Italy
	if p.BirthCounty == abroad {
		nation = p.BirthPlace
	}
	country, number := split(phone)
	made := sealed.Data{
		Info:       sealed.Info{ID: c.Identification, Issued: c.Issued.Unix(), Issuer: sealed.Issuer{Code: c.Issuer, Reference: c.Operator}},
		HealthCard: card(s),
		Attributes: sealed.Attributes{Mandatory: sealed.Mandatory{
			Name: p.GivenName, FamilyName: p.FamilyName, BirthPlace: p.BirthPlace, BirthCounty: p.BirthCounty, BirthNation: nation,
			BirthDate: p.BirthDate.Format(time.DateOnly), Gender: p.Gender, FiscalCode: sealed.FiscalPrefix + p.FiscalCode, Email: email,
			Card:    sealed.IDCard{Type: d.Kind, Number: d.Number, Issuer: d.Issuer, Issued: d.IssuedOn.Format(time.DateOnly), Expires: d.ExpiresOn.Format(time.DateOnly)},
			Phone:   sealed.Phone{Country: country, Number: number},
			Address: address(p.Residence, s.TownCode),
		}},
	}
	if p.DigitalAddress != "" {
		made.Attributes.Optional = &sealed.Optional{DigitalAddress: p.DigitalAddress}
	}
	return made
}

// card is the Tessera Sanitaria, or the card of the codice fiscale, which has no number.
func card(s form.Subject) sealed.HealthCard {
	if s.HealthCard.Number == "" {
		return sealed.HealthCard{Type: "CF"}
	}
	return sealed.HealthCard{Type: "TS", Number: s.HealthCard.Number, Expires: s.HealthCard.ExpiresOn.Format(time.DateOnly)}
}

// split parts a number in international form where the country ends that tokens are for.
func split(phone string) (country, number string) {
	if rest, ok := strings.CutPrefix(phone, "+39"); ok {
		return "+39", rest
	}
	return "+", strings.TrimPrefix(phone, "+")
}

// address parts a street as tokens have it: "Via" "degli Esempi" "10".
func address(d identity.Domicile, town string) sealed.Address {
	a := sealed.Address{PostalCode: d.PostalCode, Municipality: town, County: d.Province, Nation: d.Nation}
	words := strings.Fields(strings.ReplaceAll(d.Street, ",", " "))
	if n := len(words) - 1; n > 1 && strings.ContainsAny(words[n], "0123456789") {
		a.Number, words = words[n], words[:n]
	}
	if len(words) > 1 {
		a.Type, words = words[0], words[1:]
	}
	if a.Name = strings.Join(words, " "); town == "" {
		a.Municipality = d.Municipality
	}
	return a
}
