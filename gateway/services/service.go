package services

import (
	"atrio/gateway/access"
	"atrio/people/person"
)

// Service is one relying service. G7.3
type Service struct {
	// ClientID names the service in OpenID Connect: 3 to 64 of a-z A-Z 0-9 . _ -
	ClientID string `toml:"client_id"`
	// Name is shown to people in both languages.
	Name Text `toml:"name"`
	// RedirectURIs are the only addresses an answer is sent to; compared byte by
	// byte. // RFC 9700 2.1
	RedirectURIs []string `toml:"redirect_uris"`
	// PostLogoutRedirectURIs are the only addresses a logout may lead to.
	PostLogoutRedirectURIs []string `toml:"post_logout_redirect_uris"`
	// Auth is how the service proves itself at the token endpoint.
	Auth AuthMethod `toml:"auth"`
	// SecretSHA256 is HashSecret of the secret, for the two secret methods. The
	// secret itself is drawn by NewSecret and is known to the service alone.
	SecretSHA256 string `toml:"secret_sha256"`
	// JWKS is the JSON text of the public key set, for private_key_jwt.
	JWKS string `toml:"jwks"`
	// AssertionAlg signs the assertions of private_key_jwt: ES256 (default),
	// RS256 or PS256. No other algorithm is accepted from this service.
	AssertionAlg string `toml:"assertion_alg"`
	// IDTokenAlg signs the ID tokens for this service: ES256 (default) or RS256.
	IDTokenAlg string `toml:"id_token_alg"`
	// ClaimsInIDToken copies the released claims into the ID token, for services
	// that cannot call the userinfo endpoint.
	ClaimsInIDToken bool `toml:"claims_in_id_token"`
	// Level is the lowest level of assurance that opens the service, 1 to 3. G2.6
	Level person.Level `toml:"level"`
	// AgeMin and AgeMax are the ages that the service is for, bounds included; zero is
	// no bound. A range that begins below 18 gives a parent a day to answer. G2.9
	AgeMin int `toml:"age_min"`
	AgeMax int `toml:"age_max"`
	// ParentalAuthorisation lets minors in only with that of a parent: asked by their
	// provider of SPID, or recorded by the help desk. G2.9
	ParentalAuthorisation bool `toml:"parental_authorisation"`
	// Assessment is what the institution wrote down before it fixed ages, or opened the
	// service to minors. G2.9
	Assessment Assessment `toml:"assessment"`
	// Purpose names the kinds of SPID identity that the service takes: P, LP, PG, PF or
	// PX; left out, those of natural persons. // Avviso SPID 18
	Purpose string `toml:"purpose"`
	// SPIDAttributes is what SPID is asked for when people come for this service; left
	// out, the set of the gateway. AttributeIndex is the number of that set in the
	// metadata: it stays when services come and go. // SPID-RT metadata
	SPIDAttributes []string `toml:"spid_attributes"`
	AttributeIndex int      `toml:"attribute_index"`
	// Class says what kind of service it is.
	Class Class `toml:"class"`
	// FirstFactorOnly opens the service with a password alone, by a decision of the
	// institution (rule first-factor); it goes with level 1. G2.5
	FirstFactorOnly bool `toml:"first_factor_only"`
	// Sector groups services that see the same subject identifier; by default the
	// host of the redirect URIs. // OIDC-core 8.1
	Sector string `toml:"sector"`
	// ChosenName gives the service the name that people chose as their full name, where
	// they chose one; given name and surname stay the legal ones. // G3.9
	ChosenName bool `toml:"chosen_name"`
	// Release lists the attributes the service gets, each with its purpose. G7.2
	Release []Release `toml:"release"`
	// Owner answers for the service inside the institution.
	Owner Owner `toml:"owner"`
}

// Ages is the range of ages as the rule of access knows it.
func (s *Service) Ages() access.Ages { return access.Ages{Min: s.AgeMin, Max: s.AgeMax} }

// Access is the service as the rules of access know it.
func (s *Service) Access() access.Service {
	return access.Service{ID: s.ClientID, Class: s.Class, Level: s.Level, Ages: s.Ages(), FirstFactorOnly: s.FirstFactorOnly, ParentalAuthorisation: s.ParentalAuthorisation}
}

// Assessment names a document: which ages a service is for is fixed after a written
// assessment of what minors do there. // G2.9
type Assessment struct {
	// Act names the document, Date is the day on which it was signed.
	Act  string `toml:"act"`
	Date string `toml:"date"`
}

// Text is a text in both languages.
type Text struct {
	It string `toml:"it"`
	En string `toml:"en"`
}

// In is the text in a language; Italian when the language is not English.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.En
	}
	return t.It
}

// Release is one attribute given to a service.
type Release struct {
	// Attribute is a name of attribute.go.
	Attribute string `toml:"attribute"`
	// Purpose says what the service needs it for, shown to the person.
	Purpose Text `toml:"purpose"`
}

// Owner is the office that answers for a service.
type Owner struct {
	Unit  string `toml:"unit"`
	Email string `toml:"email"`
}

// AuthMethod is how a service proves itself. // OIDC-core 9
type AuthMethod string

// The methods. A public client has no secret and is bound by PKCE alone.
const (
	SecretBasic   AuthMethod = "client_secret_basic"
	SecretPost    AuthMethod = "client_secret_post"
	PrivateKeyJWT AuthMethod = "private_key_jwt"
	Public        AuthMethod = "none"
)

// Class is the kind of a service; the rules of access speak of classes.
type Class = access.Class

// The classes.
const (
	Administrative = access.Administrative
	Teaching       = access.Teaching
	Community      = access.Community
	Staff          = access.Staff
)

// Signature algorithms that may stand in an entry.
const (
	ES256 = "ES256"
	RS256 = "RS256"
	PS256 = "PS256"
)
