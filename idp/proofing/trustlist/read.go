package trustlist

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"atrio/saml/xmlsec"
)

const (
	tsl        = "http://uri.etsi.org/02231/v2#"
	additional = "http://uri.etsi.org/02231/v2/additionaltypes#"
	sie        = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
	forSigning = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures"
)

// policy bounds a document. Comments are dropped, as lists are edited by people.
var policy = xmlsec.Policy{MaxBytes: 24 << 20, MaxDepth: 48, MaxAttributes: 64, MaxNodes: 1 << 20, DropComments: true}

// ErrSignature says that none of the certificates given signed the document, ErrForm
// that what was signed is not a list.
var (
	ErrSignature = errors.New("trustlist: not signed by a known operator")
	ErrForm      = errors.New("trustlist: not a trusted list")
)

// Read verifies a document with the certificates of those who may sign it and reads it.
// These certificates are pinned: whether they would be valid by their dates plays no
// part, as they are replaced through the list of lists.
func Read(data []byte, signers []*x509.Certificate) (*List, error) {
	root, err := xmlsec.Parse(data, policy)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	keys := make([]crypto.PublicKey, 0, len(signers))
	for _, c := range signers {
		keys = append(keys, c.PublicKey)
	}
	signed, err := xmlsec.VerifyXAdES(root, keys)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	l := &List{Digest: sha256.Sum256(data)}
	if err := l.read(signed.Root()); err != nil {
		return nil, err
	}
	return l, nil
}

func el(local string) xmlsec.Name { return xmlsec.Name{Space: tsl, Local: local} }

// path follows child elements of the list's own namespace.
func path(e *xmlsec.Element, names ...string) *xmlsec.Element {
	for _, n := range names {
		e = e.Child(el(n))
	}
	return e
}

func textOf(e *xmlsec.Element, names ...string) string {
	return strings.TrimSpace(path(e, names...).Text())
}

// read reads the verified root. Whatever decides must be there and be readable.
func (l *List) read(root *xmlsec.Element) error {
	if root.Name != el("TrustServiceStatusList") {
		return ErrForm
	}
	scheme := path(root, "SchemeInformation")
	l.Territory = textOf(scheme, "SchemeTerritory")
	var err error
	if l.Version, err = strconv.Atoi(textOf(scheme, "TSLVersionIdentifier")); err != nil || l.Version != 5 && l.Version != 6 {
		return fmt.Errorf("%w: version", ErrForm)
	}
	if l.Sequence, err = strconv.Atoi(textOf(scheme, "TSLSequenceNumber")); err != nil || l.Sequence < 1 {
		return fmt.Errorf("%w: sequence number", ErrForm)
	}
	if l.Issued, err = readTime(textOf(scheme, "ListIssueDateTime")); err != nil || len(l.Territory) != 2 {
		return fmt.Errorf("%w: date of issue or territory", ErrForm)
	}
	if next := textOf(scheme, "NextUpdate", "dateTime"); next != "" {
		if l.NextUpdate, err = readTime(next); err != nil {
			return fmt.Errorf("%w: next update", ErrForm)
		}
	}
	for _, p := range path(scheme, "PointersToOtherTSL").Named(el("OtherTSLPointer")) {
		l.Pointers = append(l.Pointers, readPointer(p))
	}
	for _, provider := range path(root, "TrustServiceProviderList").Named(el("TrustServiceProvider")) {
		name := english(path(provider, "TSPInformation", "TSPName"))
		for _, s := range path(provider, "TSPServices").Named(el("TSPService")) {
			if err := l.readService(name, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func readTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err
}

// english gives the name in English, the first one if there is none.
func english(names *xmlsec.Element) string {
	first := ""
	for _, n := range names.Named(el("Name")) {
		text := strings.TrimSpace(n.Text())
		if lang, _ := n.AttrNS("http://www.w3.org/XML/1998/namespace", "lang"); lang == "en" {
			return text
		}
		if first == "" {
			first = text
		}
	}
	return first
}

func readPointer(e *xmlsec.Element) Pointer {
	p := Pointer{Location: textOf(e, "TSLLocation")}
	for _, identity := range path(e, "ServiceDigitalIdentities").Named(el("ServiceDigitalIdentity")) {
		p.Signers = append(p.Signers, certificates(identity)...)
	}
	for _, other := range path(e, "AdditionalInformation").Named(el("OtherInformation")) {
		if t := textOf(other, "SchemeTerritory"); t != "" {
			p.Territory = t
		}
	}
	return p
}

// certificates reads those of a ServiceDigitalIdentity. One that cannot be read serves
// nobody and harms nobody: it will not match.
func certificates(identity *xmlsec.Element) []*x509.Certificate {
	var all []*x509.Certificate
	for _, id := range identity.Named(el("DigitalId")) {
		text := path(id, "X509Certificate").Text()
		if text == "" {
			continue
		}
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			continue
		}
		if c, err := x509.ParseCertificate(der); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// readService reads a TSPService of a type that matters.
func (l *List) readService(provider string, e *xmlsec.Element) error {
	now := path(e, "ServiceInformation")
	s := &Service{Provider: provider, Name: english(path(now, "ServiceName")), Type: textOf(now, "ServiceTypeIdentifier")}
	if s.Type != QualifiedCertificates && s.Type != QualifiedTimeStamps {
		return nil
	}
	s.Certificates = certificates(path(now, "ServiceDigitalIdentity"))
	states := append([]*xmlsec.Element{now}, path(e, "ServiceHistory").Named(el("ServiceHistoryInstance"))...)
	for i, state := range states {
		p, err := readPeriod(state)
		if err != nil {
			return err
		}
		if i > 0 && len(s.Periods) > 0 && p.Since.After(s.Periods[0].Since) { // history must not outdo the present
			return fmt.Errorf("%w: a history that is newer than the present", ErrForm)
		}
		if textOf(state, "ServiceTypeIdentifier") == s.Type { // else it was another service then
			s.Periods = append(s.Periods, p)
		}
	}
	slices.SortStableFunc(s.Periods, func(a, b Period) int { return b.Since.Compare(a.Since) })
	l.Services = append(l.Services, s)
	return nil
}

func readPeriod(e *xmlsec.Element) (Period, error) {
	p := Period{Status: textOf(e, "ServiceStatus")}
	var err error
	if p.Since, err = readTime(textOf(e, "StatusStartingTime")); err != nil || p.Status == "" {
		return p, fmt.Errorf("%w: status of a service", ErrForm)
	}
	for _, x := range path(e, "ServiceInformationExtensions").Named(el("Extension")) {
		p.extend(x)
	}
	return p, nil
}

// extend reads an extension of a service (ETSI TS 119 612 5.5.9).
func (p *Period) extend(x *xmlsec.Element) {
	known := false
	for _, inner := range x.Elements() {
		switch inner.Name {
		case el("AdditionalServiceInformation"):
			known = true
			p.ForSignatures = p.ForSignatures || textOf(inner, "URI") == forSigning
		case xmlsec.Name{Space: sie, Local: "Qualifications"}:
			known = true
			for _, q := range inner.Named(xmlsec.Name{Space: sie, Local: "QualificationElement"}) {
				p.qualifications = append(p.qualifications, readQualification(q))
			}
		case el("ExpiredCertsRevocationInfo"), xmlsec.Name{Space: additional, Local: "TakenOverBy"}:
			known = true
		}
	}
	if critical, _ := x.Attr("Critical"); !known && critical != "false" {
		p.Unusable = true
	}
}
