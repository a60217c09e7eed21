package signature

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"time"

	"atrio/idp/proofing/signature/cms"
	"atrio/idp/proofing/signature/pdfsigned"
	"atrio/idp/proofing/signature/refusal"
)

// opened is an upload in which the contract was found; the signature is not verified.
type opened struct {
	format  Format
	message *cms.Message
	signed  [][]byte // the octets that the signature has to cover
	claimed time.Time
}

// open tells by its octets what an upload is and compares what was signed with the
// contract, octet for octet.
func open(contract, upload []byte) (*opened, error) {
	switch {
	case bytes.Equal(upload, contract):
		return nil, refusal.New(refusal.NotSigned, "the contract as it was")
	case len(upload) == 0:
		return nil, refusal.New(refusal.Malformed, "an empty file")
	case bytes.HasPrefix(upload, []byte("%PDF-")):
		return openPDF(contract, upload)
	}
	data, err := unwrap(upload)
	if err != nil {
		return nil, err
	}
	return openMessage(contract, data)
}

func openPDF(contract, upload []byte) (*opened, error) {
	s, err := pdfsigned.Read(contract, upload)
	if err != nil {
		return nil, err
	}
	m, rest, err := readMessage(s.CMS)
	if err != nil {
		return nil, err
	}
	// Contents is longer than the message, because it is reserved before signing.
	if len(bytes.TrimLeft(rest, "\x00")) > 0 {
		return nil, refusal.New(refusal.Malformed, "something behind the signature in its place")
	}
	if m.Content != nil || !m.ContentType.Equal(cms.OIDData) {
		return nil, refusal.New(refusal.Malformed, "a PDF signature with a content of its own")
	}
	claimed := m.Signer.SigningTime()
	if claimed.IsZero() { // PAdES has it in the dictionary (ETSI EN 319 142-1 5.3)
		claimed = s.Claimed
	}
	return &opened{PAdES, m, [][]byte{s.Before, s.After}, claimed}, nil
}

// openMessage opens a .p7m.
func openMessage(contract, data []byte) (*opened, error) {
	m, rest, err := readMessage(data)
	switch {
	case err != nil:
		return nil, err
	case len(rest) > 0:
		return nil, refusal.New(refusal.Malformed, "something behind the message")
	case m.ContentType.Equal(cms.OIDSignedData) || isMessage(m.Content) || isSignedPDF(contract, m.Content):
		return nil, refusal.New(refusal.Nested, "a signed file was signed again")
	case !m.ContentType.Equal(cms.OIDData):
		return nil, refusal.New(refusal.UnsupportedFormat, "a message of another content type")
	case m.Content == nil:
		return nil, refusal.New(refusal.Detached, "the signature without the contract")
	case !bytes.Equal(m.Content, contract):
		return nil, refusal.New(refusal.OtherContent, "another content than the contract")
	}
	return &opened{CAdES, m, [][]byte{contract}, m.Signer.SigningTime()}, nil
}

func readMessage(data []byte) (*cms.Message, []byte, error) {
	der, rest, err := cms.Normalise(data)
	if err != nil {
		return nil, nil, reasonOf(err)
	}
	m, err := cms.Parse(der)
	if err != nil {
		return nil, nil, reasonOf(err)
	}
	return m, rest, nil
}

// isMessage says whether a content is itself a signed message, in whatever wrapping.
func isMessage(content []byte) bool {
	if len(content) == 0 || bytes.HasPrefix(content, []byte("%PDF-")) {
		return false
	}
	data, err := unwrap(content)
	if err != nil {
		return false
	}
	_, _, err = readMessage(data)
	return err == nil || refusal.Of(err) == refusal.SeveralSigners
}

// isSignedPDF says whether a content is the contract with a signature in the PDF.
func isSignedPDF(contract, content []byte) bool {
	tail, ok := bytes.CutPrefix(content, contract)
	return ok && bytes.Contains(tail, []byte("/ByteRange"))
}

// unwrap gives the octets of a message that may be written as text: base64, or PEM. It
// is done once: text inside text is refused by whoever reads next.
func unwrap(data []byte) ([]byte, error) {
	unknown := refusal.New(refusal.UnsupportedFormat, "neither a PDF nor a signed message")
	switch {
	case data[0] == 0x30:
		return data, nil
	case bytes.HasPrefix(data, []byte("-----BEGIN ")):
		block, rest := pem.Decode(data)
		if block == nil || len(block.Headers) > 0 || len(bytes.TrimSpace(rest)) > 0 {
			return nil, refusal.New(refusal.Malformed, "malformed PEM")
		}
		switch block.Type {
		case "PKCS7", "CMS", "PKCS #7 SIGNED DATA":
			return block.Bytes, nil
		}
		return nil, unknown
	}
	compact := make([]byte, 0, len(data))
	for _, c := range data {
		switch {
		case c == '\n' || c == '\r' || c == ' ' || c == '\t':
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '+', c == '/', c == '=':
			compact = append(compact, c)
		default:
			return nil, unknown
		}
	}
	n, err := base64.StdEncoding.Strict().Decode(compact, compact)
	if err != nil || n == 0 || compact[0] != 0x30 {
		return nil, unknown
	}
	return compact[:n], nil
}
