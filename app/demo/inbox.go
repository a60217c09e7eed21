package demo

import (
	"context"
	"sync"
	"time"

	"atrio/base/notify"
)

// maxInbox is how many messages are kept; the oldest go first.
const maxInbox = 1000

// Item is one message that a role sent, as /inbox.json has it.
type Item struct {
	Channel notify.Channel `json:"channel"`
	To      string         `json:"to"`
	Subject string         `json:"subject"`
	Text    string         `json:"text"`
	At      time.Time      `json:"at"`
}

// Inbox takes all mail and SMS of the demonstration in place of the world. It
// is a notify.Sender.
type Inbox struct {
	Now func() time.Time

	mu    sync.Mutex
	items []Item
}

// Send keeps a message.
func (b *Inbox) Send(_ context.Context, m notify.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.items = append(b.items, Item{Channel: m.Channel, To: m.To, Subject: m.Subject, Text: m.Text, At: b.Now()})
	if over := len(b.items) - maxInbox; over > 0 {
		b.items = b.items[over:]
	}
	return nil
}

// Items lists the messages, newest first.
func (b *Inbox) Items() []Item {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Item, 0, len(b.items))
	for i := len(b.items) - 1; i >= 0; i-- {
		out = append(out, b.items[i])
	}
	return out
}
