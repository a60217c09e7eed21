package apply

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"atrio/authn/secondfactor"
	"atrio/base/setting"
	"atrio/idp/enrolment"
)

// Config is the section [idp.enrolment].
type Config struct {
	// Methods are the ways of identification that are offered, with what people read
	// about them; at a Point and free when left out.
	Methods []MethodConfig `toml:"methods"`
	// Renewal is the price of a renewal, "" for free. // I17
	Renewal string `toml:"renewal"`
	// Prefixes are how numbers begin to which codes are sent; Italian mobiles, "+393",
	// when left out. // A03
	Prefixes []string `toml:"prefixes"`
	// SupportMail is where applicants write; may be empty.
	SupportMail string `toml:"support_mail"`
	// Breached is a file with the SHA-1 of stolen passwords, sorted, one a line.
	Breached string `toml:"breached"`
	// Shop is the issuer's shop whose customers bring their account.
	Shop ShopConfig `toml:"shop"`
}

// MethodConfig is one way of identification.
type MethodConfig struct {
	Method enrolment.Method `toml:"method"`
	// Price as people read it: "19,90 €"; free when "".
	Price string `toml:"price"`
	// Hours at which somebody is there.
	Hours Words `toml:"hours"`
}

// Words are a text in both languages.
type Words struct {
	IT string `toml:"it"`
	EN string `toml:"en"`
}

func (w Words) in(lang string) string {
	if lang == "en" {
		return w.EN
	}
	return w.IT
}

// ShopConfig says where the shop answers.
type ShopConfig struct {
	// URL is where the shop answers to this program; "" when there is no shop.
	URL string `toml:"url"`
	// Name is how customers call it.
	Name string `toml:"name"`
	// Secret proves this provider to the shop, and the shop here.
	Secret setting.Secret `toml:"secret"`
}

var prefixForm = regexp.MustCompile(`^\+[1-9][0-9]{0,6}$`)

// leastSecret is the shortest secret between two programs.
const leastSecret = 32

// Validate finds everything that is wrong, by the names of the keys.
func (c Config) Validate() (faults []error) {
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("idp.enrolment."+key+": "+format, args...))
	}
	seen := map[enrolment.Method]bool{}
	for _, m := range c.Methods {
		switch {
		case !m.Method.Known():
			wrong("methods", "%q is not one of %v", m.Method, enrolment.Methods())
		case seen[m.Method]:
			wrong("methods", "%q stands there twice", m.Method)
		case utf8.RuneCountInString(m.Price) > 40:
			wrong("methods", "the price of %q is longer than 40 characters", m.Method)
		case (m.Hours.IT == "") != (m.Hours.EN == ""):
			wrong("methods", "the hours of %q are needed in both languages", m.Method)
		}
		seen[m.Method] = true
	}
	for _, p := range c.Prefixes {
		if !prefixForm.MatchString(p) {
			wrong("prefixes", "%q is not a prefix such as \"+393\"", p)
		}
	}
	if c.SupportMail != "" && !strings.Contains(c.SupportMail, "@") {
		wrong("support_mail", "must be a mail address")
	}
	if s := c.Shop; s.URL != "" {
		u, err := url.Parse(s.URL)
		if err != nil || u.Host == "" || (u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname()))) || u.RawQuery != "" || u.User != nil {
			wrong("shop.url", "must be an address such as \"https://negozio.example.it\": passwords go there, so http is for this machine only")
		}
		if s.Name == "" {
			wrong("shop.name", "is required: customers read it")
		}
		if len(s.Secret.Reveal()) < leastSecret {
			wrong("shop.secret", "must have %d characters or more", leastSecret)
		}
	}
	return faults
}

// Offered are the ways that are offered, in the order of the guide.
func (c Config) Offered() (list []enrolment.Method) {
	for _, m := range enrolment.Methods() {
		if slices.ContainsFunc(c.WithDefaults().Methods, func(o MethodConfig) bool { return o.Method == m }) {
			list = append(list, m)
		}
	}
	return list
}

// WithDefaults fills in what was left out.
func (c Config) WithDefaults() Config {
	if len(c.Methods) == 0 {
		c.Methods = []MethodConfig{{Method: enrolment.Point}}
	}
	if len(c.Prefixes) == 0 {
		c.Prefixes = []string{secondfactor.ItalianMobile}
	}
	return c
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
