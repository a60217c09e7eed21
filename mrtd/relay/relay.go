// Package relay carries the commands of a server to the chip of an electronic document and
// the answers back, over one WebSocket. The side at the chip is as dumb as can be: it
// knows an address and a code, and understands neither commands nor answers. Keys,
// challenges and verdicts stay with the server.
//
// At the chip, a desktop program or an app for telephones:
//
//	err := relay.Carry(ctx, "https://identity.example.org/enrol/chip/relay", "ABCDE-FGHJK", card)
//
// At the server:
//
//	line, err := relay.Accept(w, r)
//	code, err := line.Code(ctx)
//	reading, err := mrtd.Reader{Key: key}.Read(ctx, line)
//	line.End(relay.Done)
//
// The protocol, under the name "atrio-apdu-1": the side at the chip sends the code as
// text; from then on the server sends a command as bytes and the other side answers with
// bytes (the answer of the chip, status included). Text from the server is one of the
// words below and ends the conversation; text from the chip is Gone: the document was
// taken away. Whether the document was accepted is no matter of this protocol: a
// relay that knew would be worth attacking.
package relay

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Protocol is the name under which both sides speak.
const Protocol = "atrio-apdu-1"

// Limits of messages, in bytes: an answer of a chip has 65,536 and its status, a command
// some more.
const (
	maxMessage = 1<<16 + 16
	maxCode    = 64
)

// Word ends a conversation.
type Word string

// The words. All but the last come from the server.
const (
	Done    Word = "done"    // the reading is over; what became of it stands on the applicant's page
	Unknown Word = "unknown" // there is no such code, or not any more
	Busy    Word = "busy"    // too many are read just now
	Failed  Word = "failed"  // the reading ended before its end
	Gone    Word = "gone"    // from the chip: the document does not answer
)

// Ended is how the server ended a conversation that did not come to its end.
type Ended struct{ Word Word }

func (e Ended) Error() string { return fmt.Sprintf("relay: the server says %q", string(e.Word)) }

// ErrGone is what the server gets in place of an answer when the document was taken away.
var ErrGone = errors.New("relay: the document was taken away")

// errForm is what the other side does not do when it speaks this protocol.
var errForm = errors.New("relay: not a message of this protocol")

// Card carries a command to the chip and the answer back. mrtd.Transceiver is one.
type Card interface {
	Transceive(ctx context.Context, command []byte) (answer []byte, err error)
}

// Split takes what a QR code of the page says apart: the address with the code behind "#".
func Split(link string) (address, code string, ok bool) {
	address, code, ok = strings.Cut(strings.TrimSpace(link), "#")
	return address, code, ok && address != "" && code != ""
}
