package xmlsec

import (
	"errors"
	"fmt"
)

// Codes of the reader. They are stable: audit reasons and tests rely on them.
const (
	CodeTooLarge           = "xml_too_large"           // more bytes than the policy allows, before or after canonicalization
	CodeEncoding           = "xml_encoding"            // not UTF-8, or declared as something else
	CodeDeclaration        = "xml_declaration"         // malformed or misplaced XML declaration, or version other than 1.0
	CodeDoctype            = "xml_doctype"             // document type declaration or other <!…> markup
	CodeComment            = "xml_comment"             // comment where the policy allows none, or a malformed one
	CodeInstruction        = "xml_instruction"         // processing instruction where none may be
	CodeSyntax             = "xml_syntax"              // not well formed
	CodeCharacter          = "xml_character"           // a character XML does not allow
	CodeEntity             = "xml_entity"              // reference to anything but the five predefined entities or a character
	CodeName               = "xml_name"                // malformed element, attribute or prefix name
	CodePrefix             = "xml_prefix"              // undeclared or misused namespace prefix
	CodeNamespace          = "xml_namespace"           // relative, malformed or reserved namespace URI
	CodeDuplicateAttribute = "xml_duplicate_attribute" // same expanded name twice on one element
	CodeDuplicateID        = "xml_duplicate_id"        // same identifier twice, or two identifiers on one element
	CodeForeignID          = "xml_foreign_id"          // id-like attribute in a namespace (xml:id, q:ID)
	CodeDepth              = "xml_depth"               // nested deeper than the policy allows
	CodeAttributes         = "xml_attributes"          // more attributes or declarations than the policy allows
	CodeNodes              = "xml_nodes"               // more elements and attributes than the policy allows
	CodeEndTag             = "xml_end_tag"             // end tag without, or different from, its start tag
	CodeOutside            = "xml_outside_root"        // text or a second element outside the root, or no root
)

// Codes of signatures.
const (
	CodeUnsigned     = "sig_missing"          // no ds:Signature as direct child of the element
	CodeManySigned   = "sig_many"             // more than one
	CodeGrammar      = "sig_grammar"          // a part is missing, repeated, foreign or out of order
	CodeObject       = "sig_object"           // ds:Object
	CodeReferences   = "sig_references"       // other than exactly one ds:Reference
	CodeReferenceURI = "sig_reference_uri"    // URI is not "#" and the ID of the element
	CodeID           = "sig_id"               // the element has no usable ID attribute
	CodeTransforms   = "sig_transforms"       // other than enveloped-signature, exclusive canonicalization
	CodeC14N         = "sig_canonicalization" // CanonicalizationMethod is not exclusive canonicalization
	CodePrefixList   = "sig_prefix_list"      // malformed or overlong InclusiveNamespaces
	CodeMethod       = "sig_method"           // signature algorithm not on the list
	CodeDigestMethod = "sig_digest_method"    // digest algorithm not on the list
	CodeBase64       = "sig_base64"           // malformed DigestValue or SignatureValue
	CodeNoKey        = "sig_no_key"           // no trusted key was given
	CodeKey          = "sig_key"              // no trusted key fits the algorithm, or all that fit are too weak
	CodeMismatch     = "sig_mismatch"         // no trusted key made this signature
	CodeDigest       = "sig_digest"           // the content is not what was signed
	CodeDropped      = "sig_dropped_content"  // an instruction dropped by policy would have been part of the signed bytes
	CodeSigner       = "sig_signer"           // the signer's key or hash cannot be used
	CodePlace        = "sig_place"            // no place for the signature in the document to be signed
)

// Error says why a document, a signature or a signing request was refused.
type Error struct {
	// Code is one of the constants above.
	Code string
	// Offset is where in the input the reader stood, in bytes; 0 if that means nothing.
	Offset int
	// Detail is a fixed English phrase for engineers. It never quotes the input,
	// so it may be logged.
	Detail string
}

func (e *Error) Error() string {
	if e.Offset == 0 {
		return fmt.Sprintf("xmlsec: %s: %s", e.Code, e.Detail)
	}
	return fmt.Sprintf("xmlsec: %s at byte %d: %s", e.Code, e.Offset, e.Detail)
}

// CodeOf gives the code of an error of this package, "" for any other error.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func fail(code string, offset int, detail string) error {
	return &Error{Code: code, Offset: offset, Detail: detail}
}
