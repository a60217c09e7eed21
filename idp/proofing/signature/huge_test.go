package signature_test

import (
	"bytes"
	"testing"

	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/refusal"
)

// Files as large as may be, made to cost time: each is refused after one look.
func TestHugeFilesAreRefusedAfterOneLook(t *testing.T) {
	w := newWorld()
	fill := func(piece string, room int) []byte {
		return bytes.Repeat([]byte(piece), room/len(piece))
	}
	const room = signature.DefaultMaxBytes - 4096
	pdf := func(piece string) []byte {
		return append(append(bytes.Clone(contract), "10 0 obj\n<< /ByteRange "...), fill(piece, room)...)
	}
	for name, c := range map[string]struct {
		upload []byte
		want   refusal.Reason
	}{
		"open-ended elements": {fill("\x30\x80", room), refusal.Malformed},
		"empty elements":      {append([]byte{0x30, 0x80}, fill("\x05\x00", room)...), refusal.Malformed},
		"pieces":              {append([]byte{0x30, 0x80, 0x24, 0x80}, fill("\x04\x01a", room)...), refusal.Malformed},
		"base64":              {fill("MIAAAAAA", room), refusal.Malformed},
		"lines":               {fill("M\n", room), refusal.Malformed},
		"PEM without an end":  {append([]byte("-----BEGIN CMS-----\n"), fill("MIAA\n", room)...), refusal.Malformed},
		"PEM begun again":     {fill("-----BEGIN CMS-----\n", room), refusal.Malformed},
		"arrays":              {pdf("["), refusal.Malformed},
		"arrays side by side": {pdf("[]"), refusal.Malformed},
		"parentheses":         {pdf("("), refusal.Malformed},
		"strings":             {pdf("()"), refusal.Malformed},
		"numbers":             {pdf("0 "), refusal.Malformed},
		"one number":          {pdf("0"), refusal.Malformed},
		"names":               {pdf("/a#61"), refusal.Malformed},
		"dictionaries":        {pdf("<<"), refusal.Malformed},
		"digits":              {pdf("<0"), refusal.Malformed},
		"comments":            {append(bytes.Clone(contract), fill("%ByteRange\n", room)...), refusal.Malformed},
		"objects":             {append(bytes.Clone(contract), fill("1 0 obj /ByteRange endobj ", room)...), refusal.Malformed},
		"ends":                {append(bytes.Clone(contract), fill("%%EOF /ByteRange ", room)...), refusal.Malformed},
	} {
		w.wants(t, name, c.upload, c.want)
	}
	w.wants(t, "an octet more than may be", make([]byte, signature.DefaultMaxBytes+1), refusal.TooLarge)
}
