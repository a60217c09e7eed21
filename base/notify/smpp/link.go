package smpp

import (
	"bufio"
	"context"
	"net"
	"sync"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// link is one bound connection. Several messages may wait for their answers at once:
// a centre answers in the order it likes. // SMPP-3.4 2.9
type link struct {
	conn net.Conn
	idle time.Duration
	in   *bufio.Reader

	mu      sync.Mutex // guards the rest, and writing
	waiting map[int32]chan data.CommandStatusType
	closed  bool
}

// bind introduces us on a new connection, which it closes when that fails.
func bind(ctx context.Context, conn net.Conn, request *pdu.BindRequest, idle time.Duration) (*link, error) {
	l := &link{conn: conn, idle: idle, in: bufio.NewReader(conn), waiting: map[int32]chan data.CommandStatusType{}}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := l.write(request); err != nil {
		conn.Close()
		return nil, errBroken
	}
	answer, err := pdu.Parse(l.in)
	if err == nil && answer.GetSequenceNumber() == request.GetSequenceNumber() && answer.GetHeader().CommandID == data.BIND_TRANSMITTER_RESP && stop() {
		if status := answer.GetHeader().CommandStatus; status != data.ESME_ROK {
			conn.Close()
			return nil, refused(status)
		}
		go l.read()
		return l, nil
	}
	conn.Close()
	if err == nil && answer.IsGNack() {
		return nil, refused(answer.GetHeader().CommandStatus)
	}
	return nil, errBroken
}

// submit sends a message and waits for the status that the centre gives it.
func (l *link) submit(ctx context.Context, m *pdu.SubmitSM) (data.CommandStatusType, error) {
	answer := make(chan data.CommandStatusType, 1)
	number := m.GetSequenceNumber()
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0, errBroken
	}
	l.waiting[number] = answer
	err := l.write(m)
	l.mu.Unlock()
	if err != nil {
		l.end()
		return 0, errBroken
	}
	select {
	case status, answered := <-answer:
		if !answered {
			return 0, errBroken
		}
		return status, nil
	case <-ctx.Done():
		l.mu.Lock()
		delete(l.waiting, number)
		l.mu.Unlock()
		return 0, ctx.Err()
	}
}

// read takes what the centre sends until the link ends.
func (l *link) read() {
	defer l.end()
	for {
		_ = l.conn.SetReadDeadline(time.Now().Add(l.idle))
		if _, err := l.in.Peek(1); err != nil {
			if l.rest(err) {
				continue
			}
			return
		}
		p, err := pdu.Parse(l.in)
		if err != nil || !l.take(p) {
			return
		}
	}
}

// rest decides what to do after a time without a word: wait on while a message waits
// for its answer, else say goodbye.
func (l *link) rest(err error) (goOn bool) {
	if t, ok := err.(net.Error); !ok || !t.Timeout() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) > 0 && !l.closed {
		return true
	}
	l.goodbye()
	return false
}

// take handles one PDU of the centre; false ends the link.
func (l *link) take(p pdu.PDU) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch h := p.GetHeader(); h.CommandID {
	case data.SUBMIT_SM_RESP, data.GENERIC_NACK:
		if answer, ok := l.waiting[h.SequenceNumber]; ok {
			delete(l.waiting, h.SequenceNumber)
			status := h.CommandStatus
			if h.CommandID == data.GENERIC_NACK && status == data.ESME_ROK {
				status = data.ESME_RSYSERR // a refusal that says nothing
			}
			answer <- status
		}
		return true
	case data.UNBIND:
		_ = l.write(p.GetResponse())
		return false
	case data.UNBIND_RESP:
		return false
	}
	// enquire_link wants its answer; what a transmitter should not get, too.
	return !p.CanResponse() || l.write(p.GetResponse()) == nil
}

// write is called with the lock held, or before others know the link.
func (l *link) write(p pdu.PDU) error {
	b := pdu.NewBuffer(nil)
	p.Marshal(b)
	_ = l.conn.SetWriteDeadline(time.Now().Add(l.idle))
	_, err := l.conn.Write(b.Bytes())
	return err
}

// goodbye tells the centre that we go, with the lock held; nothing is sent after it.
func (l *link) goodbye() {
	if !l.closed {
		l.closed = true
		_ = l.write(pdu.NewUnbind())
	}
}

// unbind ends the link from our side.
func (l *link) unbind() {
	l.mu.Lock()
	l.goodbye()
	l.mu.Unlock()
	l.end()
}

// end closes; who still waits learns that the link broke.
func (l *link) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.conn.Close()
	for number, answer := range l.waiting {
		close(answer)
		delete(l.waiting, number)
	}
}

func (l *link) alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.closed
}
