package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"

	"atrio/gateway/services"
)

// Validate finds what is wrong with the settings themselves, all at once. What
// can only be found by opening something (files, databases) is atrio check's.
func (f *File) Validate() error {
	var faults []error
	names := f.Roles()
	for _, name := range names {
		r, base := f.Role(name)
		faults = append(faults, r.validate(name, base)...)
		faults = append(faults, f.Token(name).validate(name)...)
	}
	if f.Gateway != nil {
		faults = append(faults, f.Gateway.Validate()...)
		faults = append(faults, services.Validate(f.Gateway.Services)...)
		faults = append(faults, f.Gateway.CheckServices(f.Gateway.Services)...)
	}
	if f.IdP != nil {
		faults = append(faults, f.IdP.Validate()...)
	}
	if f.Portal != nil {
		faults = append(faults, f.Portal.Validate()...)
	}
	if len(names) == 0 {
		faults = append(faults, errors.New("no role is configured: there is none of [gateway], [idp], [portal]"))
	}
	return errors.Join(append(faults, f.apart()...)...)
}

func (r Role) validate(name, base string) []error {
	var faults []error
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s.%s: "+format, append([]any{name, key}, args...)...))
	}
	if _, _, err := net.SplitHostPort(r.Listen); err != nil {
		wrong("listen", "write an address and a port, for example \"127.0.0.1:8080\"")
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
		wrong("base_url", "%q is not scheme and host, for example \"https://login.example.it\"", base)
	} else if u.Scheme == "http" && !loopback(u.Hostname()) {
		wrong("base_url", "%q must be https: without it passwords and sessions can be read on the way", base)
	}
	if r.Database == "" {
		wrong("database", "is missing, for example \"sqlite:///var/lib/atrio/%s.db\"", name)
	}
	if r.Keys == "" {
		wrong("keys", "is missing: a directory of its own, for example \"/var/lib/atrio/keys/%s\"", name)
	}
	if (r.TLSCertificate == "") != (r.TLSKey == "") {
		wrong("tls_certificate", "tls_certificate and tls_key go together")
	}
	if r.SessionAbsolute != 0 && r.SessionIdle > r.SessionAbsolute {
		wrong("session_idle", "is longer than session_absolute")
	}
	return faults
}

// apart: the roles share neither database nor keys. // I16
func (f *File) apart() []error {
	var faults []error
	for i, a := range f.Roles() {
		ra, _ := f.Role(a)
		for _, b := range f.Roles()[i+1:] {
			rb, _ := f.Role(b)
			if ra.Database == rb.Database && ra.Database != "" {
				faults = append(faults, fmt.Errorf("%s.database and %s.database are the same: each role has its own", a, b))
			}
			if ra.Keys != "" && filepath.Clean(ra.Keys) == filepath.Clean(rb.Keys) {
				faults = append(faults, fmt.Errorf("%s.keys and %s.keys are the same: each role has its own", a, b))
			}
		}
	}
	return faults
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
