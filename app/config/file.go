// Package config is the configuration of the program: one documented TOML file,
// every setting also by environment, checked as a whole.
//
// The settings of a product are declared by the product (gateway.Config,
// idp.Config, portal.Config) and embedded here beside what every role has:
// listener, database, keys. It opens nothing and knows no handler.
package config

import (
	"fmt"
	"path/filepath"

	"atrio/base/setting"
	"atrio/gateway"
	"atrio/gateway/services"
	"atrio/idp"
	"atrio/portal"
)

// File is the whole configuration. A role without its table is not configured
// and cannot be served.
type File struct {
	Log        Log        `toml:"log"`
	Operations Operations `toml:"operations"`
	Mail       Mail       `toml:"mail"`
	SMS        SMS        `toml:"sms"`
	Places     Places     `toml:"places"`
	Gateway    *Gateway   `toml:"gateway"`
	IdP        *IdP       `toml:"idp"`
	Portal     *Portal    `toml:"portal"`
}

// Log says what is written about the running of the program.
type Log struct {
	Level  string `toml:"level"`  // debug, info (default), warn, error
	Format string `toml:"format"` // json (default) or text
}

// Operations is the listener for those who run the program: metrics and health.
// Keep it away from the internet.
type Operations struct {
	Listen string `toml:"listen"`
}

// Mail is the way out for mail. Without a host, messages wait in the outbox.
type Mail struct {
	Host     string         `toml:"host"`
	Port     int            `toml:"port"`
	TLS      string         `toml:"tls"` // starttls (default), tls, none (loopback only)
	Username string         `toml:"username"`
	Password setting.Secret `toml:"password"`
	From     string         `toml:"from"`
}

// SMS is the way out for text messages: an HTTP gateway, described by templates
// as base/notify/sms has them. Without a URL, messages wait in the outbox.
type SMS struct {
	URL    string         `toml:"url"`
	Method string         `toml:"method"` // POST (default), PUT or GET
	Type   string         `toml:"type"`   // media type of the body
	Body   string         `toml:"body"`   // {"to":"{to}","text":"{text}"}
	Header string         `toml:"header"` // name of the header with the token
	Token  setting.Secret `toml:"token"`
	From   string         `toml:"from"`
	// Of a message centre that speaks SMPP (url smpps://host:port).
	SystemID   string         `toml:"system_id"`
	Password   setting.Secret `toml:"password"`
	SystemType string         `toml:"system_type"`
}

// Places is where the operator's archive of municipalities is kept.
type Places struct {
	// Archive is the file that `atrio places import` writes; until then the places
	// that come with the program are used.
	Archive string `toml:"archive"`
}

// Role is what every role has.
type Role struct {
	// Listen is the address of the listener: "127.0.0.1:8080".
	Listen string `toml:"listen"`
	// Database is "sqlite:///var/lib/atrio/gateway.db" or "postgres://…".
	Database setting.Secret `toml:"database"`
	// Keys is the directory with the keys of this role, mode 0700.
	Keys string `toml:"keys"`
	// KeysSecret encrypts the private files of that directory: identities of age,
	// one a line; the first for new files, all to open.
	KeysSecret setting.Secret `toml:"keys_secret"`
	// TLSCertificate and TLSKey serve https without a proxy; PEM files.
	TLSCertificate string `toml:"tls_certificate"`
	TLSKey         string `toml:"tls_key"`
	// TrustedProxies may say the client's address in X-Forwarded-For.
	TrustedProxies []string `toml:"trusted_proxies"`
	// SessionIdle and SessionAbsolute bound a session. Default 30m and 12h.
	SessionIdle     setting.Duration `toml:"session_idle"`
	SessionAbsolute setting.Duration `toml:"session_absolute"`
	Theme           Theme            `toml:"theme"`
}

// Theme is the face of the institution: names and colours, no templates.
type Theme struct {
	Institution   Text   `toml:"institution"`
	Service       Text   `toml:"service"`
	Home          string `toml:"home"`
	Logo          string `toml:"logo"`          // SVG or PNG file
	Texts         string `toml:"texts"`         // directory with it.json and en.json
	Privacy       string `toml:"privacy"`       // address of the privacy notice
	Accessibility string `toml:"accessibility"` // address of the accessibility declaration
	Help          string `toml:"help"`          // address of the help
	Brand         string `toml:"brand"`         // "#0066cc"
	BrandDark     string `toml:"brand_dark"`    // "#003366"
}

// Text is a text in both languages.
type Text struct {
	It string `toml:"it"`
	En string `toml:"en"`
}

// Gateway is the table [gateway]: the role, the product's own settings, and the
// register of services, one [[gateway.service]] each.
type Gateway struct {
	Role
	// BaseURL is how people reach the role: scheme and host.
	BaseURL string `toml:"base_url"`
	gateway.Config
	PKCS11   PKCS11             `toml:"pkcs11"`
	Services []services.Service `toml:"service"`
}

// IdP is the table [idp]. Its base URL is the product's own setting.
type IdP struct {
	Role
	idp.Config
	PKCS11 PKCS11 `toml:"pkcs11"`
}

// Portal is the table [portal].
type Portal struct {
	Role
	// BaseURL is how people reach the role: scheme and host.
	BaseURL string `toml:"base_url"`
	portal.Config
}

// PKCS11 is the token in which signing keys of a role may live. Which of them do
// is written in the directory of keys (atrio keys import --label).
type PKCS11 struct {
	// Module is the path of the token's library, Token the label of the token.
	Module string         `toml:"module"`
	Token  string         `toml:"token"`
	PIN    setting.Secret `toml:"pin"`
	// Helper is the program that loads the library. Default: atrio-pkcs11 beside atrio.
	Helper string `toml:"helper"`
	// Timeout bounds one signature. Default 5s.
	Timeout setting.Duration `toml:"timeout"`
}

// Token is the token of a role; without a Module there is none.
func (f *File) Token(role string) PKCS11 {
	switch {
	case role == "gateway" && f.Gateway != nil:
		return f.Gateway.PKCS11
	case role == "idp" && f.IdP != nil:
		return f.IdP.PKCS11
	}
	return PKCS11{}
}

func (p PKCS11) validate(role string) []error {
	if (p.Module == "") != (p.Token == "") || (p.Module == "") != (p.PIN == "") {
		return []error{fmt.Errorf("%s.pkcs11: module, token and pin go together", role)}
	}
	if p.Module != "" && !filepath.IsAbs(p.Module) {
		return []error{fmt.Errorf("%s.pkcs11.module: write the whole path of the library", role)}
	}
	return nil
}

// Roles lists the roles that are configured, in the order in which they start.
func (f *File) Roles() []string {
	var out []string
	if f.Gateway != nil {
		out = append(out, "gateway")
	}
	if f.IdP != nil {
		out = append(out, "idp")
	}
	if f.Portal != nil {
		out = append(out, "portal")
	}
	return out
}

// Role gives what every role has, of a configured one.
func (f *File) Role(name string) (r Role, baseURL string) {
	switch name {
	case "gateway":
		return f.Gateway.Role, f.Gateway.BaseURL
	case "idp":
		return f.IdP.Role, f.IdP.BaseURL
	}
	return f.Portal.Role, f.Portal.BaseURL
}
