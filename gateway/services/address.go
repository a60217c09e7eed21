package services

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// checkAddress accepts an absolute https address, or http on the loopback
// interface, written as a browser would send it. // RFC 9700 4.1.1, RFC 8252 7.3
func checkAddress(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return fmt.Errorf("%q is not an absolute address such as https://servizio.example.it/ritorno", raw)
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%q: the scheme must be https", raw)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return fmt.Errorf("%q: http is allowed only for localhost, 127.0.0.1 and [::1]; use https", raw)
	case u.User != nil:
		return fmt.Errorf("%q: must not hold a user name", raw)
	case strings.Contains(raw, "#"): // RFC 6749 3.1.2
		return fmt.Errorf("%q: must not have a fragment (#…)", raw)
	case strings.Contains(raw, "*"):
		return fmt.Errorf("%q: patterns are not supported; list each address", raw)
	case u.String() != raw || strings.ToLower(u.Host) != u.Host:
		return fmt.Errorf("%q: write the scheme and host in small letters and the path encoded, for example %q", raw, strings.ToLower(u.Scheme+"://"+u.Host)+u.EscapedPath())
	case hasDotSegment(u.Path) || strings.ContainsAny(raw, "\\ "):
		return fmt.Errorf("%q: must not hold dot segments, backslashes or spaces", raw)
	}
	return nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func hasDotSegment(path string) bool {
	for seg := range strings.SplitSeq(path, "/") {
		if seg == "." || seg == ".." {
			return true
		}
	}
	return false
}

// commonHost is the host of all addresses, and whether they have just one.
func commonHost(uris []string) (string, bool) {
	host := ""
	for _, raw := range uris {
		u, err := url.Parse(raw)
		if err != nil || (host != "" && u.Hostname() != host) {
			return host, false
		}
		host = u.Hostname()
	}
	return host, host != ""
}
