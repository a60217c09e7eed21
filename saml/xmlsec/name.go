package xmlsec

import "strings"

// Name is an expanded name: namespace URI ("" for none) and local part.
type Name struct{ Space, Local string }

// Namespaces this package itself deals with.
const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
	dsSpace    = "http://www.w3.org/2000/09/xmldsig#"
	ds11Space  = "http://www.w3.org/2009/xmldsig11#"
	excSpace   = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// binding is one namespace declaration.
type binding struct{ prefix, uri string }

// checkBinding refuses declarations that XML Namespaces reserves, and URIs on
// which canonicalizers disagree. A relative URI makes libxml2 fail, which some
// verifiers took for an empty digest ("void canonicalization"); an ampersand is
// escaped by some and not by others.
func checkBinding(b binding, at int) error {
	switch {
	case b.prefix == "xml" || b.prefix == "xmlns":
		return fail(CodePrefix, at, "a reserved prefix is declared") // XML-names 3
	case b.uri == xmlSpace || b.uri == xmlnsSpace:
		return fail(CodeNamespace, at, "a reserved namespace is declared") // XML-names 3
	case b.uri == "" && b.prefix != "":
		return fail(CodeNamespace, at, "a prefix is undeclared, which needs XML 1.1") // XML-names 5
	case b.uri != "" && !absoluteURI(b.uri):
		return fail(CodeNamespace, at, "a namespace URI is relative or malformed") // c14n 2.1
	}
	return nil
}

// absoluteURI reports whether s is a scheme, a colon and characters that
// RFC 3986 allows, the ampersand excepted.
func absoluteURI(s string) bool {
	colon := strings.IndexByte(s, ':')
	if colon < 1 || !schemeChars(s[:colon]) {
		return false
	}
	for i := colon + 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("-._~:/?#@!$'()*+,;=", c) >= 0:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return strings.Count(s, "#") <= 1
}

func schemeChars(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// idLike reports whether a local name is ID in any spelling.
func idLike(local string) bool {
	return len(local) == 2 && local[0]|0x20 == 'i' && local[1]|0x20 == 'd'
}
