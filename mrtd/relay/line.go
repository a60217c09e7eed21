package relay

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// Times that the other side has, in real time.
const (
	typing    = 15 * time.Second // for the code, after the connection
	answering = 20 * time.Second // for one answer of the chip
	closing   = 5 * time.Second
)

// Line is the server's end of a conversation, and a mrtd.Transceiver.
type Line struct {
	conn *websocket.Conn
	left int // bytes that the other side may still send
}

// maxBytes bounds what comes from a chip in one conversation: three files of 32 KiB,
// protected, and the rest.
const maxBytes = 256 << 10

// Accept makes a Line of a request, or answers it with what is wrong.
func Accept(w http.ResponseWriter, r *http.Request) (*Line, error) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{Protocol}, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	if conn.Subprotocol() != Protocol {
		conn.Close(websocket.StatusPolicyViolation, "subprotocol "+Protocol) //nolint:errcheck // nothing is lost
		return nil, errForm
	}
	conn.SetReadLimit(maxMessage)
	return &Line{conn: conn, left: maxBytes}, nil
}

// Code is the first thing that the other side says.
func (l *Line) Code(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, typing)
	defer cancel()
	kind, message, err := l.conn.Read(ctx)
	if err != nil {
		return "", fmt.Errorf("relay: %w", err)
	}
	if kind != websocket.MessageText || len(message) > maxCode {
		return "", errForm
	}
	return string(message), nil
}

// Transceive has the chip answer a command.
func (l *Line) Transceive(ctx context.Context, command []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	if err := l.conn.Write(ctx, websocket.MessageBinary, command); err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	kind, message, err := l.conn.Read(ctx)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	if l.left -= len(message); l.left < 0 {
		return nil, fmt.Errorf("relay: more than %d bytes", maxBytes)
	}
	switch {
	case kind == websocket.MessageBinary:
		return message, nil
	case Word(message) == Gone:
		return nil, ErrGone
	}
	return nil, errForm
}

// End says the last word and closes.
func (l *Line) End(word Word) {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if l.conn.Write(ctx, websocket.MessageText, []byte(word)) != nil {
		l.conn.CloseNow() //nolint:errcheck // the other side has gone
		return
	}
	l.conn.Close(websocket.StatusNormalClosure, "") //nolint:errcheck // the last word is said
}
