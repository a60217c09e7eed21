package cns

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/sign"
	"atrio/idp/evidence"
	"atrio/idp/proofing/signature/revocation"
)

// record is what proves in twenty years that the card was used: the log of the
// transaction, tied to the request. DPCM 7(8), REG 13
type record struct {
	Request  enrolment.Number `json:"request"`
	Contract string           `json:"contract_sha256"`
	Ceremony ceremony         `json:"ceremony"`
	TLS      handshake        `json:"tls"`
	Card     holder           `json:"card"`
	Judged   time.Time        `json:"judged"`
	// Certificates are from the card to the trusted authority, DER; Revocation has an
	// answer for each but the last.
	Certificates [][]byte            `json:"certificates"`
	Revocation   []revocation.Record `json:"revocation"`
}

type ceremony struct {
	// Code is the MAC of its code.
	Code    string    `json:"code_mac"`
	Began   time.Time `json:"began"`
	Address string    `json:"address"`
}

type handshake struct {
	Version string `json:"version"`
	Cipher  string `json:"cipher"`
	Server  string `json:"server_name"`
	Resumed bool   `json:"resumed"`
}

type holder struct {
	FiscalCode   string    `json:"fiscal_code"`
	Number       string    `json:"number"`
	Unit         string    `json:"issued_by"`
	Organization string    `json:"organization,omitempty"`
	Policy       string    `json:"policy"`
	Issuer       string    `json:"issuer"`
	Serial       string    `json:"serial"`
	NotBefore    time.Time `json:"not_before"`
	NotAfter     time.Time `json:"not_after"`
}

// keep keeps the proof, before the step that names it, whatever happens between the two:
// the signature of the contract, lists of revoked certificates, and the record.
func (c *Cards) keep(ctx context.Context, request enrolment.Request, of Ceremony, v Verdict, r *http.Request) (items []string, err error) {
	signature, err := sign.Keep(ctx, c.Keeper, request)
	if err != nil {
		return nil, err
	}
	items = []string{signature}
	put := func(kind evidence.Kind, media string, content []byte) error {
		item, err := c.Keeper.Put(ctx, evidence.New{Request: request.ID, Kind: kind, MediaType: media, Author: author, Content: content})
		items = append(items, item.ID)
		return err
	}
	made := record{
		Request: request.Number, Contract: request.Data.Contract.SHA256, Judged: v.At,
		Ceremony: ceremony{Code: hex.EncodeToString(of.Code), Began: of.At, Address: r.RemoteAddr},
		TLS:      handshake{Version: tls.VersionName(r.TLS.Version), Cipher: tls.CipherSuiteName(r.TLS.CipherSuite), Server: r.TLS.ServerName, Resumed: r.TLS.DidResume},
		Card: holder{
			FiscalCode: string(v.FiscalCode), Number: v.Card, Unit: v.Unit, Organization: v.Organization, Policy: v.Policy,
			Issuer: v.Issuer, Serial: v.Serial, NotBefore: v.NotBefore, NotAfter: v.NotAfter,
		},
	}
	for _, one := range v.Chain {
		made.Certificates = append(made.Certificates, one.Raw)
	}
	for _, answer := range v.Answers {
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
	return items, put(evidence.CardVerdict, "application/json", content)
}

// CardOf is the number of the card in what was found of one, "" when it is not there.
func CardOf(v enrolment.Verdict) string {
	for _, f := range v.Facts {
		if f.Name == "cns_serial" {
			return f.Value
		}
	}
	return ""
}

// facts are what the operator reads, in this order.
func facts(v Verdict, r *http.Request) (list []enrolment.Fact) {
	add := func(name string, parts ...string) {
		list = enrolment.AppendFact(list, "cns_"+name, parts...)
	}
	answer := v.Answers[0]
	source := "OCSP"
	if len(answer.CRL) > 0 {
		source = "CRL"
	}
	add("holder", string(v.FiscalCode))
	add("serial", v.Card)
	add("unit", v.Unit, v.Organization)
	add("issuer", v.Issuer, v.Serial)
	add("validity", enrolment.Instant(v.NotBefore)+" – "+enrolment.Instant(v.NotAfter))
	add("used", enrolment.Instant(v.At), tls.VersionName(r.TLS.Version))
	add("revocation", source, answer.Source, enrolment.Instant(answer.ProducedAt))
	return list
}
