package relay

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// dialling bounds how long a connection may take.
const dialling = 20 * time.Second

// Carry connects to a server, gives the code, and carries commands to the card until the
// server ends. nil is Done; Ended what else the server said. Plain http is for one's own
// machine alone.
func Carry(ctx context.Context, address, code string, card Card) error {
	target, err := endpoint(address)
	if err != nil {
		return err
	}
	opening, cancel := context.WithTimeout(ctx, dialling)
	defer cancel()
	conn, answer, err := websocket.Dial(opening, target, &websocket.DialOptions{Subprotocols: []string{Protocol}, HTTPClient: client()})
	if err != nil {
		if answer != nil && answer.StatusCode == http.StatusTooManyRequests {
			return Ended{Busy}
		}
		return fmt.Errorf("relay: %w", err)
	}
	defer conn.CloseNow()
	if conn.Subprotocol() != Protocol {
		return errForm
	}
	conn.SetReadLimit(maxMessage)
	if err := conn.Write(ctx, websocket.MessageText, []byte(strings.TrimSpace(code))); err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	for {
		kind, message, err := conn.Read(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("relay: %w", err)
		case kind == websocket.MessageText:
			conn.Close(websocket.StatusNormalClosure, "") //nolint:errcheck // the last word is said
			if word := Word(message); word != Done {
				return Ended{word}
			}
			return nil
		}
		if err := carry(ctx, conn, card, message); err != nil {
			return err
		}
	}
}

// carry brings one command to the card and its answer back.
func carry(ctx context.Context, conn *websocket.Conn, card Card, command []byte) error {
	answer, err := card.Transceive(ctx, command)
	if err != nil {
		conn.Write(ctx, websocket.MessageText, []byte(Gone)) //nolint:errcheck // what matters is the card's error
		conn.Close(websocket.StatusNormalClosure, "")        //nolint:errcheck // as above
		return fmt.Errorf("relay: the document: %w", err)
	}
	if err := conn.Write(ctx, websocket.MessageBinary, answer); err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	return nil
}

// client follows nobody elsewhere: the code is for the address that was given.
func client() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// endpoint is the address for a WebSocket.
func endpoint(address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("relay: %q is not the address of a page", address)
	}
	switch host := u.Hostname(); {
	case u.Scheme == "https":
		u.Scheme = "wss"
	case u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "::1"):
		u.Scheme = "ws"
	default:
		return "", fmt.Errorf("relay: %q does not begin with https://", address)
	}
	return u.String(), nil
}
