package signing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/revocation"
)

// found is a signature that was accepted.
type found struct {
	file []byte
	// item is the evidence of the file, "" where it is not kept yet.
	item string
	// received is when the file came, judged when the verdict was given.
	received, judged time.Time
	verdict          signature.Verdict
}

// accepted keeps the proof and gives the step that identifies the applicant. The proof
// comes first: what a step names is there, whatever happens between the two.
func (s *Signing) accepted(ctx context.Context, request enrolment.Request, f found) (enrolment.Change, error) {
	var err error
	if f.item == "" {
		if f.item, err = s.keepFile(ctx, request, f.file); err != nil {
			return enrolment.Change{}, err
		}
	}
	proof, err := s.keepVerdict(ctx, request, f)
	if err != nil {
		return enrolment.Change{}, err
	}
	items := append([]string{f.item}, proof...)
	verdict := enrolment.Verdict{At: f.judged, Evidence: items, Facts: facts(f), Doubts: doubts(f.verdict.Signer, request.Data.Person)}
	return enrolment.Change{Act: enrolment.Identify, Evidence: items, Edit: func(q *enrolment.Request) {
		q.Data.Signed, q.Data.Verdict = signedBy(request, f.item, f.received), &verdict
	}}, nil
}

// signedBy says that the contract as it was judged is signed by a file.
func signedBy(judged enrolment.Request, item string, at time.Time) *enrolment.Signing {
	return &enrolment.Signing{At: at, Contract: judged.Data.Contract.SHA256, File: item}
}

// keepFile keeps the upload as it came.
func (s *Signing) keepFile(ctx context.Context, request enrolment.Request, file []byte) (string, error) {
	media := "application/pkcs7-mime"
	if bytes.HasPrefix(file, []byte("%PDF-")) {
		media = "application/pdf"
	}
	item, err := s.Keeper.Put(ctx, evidence.New{Request: request.ID, Kind: evidence.SignedContract, MediaType: media, Author: request.Holder, Content: file})
	return item.ID, err
}

// record is what proves a verdict in twenty years, beside contract and file. DPCM 7(8),
// REG 13
type record struct {
	Request  string    `json:"request"`
	Contract string    `json:"contract_sha256"`
	File     string    `json:"file_sha256"`
	Item     string    `json:"file"`
	Received time.Time `json:"received"`
	Judged   time.Time `json:"judged"`

	Format    signature.Format `json:"format"`
	Algorithm string           `json:"algorithm"`
	Signer    signer           `json:"signer"`
	Claimed   time.Time        `json:"claimed_time,omitzero"`
	Stamped   time.Time        `json:"time_stamp,omitzero"`

	// Certificates are those of signer and issuer, DER.
	Certificates [][]byte          `json:"certificates"`
	Revocation   revocation.Record `json:"revocation"`
	List         string            `json:"trusted_list"`
	Service      string            `json:"trusted_service"`
}

type signer struct {
	FiscalCode string    `json:"fiscal_code"`
	GivenName  string    `json:"given_name,omitempty"`
	Surname    string    `json:"surname,omitempty"`
	Subject    string    `json:"subject"`
	Issuer     string    `json:"issuer"`
	Serial     string    `json:"serial"`
	NotBefore  time.Time `json:"not_before"`
	NotAfter   time.Time `json:"not_after"`
}

// keepVerdict keeps the record, and the list of revoked certificates if one was used.
func (s *Signing) keepVerdict(ctx context.Context, request enrolment.Request, f found) (items []string, err error) {
	v := f.verdict
	put := func(kind evidence.Kind, media string, content []byte) error {
		item, err := s.Keeper.Put(ctx, evidence.New{Request: request.ID, Kind: kind, MediaType: media, Author: author, Content: content})
		items = append(items, item.ID)
		return err
	}
	state, err := v.Evidence.Revocation.Keep(evidence.MaxItem, func(part []byte) (string, error) {
		err := put(evidence.RevocationList, "application/pkix-crl", part)
		return items[len(items)-1], err
	})
	if err != nil {
		return nil, err
	}
	who := v.Signer
	content, err := json.Marshal(record{
		Request: string(request.Number), Contract: request.Data.Contract.SHA256, File: digest(f.file), Item: f.item, Received: f.received, Judged: f.judged,
		Format: v.Format, Algorithm: v.Algorithm, Claimed: v.SignedAt, Stamped: v.StampedAt,
		Signer: signer{
			FiscalCode: string(who.FiscalCode), GivenName: who.GivenName, Surname: who.Surname, Subject: who.Subject, Issuer: who.Issuer, Serial: who.Serial,
			NotBefore: who.NotBefore, NotAfter: who.NotAfter,
		},
		Certificates: v.Evidence.Certificates, Revocation: state, List: v.Evidence.List, Service: v.Evidence.Service,
	})
	if err != nil {
		return nil, err
	}
	return items, put(evidence.SignatureVerdict, "application/json", content)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
