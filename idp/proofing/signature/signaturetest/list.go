package signaturetest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"atrio/idp/proofing/trustlist"
	"atrio/saml/xmlsec"
)

// List says what a trusted list holds.
type List struct {
	Territory      string
	Version        int
	Sequence       int
	Issued, Next   time.Time
	Services       []Service
	Pointers       string // XML
	AfterSignature string // put behind the signature, unsigned by mistake
}

// Service is an entry.
type Service struct {
	Name, Type, Status string
	Since              time.Time
	Certificate        *x509.Certificate
	Extensions         string // XML of Extension elements
	History            string // XML of ServiceHistoryInstance elements
}

// ForSignatures is the extension of services that issue for signatures of people.
const ForSignatures = `<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures</URI></AdditionalServiceInformation></Extension>`

// Statuses.
const (
	Granted   = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
	Withdrawn = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
)

// Instance is a state of before.
func Instance(kind, status string, since time.Time) string {
	return "<ServiceHistoryInstance><ServiceTypeIdentifier>" + kind + "</ServiceTypeIdentifier><ServiceStatus>" + status +
		"</ServiceStatus><StatusStartingTime>" + since.Format(time.RFC3339) + "</StatusStartingTime></ServiceHistoryInstance>"
}

// List is what the authority's list says.
func (a *Authority) List() List {
	long := a.Now.AddDate(-7, 0, 0)
	return List{Territory: "IT", Version: 6, Sequence: 7, Issued: a.Now.AddDate(0, 0, -10), Next: a.Now.AddDate(0, 5, 0), Services: []Service{
		{Name: "granted", Type: trustlist.QualifiedCertificates, Status: Granted, Since: long, Certificate: a.Granted.Certificate, Extensions: ForSignatures},
		{Name: "withdrawn", Type: trustlist.QualifiedCertificates, Status: Withdrawn, Since: a.Now.AddDate(0, -1, 0), Certificate: a.Withdrawn.Certificate, Extensions: ForSignatures,
			History: Instance(trustlist.QualifiedCertificates, Granted, long)},
		{Name: "stamps", Type: trustlist.QualifiedTimeStamps, Status: Granted, Since: long, Certificate: a.Stamps.Certificate},
		{Name: "another trade", Type: "http://uri.etsi.org/TrstSvc/Svctype/EDS/Q", Status: Granted, Since: long, Certificate: a.Unlisted.Certificate},
	}}
}

// Trusted is the list, read.
func (a *Authority) Trusted(l List) *trustlist.List {
	return must(trustlist.Read(a.Write(l), []*x509.Certificate{a.Operator.Certificate}))
}

// XML writes the list without a signature.
func (l List) XML() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="list" TSLTag="http://uri.etsi.org/19612/TSLTag"><SchemeInformation>`+
		`<TSLVersionIdentifier>%d</TSLVersionIdentifier><TSLSequenceNumber>%d</TSLSequenceNumber><SchemeTerritory>%s</SchemeTerritory>`, l.Version, l.Sequence, l.Territory)
	if l.Pointers != "" {
		b.WriteString("<PointersToOtherTSL>" + l.Pointers + "</PointersToOtherTSL>")
	}
	fmt.Fprintf(&b, `<ListIssueDateTime>%s</ListIssueDateTime>`, l.Issued.Format(time.RFC3339))
	if !l.Next.IsZero() {
		fmt.Fprintf(&b, `<NextUpdate><dateTime>%s</dateTime></NextUpdate>`, l.Next.Format(time.RFC3339))
	}
	b.WriteString(`</SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="it">Fittizia</Name>` +
		`<Name xml:lang="en">Fittizia S.p.A.</Name></TSPName></TSPInformation><TSPServices>`)
	for _, s := range l.Services {
		fmt.Fprintf(&b, `<TSPService><ServiceInformation><ServiceTypeIdentifier>%s</ServiceTypeIdentifier><ServiceName><Name xml:lang="en">%s</Name></ServiceName>`+
			`<ServiceDigitalIdentity><DigitalId><X509Certificate>%s</X509Certificate></DigitalId></ServiceDigitalIdentity><ServiceStatus>%s</ServiceStatus>`+
			`<StatusStartingTime>%s</StatusStartingTime>`, s.Type, s.Name, base64.StdEncoding.EncodeToString(s.Certificate.Raw), s.Status, s.Since.Format(time.RFC3339))
		if s.Extensions != "" {
			b.WriteString("<ServiceInformationExtensions>" + s.Extensions + "</ServiceInformationExtensions>")
		}
		b.WriteString("</ServiceInformation>")
		if s.History != "" {
			b.WriteString("<ServiceHistory>" + s.History + "</ServiceHistory>")
		}
		b.WriteString("</TSPService>")
	}
	b.WriteString("</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>")
	return b.String()
}

// Pointer is what a list of lists says of a list.
func Pointer(territory, location string, signer *x509.Certificate) string {
	return `<OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity><DigitalId><X509Certificate>` + base64.StdEncoding.EncodeToString(signer.Raw) +
		`</X509Certificate></DigitalId></ServiceDigitalIdentity></ServiceDigitalIdentities><TSLLocation>` + location + `</TSLLocation><AdditionalInformation>` +
		`<OtherInformation><SchemeTerritory>` + territory + `</SchemeTerritory></OtherInformation></AdditionalInformation></OtherTSLPointer>`
}

// Write signs the list as the operator.
func (a *Authority) Write(l List) []byte {
	return SignXML([]byte(l.XML()), a.Operator, l.AfterSignature)
}

const (
	dsSpace    = "http://www.w3.org/2000/09/xmldsig#"
	xadesSpace = "http://uri.etsi.org/01903/v1.3.2#"
	exclusive  = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// SignXML puts an enveloped XAdES signature at the end of a document whose root is as
// XML writes it.
func SignXML(doc []byte, by *Identity, after string) []byte {
	root := must(xmlsec.Parse(doc, xmlsec.Metadata))
	end := strings.LastIndex(string(doc), "</")
	digest := b64(must(xmlsec.Canonical(root)))
	properties, value := b64(nil), "AA=="
	write := func() []byte {
		return []byte(string(doc[:end]) + `<ds:Signature xmlns:ds="` + dsSpace + `" Id="sig"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + exclusive + `"/>` +
			`<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/><ds:Reference Id="doc" URI=""><ds:Transforms>` +
			`<ds:Transform Algorithm="` + dsSpace + `enveloped-signature"/><ds:Transform Algorithm="` + exclusive + `"/></ds:Transforms>` +
			`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>` + digest + `</ds:DigestValue></ds:Reference>` +
			`<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#props"><ds:Transforms><ds:Transform Algorithm="` + exclusive + `"/></ds:Transforms>` +
			`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>` + properties + `</ds:DigestValue></ds:Reference></ds:SignedInfo>` +
			`<ds:SignatureValue>` + value + `</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(by.Certificate.Raw) +
			`</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades="` + xadesSpace + `" Target="#sig">` +
			`<xades:SignedProperties Id="props"><xades:SignedSignatureProperties><xades:SigningTime>2026-01-01T00:00:00Z</xades:SigningTime>` +
			`</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object></ds:Signature>` + after + string(doc[end:]))
	}
	signature := func() *xmlsec.Element {
		return must(xmlsec.Parse(write(), xmlsec.Metadata)).Child(xmlsec.Name{Space: dsSpace, Local: "Signature"})
	}
	signed := signature().Child(xmlsec.Name{Space: dsSpace, Local: "Object"}).Child(xmlsec.Name{Space: xadesSpace, Local: "QualifyingProperties"}).
		Child(xmlsec.Name{Space: xadesSpace, Local: "SignedProperties"})
	properties = b64(must(xmlsec.Canonical(signed)))
	info := must(xmlsec.Canonical(signature().Child(xmlsec.Name{Space: dsSpace, Local: "SignedInfo"})))
	_, raw, err := xmlsec.SignDetached(info, xmlsec.Signer{Key: by.Key})
	value = base64.StdEncoding.EncodeToString(must(raw, err))
	return write()
}

func b64(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}
