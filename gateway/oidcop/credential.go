package oidcop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"atrio/gateway/services"
)

// credential is how a client presents itself.
type credential struct {
	method                    services.AuthMethod
	client, secret, assertion string
}

// readCredential finds the one method that a request uses; two at once are
// refused. Whether the credential is right is the engine's to check.
// RFC 6749 2.3: "the client MUST NOT use more than one authentication method".
func readCredential(r *http.Request, form url.Values) (credential, bool) {
	_, basic := r.Header["Authorization"]
	secret, assertion := form.Get("client_secret"), form.Get("client_assertion")
	switch {
	case basic:
		c, ok := readBasic(r)
		named := form.Get("client_id")
		return c, ok && secret == "" && assertion == "" && (named == "" || named == c.client)
	case assertion != "":
		issuer := unverifiedIssuer(assertion)
		named := form.Get("client_id")
		c := credential{method: services.PrivateKeyJWT, client: issuer, assertion: assertion}
		return c, secret == "" && issuer != "" && (named == "" || named == issuer)
	case secret != "":
		return credential{method: services.SecretPost, client: form.Get("client_id"), secret: secret}, true
	}
	return credential{method: services.Public, client: form.Get("client_id")}, form.Get("client_id") != ""
}

// readBasic decodes the header; both parts are form-encoded first, which the
// engine does not undo. // RFC 6749 2.3.1
func readBasic(r *http.Request) (credential, bool) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return credential{}, false
	}
	client, err1 := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	return credential{method: services.SecretBasic, client: client, secret: secret}, err1 == nil && err2 == nil
}

// unverifiedIssuer reads iss to find the client whose key has to verify the
// assertion; the engine verifies it and compares the issuer again.
func unverifiedIssuer(assertion string) string {
	return unverifiedClaim(assertion, "iss")
}

func unverifiedClaim(token, name string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > maxQuery {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims map[string]any
	if json.Unmarshal(raw, &claims) != nil {
		return ""
	}
	text, _ := claims[name].(string)
	return text
}

// maxAssertionID bounds the jti of an assertion.
const maxAssertionID = 128

// consumeAssertion runs when the engine has verified the signature of an
// assertion. The mark is written by Store.Redeem, in the commit that makes use
// of the assertion; refused exchanges gain nothing from a second try.
func consumeAssertion(ctx context.Context, id string) error {
	x := exchangeOf(ctx)
	if x.proof == nil || id == "" || len(id) > maxAssertionID {
		return errors.New("jti is missing or too long")
	}
	x.proof.ID = id
	return nil
}
