package services

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"atrio/federation/spid"
	"atrio/gateway/access"
	"atrio/people/person"
)

var (
	clientIDForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$`)
	sectorForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,127}$`)
	hashForm     = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Validate checks all entries and says for each fault where it is and what
// would be right.
func Validate(entries []Service) []error {
	var errs []error
	seen, indexes := map[string]bool{}, map[int]string{}
	for i, s := range entries {
		where := fmt.Sprintf("services[%d]", i)
		if s.ClientID != "" {
			where = fmt.Sprintf("services[%d] (%s)", i, s.ClientID)
		}
		if seen[s.ClientID] {
			errs = append(errs, fmt.Errorf("%s: client_id is used by an earlier entry too; each service needs its own", where))
		}
		seen[s.ClientID] = true
		if other, taken := indexes[s.AttributeIndex]; taken && s.AttributeIndex != 0 {
			errs = append(errs, fmt.Errorf("%s: attribute_index %d is that of %s too; each set needs its own", where, s.AttributeIndex, other))
		}
		indexes[s.AttributeIndex] = s.ClientID
		for _, err := range s.validate() {
			errs = append(errs, fmt.Errorf("%s: %w", where, err))
		}
	}
	return errs
}

func (s *Service) validate() []error {
	var c checks
	c.want(clientIDForm.MatchString(s.ClientID), "client_id %q: use 3 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit", s.ClientID)
	c.want(s.Name.It != "" && s.Name.En != "", "name: needs both languages, for example name = { it = \"Portale\", en = \"Portal\" }")
	c.want(s.Level >= 1 && s.Level <= 3, "level %d: must be 1, 2 or 3", s.Level)
	c.want(s.AgeMin >= 0 && s.AgeMax >= 0 && s.AgeMin <= 120 && (s.AgeMax == 0 || s.AgeMax >= s.AgeMin),
		"age_min %d, age_max %d: write ages in years, the smaller one first; leave one out for no bound", s.AgeMin, s.AgeMax)
	s.validateAssessment(&c)
	c.want(spid.Purpose(s.Purpose).Valid(), "purpose %q: must be one of %v, or left out", s.Purpose, spid.Purposes())
	c.want(slices.Contains(access.Classes(), s.Class),
		"class %q: must be administrative, teaching, community or staff", s.Class)
	c.want(!s.FirstFactorOnly || s.Level == person.Level1, "first_factor_only: goes with level = 1; a service of level %d asks for two factors", s.Level)
	c.want(slices.Contains([]string{"", ES256, RS256}, s.IDTokenAlg), "id_token_alg %q: must be ES256 or RS256", s.IDTokenAlg)
	c.want(s.Owner.Unit != "", "owner.unit: say which office answers for the service")
	_, err := mail.ParseAddress(s.Owner.Email)
	c.want(err == nil, "owner.email %q: is not an e-mail address", s.Owner.Email)
	s.validateAddresses(&c)
	s.validateAuth(&c)
	s.validateRelease(&c)
	s.validateAttributes(&c)
	return c.errs
}

// validateAssessment: whoever fixes ages, or expects minors, has written down why. // G2.9
func (s *Service) validateAssessment(c *checks) {
	if !s.Ages().Set() && !s.ParentalAuthorisation && s.Assessment == (Assessment{}) {
		return
	}
	c.want(strings.TrimSpace(s.Assessment.Act) != "",
		"assessment.act: age_min, age_max and parental_authorisation follow a written assessment; name it, for example assessment = { act = \"Valutazione 1/2026\", date = \"2026-03-01\" }")
	_, err := time.Parse(time.DateOnly, s.Assessment.Date)
	c.want(err == nil, "assessment.date %q: write the day on which it was signed like 2026-03-01", s.Assessment.Date)
	c.want(!s.ParentalAuthorisation || s.AgeMin < access.Majority, "parental_authorisation: age_min %d lets no minor in; leave one of the two out", s.AgeMin)
}

func (s *Service) validateAddresses(c *checks) {
	c.want(len(s.RedirectURIs) > 0, "redirect_uris: at least one is needed")
	for i, uri := range s.RedirectURIs {
		c.add("redirect_uris[%d]", i, checkAddress(uri))
		c.want(!slices.Contains(s.RedirectURIs[:i], uri), "redirect_uris[%d]: stands twice", i)
	}
	for i, uri := range s.PostLogoutRedirectURIs {
		c.add("post_logout_redirect_uris[%d]", i, checkAddress(uri))
	}
	if s.Sector == "" {
		_, one := commonHost(s.RedirectURIs)
		// OIDC-core 8.1: several hosts need a named sector.
		c.want(one || len(s.RedirectURIs) == 0, "sector: the redirect_uris have different hosts; name the sector, for example the main host")
		return
	}
	c.want(sectorForm.MatchString(s.Sector), "sector %q: use letters, digits, dots and hyphens", s.Sector)
}

func (s *Service) validateAuth(c *checks) {
	switch s.Auth {
	case SecretBasic, SecretPost:
		c.want(hashForm.MatchString(s.SecretSHA256), "secret_sha256: needs 64 hexadecimal digits; `atrio service secret` prints a new secret and its hash")
		c.want(s.JWKS == "", "jwks: is only for auth = \"private_key_jwt\"")
	case PrivateKeyJWT:
		c.want(slices.Contains([]string{"", ES256, RS256, PS256}, s.AssertionAlg), "assertion_alg %q: must be ES256, RS256 or PS256", s.AssertionAlg)
		c.want(s.SecretSHA256 == "", "secret_sha256: is not used with auth = \"private_key_jwt\"")
		c.add("jwks", nil, checkKeySet(s.JWKS))
	case Public:
		c.want(s.SecretSHA256 == "" && s.JWKS == "", "auth = \"none\" is a public client: remove secret_sha256 and jwks")
	default:
		c.want(false, "auth %q: must be client_secret_basic, client_secret_post, private_key_jwt or none", s.Auth)
	}
	c.want(s.Auth == PrivateKeyJWT || s.AssertionAlg == "", "assertion_alg: is only for auth = \"private_key_jwt\"")
}

func (s *Service) validateRelease(c *checks) {
	for i, rel := range s.Release {
		c.want(slices.Contains(Releasable(), rel.Attribute), "release[%d].attribute %q: unknown; known are %s", i, rel.Attribute, strings.Join(Releasable(), ", "))
		// G7.3: purpose per attribute.
		c.want(rel.Purpose.It != "" && rel.Purpose.En != "", "release[%d] (%s): purpose is needed in both languages", i, rel.Attribute)
		c.want(!slices.ContainsFunc(s.Release[:i], func(r Release) bool { return r.Attribute == rel.Attribute }), "release[%d] (%s): stands twice", i, rel.Attribute)
	}
}

// validateAttributes checks the set of attributes of SPID. // SPID-RT metadata
func (s *Service) validateAttributes(c *checks) {
	if len(s.SPIDAttributes) == 0 {
		c.want(s.AttributeIndex == 0, "attribute_index: goes with spid_attributes; write both or none")
		return
	}
	reserved := []int{spid.SetSignature, spid.SetEIDASMinimum, spid.SetEIDASFull}
	c.want(s.AttributeIndex >= 1 && s.AttributeIndex <= 65535 && !slices.Contains(reserved, s.AttributeIndex),
		"attribute_index %d: write a number from 1 to 65535 for spid_attributes, but not 77, 99 or 100, which are reserved", s.AttributeIndex)
	for i, name := range s.SPIDAttributes {
		_, known := spid.LookupAttribute(name)
		c.want(known, "spid_attributes: %q is not a SPID attribute", name)
		c.want(!slices.Contains(s.SPIDAttributes[:i], name), "spid_attributes: %q stands twice", name)
	}
	for _, need := range spid.Identifying() {
		c.want(slices.Contains(s.SPIDAttributes, need), "spid_attributes: %s is required: without it nobody can be recognised", need)
	}
}

// checks collects what is wrong with one entry.
type checks struct{ errs []error }

func (c *checks) want(ok bool, format string, args ...any) {
	if !ok {
		c.errs = append(c.errs, fmt.Errorf(format, args...))
	}
}

func (c *checks) add(where string, index any, err error) {
	if err == nil {
		return
	}
	if index != nil {
		where = fmt.Sprintf(where, index)
	}
	c.errs = append(c.errs, fmt.Errorf("%s: %w", where, err))
}
