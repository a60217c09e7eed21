package otp

import (
	"net/url"
	"strings"
)

// URI is the content of the QR code by which an app takes over a secret, in the
// key URI format of Google Authenticator. Account is what the person recognizes;
// the app shows issuer and account. Parameters equal to the defaults of all apps
// are written too, since some apps have other defaults.
func URI(issuer, account string, secret []byte) string {
	// The colon parts the label, so it may not occur inside.
	clean := strings.NewReplacer(":", " ")
	label := escape(clean.Replace(issuer)) + ":" + escape(clean.Replace(account))
	return "otpauth://totp/" + label + "?secret=" + EncodeSecret(secret) + "&issuer=" + escape(clean.Replace(issuer)) +
		"&algorithm=SHA1&digits=6&period=30"
}

// escape writes spaces as %20: apps do not know "+".
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
