package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// queue is an Outbox in memory, by the words of its documentation.
type queue struct {
	mu   sync.Mutex
	rows []*row
}

type row struct {
	Queued
	next    time.Time
	state   string // "", "sent" or "given up"
	reasons []string
}

func (o *queue) add(m Message) *row {
	r := &row{Queued: Queued{ID: int64(len(o.rows) + 1), Message: m, QueuedAt: start}, next: start}
	o.rows = append(o.rows, r)
	return r
}

func (o *queue) due(channel Channel, now time.Time) []*row {
	var found []*row
	for _, r := range o.rows {
		if r.state == "" && r.Message.Channel == channel && !r.next.After(now) {
			found = append(found, r)
		}
	}
	return found
}

func (o *queue) MessagesDue(_ context.Context, channel Channel, now time.Time) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.due(channel, now)) > 0, nil
}

func (o *queue) ClaimMessages(_ context.Context, channel Channel, now time.Time, lease time.Duration, limit int) ([]Queued, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	found := o.due(channel, now)
	var claimed []Queued
	for _, r := range found[:min(limit, len(found))] {
		r.next = now.Add(lease)
		claimed = append(claimed, r.Queued)
	}
	return claimed, nil
}

func (o *queue) MessageSent(ctx context.Context, id int64, _ time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rows[id-1].Attempts++
	o.rows[id-1].state = "sent"
	return ctx.Err()
}

func (o *queue) MessageFailed(ctx context.Context, id int64, _, next time.Time, reason string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.rows[id-1]
	r.Attempts++
	r.next, r.reasons = next, append(r.reasons, reason)
	if next.IsZero() {
		r.state = "given up"
	}
	return ctx.Err()
}

// sender makes a Sender of a function.
type sender func(ctx context.Context, m Message) error

func (s sender) Send(ctx context.Context, m Message) error { return s(ctx, m) }

// desk is a deliverer with its surroundings.
type desk struct {
	*Deliverer
	queue queue
	log   bytes.Buffer
	now   time.Time
}

func newDesk(s sender) *desk {
	d := &desk{now: start}
	d.Deliverer = &Deliverer{Channel: Mail, Outbox: &d.queue, Sender: s, Log: slog.New(slog.NewTextHandler(&d.log, nil)),
		Now: func() time.Time { return d.now }, Origin: "gateway.example.org"}
	return d
}

func (d *desk) deliver(t *testing.T) {
	t.Helper()
	if err := d.Deliver(t.Context(), d.now); err != nil {
		t.Fatal(err)
	}
}

var letter = Message{Channel: Mail, To: "anna.bianchi@example.org", Subject: "Codice", Text: "Il codice è 493817", Lang: "it"}

func TestEverythingDueIsSentOnceWithAReference(t *testing.T) {
	var mu sync.Mutex
	var references []string
	d := newDesk(func(_ context.Context, m Message) error {
		mu.Lock()
		defer mu.Unlock()
		references = append(references, m.Reference)
		return nil
	})
	for range 9 {
		d.queue.add(letter)
	}
	text := letter
	text.Channel = SMS
	other := d.queue.add(text)
	d.deliver(t)
	d.deliver(t)
	slices.Sort(references)
	if len(slices.Compact(references)) != 9 || references[0] != fmt.Sprintf("1.%d@gateway.example.org", start.UnixMicro()) {
		t.Fatalf("%d: %v", len(references), references)
	}
	if other.state != "" {
		t.Error("another channel's message was taken")
	}
}

func TestAFailingMessageIsTriedWithGrowingPausesAndThenGivenUp(t *testing.T) {
	d := newDesk(func(context.Context, Message) error { return &Failure{Stage: "recipient", Code: 451} })
	r := d.queue.add(letter)
	var last time.Duration
	for r.state == "" {
		before := d.now
		d.deliver(t)
		if r.state == "given up" {
			break
		}
		if pause := r.next.Sub(before); pause <= last {
			t.Fatalf("attempt %d: pause %v after %v", r.Attempts, pause, last)
		} else {
			last = pause
		}
		d.now = r.next
	}
	if total := d.now.Sub(start); total < 20*time.Hour || total > 48*time.Hour || r.Attempts != 10 {
		t.Errorf("given up after %v and %d attempts", total, r.Attempts)
	}
	if r.reasons[0] != "temporary failure at recipient, code 451" || !strings.Contains(d.log.String(), "message given up") {
		t.Errorf("reasons %v", r.reasons)
	}
}

func TestAPermanentFailureIsNotTriedAgain(t *testing.T) {
	d := newDesk(func(context.Context, Message) error { return &Failure{Stage: "recipient", Code: 550, Permanent: true} })
	r := d.queue.add(letter)
	d.deliver(t)
	if r.state != "given up" || r.Attempts != 1 {
		t.Fatalf("%+v", r)
	}
}

func TestAMessageIsNotSentAfterItExpired(t *testing.T) {
	sent := 0
	d := newDesk(func(context.Context, Message) error { sent++; return &Failure{Stage: "connection"} })
	code := letter
	code.Expires = start.Add(10 * time.Second)
	r := d.queue.add(code)
	d.deliver(t) // fails; the second try would be in time, the third not
	d.now = r.next
	d.deliver(t)
	if sent != 2 || r.state != "given up" {
		t.Fatalf("%d tries, %+v", sent, r)
	}
	late := d.queue.add(code)
	d.now = start.Add(10 * time.Second)
	d.deliver(t)
	if sent != 2 || late.state != "given up" || !strings.Contains(late.reasons[0], "expired") {
		t.Fatalf("%d tries, %+v", sent, late)
	}
}

func TestPersonalDataNeverReachesLogsOrReasons(t *testing.T) {
	for name, s := range map[string]sender{
		"text of the server": func(_ context.Context, m Message) error { return errors.New("550 <" + m.To + "> unknown: " + m.Text) },
		"wrapped failure": func(_ context.Context, m Message) error {
			return fmt.Errorf("to %s: %w", m.To, &Failure{Stage: "recipient", Code: 550, Permanent: true})
		},
		"panic":   func(_ context.Context, m Message) error { panic(m) },
		"success": func(context.Context, Message) error { return nil },
	} {
		d := newDesk(s)
		r := d.queue.add(letter)
		d.deliver(t)
		all := d.log.String() + strings.Join(r.reasons, " ")
		if d.log.Len() == 0 {
			t.Errorf("%s: nothing was logged", name)
		}
		for _, private := range []string{"anna", "bianchi", "example.org", "493817", "Codice", "codice"} {
			if strings.Contains(all, private) {
				t.Errorf("%s: %q in %s", name, private, all)
			}
		}
	}
}

func TestAHangingSenderIsCutAndDelaysOnlyItsBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(func(ctx context.Context, m Message) error {
			if m.Subject == "slow" {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		began := time.Now() // of the bubble
		hanging := letter
		hanging.Subject = "slow"
		slow := d.queue.add(hanging)
		for range 6 {
			d.queue.add(letter)
		}
		d.deliver(t)
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("took %v", took)
		}
		for _, r := range d.queue.rows[1:] {
			if r.state != "sent" {
				t.Errorf("message %d: %q", r.ID, r.state)
			}
		}
		if slow.state != "" || slow.reasons[0] != "temporary failure at sender" {
			t.Errorf("%+v", slow)
		}
	})
}

func TestAMessageSentWhileStoppingIsNotSentAgain(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	d := newDesk(func(context.Context, Message) error { stop(); return nil })
	r := d.queue.add(letter)
	if err := d.Deliver(ctx, start); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if r.state != "sent" {
		t.Fatal("the result was lost")
	}
}

func TestTheJobIsNeededOnlyWhenSomethingIsDue(t *testing.T) {
	d := newDesk(func(context.Context, Message) error { return nil })
	job := Jobs(d.Deliverer)[0]
	if needed, err := job.Needed(t.Context(), start); err != nil || needed {
		t.Fatal("needed without messages", err)
	}
	d.queue.add(letter)
	if needed, err := job.Needed(t.Context(), start); err != nil || !needed || job.Name != "notify-mail" || !job.EachNode {
		t.Fatalf("%+v %v", job, err)
	}
}
