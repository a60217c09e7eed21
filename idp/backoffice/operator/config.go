package operator

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"atrio/base/setting"
	"atrio/people/person"
)

// Config is one [[idp.operator]] of the configuration.
type Config struct {
	// Name is what colleagues and auditors read.
	Name string `toml:"name"`
	// Email is where invitations and notices go. Another address is another operator.
	Email string `toml:"email"`
	// Roles are of collector, video, approver, fraud, supervisor, helpdesk.
	Roles []string `toml:"roles"`
	// Point is where a collector works: the id of a Point.
	Point string `toml:"point"`
	// TrainedUntil is the last day of the training, "2027-06-30": nothing is decided after
	// it. Left out: no end.
	TrainedUntil string `toml:"trained_until"`
	// Language is that of mails to them, "it" or "en"; "it" when left out.
	Language string `toml:"language"`
	// FiscalCode keeps the operator's own request from them. It is shown nowhere.
	FiscalCode setting.Secret `toml:"fiscal_code"`
}

// maxName is what a page and a line of the log have room for.
const maxName = 100

// Validate finds what is wrong with the operators, by the names of the keys.
func Validate(list []Config) []error {
	var faults []error
	seen := map[string]bool{}
	for i, c := range list {
		wrong := func(key, why string) {
			faults = append(faults, fmt.Errorf("idp.operator %d: %s: %s", i+1, key, why))
		}
		if c.Name == "" || len(c.Name) > maxName || strings.TrimSpace(c.Name) != c.Name || strings.ContainsFunc(c.Name, unicode.IsControl) {
			wrong("name", "is required, at most 100 bytes, without spaces at the ends")
		}
		if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
			wrong("email", fmt.Sprintf("%q is not an address", c.Email))
		}
		if seen[address(c.Email)] {
			wrong("email", c.Email+" is there twice")
		}
		seen[address(c.Email)] = true
		for _, fault := range c.roles() {
			wrong("roles", fault)
		}
		if slices.Contains(c.Roles, string(Collector)) == (c.Point == "") {
			wrong("point", "goes with the role collector: the id of the Point where they work")
		}
		if _, err := time.Parse(time.DateOnly, c.TrainedUntil); err != nil && c.TrainedUntil != "" {
			wrong("trained_until", "write a day, for example \"2027-06-30\"")
		}
		if !slices.Contains([]string{"", "it", "en"}, c.Language) {
			wrong("language", fmt.Sprintf("%q: it or en", c.Language))
		}
		if _, err := person.ParseFiscalCode(strings.ToUpper(c.FiscalCode.Reveal())); err != nil && c.FiscalCode != "" {
			wrong("fiscal_code", "is not a codice fiscale")
		}
	}
	return faults
}

func (c Config) roles() (faults []string) {
	if len(c.Roles) == 0 {
		faults = append(faults, "at least one of collector, video, approver, fraud, supervisor, helpdesk")
	}
	for i, r := range c.Roles {
		if !slices.Contains(Roles(), Role(r)) || slices.Contains(c.Roles[:i], r) {
			faults = append(faults, fmt.Sprintf("%q: each once, of collector, video, approver, fraud, supervisor, helpdesk", r))
		}
	}
	return faults
}
