package binding

import (
	"net/url"
	"strings"

	"atrio/saml/xmlsec"
)

// RedirectURL makes the address to which a browser is sent with a message, signed
// over the query (SAML-bindings 3.4.4.1). The order SAMLRequest or SAMLResponse,
// RelayState, SigAlg is that of the signature, and values are escaped like web forms
// (a blank is "+"), because spid-sp-test decodes and escapes them again before it
// verifies. An endpoint that has a query keeps it in front.
func RedirectURL(endpoint, parameter string, message []byte, relayState string, s xmlsec.Signer) (string, error) {
	return DeflatedRedirectURL(endpoint, parameter, Deflate(message), relayState, s)
}

// DeflatedRedirectURL is RedirectURL for a message that was compressed before.
func DeflatedRedirectURL(endpoint, parameter string, deflated []byte, relayState string, s xmlsec.Signer) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Fragment != "" {
		return "", fail("endpoint_invalid", "")
	}
	s = s.Current() // the algorithm and the signature are of one key
	alg, err := xmlsec.DetachedAlgorithm(s)
	if err != nil {
		return "", err
	}
	query := parameter + "=" + url.QueryEscape(EncodePost(deflated))
	if relayState != "" {
		query += "&RelayState=" + url.QueryEscape(relayState)
	}
	query += "&SigAlg=" + url.QueryEscape(alg)
	_, signature, err := xmlsec.SignDetached([]byte(query), s)
	if err != nil {
		return "", err
	}
	query += "&Signature=" + url.QueryEscape(EncodePost(signature))
	if u.RawQuery != "" {
		query = u.RawQuery + "&" + query
	}
	u.RawQuery = query
	return u.String(), nil
}

// FromQuery takes a message from the raw query of a redirect, as the client sent it
// (http.Request.URL.RawQuery). Parameters of SAML may stand once; others are left
// alone. The signature, when there is one, is checked by Message.Verify.
func FromQuery(rawQuery string) (*Message, error) {
	if len(rawQuery) > MaxQuery {
		return nil, fail("message_too_large", "query")
	}
	q, err := split(rawQuery)
	if err != nil {
		return nil, err
	}
	m := &Message{Parameter: Request}
	encoded, ok := q.value[Request]
	if other, both := q.value[Response]; both {
		if ok {
			return nil, fail("message_ambiguous", "request and response")
		}
		m.Parameter, encoded = Response, other
	}
	if encoding, set := q.value["SAMLEncoding"]; set && encoding != "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE" {
		return nil, fail("encoding_unknown", "")
	}
	if encoded == "" {
		return nil, fail("message_missing", "")
	}
	m.RelayState, m.SigAlg = q.value["RelayState"], q.value["SigAlg"]
	if len(m.RelayState) > MaxRelayState {
		return nil, fail("relay_state_too_long", "")
	}
	deflated, err := decodeBase64(encoded)
	if err != nil {
		return nil, err
	}
	if m.XML, err = Inflate(deflated, MaxMessage); err != nil {
		return nil, err
	}
	return m, m.readSignature(q)
}

func (m *Message) readSignature(q query) error {
	encoded, ok := q.value["Signature"]
	if ok != (m.SigAlg != "") {
		return fail("signature_incomplete", "")
	}
	if !ok {
		return nil
	}
	var err error
	m.signature, err = decodeBase64(encoded)
	// The octets as they came, in the fixed order (SAML-bindings 3.4.4.1).
	for _, name := range []string{m.Parameter, "RelayState", "SigAlg"} {
		if raw, present := q.raw[name]; present {
			if len(m.signed) > 0 {
				m.signed = append(m.signed, '&')
			}
			m.signed = append(m.signed, raw...)
		}
	}
	return err
}

// query holds the parameters of SAML: the pair as it came, and the decoded value.
type query struct {
	raw, value map[string]string
}

func split(rawQuery string) (query, error) {
	q := query{raw: map[string]string{}, value: map[string]string{}}
	for pair := range strings.SplitSeq(rawQuery, "&") {
		key, escaped, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil || !known(name) {
			continue
		}
		// A name in another spelling ("SAML%52equest") would be signed in that
		// spelling; nobody needs it, so it is refused with the repetitions.
		if _, again := q.raw[name]; again || name != key {
			return q, fail("parameter_repeated", name)
		}
		value, err := url.QueryUnescape(escaped)
		if err != nil {
			return q, fail("escape_broken", name)
		}
		q.raw[name], q.value[name] = pair, value
	}
	return q, nil
}

func known(name string) bool {
	switch name {
	case Request, Response, "RelayState", "SigAlg", "Signature", "SAMLEncoding":
		return true
	}
	return false
}
