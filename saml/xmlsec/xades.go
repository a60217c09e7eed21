package xmlsec

import (
	"bytes"
	"crypto"
)

const (
	xadesSpace       = "http://uri.etsi.org/01903/v1.3.2#"
	signedProperties = "http://uri.etsi.org/01903#SignedProperties"
)

// VerifyXAdES checks the enveloped signature of a whole document, as trusted lists have
// it (ETSI TS 119 612 B.1): the root is signed, by a reference that is empty or names
// its Id, and the properties of the signature are signed by a second one. Besides that
// the rules are those of Verify, and so is what is handed out: nothing but what the
// first reference covers, read again. The properties say nothing to the caller.
func VerifyXAdES(root *Element, keys []crypto.PublicKey) (Signed, error) {
	if root == nil || root.Parent != nil {
		return Signed{}, fail(CodeUnsigned, 0, "not the root of a document")
	}
	x, err := readXAdES(root)
	if err != nil {
		return Signed{}, err
	}
	w := newWriter(root)
	info, err := w.canonical(x.info, nil, x.infoPrefixes)
	if err != nil {
		return Signed{}, err
	}
	if err := x.method.check(info, x.value, keys); err != nil {
		return Signed{}, err
	}
	properties, err := w.canonical(x.properties, nil, x.second.prefixes)
	if err != nil {
		return Signed{}, err
	}
	if !bytes.Equal(sum(x.second.digestMethod, properties), x.second.digest) {
		return Signed{}, fail(CodeDigest, x.properties.Start, "the properties are not what was signed")
	}
	content, err := w.canonical(root, x.element, x.prefixes)
	if err != nil {
		return Signed{}, err
	}
	if !bytes.Equal(sum(x.digestMethod, content), x.digest) {
		return Signed{}, fail(CodeDigest, root.Start, "the content is not what was signed")
	}
	text := string(content)
	again, err := parse(text, root.doc.policy.canonical())
	if err != nil {
		return Signed{}, err
	}
	return Signed{root: again, text: text}, nil
}

// xades is a signature with the second reference and what it points at.
type xades struct {
	signature
	second     signature
	properties *Element
}

// readXAdES reads the one ds:Signature that is a child of root.
func readXAdES(root *Element) (*xades, error) {
	x := &xades{}
	for c := root.first; c != nil; c = c.next {
		if c.Name != (Name{dsSpace, "Signature"}) {
			continue
		}
		if x.element != nil {
			return nil, fail(CodeManySigned, c.Start, "more than one signature on one element")
		}
		x.element = c
	}
	if x.element == nil {
		return nil, fail(CodeUnsigned, root.Start, "the element is not signed")
	}
	parts, err := open(x.element, "Id")
	if err != nil {
		return nil, err
	}
	if x.info, err = parts.take("SignedInfo"); err != nil {
		return nil, err
	}
	value, err := parts.take("SignatureValue")
	if err != nil {
		return nil, err
	}
	if x.value, err = binary(value, "Id"); err != nil {
		return nil, err
	}
	if parts.at != nil && parts.at.Name.Local == "KeyInfo" {
		if err := skipKeyInfo(parts.at); err != nil {
			return nil, err
		}
		parts.at = parts.at.next
	}
	object, err := parts.take("Object")
	if err != nil {
		return nil, err
	}
	if err := parts.done(); err != nil {
		return nil, err
	}
	if err := x.readProperties(object); err != nil {
		return nil, err
	}
	return x, x.readInfo(root)
}

// readProperties finds xades:SignedProperties, the one child of the one
// xades:QualifyingProperties that is signed (ETSI EN 319 132-1 4.4.2).
func (x *xades) readProperties(object *Element) error {
	bad := fail(CodeObject, object.Start, "ds:Object is not the properties of this signature")
	qualifying := object.first
	if !object.onlySpaceBetween() || qualifying == nil || qualifying.next != nil || qualifying.Name != (Name{xadesSpace, "QualifyingProperties"}) {
		return bad
	}
	id, _ := x.element.Attr("Id")
	target, _ := qualifying.Attr("Target")
	x.properties = qualifying.first
	if !isNCName(id) || target != "#"+id || x.properties == nil || x.properties.Name != (Name{xadesSpace, "SignedProperties"}) {
		return bad
	}
	if rest := x.properties.next; rest != nil && (rest.next != nil || rest.Name != (Name{xadesSpace, "UnsignedProperties"})) {
		return bad
	}
	return nil
}

// readInfo reads ds:SignedInfo: exactly two references, in either order.
func (x *xades) readInfo(root *Element) error {
	parts, err := x.openInfo()
	if err != nil {
		return err
	}
	var document, properties *Element
	for parts.at != nil {
		r, err := parts.take("Reference")
		if err != nil {
			return err
		}
		slot := &document
		if kind, _ := r.Attr("Type"); kind == signedProperties {
			slot = &properties
		}
		if *slot != nil {
			return fail(CodeReferences, r.Start, "more than one reference of a kind")
		}
		*slot = r
	}
	if document == nil || properties == nil {
		return fail(CodeReferences, x.info.Start, "the document or the properties are not referred to")
	}
	if err := x.readDocument(document, root); err != nil {
		return err
	}
	return x.readSecond(properties)
}

func (x *xades) readDocument(r, root *Element) error {
	parts, err := open(r, "Id", "URI", "Type")
	if err != nil {
		return err
	}
	uri, there := r.Attr("URI")
	id, named := root.Attr("Id")
	if !there || uri != "" && (!named || !isNCName(id) || uri != "#"+id) {
		return fail(CodeReferenceURI, r.Start, "the reference does not point at the document")
	}
	if parts.at == nil || parts.at.Name != (Name{dsSpace, "Transforms"}) {
		return fail(CodeTransforms, r.Start, "the transforms are missing")
	}
	if err := x.readTransforms(parts.at); err != nil {
		return err
	}
	parts.at = parts.at.next
	return x.readDigest(parts)
}

// readSecond reads the reference to the properties: canonicalized, nothing else.
func (x *xades) readSecond(r *Element) error {
	parts, err := open(r, "Id", "URI", "Type")
	if err != nil {
		return err
	}
	uri, _ := r.Attr("URI")
	if id, _ := x.properties.Attr("Id"); !isNCName(id) || uri != "#"+id {
		return fail(CodeReferenceURI, r.Start, "the reference does not point at the properties")
	}
	transforms, err := parts.take("Transforms")
	if err != nil {
		return err
	}
	c14n := transforms.first
	if !plain(transforms) || c14n == nil || c14n.next != nil || c14n.Name != (Name{dsSpace, "Transform"}) {
		return fail(CodeTransforms, r.Start, "transforms other than exclusive canonicalization")
	}
	if x.second.prefixes, err = exclusive(c14n, CodeTransforms); err != nil {
		return err
	}
	return x.second.readDigest(parts)
}
