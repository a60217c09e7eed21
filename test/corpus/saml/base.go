package corpus

import (
	"crypto"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Around makes the corpus from the answer of another test instead of the example:
// unsigned, as a provider writes it whose key is given. Whoever takes Control takes
// that answer, so that each hostile document is refused for its attack alone.
func Around(t testing.TB, unsigned string, key crypto.Signer) *Workshop {
	t.Helper()
	w := New(t)
	w.keep("rsa", key)
	w.base = shaped(unsigned)
	w.twice = w.SignWith("rsa", swap(w.base, atAssertion, template{id: assertID}.String()))
	return w
}

var (
	idOf    = regexp.MustCompile(` ID="[^"]*"`)
	nameOf  = regexp.MustCompile(`>[^<]*</saml:NameID>`)
	issuers = regexp.MustCompile(`</saml:Issuer>`)
)

// shaped gives an answer the identifiers, the name and the places of the example.
func shaped(unsigned string) string {
	unsigned = strings.TrimSpace(unsigned)
	at := strings.Index(unsigned, "<saml:Assertion ")
	if at < 0 {
		panic("corpus: no assertion in " + unsigned)
	}
	first := func(re *regexp.Regexp, s, with string) string {
		where := re.FindStringIndex(s)
		if where == nil {
			panic("corpus: no " + re.String() + " in " + s)
		}
		return s[:where[0]] + with + s[where[1]:]
	}
	envelope := first(issuers, first(idOf, unsigned[:at], ` ID="`+responseID+`"`), "</saml:Issuer>"+atResponse)
	assertion := first(issuers, first(idOf, unsigned[at:], ` ID="`+assertID+`"`), "</saml:Issuer>"+atAssertion)
	return envelope + first(nameOf, assertion, ">"+Genuine+"</saml:NameID>")
}

// Control gives answers that are as they should be: signed twice, and with a
// signature of the assertion alone.
func (w *Workshop) Control() []Document {
	w.t.Helper()
	return []Document{
		{Name: "assertion and response signed", Data: []byte(w.signedResponse("rsa", template{})), NameID: Genuine},
		{Name: "assertion signed", Data: []byte(w.signedAssertion("rsa", template{})), NameID: Genuine},
	}
}

// Hostile gives the attack catalogue. No document may be read.
func (w *Workshop) Hostile() []Document {
	w.t.Helper()
	var all []Document
	for _, group := range []func() []Document{w.wrapping, w.signatures, w.errorResponses, w.others, w.Encrypted, w.parser} {
		all = append(all, group()...)
	}
	if w.twice != "" { // an answer whose assertion alone is signed is as it should be
		all = slices.DeleteFunc(all, func(d Document) bool { return d.Name == "no signature" })
	}
	deep := *w
	deep.deep = true
	for _, d := range deep.signatures() {
		d.Name = "assertion: " + d.Name
		all = append(all, d)
	}
	return all
}

// plain is the response everything else is made from. Around another answer its
// assertion is signed: whoever needs both signatures must refuse each attack on that
// of the response by itself.
func (w *Workshop) plain() string {
	if w.twice != "" && !w.deep {
		return w.twice
	}
	return w.base
}

// assertion is the unsigned assertion of the base with another ID and name.
func (w *Workshop) assertion(id, nameID string) string {
	return swap(swap(assertionOf(w.base), ` ID="`+assertID+`"`, ` ID="`+id+`"`), Genuine, nameID)
}

// signedResponse is a response with a signature on the response.
func (w *Workshop) signedResponse(key string, s template) string {
	return w.SignWith(key, clean(swap(w.plain(), atResponse, s.String())))
}

// signedAssertion is a response with a signature on the assertion only.
func (w *Workshop) signedAssertion(key string, s template) string {
	s.id = assertID
	return w.SignWith(key, clean(swap(w.base, atAssertion, s.String())))
}

// signed is a response with a signature on the element under attack.
func (w *Workshop) signed(key string, s template) string {
	if w.deep {
		return w.signedAssertion(key, s)
	}
	return w.signedResponse(key, s)
}

// unsignedTemplate is the plain response with an empty signature on the element under
// attack.
func (w *Workshop) unsignedTemplate() string { return w.unsignedTemplateWith(template{}) }

func (w *Workshop) unsignedTemplateWith(s template) string {
	if w.deep {
		s.id = assertID
		return clean(swap(w.base, atAssertion, s.String()))
	}
	return clean(swap(w.plain(), atResponse, s.String()))
}

// target is the ID of the element under attack, other that of the other one.
func (w *Workshop) target() string {
	if w.deep {
		return assertID
	}
	return responseID
}

func (w *Workshop) other() string {
	if w.deep {
		return responseID
	}
	return assertID
}
