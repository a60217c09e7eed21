package idp

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"atrio/base/ratelimit"
	"atrio/base/setting"
	"atrio/federation/registry"
	"atrio/federation/spid"
	"atrio/idp/backoffice/operator"
	"atrio/idp/credential"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/signing"
	"atrio/idp/proofing/video"
	"atrio/idp/retention"
)

// Config is the section [idp] of the configuration.
type Config struct {
	// BaseURL is scheme and host at which people reach the provider, without a
	// path: "https://identita.example.it".
	BaseURL string `toml:"base_url"`
	// EntityID names the provider in the federation; BaseURL when empty.
	EntityID string `toml:"entity_id"`
	// Code is the four capital letters that begin every spidCode.
	Code string `toml:"code"`
	// DisplayName is what people read: "Atrio ID".
	DisplayName string `toml:"display_name"`
	// Organization runs the provider; its full name and web page stand in the
	// metadata.
	Organization    string `toml:"organization"`
	OrganizationURL string `toml:"organization_url"`
	// SMSSender begins the text of every message; DisplayName when empty.
	SMSSender string `toml:"sms_sender"`
	// LoginTimeout is how long a login may take before the service is told
	// ErrorCode nr21, from "2m" to "60m"; "10m" when left out.
	LoginTimeout setting.Duration `toml:"login_timeout"`
	// MaxLevel is the highest SPID level that this provider grants, from 1 to 3; 2 when 0.
	// Requests above it are answered with ErrorCode nr20. Level 3 needs the listener of
	// cards, and that the authority accepted them (docs/decisions/0051-level-3.md).
	MaxLevel int `toml:"max_level"`
	// Services are the files with the metadata of the services that
	// may ask; the program reads them and hands the services over in Deps.
	Services []string `toml:"services"`
	// Sources are addresses with the metadata of more services.
	Sources []SourceConfig `toml:"sources"`
	// Limits bound wrong credentials and messages; 0 keeps the default.
	Limits LimitsConfig `toml:"limits"`
	// Evidence is what proves how identities were requested.
	Evidence evidence.Config `toml:"evidence"`
	// Enrolment is how identities are requested.
	Enrolment apply.Config `toml:"enrolment"`
	// Contract is what the contract says about the provider, and its terms.
	Contract ContractConfig `toml:"contract"`
	// Signature is by which lists and authorities digital signatures are judged.
	Signature signing.Config `toml:"signature"`
	// CNS is the listener that asks for cards, and whose cards it takes.
	CNS cns.Config `toml:"cns"`
	// Circuits are partners whose Points identify applicants.
	Circuits []point.CircuitConfig `toml:"circuit"`
	Points   []point.PointConfig   `toml:"point"`
	// RAO is whose seals are believed on tokens of public offices.
	RAO rao.Config `toml:"rao"`
	// Chip is the identification with an electronic document.
	Chip chip.Config `toml:"chip"`
	// Video is the recorded video session.
	Video video.Config `toml:"video"`
	// ValidityMonths is how long a new identity lasts, from 1 to 60; as long as the contract
	// when 0, and 24 when that has no end.
	ValidityMonths int `toml:"validity_months"`
	// Retention is how long requests and their evidence are kept.
	Retention retention.Config `toml:"retention"`
	// Deceased is a file with the codici fiscali of people who have died, one a line: nobody
	// gets an identity under one of them. It is read at the start.
	Deceased string `toml:"deceased"`
	// Operators work at the provider.
	Operators []operator.Config `toml:"operator"`
}

// SourceConfig is an address whose document must be signed by a pinned certificate.
type SourceConfig struct {
	MetadataURL         string `toml:"metadata_url"`
	MetadataCertificate string `toml:"metadata_certificate"`
	// Refresh is how often it is asked; "1h" when left out.
	Refresh setting.Duration `toml:"refresh"`
}

// ServiceSources are all places from which the metadata of services come, files first.
func (c Config) ServiceSources() []registry.SourceConfig {
	var all []registry.SourceConfig
	for _, path := range c.Services {
		all = append(all, registry.SourceConfig{MetadataFile: path})
	}
	for _, s := range c.Sources {
		all = append(all, registry.SourceConfig{MetadataURL: s.MetadataURL, MetadataCertificate: s.MetadataCertificate, Refresh: s.Refresh})
	}
	return all
}

// LimitsConfig changes the limits that installations differ in.
type LimitsConfig struct {
	// TriesPerRequest is the number of wrong credentials in one login after which
	// the service is told ErrorCode nr19, from 3 to 5; 5 when 0.
	TriesPerRequest int `toml:"tries_per_request"`
	// FailuresPerAddress is how many wrong credentials one address may send in
	// ten minutes; 100 when 0. Raise it behind a large NAT and in test suites.
	FailuresPerAddress int `toml:"failures_per_address"`
	// FailuresPerAccount is how many wrong credentials all unknown browsers
	// together may send for one User ID in twelve hours; 30 when 0.
	FailuresPerAccount int `toml:"failures_per_account"`
	// SMSPerAddress, SMSPerNumber and SMSPerIdentity are messages per hour, per
	// day and per hour; 30, 10 and 5 when 0.
	SMSPerAddress  int `toml:"sms_per_address"`
	SMSPerNumber   int `toml:"sms_per_number"`
	SMSPerIdentity int `toml:"sms_per_identity"`
	// PasswordsPerMinute and RequestsPerMinute bound what one address may send to
	// one node; 300 and 600 when 0, since whole campuses share an address.
	PasswordsPerMinute int `toml:"passwords_per_minute"`
	RequestsPerMinute  int `toml:"requests_per_minute"`
	// SMSPause is the wait before another code; "1m" when left out.
	SMSPause setting.Duration `toml:"sms_pause"`
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	if c.EntityID == "" {
		c.EntityID = c.BaseURL
	}
	if c.SMSSender == "" {
		c.SMSSender = c.DisplayName
	}
	if c.LoginTimeout == 0 {
		c.LoginTimeout = setting.Duration(10 * time.Minute)
	}
	if c.MaxLevel == 0 {
		c.MaxLevel = int(spid.L2)
	}
	return c
}

// Validate finds everything that is wrong, by the names of the keys.
func (c Config) Validate() []error {
	c = c.withDefaults()
	var faults []error
	wrong := func(key, why string) { faults = append(faults, fmt.Errorf("idp.%s: %s", key, why)) }
	if err := address(c.BaseURL); err != nil {
		wrong("base_url", err.Error())
	}
	if u, err := url.Parse(c.EntityID); err != nil || u.Scheme == "" {
		wrong("entity_id", "must be a URI")
	}
	if !identity.ValidProviderCode(c.Code) {
		wrong("code", "must be the four capital letters given to the provider, for example \"ABCD\"")
	}
	if c.DisplayName == "" || c.Organization == "" {
		wrong("display_name, organization", "are required: people and the metadata name the provider")
	}
	if err := address(c.OrganizationURL); err != nil {
		wrong("organization_url", err.Error())
	}
	if t := time.Duration(c.LoginTimeout); t < 2*time.Minute || t > time.Hour {
		wrong("login_timeout", "must be from \"2m\" to \"60m\"")
	}
	if c.MaxLevel < int(spid.L1) || c.MaxLevel > int(spid.L3) {
		wrong("max_level", "must be 1, 2 or 3")
	}
	if c.Level3() && (!c.CNS.Configured() || !c.Evidence.Configured()) {
		wrong("max_level", "3 needs the listener of cards and the place for evidence: set idp.cns.listen and idp.evidence (docs/operations/cns.md)")
	}
	if n := c.Limits.TriesPerRequest; n != 0 && (n < 3 || n > 5) {
		wrong("limits.tries_per_request", "must be from 3 to 5")
	}
	for _, err := range registry.ValidateSources(c.ServiceSources()) {
		wrong("services, sources", err.Error())
	}
	if c.ValidityMonths < 0 || c.ValidityMonths > 60 {
		wrong("validity_months", "must be from 1 to 60")
	}
	if years := c.Contract.Years; years > 0 && c.ValidityMonths > 0 && c.ValidityMonths != 12*years {
		wrong("validity_months", "is another time than the contract says (idp.contract.years): leave it out")
	}
	for _, err := range slices.Concat(c.Evidence.Validate(), point.Validate(c.Circuits, c.Points), c.Signature.Validate(), c.CNS.Validate(), c.equipped()) {
		faults = append(faults, fmt.Errorf("idp.%w", err))
	}
	for _, err := range slices.Concat(c.Video.Validate(), c.RAO.Validate()) {
		faults = append(faults, fmt.Errorf("idp.%w", err))
	}
	faults = append(append(faults, c.Enrolment.Validate()...), c.Retention.Validate()...)
	if c.Evidence.Configured() { // requests are taken
		faults = append(faults, c.Contract.validate()...)
	}
	if c.OffersChip() {
		for _, err := range c.Chip.Validate() {
			faults = append(faults, fmt.Errorf("idp.%w", err))
		}
	}
	return append(append(faults, operator.Validate(c.Operators)...), c.placed()...)
}

// equipped finds ways that are offered without what they need.
func (c Config) equipped() (faults []error) {
	if slices.Contains(c.Enrolment.Offered(), enrolment.Signature) && !c.Signature.Configured() {
		faults = append(faults, errors.New("enrolment.methods: \"signature\" needs the trusted lists: set idp.signature.directory (docs/operations/signature.md)"))
	}
	if slices.Contains(c.Enrolment.Offered(), enrolment.CNS) && !c.CNS.Configured() {
		faults = append(faults, errors.New("enrolment.methods: \"cns\" needs a listener: set idp.cns.listen (docs/operations/cns.md)"))
	}
	if slices.Contains(c.Enrolment.Offered(), enrolment.Video) && c.Video.Configured() && len(c.Video.Hours) == 0 {
		faults = append(faults, errors.New(`video.hours: is required: when operators are there, such as "mon-fri 09:00-18:00"`))
	}
	if slices.Contains(c.Enrolment.Offered(), enrolment.RAO) && !c.RAO.Configured() {
		faults = append(faults, errors.New("enrolment.methods: \"rao\" needs the authorities of seals: set idp.rao.authorities (docs/operations/rao.md)"))
	}
	if slices.Contains(c.Enrolment.Offered(), enrolment.Video) && !c.Video.Configured() {
		faults = append(faults, errors.New("enrolment.methods: \"video\" needs an address for media: set idp.video.udp (docs/operations/video.md)"))
	}
	if c.OffersChip() && !c.Chip.Uploads() && !c.Video.Configured() {
		faults = append(faults, errors.New("chip.film_upload: false needs an address for films that are taken live: set idp.video.udp (docs/operations/nfc.md)"))
	}
	return faults
}

// Level3 tells whether holders may prove level 3 by a card.
func (c Config) Level3() bool { return c.MaxLevel == int(spid.L3) }

// OffersChip tells whether applicants may be identified with an electronic document.
func (c Config) OffersChip() bool {
	return slices.Contains(c.Enrolment.Offered(), enrolment.Chip)
}

// placed finds collectors whose Point there is not.
func (c Config) placed() (faults []error) {
	for i, o := range c.Operators {
		there := slices.ContainsFunc(c.Points, func(p point.PointConfig) bool { return p.ID == o.Point })
		if o.Point != "" && !there {
			faults = append(faults, fmt.Errorf("idp.operator %d: point: there is no [[idp.point]] with the id %q", i+1, o.Point))
		}
	}
	return faults
}

func address(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return errors.New("must be an address that begins with https://")
	}
	return nil
}

// passwordLimit and requestLimit are counted in the memory of the node, which
// they protect.
func (c Config) passwordLimit() ratelimit.Limit {
	return perMinute("idp.password", c.Limits.PasswordsPerMinute, 300)
}

func (c Config) requestLimit() ratelimit.Limit {
	return perMinute("idp.request", c.Limits.RequestsPerMinute, 600)
}

func perMinute(name string, configured, otherwise int) ratelimit.Limit {
	if configured <= 0 {
		configured = otherwise
	}
	return ratelimit.Limit{Name: name, Burst: configured, Per: time.Minute}
}

// limits applies the configuration to the defaults.
func (c Config) limits() credential.Limits {
	l := credential.DefaultLimits()
	set := func(burst *int, configured int) {
		if configured > 0 {
			*burst = configured
		}
	}
	set(&l.Request.Burst, c.Limits.TriesPerRequest)
	set(&l.Address.Burst, c.Limits.FailuresPerAddress)
	set(&l.Account.Burst, c.Limits.FailuresPerAccount)
	set(&l.SMSAddress.Burst, c.Limits.SMSPerAddress)
	set(&l.SMSNumber.Burst, c.Limits.SMSPerNumber)
	set(&l.SMSIdentity.Burst, c.Limits.SMSPerIdentity)
	if pause := time.Duration(c.Limits.SMSPause); pause > 0 {
		l.SMSPause = pause
	}
	return l
}
