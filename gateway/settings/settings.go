// Package settings is the configuration of the gateway: what may be written, every mistake
// in it with what to do, and what holds when nothing is written.
package settings

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"atrio/base/setting"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/services"
)

// Config are the settings of the gateway, beside those that every role has
// (listener, base URL, database, keys, sessions, theme: app/config).
type Config struct {
	// PersonCodeDigits is the length of new Codici Persona, 8 to 10; default 9.
	PersonCodeDigits int `toml:"person_code_digits"`
	// CodesWithoutCheckDigit is set where imported Codici Persona have no check digit: the
	// login page then compares every number of 8 to 10 digits, and cannot say that one was
	// mistyped. New codes have one all the same.
	CodesWithoutCheckDigit bool `toml:"codes_without_check_digit"`
	// LoginLife is how long a login may be under way, at least 30m; default 1h.
	LoginLife setting.Duration `toml:"login_life"`
	// OwnMailDomains are mail domains of the institution, refused as personal
	// addresses: they would be lost with the affiliation.
	OwnMailDomains []string `toml:"own_mail_domains"`
	// FiscalCodeDays is how many days after the registration the codice fiscale may come
	// of who has to have one; default 30.
	FiscalCodeDays int `toml:"fiscal_code_days"`
	// PrivacyVersion names the privacy notice in force; a new version is
	// acknowledged anew. Default "1".
	PrivacyVersion string `toml:"privacy_version"`
	// SupportMail is the address of the help desk, shown on help pages.
	SupportMail string `toml:"support_mail"`
	// Clerks work at the help desk.
	Clerks []ClerkConfig `toml:"clerk"`
	// Help is about the pages of help.
	Help HelpConfig `toml:"help"`
	// SPID is the service towards SPID.
	SPID SPIDConfig `toml:"spid"`
	// CIE is the service towards CIE, EIDAS the way to the Italian node of eIDAS.
	CIE   CIEConfig   `toml:"cie"`
	EIDAS EIDASConfig `toml:"eidas"`
	// Password are the rules for passwords.
	Password PasswordConfig `toml:"password"`
	// SecondFactor bounds codes by SMS and tries.
	SecondFactor SecondFactorConfig `toml:"second_factor"`
	// Decisions are the acts by which the institution takes up rules of access that are
	// its own to take. // G2.7
	Decisions []access.Act `toml:"decision"`
	// Declaration says how long people may do without SPID and CIE.
	Declaration DeclarationConfig `toml:"declaration"`
	// Limits bound floods; the defaults are wide.
	Limits LimitsConfig `toml:"limits"`
}

const (
	shortestLogin = 30 * time.Minute // G1.4
	longestLogin  = 12 * time.Hour
	defaultLogin  = time.Hour

	defaultFiscalCodeDays = 30 // G3.3
)

// Validate finds all mistakes at once, each with what to do.
func (c Config) Validate() []error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf("gateway: "+format, args...)) }
	if d := c.PersonCodeDigits; d != 0 && (d < account.MinDigits || d > account.MaxDigits) {
		add("person_code_digits is %d: write %d to %d", d, account.MinDigits, account.MaxDigits)
	}
	if l := c.LoginLife.Std(); l != 0 && (l < shortestLogin || l > longestLogin) {
		add("login_life is %s: write 30m to 12h", c.LoginLife)
	}
	if n := c.FiscalCodeDays; n < 0 || n > 365 {
		add("fiscal_code_days is %d: write 1 to 365", n)
	}
	for _, d := range c.OwnMailDomains {
		if d == "" || strings.ContainsAny(d, "@ /") || !strings.Contains(d, ".") {
			add("own_mail_domains: %q is not a domain; write it like ateneo.example.it", d)
		}
	}
	if c.SupportMail != "" {
		if _, err := mail.ParseAddress(c.SupportMail); err != nil {
			add("support_mail: %q is not an address", c.SupportMail)
		}
	}
	if c.Limits.SPIDStartsPerMinute < 0 || c.Limits.AnswersPerMinute < 0 || c.Limits.PostsPerMinute < 0 || c.Limits.CodesPerHour < 0 {
		faults = append(faults, errors.New("gateway: limits must not be negative; leave one out for its default"))
	}
	for _, err := range access.CheckActs(c.Decisions) {
		add("%w", err)
	}
	return slices.Concat(faults, c.Declaration.validate(), validateClerks(c.Clerks), c.SPID.validate(), c.CIE.validate(c.SPID), c.EIDAS.validate(), c.Help.validate(), c.Password.validate(), c.SecondFactor.validate())
}

// CheckServices finds services that need a decision which nobody has taken. // G2.5
func (c Config) CheckServices(list []services.Service) []error {
	var faults []error
	for _, s := range list {
		if _, taken := access.NewBook(c.Decisions).Act(access.FirstFactor); s.FirstFactorOnly && !taken {
			faults = append(faults, fmt.Errorf("gateway: service %s: first_factor_only needs the institution's act: a [[gateway.decision]] with rule = %q", s.ClientID, access.FirstFactor))
		}
	}
	return faults
}

// CheckRegister is CheckServices of a register.
func (c Config) CheckRegister(r *services.Register) []error {
	var list []services.Service
	for _, s := range r.All() {
		list = append(list, *s)
	}
	return c.CheckServices(list)
}

// ReadCode is how a typed Codice Persona is read. // G3.5
func (c Config) ReadCode() func(string) (account.Code, error) {
	if c.CodesWithoutCheckDigit {
		return account.ReadCode
	}
	return account.ParseCode
}

// WithDefaults are the settings with what they leave out.
func (c Config) WithDefaults() Config {
	if c.PersonCodeDigits == 0 {
		c.PersonCodeDigits = account.DefaultDigits
	}
	if c.FiscalCodeDays == 0 {
		c.FiscalCodeDays = defaultFiscalCodeDays
	}
	c.LoginLife = setting.Duration(c.LoginLife.Or(defaultLogin))
	if c.PrivacyVersion == "" {
		c.PrivacyVersion = "1"
	}
	return c
}
