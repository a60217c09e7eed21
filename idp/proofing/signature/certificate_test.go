package signature_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/refusal"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/trustlist"
)

// statements replaces those of a qualified certificate.
func statements(all ...[]byte) st.Change {
	return func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{st.Statements(all...)} }
}

func usage(u x509.KeyUsage) st.Change { return func(c *x509.Certificate) { c.KeyUsage = u } }

func subject(n pkix.Name) st.Change { return func(c *x509.Certificate) { c.Subject = n } }

// E04 (cf_mismatch), A21, A22.
func TestEveryReasonAboutTheCertificate(t *testing.T) {
	w := newWorld()
	day := 24 * time.Hour
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long := endless{&rsa.PublicKey{N: new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 16384), big.NewInt(1)), E: 65537}}
	for _, c := range []struct {
		name   string
		signer *st.Identity
		want   refusal.Reason
	}{
		{"CNS", w.Issue(w.Unlisted, st.CNS(cf)), refusal.CNSKey},
		{"CNS of a region without a known policy", w.Issue(w.Unlisted, st.CNS(cf), func(c *x509.Certificate) { c.Policies = nil }), refusal.CNSKey},
		{"CIE", w.Issue(w.Unlisted, st.CIE(cf)), refusal.CIEFEA},
		{"CIE by another of its policies", w.Issue(w.Unlisted, st.CIE(cf), func(c *x509.Certificate) { c.Policies = nil }, st.Policy("1.3.76.47.4.2")), refusal.CIEFEA},
		{"a certificate for mail", w.Person(w.Granted, cf, usage(x509.KeyUsageDigitalSignature)), refusal.WrongKeyUsage},
		{"a certificate that says it is of a CA", w.Person(w.Granted, cf, func(c *x509.Certificate) { c.IsCA = true }), refusal.WrongKeyUsage},
		{"a certificate of a CA", w.Person(w.Granted, cf, usage(x509.KeyUsageContentCommitment|x509.KeyUsageCertSign), func(c *x509.Certificate) { c.IsCA = true }), refusal.WrongKeyUsage},
		{"no statements", w.Person(w.Granted, cf, func(c *x509.Certificate) { c.ExtraExtensions = nil }), refusal.NotQualified},
		{"no compliance", w.Person(w.Granted, cf, statements(st.Device, st.ForSigning)), refusal.NotQualified},
		{"no device", w.Person(w.Granted, cf, statements(st.Compliance, st.ForSigning)), refusal.NotQualified},
		{"no kind", w.Person(w.Granted, cf, statements(st.Compliance, st.Device)), refusal.NotQualified},
		{"a seal", w.Person(w.Granted, cf, statements(st.Compliance, st.Device, st.ForSealing)), refusal.NotQualified},
		{"a seal and a signature at once", w.Person(w.Granted, cf, statements(st.Compliance, st.Device, st.ForBoth)), refusal.NotQualified},
		{"the law of another country", w.Person(w.Granted, cf, statements(st.Compliance, st.Device, st.ForSigning, st.Legislation)), refusal.NotQualified},
		{"an unknown critical extension", w.Person(w.Granted, cf, func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}})
		}), refusal.NotQualified},
		{"an unlisted issuer", w.Person(w.Unlisted, cf), refusal.ChainUnknown},
		{"an issuer that only bears the name", impostor(w), refusal.ChainUnknown},
		{"a withdrawn issuer", w.Person(w.Withdrawn, cf), refusal.IssuerWithdrawn},
		{"issued before there was a grant", w.Person(w.Granted, cf, st.Dates(now.AddDate(-7, -1, 0), now.AddDate(1, 0, 0))), refusal.IssuerWithdrawn},
		{"no codice fiscale", w.Issue(w.Granted, st.Qualified("IDCIT-CA00000AA")), refusal.CFMissing},
		{"a tax number of elsewhere", w.Issue(w.Granted, st.Qualified("TINDE-12345678901")), refusal.CFMissing},
		{"a wrong codice fiscale", w.Issue(w.Granted, st.Qualified("TINIT-RSSMRA80A01H501X")), refusal.CFMissing},
		{"a codice fiscale in small letters", w.Issue(w.Granted, st.Qualified("TINIT-rssmra80a01h501u")), refusal.CFMissing},
		{"the old form", w.Issue(w.Granted, st.Qualified("IT:"+cf)), refusal.CFMissing},
		{"two serial numbers", w.Person(w.Granted, cf, subject(st.Name("TINIT-"+cf, "TINIT-"+other))), refusal.CFMissing},
		{"no serial number", w.Person(w.Granted, cf, subject(st.Name())), refusal.CFMissing},
		{"somebody else", w.Person(w.Granted, other), refusal.CFMismatch},
		{"expired", w.Person(w.Granted, cf, st.Dates(now.AddDate(-3, 0, 0), now.Add(-time.Second))), refusal.Expired},
		{"not yet valid", w.Person(w.Granted, cf, st.Dates(now.Add(time.Second), now.AddDate(3, 0, 0))), refusal.NotYetValid},
		{"revoked", w.revoked(-day, 1), refusal.Revoked},
		{"revoked without a reason", w.revoked(-day, 0), refusal.Revoked},
		{"suspended", w.revoked(-day, 6), refusal.Suspended},
		{"a short RSA key", w.IssueFor(w.Granted, st.ShortRSAKey(), st.Qualified("TINIT-"+cf)), refusal.WeakAlgorithm},
		{"an RSA key without measure", &st.Identity{Certificate: w.IssueFor(w.Granted, long, st.Qualified("TINIT-"+cf)).Certificate, Key: st.NewKey()}, refusal.WeakAlgorithm},
		{"a small curve", w.IssueFor(w.Granted, small, st.Qualified("TINIT-"+cf)), refusal.WeakAlgorithm},
	} {
		w.wants(t, c.name, cades().Sign(c.signer), c.want)
		w.wants(t, c.name+", PAdES", st.PDF{}.Sign(contract, c.signer), c.want)
	}
}

// endless is a key of which nobody has the other half.
type endless struct{ public *rsa.PublicKey }

func (e endless) Public() crypto.PublicKey { return e.public }
func (endless) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("nobody signs")
}

// revoked is the identity of a person whose certificate was revoked.
func (w *world) revoked(ago time.Duration, reason int) *st.Identity {
	p := w.Person(w.Granted, cf)
	w.Granted.Revoke(p.Certificate, now.Add(ago), reason)
	return p
}

// impostor has a CA of the same name and another key.
func impostor(w *world) *st.Identity {
	double := st.New(now)
	return double.Person(double.Granted, cf)
}

func TestTheOldFormOfACodiceFiscaleIsAMatterOfConfiguration(t *testing.T) {
	w := newWorld()
	w.OldFiscalCode = true
	w.wants(t, "IT:", cades().Sign(w.Issue(w.Granted, st.Qualified("IT:"+cf))), "")
	w.wants(t, "IT: of somebody else", cades().Sign(w.Issue(w.Granted, st.Qualified("IT:"+other))), refusal.CFMismatch)
}

// A21: an authority that is withdrawn.
func TestTheTrustedListDecides(t *testing.T) {
	w := newWorld()
	mario := cades().Sign(w.Person(w.Granted, cf))
	const forbids = `<Extension Critical="true"><s:Qualifications xmlns:s="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"><s:QualificationElement>` +
		`<s:Qualifiers><s:Qualifier uri="http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/%"/></s:Qualifiers><s:CriteriaList assert="all">` +
		`<s:KeyUsage><s:KeyUsageBit name="nonRepudiation">true</s:KeyUsageBit></s:KeyUsage></s:CriteriaList></s:QualificationElement></s:Qualifications></Extension>`
	granted := func(change func(*st.Service)) st.List {
		l := w.Authority.List()
		change(&l.Services[0])
		return l
	}
	twice := w.Authority.List()
	twice.Services = append(twice.Services, twice.Services[0])
	twice.Services[4].Status = st.Withdrawn
	old := w.Authority.List()
	old.Next = now.Add(-time.Second)
	closed := w.Authority.List()
	closed.Next = time.Time{}
	early := w.Authority.List()
	early.Issued = now.Add(time.Second)
	for _, c := range []struct {
		name string
		list st.List
		want refusal.Reason
	}{
		{"as it is", w.Authority.List(), ""},
		{"not for signatures", granted(func(s *st.Service) { s.Extensions = "" }), refusal.NotQualified},
		{"no device, says the list", granted(func(s *st.Service) { s.Extensions += replace(forbids, "QCNoQSCD") }), refusal.NotQualified},
		{"not qualified, says the list", granted(func(s *st.Service) { s.Extensions += replace(forbids, "NotQualified") }), refusal.NotQualified},
		{"a device, says the list", granted(func(s *st.Service) { s.Extensions += replace(forbids, "QCWithQSCD") }), ""},
		{"an unknown critical extension", granted(func(s *st.Service) { s.Extensions += `<Extension Critical="true"><Odd/></Extension>` }), refusal.IssuerWithdrawn},
		{"an unknown extension", granted(func(s *st.Service) { s.Extensions += `<Extension Critical="false"><Odd/></Extension>` }), ""},
		{"withdrawn in a second entry", twice, refusal.IssuerWithdrawn},
		{"granted from tomorrow", granted(func(s *st.Service) { s.Since = now.AddDate(0, 0, 1) }), refusal.IssuerWithdrawn},
		{"past its next update", old, refusal.TrustListStale},
		{"closed", closed, refusal.TrustListStale},
		{"from the future", early, refusal.TrustListStale},
	} {
		w.list = w.Trusted(c.list)
		w.wants(t, c.name, mario, c.want)
	}
	w.list = nil
	w.wants(t, "no list", mario, refusal.TrustListStale)
}

func TestAnIssuerWhoseOwnCertificateIsOverVouchesForNobody(t *testing.T) {
	w := newWorld()
	l := w.Authority.List()
	l.Next = now.AddDate(70, 0, 0)
	w.list = w.Trusted(l)
	upload := cades().Sign(w.Person(w.Granted, cf, st.Dates(now.AddDate(-1, 0, 0), now.AddDate(62, 0, 0))))
	_, err := w.Verify(t.Context(), signature.Request{Contract: contract, FiscalCode: cf, Upload: upload, At: now.AddDate(60, 0, 1)})
	if refusal.Of(err) != refusal.IssuerWithdrawn {
		t.Error(err)
	}
}

// A21: what cannot be found out is pending.
func TestSilenceIsNeverAConsent(t *testing.T) {
	w := newWorld()
	mario := cades().Sign(w.Person(w.Granted, cf))
	suspended := cades().Sign(w.revoked(-time.Hour, 6))
	w.Silent["ocsp"] = true
	w.wants(t, "CRL instead", mario, "")
	w.wants(t, "suspended in the CRL", suspended, refusal.Suspended)
	w.Silent["crl"] = true
	w.wants(t, "nobody answers", mario, refusal.RevocationUnreachable)
	nowhere := w.Person(w.Granted, cf, func(c *x509.Certificate) {
		c.OCSPServer, c.CRLDistributionPoints = nil, []string{"ldap://qtsp.example/"}
	})
	w.Silent = map[string]bool{}
	w.wants(t, "nobody to ask", cades().Sign(nowhere), refusal.RevocationUnreachable)
	if !refusal.RevocationUnreachable.Pending() || !refusal.TrustListStale.Pending() || refusal.Revoked.Pending() {
		t.Error("what is pending is not what cannot be found out now")
	}
}

// answers lets a test alter what the authority says.
type answers struct {
	*st.Authority
	ocsp func(*ocsp.Response)
	crl  func(*x509.RevocationList)
}

func (a answers) OCSP(_ context.Context, _ string, request []byte) ([]byte, error) {
	if a.ocsp == nil {
		return nil, st.ErrSilent
	}
	return a.Respond(a.Granted, request, a.ocsp)
}

func (a answers) CRL(context.Context, string) ([]byte, error) {
	if a.crl == nil {
		return nil, st.ErrSilent
	}
	return a.RevocationList(a.Granted, a.crl), nil
}

func TestAnswersThatProveNothingAreNotUsed(t *testing.T) {
	w := newWorld()
	mario := cades().Sign(w.Person(w.Granted, cf))
	distribution := func(value ...byte) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: value}}
		}
	}
	for _, c := range []struct {
		name string
		ocsp func(*ocsp.Response)
		crl  func(*x509.RevocationList)
		want refusal.Reason
	}{
		{"good", func(*ocsp.Response) {}, nil, ""},
		{"an old answer", func(r *ocsp.Response) { r.NextUpdate = now.Add(-time.Second) }, nil, refusal.RevocationUnreachable},
		{"an answer from the future", func(r *ocsp.Response) { r.ThisUpdate = now.Add(time.Hour) }, nil, refusal.RevocationUnreachable},
		{"no end, just made", func(r *ocsp.Response) { r.NextUpdate = time.Time{} }, nil, ""},
		{"no end, made an hour ago", func(r *ocsp.Response) { r.ThisUpdate, r.NextUpdate = now.Add(-time.Hour), time.Time{} }, nil, refusal.RevocationUnreachable},
		{"about another certificate", func(r *ocsp.Response) { r.SerialNumber = w.Operator.Certificate.SerialNumber }, nil, refusal.RevocationUnreachable},
		{"unknown, and a list that says nothing", func(r *ocsp.Response) { r.Status = ocsp.Unknown }, func(*x509.RevocationList) {}, refusal.RevocationUnreachable},
		{"an old answer, and a list", func(r *ocsp.Response) { r.NextUpdate = now.Add(-time.Second) }, func(*x509.RevocationList) {}, ""},
		{"an old list", nil, func(l *x509.RevocationList) { l.NextUpdate = now.Add(-time.Second) }, refusal.RevocationUnreachable},
		{"a list from the future", nil, func(l *x509.RevocationList) { l.ThisUpdate = now.Add(time.Hour) }, refusal.RevocationUnreachable},
		{"a list of changes", nil, func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}
		}, refusal.RevocationUnreachable},
		{"a list of people", nil, distribution(0x30, 3, 0x81, 1, 0xff), ""},
		{"a list of authorities", nil, distribution(0x30, 3, 0x82, 1, 0xff), refusal.RevocationUnreachable},
		{"an indirect list", nil, distribution(0x30, 3, 0x84, 1, 0xff), refusal.RevocationUnreachable},
		{"a list of some reasons", nil, distribution(0x30, 4, 0x83, 2, 0, 0x80), refusal.RevocationUnreachable},
		{"a list with entries of others", nil, func(l *x509.RevocationList) {
			l.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: big.NewInt(1), RevocationTime: now,
				ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{0x30, 0}}}}}
		}, refusal.RevocationUnreachable},
		{"a list of another place", nil, distribution(0x30, 9, 0xa0, 7, 0xa0, 5, 0x86, 3, 'x', ':', 'y'), refusal.RevocationUnreachable},
	} {
		w.Fetcher = answers{w.Authority, c.ocsp, c.crl}
		w.wants(t, c.name, mario, c.want)
	}
}

func TestAnswersAreSignedByWhoMay(t *testing.T) {
	w := newWorld()
	mario := cades().Sign(w.Person(w.Granted, cf))
	double := st.New(now)
	good := *w.Granted.Responder
	for _, c := range []struct {
		name      string
		responder *st.Identity
		want      refusal.Reason
	}{
		{"the responder", &good, ""},
		{"the authority itself", &w.Granted.Identity, ""},
		{"a person of the same authority", w.Person(w.Granted, cf), refusal.RevocationUnreachable},
		{"the responder of another authority", w.Withdrawn.Responder, refusal.RevocationUnreachable},
		{"a double", double.Granted.Responder, refusal.RevocationUnreachable},
		{"the certificate of one, the key of another", &st.Identity{Certificate: good.Certificate, Key: st.NewKey()}, refusal.RevocationUnreachable},
		{"expired", w.Issue(w.Granted, st.Dates(now.AddDate(-1, 0, 0), now.Add(-time.Second)), func(c *x509.Certificate) {
			c.Subject = pkix.Name{CommonName: "old"}
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
		}), refusal.RevocationUnreachable},
	} {
		w.Granted.Responder = c.responder
		w.Silent["crl"] = true
		w.wants(t, c.name, mario, c.want)
	}
	w.Silent = map[string]bool{"ocsp": true}
	w.Fetcher = foreignList{w.Authority, double}
	w.wants(t, "a list of a double", mario, refusal.RevocationUnreachable)
}

// foreignList gives lists signed by somebody of the same name.
type foreignList struct {
	*st.Authority
	double *st.Authority
}

func (f foreignList) CRL(context.Context, string) ([]byte, error) {
	return f.double.RevocationList(f.double.Granted, nil), nil
}

func TestTokensOfTimeAreVerified(t *testing.T) {
	w := newWorld()
	mario := w.Person(w.Granted, cf)
	made := now.Add(-time.Hour)
	stamped := func(stamp func(value []byte) []byte) []byte {
		m := cades()
		m.Stamp = stamp
		return m.Sign(mario)
	}
	good := stamped(func(v []byte) []byte { return w.Token(w.TSA, v, made) })
	v, err := w.verify(good)
	if err != nil || !v.StampedAt.Equal(made) || len(v.Evidence.TimeStamps) != 1 {
		t.Fatalf("%v %v", v.StampedAt, err)
	}
	w.wants(t, "in BER", st.BER(good), "")
	for _, c := range []struct {
		name  string
		stamp func([]byte) []byte
		want  refusal.Reason
	}{
		{"over something else", func([]byte) []byte { return w.Token(w.TSA, []byte("x"), made) }, refusal.TimeStampBad},
		{"from the future", func(v []byte) []byte { return w.Token(w.TSA, v, now.Add(time.Hour)) }, refusal.TimeStampBad},
		{"by somebody whom the same authority knows", func(v []byte) []byte {
			return w.Token(w.Issue(w.Stamps, usage(x509.KeyUsageContentCommitment)), v, made)
		}, refusal.TimeStampBad},
		{"by a certificate that is also for time", func(v []byte) []byte {
			return w.Token(w.Issue(w.Stamps, func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{st.ForStamps(false)} }), v, made)
		}, refusal.TimeStampBad},
		{"by a certificate that is also for something else", func(v []byte) []byte {
			return w.Token(w.Issue(w.Stamps, func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{st.ForStamps(true, 2)} }), v, made)
		}, refusal.TimeStampBad},
		{"by a person", func(v []byte) []byte { return w.Token(mario, v, made) }, refusal.TimeStampBad},
		{"by an authority that is not listed", func(v []byte) []byte { return w.Token(st.New(now).TSA, v, made) }, refusal.TimeStampBad},
		{"no token", func([]byte) []byte { return []byte{0x30, 0} }, refusal.TimeStampBad},
		{"a signature instead", func(v []byte) []byte { return st.Message{Content: v}.Sign(w.TSA) }, refusal.TimeStampBad},
	} {
		w.wants(t, c.name, stamped(c.stamp), c.want)
	}
	for name, c := range map[string]struct{ from, made time.Time }{
		"older than the signer's certificate": {now.Add(-time.Hour), now.Add(-2 * time.Hour)},
		"older than the authority's":          {now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0)},
	} {
		m := cades()
		m.Stamp = func(v []byte) []byte { return w.Token(w.TSA, v, c.made) }
		w.wants(t, name, m.Sign(w.Person(w.Granted, cf, st.Dates(c.from, now.AddDate(1, 0, 0)))), refusal.TimeStampBad)
	}
	gone := w.Authority.List()
	gone.Services[2].Status, gone.Services[2].Since = st.Withdrawn, now.Add(-time.Minute)
	gone.Services[2].History = st.Instance(trustlist.QualifiedTimeStamps, st.Granted, now.AddDate(-7, 0, 0))
	w.list = w.Trusted(gone)
	w.wants(t, "by an authority that was withdrawn later", good, "")
	w.wants(t, "by an authority that was withdrawn before", stamped(func(v []byte) []byte { return w.Token(w.TSA, v, now) }), refusal.TimeStampBad)
	w.list = w.Trusted(w.Authority.List())
	w.Stamps.Revoke(w.TSA.Certificate, made, 1)
	w.wants(t, "by an authority whose key was lost", good, refusal.TimeStampBad)
	l := w.Authority.List()
	l.Services[2].Certificate = w.TSA.Certificate
	w.list = w.Trusted(l)
	w.wants(t, "listed itself", good, "")
	l.Services[2].Type = trustlist.QualifiedCertificates
	w.list = w.Trusted(l)
	w.wants(t, "listed as something else", good, refusal.TimeStampBad)
}

func TestATokenWaitsForItsAuthority(t *testing.T) {
	w := newWorld()
	m := cades()
	m.Stamp = func(v []byte) []byte { return w.Token(w.TSA, v, now) }
	upload := m.Sign(w.Person(w.Granted, cf))
	w.Fetcher = deaf{w.Authority}
	w.wants(t, "nobody knows of the TSA", upload, refusal.RevocationUnreachable)
}

// deaf answers about people alone.
type deaf struct{ *st.Authority }

func (d deaf) OCSP(ctx context.Context, address string, request []byte) ([]byte, error) {
	if address == d.Base+"/ocsp/stamps" {
		return nil, st.ErrSilent
	}
	return d.Authority.OCSP(ctx, address, request)
}

func (d deaf) CRL(context.Context, string) ([]byte, error) { return nil, st.ErrSilent }

func replace(text, with string) string { return strings.ReplaceAll(text, "%", with) }
