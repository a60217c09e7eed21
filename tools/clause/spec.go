// Package clause keeps the index of clauses in docs/clauses and the comments in the
// code that cite them in step: no citation without a row, no row that nothing cites, no
// citation in a form that a search would miss.
//
// What it makes of the code (which files, which tests) is generated; what a clause
// demands is written by people and kept.
package clause

import "regexp"

// Spec is a document whose clauses are cited.
type Spec struct {
	// Name is the canonical form, as it stands in the index.
	Name string
	// File is the page of the index, without ".md"; several documents may share one.
	File string
	// name finds the mention, in its canonical and in other admitted forms.
	name *regexp.Regexp
	// chapters are the clauses that are words; others are numbers. "written=canonical"
	// admits another form.
	chapters []string
}

func spec(name, file, pattern string, chapters ...string) Spec {
	return Spec{name, file, regexp.MustCompile(`^(?:` + pattern + `)`), chapters}
}

// Page is one file of the index.
type Page struct{ File, Title string }

// Pages lists them in the order of the README.
func Pages() []Page {
	return []Page{
		{"spid-rt", "SPID, regole tecniche"},
		{"avvisi", "Avvisi of AgID on SPID and eIDAS"},
		{"cie", "CIE: manuale operativo, SAML"},
		{"eidas", "eIDAS: technical specifications of the nodes"},
		{"saml-core", "SAML 2.0 core"},
		{"saml-bindings", "SAML 2.0 bindings"},
		{"saml-profiles", "SAML 2.0 profiles"},
		{"saml-metadata", "SAML 2.0 metadata"},
		{"xml", "XML, namespaces, canonical form, signatures"},
		{"oidc", "OpenID Connect"},
		{"rfc", "RFCs"},
		{"paper", "PDF, fonts, QR codes"},
		{"asvs", "OWASP ASVS 5.0"},
		{"nist", "NIST SP 800-63B-4"},
		{"icao", "ICAO Doc 9303: electronic documents"},
		{"law", "Laws"},
		{"other", "Other standards"},
	}
}

// Specs is the table of all documents. A name that is a prefix of another stands after it.
func Specs() []Spec { return specs }

var specs = []Spec{
	spec("SPID-RT", "spid-rt", `SPID-RT,?|SPID metadata rules`, "attributi", "log", "messaggi di errore", "metadata", "registro", "single logout", "single sign-on", "trasmissione"),
	spec("Avviso eIDAS", "avvisi", `Avviso eIDAS`),
	spec("Avviso SPID", "avvisi", `Avviso SPID|SPID Avviso|Avviso`),
	spec("CIE-SAML", "cie", `CIE-SAML`, "AuthnRequest", "Response", "attributi", "binding", "ciespid", "codiciErrore", "codici di errore=codiciErrore", "federazione", "logout", "metadata", "protocolli"),
	spec("eIDAS-attributes", "eidas", `eIDAS-attributes|eIDAS attribute profile`),
	spec("eIDAS-interop", "eidas", `eIDAS-interop|eIDAS interoperability architecture`),
	spec("eIDAS-crypto", "eidas", `eIDAS-crypto`),
	spec("SAML-core", "saml-core", `SAML-core`),
	spec("SAML-bindings", "saml-bindings", `SAML-bindings`),
	spec("SAML-profiles", "saml-profiles", `SAML-profiles`),
	spec("SAML-metadata", "saml-metadata", `SAML-metadata`),
	spec("XML 1.0", "xml", `XML 1\.0,?`),
	spec("XML-names", "xml", `XML-names`),
	spec("xml-exc-c14n", "xml", `xml-exc-c14n`),
	spec("XMLDSIG", "xml", `XMLDSIG(?: 1\.1)?`),
	spec("XMLENC", "xml", `XMLENC(?: 1\.1)?`),
	spec("OIDC-core", "oidc", `OIDC-core`),
	spec("OIDC-discovery", "oidc", `OIDC-discovery`),
	spec("OIDC-RP-logout", "oidc", `OIDC-RP-logout|OIDC RP-Initiated Logout 1\.0,?`),
	spec("OIDC-back-channel", "oidc", `OIDC-back-channel`),
	spec("OIDC-federation", "oidc", `OIDC-federation`),
	spec("RFC", "rfc", `RFC`), // the number is part of the name: see scan
	spec("ISO 32000-1", "paper", `ISO 32000-1`),
	spec("ISO 19005-2", "paper", `ISO 19005-2`),
	spec("ISO 14289-1", "paper", `ISO 14289-1|PDF/UA-1`),
	spec("OpenType", "paper", `OpenType(?: 1\.9\.1)?,?`, "table directory", "cmap", "glyf", "head", "loca"),
	spec("ISO/IEC 18004", "paper", `ISO/IEC 18004`),
	spec("ASVS", "asvs", `ASVS(?: 5\.0)?`),
	spec("SP 800-63B-4", "nist", `SP 800-63B-4`),
	spec("GDPR art.", "law", `GDPR art\.`),
	spec("CAD art.", "law", `CAD art\.`),
	spec("eIDAS art.", "law", `eIDAS art\.`),
	spec("DM 23 December 1976 art.", "law", `DM 23 December 1976(?: \(GU 345/1976\))?,? art\.`),
	spec("ICAO 9303-3", "icao", `ICAO 9303-3`),
	spec("ICAO 9303-4", "icao", `ICAO 9303-4`),
	spec("ICAO 9303-5", "icao", `ICAO 9303-5`),
	spec("ICAO 9303-6", "icao", `ICAO 9303-6`),
	spec("ICAO 9303-10", "icao", `ICAO 9303-10`),
	spec("ICAO 9303-11", "icao", `ICAO 9303-11`),
	spec("ICAO 9303-12", "icao", `ICAO 9303-12`),
	spec("WCAG 2.2", "other", `WCAG 2\.2`),
	spec("ETSI EN 319 412-1", "other", `ETSI EN 319 412-1`),
	spec("ETSI EN 319 412-5", "other", `ETSI EN 319 412-5`),
	spec("ETSI EN 319 132-1", "other", `ETSI EN 319 132-1`),
	spec("ETSI EN 319 142-1", "other", `ETSI EN 319 142-1`),
	spec("ETSI TS 119 612", "other", `ETSI TS 119 612`),
	spec("ISO 32000-1", "other", `ISO 32000-1`),
	spec("ITU-T X.690", "other", `ITU-T X\.690`),
	spec("ITU-T E.164", "other", `ITU-T E\.164`),
	spec("ITU-T X.520", "other", `ITU-T X\.520`),
	spec("ISO 3166-1", "other", `ISO 3166-1`),
	spec("PKCS#11", "other", `PKCS ?#11`),
}

// odd are forms in which a citation would be missed by a search for the canonical one.
var odd = []*regexp.Regexp{
	regexp.MustCompile(`\bRFC-?\d{3,5}\b`),
	regexp.MustCompile(`\bSAML[ _](?:[Cc]ore|[Bb]indings|[Pp]rofiles|[Mm]etadata) \d`),
	regexp.MustCompile(`\b(?:SAML-(?:Core|Bindings|Profiles|Metadata)|saml-(?:core|bindings|profiles|metadata)) \d`),
	regexp.MustCompile(`\bOIDC[ _-](?:Core|Discovery|Federation) \d|\bOpenID (?:Connect )?(?:Core|Discovery|Federation)(?: 1\.0)?,? \d+\.\d`),
	regexp.MustCompile(`(?i)\bavviso n\.? ?\d+`),
	regexp.MustCompile(`\bASVS v?5?\.?0? ?V\d+`),
	regexp.MustCompile(`\bSPID RT\b|\bspid-rt \d`),
	regexp.MustCompile(`§ ?\d`),
	regexp.MustCompile(`(?i)\bsections? \d+\.\d+`),
}

// bare is a comment that is nothing but a name and the number of a clause.
var bare = regexp.MustCompile(`^([A-Z][\w#.-]*(?: [A-Z0-9][\w.-]*)?) \d+(?:\.\d+)+\.?$`)
