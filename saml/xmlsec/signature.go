package xmlsec

import (
	"crypto"
	"encoding/base64"
	"strings"
)

// Algorithms of the fixed transform list.
const (
	envelopedURI = dsSpace + "enveloped-signature"
	excC14NURI   = excSpace
)

// signature is what one ds:Signature says, its form checked.
type signature struct {
	element      *Element // ds:Signature
	info         *Element // ds:SignedInfo
	infoPrefixes []string // PrefixList of CanonicalizationMethod
	method       method
	value        []byte
	prefixes     []string // PrefixList of the canonicalizing Transform
	digestMethod crypto.Hash
	digest       []byte
}

// HasSignature reports whether e has a ds:Signature as direct child.
func HasSignature(e *Element) bool { return e.Child(Name{dsSpace, "Signature"}) != nil }

// readSignature reads the one ds:Signature that is a direct child of e. The
// grammar is the part of XMLDSIG 4 that SAML uses (SAML-core 5.4), read strictly.
func readSignature(e *Element) (*signature, error) {
	if e == nil {
		return nil, fail(CodeUnsigned, 0, "there is no element")
	}
	all := 0
	s := &signature{}
	for c := e.first; c != nil; c = c.next {
		if c.Name == (Name{dsSpace, "Signature"}) {
			s.element = c
			all++
		}
	}
	switch {
	case all == 0:
		return nil, fail(CodeUnsigned, e.Start, "the element is not signed")
	case all > 1:
		return nil, fail(CodeManySigned, e.Start, "more than one signature on one element")
	}
	parts, err := open(s.element, "Id")
	if err != nil {
		return nil, err
	}
	if s.info, err = parts.take("SignedInfo"); err != nil {
		return nil, err
	}
	value, err := parts.take("SignatureValue")
	if err != nil {
		return nil, err
	}
	if parts.at != nil && parts.at.Name.Local == "KeyInfo" {
		if err := skipKeyInfo(parts.at); err != nil {
			return nil, err
		}
		parts.at = parts.at.next
	}
	if parts.at != nil && parts.at.Name == (Name{dsSpace, "Object"}) {
		return nil, fail(CodeObject, parts.at.Start, "ds:Object is refused")
	}
	if err := parts.done(); err != nil {
		return nil, err
	}
	if s.value, err = binary(value, "Id"); err != nil {
		return nil, err
	}
	return s, s.readInfo(e)
}

// openInfo reads the beginning of ds:SignedInfo, how it is canonicalized and signed, and
// leaves the references to be read.
func (s *signature) openInfo() (*walk, error) {
	parts, err := open(s.info, "Id")
	if err != nil {
		return nil, err
	}
	c14n, err := parts.take("CanonicalizationMethod")
	if err != nil {
		return nil, err
	}
	if s.infoPrefixes, err = exclusive(c14n, CodeC14N); err != nil {
		return nil, err
	}
	m, err := parts.take("SignatureMethod")
	if err != nil {
		return nil, err
	}
	uri, err := algorithm(m, CodeMethod)
	if err != nil {
		return nil, err
	}
	var ok bool
	if s.method, ok = methodOf(uri); !ok {
		return nil, fail(CodeMethod, m.Start, "a signature algorithm that is not on the list")
	}
	return parts, nil
}

// readInfo reads ds:SignedInfo (XMLDSIG 4.4).
func (s *signature) readInfo(e *Element) error {
	parts, err := s.openInfo()
	if err != nil {
		return err
	}
	if parts.at == nil {
		return fail(CodeReferences, s.info.Start, "no reference")
	}
	reference, err := parts.take("Reference")
	if err != nil {
		return err
	}
	if parts.at != nil && parts.at.Name.Local == "Reference" {
		return fail(CodeReferences, parts.at.Start, "more than one reference") // SAML-core 5.4.2
	}
	if err := parts.done(); err != nil {
		return err
	}
	return s.readReference(reference, e)
}

// readReference reads ds:Reference (XMLDSIG 4.4.3), which must point at e.
func (s *signature) readReference(reference, e *Element) error {
	parts, err := open(reference, "Id", "URI")
	if err != nil {
		return err
	}
	id, _ := e.Attr("ID")
	if !isNCName(id) {
		return fail(CodeID, e.Start, "the signed element has no usable ID")
	}
	uri, ok := reference.Attr("URI")
	if !ok || len(uri) < 1 || uri[0] != '#' || uri[1:] != id { // SAML-core 5.4.2
		return fail(CodeReferenceURI, reference.Start, "the reference does not point at the element that holds the signature")
	}
	if parts.at == nil || parts.at.Name != (Name{dsSpace, "Transforms"}) {
		return fail(CodeTransforms, reference.Start, "the transforms are missing")
	}
	if err := s.readTransforms(parts.at); err != nil {
		return err
	}
	parts.at = parts.at.next
	return s.readDigest(parts)
}

// readDigest reads the end of ds:Reference.
func (s *signature) readDigest(parts *walk) error {
	m, err := parts.take("DigestMethod")
	if err != nil {
		return err
	}
	name, err := algorithm(m, CodeDigestMethod)
	if err != nil {
		return err
	}
	var ok bool
	if s.digestMethod, ok = digestOf(name); !ok {
		return fail(CodeDigestMethod, m.Start, "a digest algorithm that is not on the list")
	}
	value, err := parts.take("DigestValue")
	if err != nil {
		return err
	}
	if err := parts.done(); err != nil {
		return err
	}
	s.digest, err = binary(value)
	return err
}

// readTransforms accepts one list only: enveloped-signature, then exclusive
// canonicalization without comments (SAML-core 5.4.3, 5.4.4).
func (s *signature) readTransforms(transforms *Element) error {
	bad := fail(CodeTransforms, transforms.Start, "transforms other than enveloped-signature and exclusive canonicalization")
	if !plain(transforms) {
		return bad
	}
	enveloped := transforms.first
	if enveloped == nil || enveloped.next == nil || enveloped.next.next != nil {
		return bad
	}
	c14n := enveloped.next
	if enveloped.Name != (Name{dsSpace, "Transform"}) || c14n.Name != enveloped.Name {
		return bad
	}
	if uri, err := algorithm(enveloped, CodeTransforms); err != nil || uri != envelopedURI {
		return bad
	}
	var err error
	s.prefixes, err = exclusive(c14n, CodeTransforms)
	return err
}

// exclusive reads an element that names exclusive canonicalization, and gives
// its PrefixList (exc-c14n 3).
func exclusive(e *Element, code string) ([]string, error) {
	if uri, ok := e.Attr("Algorithm"); !plain(e, "Algorithm") || !ok || uri != excC14NURI {
		return nil, fail(code, e.Start, "not exclusive canonicalization without comments")
	}
	list := e.first
	if list == nil {
		return nil, nil
	}
	value, ok := list.Attr("PrefixList")
	if list.next != nil || list.Name != (Name{excSpace, "InclusiveNamespaces"}) ||
		!ok || list.first != nil || !plain(list, "PrefixList") {
		return nil, fail(CodePrefixList, list.Start, "malformed InclusiveNamespaces")
	}
	prefixes := strings.Fields(value)
	if len(prefixes) > maxPrefixList {
		return nil, fail(CodePrefixList, list.Start, "too many inclusive prefixes")
	}
	for _, p := range prefixes {
		if p != "#default" && !isNCName(p) {
			return nil, fail(CodePrefixList, list.Start, "a malformed inclusive prefix")
		}
	}
	return prefixes, nil
}

// algorithm reads an element that says nothing but its Algorithm: parameters
// such as HMACOutputLength are refused.
func algorithm(e *Element, code string) (string, error) {
	uri, ok := e.Attr("Algorithm")
	if !ok || e.first != nil || !plain(e, "Algorithm") {
		return "", fail(code, e.Start, "an algorithm with parameters or without a name")
	}
	return uri, nil
}

// skipKeyInfo looks at ds:KeyInfo only to refuse foreign content, which has no
// business there. Keys come from metadata, never from the message (SAML-core 5.4.5).
func skipKeyInfo(e *Element) error {
	for c := e.first; c != nil; c = c.next {
		if c.Name.Space != dsSpace && c.Name.Space != ds11Space || c.Name.Local == "Signature" || c.Name.Local == "Object" {
			return fail(CodeGrammar, c.Start, "foreign content in ds:KeyInfo")
		}
		if err := skipKeyInfo(c); err != nil {
			return err
		}
	}
	if e.Name.Space != dsSpace && e.Name.Space != ds11Space {
		return fail(CodeGrammar, e.Start, "a foreign KeyInfo")
	}
	return nil
}

// walk steps through the children of an element whose order is fixed.
type walk struct {
	parent, at *Element
}

// open begins the walk; the element may have the given attributes only.
func open(e *Element, allowed ...string) (*walk, error) {
	if !plain(e, allowed...) {
		return nil, fail(CodeGrammar, e.Start, "text or an unknown attribute inside the signature")
	}
	return &walk{e, e.first}, nil
}

// take steps over the next child, which must be that element of XML Signature.
func (p *walk) take(local string) (*Element, error) {
	e := p.at
	if e == nil || e.Name != (Name{dsSpace, local}) {
		at := p.parent.Start
		if e != nil {
			at = e.Start
		}
		return nil, fail(CodeGrammar, at, "a part of the signature is missing or out of order")
	}
	p.at = e.next
	return e, nil
}

func (p *walk) done() error {
	if p.at != nil {
		return fail(CodeGrammar, p.at.Start, "an unexpected part of the signature")
	}
	return nil
}

// plain reports whether e has only the given attributes, none in a namespace,
// and no text beside its children.
func plain(e *Element, allowed ...string) bool {
	for i := range e.Attrs {
		known := false
		for _, name := range allowed {
			known = known || e.Attrs[i].Name == Name{"", name}
		}
		if !known {
			return false
		}
	}
	return e.onlySpaceBetween()
}

// binary reads base64 with white space in it (XMLDSIG 4.3: base64Binary), and
// nothing else in the element.
func binary(e *Element, allowed ...string) ([]byte, error) {
	bad := fail(CodeBase64, e.Start, "malformed base64")
	if e.first != nil {
		return nil, bad
	}
	for i := range e.Attrs {
		if len(allowed) == 0 || e.Attrs[i].Name != (Name{"", allowed[0]}) {
			return nil, bad
		}
	}
	compact := make([]byte, 0, len(e.lead))
	for i := 0; i < len(e.lead); i++ {
		if c := e.lead[i]; class[c]&space == 0 {
			compact = append(compact, c)
		}
	}
	n, err := base64.StdEncoding.Strict().Decode(compact, compact)
	if err != nil || n == 0 {
		return nil, bad
	}
	return compact[:n], nil
}
