package rao_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/rao/raotest"
	"atrio/idp/proofing/rao/sealed"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/web/webtest"
)

// forgery is a token that is refused before its code is asked for, and why.
type forgery struct {
	name, why string
	token     func(k *desk) string
}

// sealedBy is a token under another certificate.
func sealedBy(ca func(*st.Authority) *st.CA, changes ...st.Change) func(*desk) string {
	return func(k *desk) string { return k.by(raotest.Seal(k.authority, ca(k.authority), changes...), k.claims()) }
}

func granted(a *st.Authority) *st.CA { return a.Granted }

// claiming is a token whose seal is good and whose claims are changed.
func claiming(change func(*sealed.Claims)) func(*desk) string {
	return func(k *desk) string { return k.token(k.claims(change)) }
}

// forgeries are tokens that people and attackers bring. // A26, L11
func forgeries() []forgery {
	return []forgery{
		{"another person's", "other_person", claiming(func(c *sealed.Claims) { c.FiscalCode = others })},
		{"expired", "expired", claiming(func(c *sealed.Claims) { c.Issued, c.Expires = start.AddDate(0, 0, -31), start.AddDate(0, 0, -1) })},
		{"of tomorrow", "not_yet", claiming(func(c *sealed.Claims) { c.Issued = c.Issued.Add(time.Hour) })},
		{"that never ends", "form", claiming(func(c *sealed.Claims) { c.Expires = c.Issued.AddDate(1, 0, 0) })},
		{"of an unknown body", "unknown_issuer", claiming(func(c *sealed.Claims) { c.Issuer = "c_ignoto" })},
		{"in another body's name", "other_body", claiming(func(c *sealed.Claims) { c.Issuer = "c_altro" })},
		{"without a number", "form", claiming(func(c *sealed.Claims) { c.ID = "" })},
		{"with a body that breaks lines", "form", claiming(func(c *sealed.Claims) { c.Issuer = "c_prova\n" })},
		{"sealed under another authority", "unknown_authority", sealedBy(func(a *st.Authority) *st.CA { return a.Unlisted })},
		{"with no policy", "wrong_policy", sealedBy(granted, func(c *x509.Certificate) { c.Policies = nil })},
		{"with another policy", "wrong_policy", sealedBy(granted, func(c *x509.Certificate) { c.Policies = nil; st.Policy("1.3.76.16.2.1")(c) })},
		{"with a key for encryption", "wrong_use", sealedBy(granted, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })},
		{"with the key of an authority", "wrong_use", sealedBy(granted, func(c *x509.Certificate) {
			c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
		})},
		{"with a seal that is over", "seal_expired", sealedBy(granted, st.Dates(start.AddDate(-2, 0, 0), start.AddDate(0, 0, -1)))},
		{"with a seal of no body", "other_body", sealedBy(granted, func(c *x509.Certificate) { c.Subject.ExtraNames = nil })},
		{"with a seal of two bodies", "other_body", sealedBy(granted, func(c *x509.Certificate) {
			c.Subject.ExtraNames = append(c.Subject.ExtraNames, c.Subject.ExtraNames[0])
		})},
		{"with a revoked seal", "revoked", func(k *desk) string {
			k.authority.Granted.Revoke(k.seal.Certificates[0], start.AddDate(0, 0, -1), 1)
			return k.token(k.claims())
		}},
		{"with a suspended seal", "suspended", func(k *desk) string {
			k.authority.Granted.Revoke(k.seal.Certificates[0], start.AddDate(0, 0, -1), 6)
			return k.token(k.claims())
		}},
		{"that nobody answers about", "unreachable", func(k *desk) string {
			k.authority.Silent["ocsp"], k.authority.Silent["crl"] = true, true
			return k.token(k.claims())
		}},
		{"by a short key", "weak_key", func(k *desk) string {
			short := k.authority.IssueFor(k.authority.Granted, st.ShortRSAKey(), raotest.OfBody(raotest.Organization), st.Policy(raotest.Policy))
			return jws(k, jose.RS256, short.Key, short.Certificate)
		}},
		{"by a curve", "form", func(k *desk) string {
			curve := k.authority.Issue(k.authority.Granted, raotest.OfBody(raotest.Organization), st.Policy(raotest.Policy))
			return jws(k, jose.ES256, curve.Key, curve.Certificate)
		}},
		{"by PSS", "form", func(k *desk) string { return jws(k, jose.PS256, k.seal.Key, k.seal.Certificates[0]) }},
		{"by the public key as a secret", "form", func(k *desk) string {
			secret := x509.MarshalPKCS1PublicKey(&k.seal.Key.PublicKey)
			return jws(k, jose.HS256, secret, k.seal.Certificates[0])
		}},
		{"by nobody", "form", func(k *desk) string {
			parts := strings.Split(k.token(k.claims()), ".")
			return rewritten(k, parts, `"RS256"`, `"none"`) + "." + parts[1] + "."
		}},
		{"by nobody, with a signature", "form", func(k *desk) string {
			parts := strings.Split(k.token(k.claims()), ".")
			return rewritten(k, parts, `"RS256"`, `"none"`) + "." + parts[1] + "." + parts[2]
		}},
		{"by a key of its own", "altered", func(k *desk) string {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				k.T.Fatal(err)
			}
			return k.by(sealed.Seal{Key: key, Certificates: k.seal.Certificates}, k.claims())
		}},
		{"with a critical header", "form", func(k *desk) string {
			parts := strings.Split(k.token(k.claims()), ".")
			return rewritten(k, parts, `{`, `{"crit":["x"],"x":1,`) + "." + parts[1] + "." + parts[2]
		}},
		{"without a certificate", "form", func(k *desk) string {
			parts := strings.Split(k.token(k.claims()), ".")
			return rewritten(k, parts, `"x5c"`, `"x5x"`) + "." + parts[1] + "." + parts[2]
		}},
		{"in two parts", "form", func(k *desk) string { return strings.Join(strings.Split(k.token(k.claims()), ".")[:2], ".") }},
		{"that is prose", "form", func(*desk) string { return "Il mio gettone è questo." }},
		{"as JSON", "form", func(k *desk) string { return `{"payload":"e30","signatures":[]}` }},
	}
}

// rewritten is the header of a token with another text in it.
func rewritten(k *desk, parts []string, from, to string) string {
	k.T.Helper()
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil || !bytes.Contains(header, []byte(from)) {
		k.T.Fatalf("the header is %s, %v", header, err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes.Replace(header, []byte(from), []byte(to), 1))
}

// jws signs the payload of a good token otherwise.
func jws(k *desk, algorithm jose.SignatureAlgorithm, key any, certificate *x509.Certificate) string {
	k.T.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(k.token(k.claims()), ".")[1])
	if err != nil {
		k.T.Fatal(err)
	}
	options := (&jose.SignerOptions{}).WithHeader("x5c", []string{base64.StdEncoding.EncodeToString(certificate.Raw)})
	if k, short := key.(*rsa.PrivateKey); short && k.N.BitLen() < 2048 {
		key = jose.JSONWebKey{Key: k}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		k.T.Fatal(err)
	}
	made, err := signer.Sign(payload)
	if err != nil {
		k.T.Fatal(err)
	}
	token, err := made.CompactSerialize()
	if err != nil {
		k.T.Fatal(err)
	}
	return token
}

// L11: each with a reason of its own, on the page and in the log; nothing changes, nothing
// that was pasted is lost.
func TestL11ForgedTokensAreRefusedEachWithItsReason(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		texts := texts(t)
		for _, f := range forgeries() {
			k.authority.Silent = map[string]bool{}
			clear(k.authority.Granted.Revoked)
			k.advance(3 * time.Minute) // tokens of a request are bounded
			token := f.token(k)
			page := k.give(token).Expect(http.StatusUnprocessableEntity, texts["rao.refused."+f.why], texts["rao.refused."+f.why+".help"])
			if got := page.FormWith("token").Values.Get("token"); got != token {
				t.Errorf("%s: what was pasted became %.40q", f.name, got)
			}
			if got := k.refusals(); got != "rao_"+f.why {
				t.Errorf("%s: refused by %q, want %s", f.name, got, f.why)
			}
			if got := k.request(); got.State != enrolment.ContractReady || len(k.kept()) != 0 {
				t.Fatalf("%s: the request stands at %s with %v", f.name, got.State, k.kept())
			}
		}
		k.give("").Expect(http.StatusUnprocessableEntity, texts["rao.token.missing"])
		k.give(strings.Repeat("a", sealed.MaxBytes+1)).Expect(http.StatusUnprocessableEntity, texts["rao.refused.form"])
		page := k.Get(k.base + way.RAO)
		k.Upload(page.FormWith("file"), map[string][]byte{"file": bytes.Repeat([]byte("a"), sealed.MaxBytes+1)}).Expect(http.StatusUnprocessableEntity, texts["rao.refused.form"])
	})
}

// A26: no bit of a token can be another one.
func TestA26NoBitOfATokenCanBeTurned(t *testing.T) {
	k := &desk{Client: webtest.New(t), now: start, authority: st.New(start)}
	k.seal = raotest.Seal(k.authority, k.authority.Granted)
	parts := strings.Split(k.token(k.claims()), ".")
	if _, err := sealed.Read(strings.Join(parts, ".")); err != nil {
		t.Fatal(err)
	}
	for n, part := range parts {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(raw); at += 1 + len(raw)/64 {
			for _, bit := range []byte{1, 0x80} {
				turned := bytes.Clone(raw)
				turned[at] ^= bit
				all := append([]string(nil), parts...)
				all[n] = base64.RawURLEncoding.EncodeToString(turned)
				if _, err := sealed.Read(strings.Join(all, ".")); sealed.Of(err) == "" {
					t.Fatalf("part %d, octet %d: %v", n, at, err)
				}
			}
		}
		// The same octets in another spelling are another token, for who looks at the text.
		last := part[len(part)-1]
		for _, other := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
			if other == last {
				continue
			}
			all := append([]string(nil), parts...)
			all[n] = part[:len(part)-1] + string(other)
			if _, err := sealed.Read(strings.Join(all, ".")); sealed.Of(err) == "" {
				t.Errorf("part %d ends with %q as well: %v", n, other, err)
			}
		}
	}
}

// A26: what the seal says outside and what the code opens inside are about one person, by
// one body; what is only written otherwise is left to the operator.
func TestA26WhatIsInsideIsComparedWithTheRequest(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k, texts := open(t, d), texts(t)
		for n, c := range []struct {
			name   string
			change func(*sealed.Mandatory)
			why    string
			doubts string
		}{
			{"the same", func(*sealed.Mandatory) {}, "", ""},
			{"spelled otherwise", func(m *sealed.Mandatory) { m.Name = "Amìra" }, "", ""},
			{"another name", func(m *sealed.Mandatory) { m.Name = "AMINA" }, "", "rao_names"},
			{"another telephone", func(m *sealed.Mandatory) { m.Phone.Number = "3331111111" }, "", "rao_contacts"},
			{"another mailbox", func(m *sealed.Mandatory) { m.Email = "altra@example.org" }, "", "rao_contacts"},
			{"a mailbox that is none", func(m *sealed.Mandatory) { m.Email = "x\r\nBcc: y@example.org" }, "", "rao_contacts"},
			{"another document", func(m *sealed.Mandatory) { m.Card.Number = "CA00001AA" }, "", "rao_document"},
			{"another date of birth", func(m *sealed.Mandatory) { m.BirthDate = "1983-05-11" }, "other_person", ""},
			{"another codice fiscale", func(m *sealed.Mandatory) { m.FiscalCode = "TINIT-" + others }, "inside", ""},
			{"no name", func(m *sealed.Mandatory) { m.FamilyName = "" }, "inside", ""},
			{"a date that there is not", func(m *sealed.Mandatory) { m.BirthDate = "1983-02-30" }, "inside", ""},
		} {
			k.begin(fmt.Sprint("inside", n), fmt.Sprint("holder", n))
			k.mails()
			k.give(k.token(k.claims(func(c *sealed.Claims) { c.ID = k.id }), func(d *sealed.Data) { c.change(&d.Attributes.Mandatory) })).Expect(http.StatusOK)
			page := k.code(halves.First, halves.Second)
			got, refused, mails := k.request(), k.refusals(), k.mails()
			if c.why != "" {
				page.Expect(http.StatusUnprocessableEntity, texts["rao.refused."+c.why])
				if got.State != enrolment.ContractReady || refused != "rao_"+c.why {
					t.Errorf("%s: %s, refused by %q", c.name, got.State, refused)
				}
				continue
			}
			if got.State != enrolment.OperatorCheck || refused != "" || strings.Join(got.Data.Verdict.Doubts, " ") != c.doubts {
				t.Errorf("%s: %s, refused by %q, doubts %+v", c.name, got.State, refused, got.Data.Verdict)
			}
			if last := mails[len(mails)-1]; !strings.HasSuffix(last.To, "@example.org") || strings.ContainsAny(last.To, "\r\n") || !strings.Contains(last.Text, "Comune di Prova") {
				t.Errorf("%s: mails %+v", c.name, mails)
			}
		}
		// The body inside is another one than the seal's.
		k.begin("body", "body")
		k.give(k.token(k.claims(func(c *sealed.Claims) { c.ID = "body" }), func(d *sealed.Data) { d.Info.Issuer.Code = "c_altro" })).Expect(http.StatusOK)
		k.code(halves.First, halves.Second).Expect(http.StatusUnprocessableEntity, texts["rao.refused.inside"])
	})
}

// A token that was given in time is judged again when its code is typed.
func TestL11WhatEndsBeforeTheCodeIsTypedEndsTheToken(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k, texts := open(t, d), texts(t)
		for n, c := range []struct {
			turn  func()
			why   string
			stays bool
		}{
			{func() { k.authority.Silent["ocsp"], k.authority.Silent["crl"] = true, true }, "unreachable", true},
			{func() {
				r := k.request() // as an operator's tool would, past the table
				r.Version++
				r.Data.Person.FiscalCode = others
				step := enrolment.Step{After: r, Event: enrolment.Event{Request: r.ID, N: r.Version, At: k.clock(), Act: enrolment.Deposit, From: r.State, To: r.State, By: enrolment.Author{Role: enrolment.System}}}
				if err := k.store.Save(t.Context(), step); err != nil {
					t.Fatal(err)
				}
			}, "other_person", false},
			{func() { k.advance(31 * 24 * time.Hour) }, "expired", false},
			{func() { k.authority.Granted.Revoke(k.seal.Certificates[0], k.clock(), 1) }, "revoked", false},
		} {
			k.begin(c.why, fmt.Sprint("holder", n))
			k.give(k.token(k.claims(func(c *sealed.Claims) { c.ID = k.id }))).Expect(http.StatusOK)
			page := k.Get(k.base + way.RAO)
			c.turn()
			k.Submit(page.FormWith("first"), "first", halves.First, "second", halves.Second).Expect(http.StatusUnprocessableEntity, texts["rao.refused."+c.why])
			if got := k.request(); (got.State == enrolment.RAOPending) != c.stays || !got.Data.SignedNow() {
				t.Errorf("%s: the request stands at %s", c.why, got.State)
			}
			if got := k.refusals(); got != "rao_"+c.why {
				t.Errorf("%s: refused by %q", c.why, got)
			}
			clear(k.authority.Silent)
		}
	})
}

// A page that is over does nothing.
func TestATokenBelongsToTheRequestThatStandsThere(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		page := k.Get(k.base + way.RAO)
		k.take("request", enrolment.ChangeMethod, func(q *enrolment.Request) { q.Method = enrolment.Point })
		k.Submit(page.FormWith("token"), "token", k.token(k.claims())) // led to where the request stands
		if got := k.request(); got.State != enrolment.Documents || len(k.kept()) != 0 {
			t.Errorf("on another way a token was taken: %s", got.State)
		}
	})
}

// texts are what people read, by key.
func texts(t *testing.T) (list map[string]string) {
	t.Helper()
	content, err := os.ReadFile("texts/it.json")
	if err == nil {
		err = json.Unmarshal(content, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}
