package mrtd

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"atrio/mrtd/lds"
	"atrio/mrtd/signature"
	"atrio/mrtd/signer"
)

// Trust is what a caller believes, and what it wants to be told.
type Trust struct {
	// Countries are the certificates of countries (CSCA), from a master list that the
	// caller has checked. Link certificates are welcome.
	Countries []*signer.Certificate
	// Lists are revocation lists; one of the document's country must be current. With
	// DemandList a country without a list is refused.
	Lists      []*signer.List
	DemandList bool
	// Demanded are groups that must have been read where the document has them, beside zone
	// and portrait.
	Demanded []lds.File
	// TwoLetters turns the code of a machine-readable zone (ITA, or D) into the two
	// letters of certificates (IT, DE); empty for what it does not know.
	TwoLetters func(zone string) string
	// Challenge is what the chip must have signed when the caller gave the challenge to
	// somebody else's reader. With a reader of one's own, which draws it, leave it empty.
	Challenge []byte
}

// Verdict is what a document says, once it is known to be what its country signed. Read
// it only where Judge returns no error, or beside the reasons of a Refusal: what was not
// authentic is not in it.
type Verdict struct {
	Zone     lds.MRZ
	Portrait lds.Portrait
	Holder   lds.Holder   // empty without DG11
	Document lds.Document // empty without DG12

	// PersonalNumber is the number that the state gives the person, in Italy the codice
	// fiscale, and PersonalNumberFrom where it stands: DG11, MRZ, or nothing. Where it
	// stands nowhere, take it from elsewhere.
	PersonalNumber     string
	PersonalNumberFrom string

	Groups  []lds.File // the data groups that are as they were signed
	Signer  *signer.Certificate
	Country *signer.Certificate
	Active  bool // the chip signed the challenge
	Chip    bool // the chip agreed on keys
}

// Judge says what speaks against a document that was read. No error means: nothing.
func Judge(reading Reading, trust Trust, now time.Time) (Verdict, error) {
	j := judgement{reading: reading, trust: trust, now: now}
	if j.passive() { // ICAO 9303-11 5.1; the rest counts only after it
		j.contents()
		j.proofs()
	}
	if len(j.against) > 0 {
		return j.verdict, j.against
	}
	return j.verdict, nil
}

type judgement struct {
	reading Reading
	trust   Trust
	now     time.Time
	object  *signer.Object
	verdict Verdict
	against Refusal
}

func (j *judgement) refuse(r Reason, format string, args ...any) {
	j.against = append(j.against, failf(r, format, args...))
}

// passive says whether what was read is what a trusted country signed.
func (j *judgement) passive() bool {
	object, err := signer.ParseObject(j.reading.Files[lds.SOD])
	if err == nil {
		err = object.Verify()
	}
	if err != nil {
		j.refuse(reasonOf(err), "security object: %w", err)
		return false
	}
	j.object = object
	country, err := j.issuer()
	if err != nil {
		reason := UnknownIssuer
		if errors.Is(err, signature.ErrWeak) {
			reason = WeakAlgorithm
		}
		j.refuse(reason, "%q, issued by %q: %w", object.Signer.Subject, object.Signer.Issuer, err)
		return false
	}
	j.certificates(country)
	j.groups()
	if len(j.against) > 0 {
		return false
	}
	j.verdict.Signer, j.verdict.Country = object.Signer, country
	return true
}

var errNobody = errors.New("no country that is trusted")

// issuer is the country that signed the document signer's certificate. A country may have
// several certificates for one key: one that is valid now is taken where there is one.
func (j *judgement) issuer() (*signer.Certificate, error) {
	var found *signer.Certificate
	failed := errNobody
	for _, c := range j.trust.Countries {
		err := j.object.Signer.IssuedBy(c)
		switch {
		case err == nil && (found == nil || c.ValidAt(j.now)):
			found = c
		case err != nil && !errors.Is(err, signer.ErrAnother):
			failed = err
		}
		if found != nil && found.ValidAt(j.now) {
			return found, nil
		}
	}
	if found == nil {
		return nil, failed
	}
	return found, nil
}

// certificates holds both certificates against the day and against revocation lists.
func (j *judgement) certificates(country *signer.Certificate) {
	s := j.object.Signer
	if !s.MaySign() {
		j.refuse(UnknownIssuer, "%q may not sign documents", s.Subject)
	}
	for _, c := range []*signer.Certificate{s, country} {
		if !c.ValidAt(j.now) {
			j.refuse(ExpiredSigner, "%q is valid from %s to %s", c.Subject, c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
		}
	}
	if s.Country != country.Country { // ICAO 9303-12: the country is that of the issuer
		j.refuse(CountryMismatch, "the signer is of %q, its issuer of %q", s.Country, country.Country)
	}
	seen, current := false, false
	for _, l := range j.trust.Lists {
		if !j.speaks(l, country) {
			continue
		}
		seen = true
		current = current || l.Current(j.now)
		if l.Revoked(s) || l.Revoked(country) { // an old list still says so
			j.refuse(RevokedSigner, "%q, list of %s", s.Subject, l.ThisUpdate.Format(time.DateOnly))
		}
	}
	if !current && (seen || j.trust.DemandList) {
		j.refuse(StaleRevocation, "no current revocation list of %q", country.Subject)
	}
}

// speaks says whether a list is of this country: signed by the key that signed the signer's
// certificate, or by another that is believed. A country that has changed its key signs its
// lists with the new one, and withdraws with it what the old one signed (ICAO 9303-12).
func (j *judgement) speaks(l *signer.List, country *signer.Certificate) bool {
	if l.IssuedBy(country) == nil {
		return true
	}
	for _, c := range j.trust.Countries {
		if c.Country == country.Country && c.ValidAt(j.now) && l.IssuedBy(c) == nil {
			return true
		}
	}
	return false
}

// groups holds every group against its hash, and asks for those without which a
// document says nothing.
func (j *judgement) groups() {
	files := make([]lds.File, 0, len(j.reading.Files))
	for f := range j.reading.Files {
		if f.Number() > 0 {
			files = append(files, f)
		}
	}
	slices.Sort(files)
	for _, f := range files {
		listed, same := j.object.Covers(f.Number(), j.reading.Files[f])
		if !listed || !same {
			j.refuse(Tampered, "%s is not what was signed (listed: %t)", f, listed)
			continue
		}
		j.verdict.Groups = append(j.verdict.Groups, f)
	}
	for _, f := range []lds.File{lds.DG1, lds.DG2} { // ICAO 9303-10 4.7: mandatory
		if j.reading.Files[f] == nil {
			j.refuse(MissingGroup, "%s (listed: %t)", f, j.object.Groups[f.Number()] != nil)
		}
	}
	for _, f := range j.trust.Demanded {
		if j.object.Groups[f.Number()] != nil && j.reading.Files[f] == nil {
			j.refuse(MissingGroup, "%s is listed, and was not read", f)
		}
	}
}

// contents reads the groups, which are authentic by now.
func (j *judgement) contents() {
	v, files := &j.verdict, j.reading.Files
	var err error
	note := func(e error) {
		if e != nil {
			j.refuse(Malformed, "%w", e)
		}
	}
	v.Zone, err = lds.ParseDG1(files[lds.DG1])
	note(err)
	zoneRead := err == nil
	v.Portrait, err = lds.ParseDG2(files[lds.DG2])
	note(err)
	if b := files[lds.DG11]; b != nil {
		v.Holder, err = lds.ParseDG11(b)
		note(err)
	}
	if b := files[lds.DG12]; b != nil {
		v.Document, err = lds.ParseDG12(b)
		note(err)
	}
	switch {
	case v.Holder.PersonalNumber != "":
		v.PersonalNumber, v.PersonalNumberFrom = v.Holder.PersonalNumber, lds.DG11.String()
	case v.Zone.PersonalNumber != "":
		v.PersonalNumber, v.PersonalNumberFrom = v.Zone.PersonalNumber, "MRZ"
	}
	if !zoneRead {
		return
	}
	if v.Zone.Expired(j.now) {
		j.refuse(ExpiredDocument, "valid until %s", v.Zone.Expiry.Format(time.DateOnly))
	}
	two := ""
	if j.trust.TwoLetters != nil {
		two = j.trust.TwoLetters(v.Zone.IssuingState)
	}
	if two == "" || two != v.Country.Country {
		j.refuse(CountryMismatch, "the zone says %q (%q), the country that signed is %q", v.Zone.IssuingState, two, v.Country.Country)
	}
}

// outcome of one way in which a chip proves itself.
type outcome int

const (
	notOffered outcome = iota
	notSpoken          // offered in a way that is not spoken here
	absent             // offered, and not carried out
	failed
	passed
)

// proofs asks for one proof, and takes a failed one against the chip. Their keys stand
// in groups whose hashes were signed: passive authentication is through.
func (j *judgement) proofs() {
	active, activeErr := j.active()
	chip, chipErr := j.chip()
	j.verdict.Active, j.verdict.Chip = active == passed, chip == passed
	cause := errors.Join(activeErr, chipErr)
	switch {
	case active == failed || chip == failed:
		j.refuse(CloneSuspected, "%w", cause)
	case active == passed || chip == passed:
	case active == absent || chip == absent:
		j.refuse(CloneSuspected, "%w", cause)
	default:
		j.refuse(NoChipProof, "%w", errors.Join(errors.New("neither active nor chip authentication"), cause))
	}
	if want := j.trust.Challenge; want != nil && (j.reading.Active == nil || !bytes.Equal(j.reading.Active.Challenge, want)) {
		j.refuse(Replayed, "the challenge is another one, or none")
	}
}

func (j *judgement) active() (outcome, error) {
	if j.object.Groups[lds.DG15.Number()] == nil {
		return notOffered, nil
	}
	dg15, proof := j.reading.Files[lds.DG15], j.reading.Active
	if dg15 == nil {
		return absent, errors.New("active authentication: DG15 is signed, and was not read")
	}
	key, err := activeKey(dg15)
	if errors.Is(err, signature.ErrUnsupported) {
		return notSpoken, err
	}
	if err != nil || proof == nil || len(proof.Challenge) != challengeSize {
		return absent, fmt.Errorf("active authentication: no answer: %w", errors.Join(err, errNoAnswer))
	}
	algorithm := ""
	if dg14, err := lds.ParseDG14(j.reading.Files[lds.DG14]); err == nil {
		algorithm = dg14.Active
	}
	err = key.VerifyChallenge(algorithm, proof.Challenge, proof.Signature)
	switch {
	case err == nil:
		return passed, nil
	case errors.Is(err, signature.ErrUnsupported), errors.Is(err, signature.ErrWeak):
		return notSpoken, fmt.Errorf("active authentication: %w", err)
	}
	return failed, fmt.Errorf("active authentication: %w", err)
}

var errNoAnswer = errors.New("nothing to check")

func (j *judgement) chip() (outcome, error) {
	if j.object.Groups[lds.DG14.Number()] == nil {
		return notOffered, nil
	}
	b := j.reading.Files[lds.DG14]
	if b == nil {
		return absent, errors.New("chip authentication: DG14 is signed, and was not read")
	}
	dg14, err := lds.ParseDG14(b)
	if err != nil {
		return failed, err
	}
	if access := j.reading.Files[lds.CardAccess]; access != nil {
		j.sameOffers(access, dg14)
	}
	choice, offered := chooseChip(dg14)
	proof := j.reading.Chip
	switch {
	case !offered:
		return notOffered, nil
	case choice.suite == 0:
		return notSpoken, errors.New("chip authentication: in no group that is spoken here")
	case proof == nil:
		return absent, errors.New("chip authentication: not carried out")
	case !proof.Passed:
		return failed, errors.New("chip authentication: the chip does not have the private key")
	case !bytes.Equal(proof.Key, choice.raw) || proof.Protocol != choice.protocol.String():
		return failed, errors.New("chip authentication: with a key that is not in DG14")
	}
	return passed, nil
}

// sameOffers holds what the chip offered in the open against what was signed, lest
// somebody between has it speak a weaker protocol (ICAO 9303-11 9.2).
func (j *judgement) sameOffers(access []byte, dg14 lds.Security) {
	open, err := lds.ParseCardAccess(access)
	if err != nil {
		j.refuse(Malformed, "%w", err)
		return
	}
	for _, p := range open.PACE {
		if !dg14.Has(p.Raw) {
			j.refuse(Tampered, "EF.CardAccess offers what DG14 does not")
			return
		}
	}
}
