// Package signing is the identification by a digital signature: the applicant signs the
// frozen contract with a program of their own and uploads it; the verdict about the
// signature is the identification. // REG 11, 2.a, E04
//
// It owns the page, what is kept of a signature, and the asking again where an authority
// did not answer. Whether an upload is the contract, signed by the person's qualified
// certificate, is package signature's to say; what a step means is enrolment's.
package signing

import (
	"context"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/proofing/signature"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package, and the texts of everything that a signature may
// be refused for.
func Pages() []ui.Pages {
	return []ui.Pages{{Name: "signing", FS: files}, {Name: "signature", FS: signature.Texts()}}
}

// Verifier judges an upload; *signature.Verifier does.
type Verifier interface {
	Verify(ctx context.Context, r signature.Request) (signature.Verdict, error)
}

// Keeper keeps evidence; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
	Open(ctx context.Context, id string, a evidence.Access) (evidence.Opened, error)
}

// Waiting is a request whose signature could not be judged yet.
type Waiting struct {
	Request string
	// Version is that of the request, Tries how often it was tried since.
	Version, Tries int
}

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	// SignaturesDue lists requests in signature_pending that are to be tried, those that
	// waited longest first.
	SignaturesDue(ctx context.Context, now time.Time, limit int) ([]Waiting, error)
	// TryLater says when a request is tried again, at the version it has.
	TryLater(ctx context.Context, w Waiting, next time.Time) error
}

// Limiter bounds how often a request is judged.
type Limiter interface {
	Allow(ctx context.Context, limit ratelimit.Limit, key ...string) error
}

// Signing serves the pages.
type Signing struct {
	Site   *web.Site
	Way    *way.Way
	Store  Store
	Keeper Keeper
	// Verifier judges; nil where the way is not offered any more: there are no pages then,
	// but what waits is given back.
	Verifier Verifier
	Limiter  Limiter
	// Provider is the issuer's name, in mails.
	Provider string
	// Patience is for how long an authority that does not answer is asked again.
	Patience time.Duration
	// Limit guards posts against floods, UploadLimit those with a file.
	Limit, UploadLimit web.Guard
	Now                func() time.Time

	slots chan struct{}
	once  sync.Once
}

// atOnce is how many uploads are judged at the same time: each is in memory several times.
const atOnce = 8

// errBusy: all places to judge are taken.
var errBusy = fault.New(fault.Unavailable, "error.unavailable").For("signature_busy").Retry(10 * time.Second)

// place waits for a place to judge; it has to be given back.
func (s *Signing) place(ctx context.Context) (func(), error) {
	s.once.Do(func() { s.slots = make(chan struct{}, atOnce) })
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	case <-ctx.Done():
		return nil, errBusy.Because(ctx.Err())
	}
}

// MaxBytes is the largest upload. // 2.a (1)
const MaxBytes = signature.DefaultMaxBytes

const (
	// asking bounds a verdict: somebody waits for the page.
	asking = 25 * time.Second
	// author stands at evidence that the program made.
	author = "system:signature"
)

// perRequest bounds uploads of one request: each asks authorities outside.
func perRequest() ratelimit.Limit {
	return ratelimit.Limit{Name: "enrol.signature", Burst: 30, Per: time.Hour}
}

// errContract: the frozen contract is not what the request says. Somebody must look.
var errContract = errors.New("signing: the contract kept is not the one that was frozen")

// judge gives the verdict about an upload at a time, compared with the very octets that
// were frozen.
func (s *Signing) judge(ctx context.Context, request enrolment.Request, upload []byte, by string, at time.Time) (signature.Verdict, error) {
	frozen := request.Data.Contract
	if frozen == nil {
		return signature.Verdict{}, enrolment.ErrMissing
	}
	kept, err := s.Keeper.Open(ctx, frozen.Evidence, evidence.Access{By: by, Purpose: "signature " + string(request.Number)})
	if err != nil {
		return signature.Verdict{}, err
	}
	if kept.Request != request.ID || hex.EncodeToString(kept.SHA256[:]) != frozen.SHA256 {
		return signature.Verdict{}, errContract
	}
	code, err := person.ParseFiscalCode(request.Data.Person.FiscalCode)
	if err != nil {
		return signature.Verdict{}, fmt.Errorf("signing: codice fiscale of the request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	done, err := s.place(ctx)
	if err != nil {
		return signature.Verdict{}, err
	}
	defer done()
	return s.Verifier.Verify(ctx, signature.Request{Contract: kept.Content, FiscalCode: code, Upload: upload, At: at})
}
