// Package relaycmd is the command `atrio relay`: the desktop companion of the
// identification with an electronic document. It carries bytes between a provider and the
// document on a reader of this computer, and understands neither.
package relaycmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/app/relaycmd/pcsc"
	"atrio/mrtd/relay"
)

// Command is `atrio relay`.
type Command struct {
	Address string        `arg:"" help:"The address on the page, or the whole text of its QR code."`
	Code    string        `arg:"" optional:"" help:"The code on the page; left out when the text of the QR code was given."`
	Reader  string        `help:"Part of the name of the reader; the first one on which a document lies when left out." placeholder:"NAME"`
	Wait    time.Duration `default:"2m" help:"How long to wait for a document."`
	Socket  string        `hidden:"" help:"Where pcscd listens."`
}

// Help is the longer text of --help.
func (Command) Help() string {
	return "Example: atrio relay https://identita.gestore.example.it/enrol/chip/relay 7KQ2-MX9A\n\n" +
		"Reads the electronic document on a contactless reader (PC/SC; pcscd has to run) for the request whose page shows the address and the code.\n" +
		"What the document says goes to the provider protected, and is not shown here: what came of it stands on the page."
}

// between two looks at the readers.
const between = 300 * time.Millisecond

// Run waits for a document and relays.
func (c Command) Run(ctx context.Context, s command.Streams) error {
	address, code := c.Address, c.Code
	if a, rest, ok := relay.Split(c.Address); ok && code == "" {
		address, code = a, rest
	}
	if code == "" {
		return errors.New("the code is missing: it stands on the page beside the address")
	}
	socket := c.Socket
	if socket == "" {
		socket = pcsc.Socket()
	}
	service, err := pcsc.Open(ctx, socket)
	if err != nil {
		return err
	}
	defer service.Close() //nolint:errcheck // the program ends
	fmt.Fprintln(s.Out, "Lay the document on the reader and keep it still.")
	card, err := c.card(ctx, service)
	if err != nil {
		return err
	}
	defer card.Close() //nolint:errcheck // as above
	fmt.Fprintln(s.Out, "Reading …")
	if err := relay.Carry(ctx, address, code, card); err != nil {
		return explained(err)
	}
	fmt.Fprintln(s.Out, "The reading is over. Go on in the browser: the page says what came of it.")
	return nil
}

// card waits until a document lies on a reader.
func (c Command) card(ctx context.Context, service *pcsc.Service) (*pcsc.Card, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	look := time.NewTicker(between)
	defer look.Stop()
	for {
		readers, err := service.Readers(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range readers {
			if !r.Present || !strings.Contains(strings.ToLower(r.Name), strings.ToLower(c.Reader)) {
				continue
			}
			card, err := service.Connect(ctx, r.Name)
			if errors.Is(err, pcsc.ErrNoCard) { // taken away again
				continue
			}
			return card, err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("no document lies on a reader (%d readers): %w", len(readers), ctx.Err())
		}
	}
}

// explained says what to do.
func explained(err error) error {
	var ended relay.Ended
	if !errors.As(err, &ended) {
		return fmt.Errorf("the document was not read to the end; ask for a new code and begin again: %w", err)
	}
	switch ended.Word {
	case relay.Unknown:
		return errors.New("the code does not hold (any more): ask for a new one on the page")
	case relay.Busy:
		return errors.New("too many documents are read just now: try again in a minute, with a new code")
	}
	return errors.New("the reading broke off: ask for a new code on the page and begin again")
}
