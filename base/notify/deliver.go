package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"atrio/base/jobs"
)

// Deliverer takes messages of one channel from the outbox to its sender.
type Deliverer struct {
	Channel Channel
	Outbox  Outbox
	Sender  Sender
	Log     *slog.Logger
	// Now is asked when a try is over; the job's own time is that of its tick.
	Now func() time.Time
	// Origin makes references unique among the senders of one server, for example
	// the host name of the role.
	Origin string
	// Parallel is the number of messages sent at once; 4 when zero.
	Parallel int
	// Timeout bounds one try in real time; 20 s when zero.
	Timeout time.Duration
}

// Jobs are the delivery jobs of some channels.
func Jobs(deliverers ...*Deliverer) []jobs.Job {
	list := make([]jobs.Job, len(deliverers))
	for i, d := range deliverers {
		list[i] = d.Job()
	}
	return list
}

// Job is the job "notify-mail" or "notify-sms". Every node runs it: the nodes
// divide the messages by claiming them, and a dead node delays its claims only.
func (d *Deliverer) Job() jobs.Job {
	return jobs.Job{
		Name:     "notify-" + string(d.Channel),
		EachNode: true,
		Limit:    10 * time.Minute,
		Needed: func(ctx context.Context, now time.Time) (bool, error) {
			return d.Outbox.MessagesDue(ctx, d.Channel, now)
		},
		Run: d.Deliver,
	}
}

// Deliver sends everything that is due, and returns when nothing is due any more
// or ctx ends. Failures of single messages are not errors of the job.
func (d *Deliverer) Deliver(ctx context.Context, now time.Time) error {
	parallel, timeout := d.Parallel, d.Timeout
	if parallel <= 0 {
		parallel = 4
	}
	if timeout <= 0 {
		timeout = 20 * time.Second
	}
	for ctx.Err() == nil {
		// Not more is claimed than can be tried at once, so one timeout fits the
		// lease with room to write the result.
		batch, err := d.Outbox.ClaimMessages(ctx, d.Channel, now, timeout+20*time.Second, parallel)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := d.try(ctx, batch, timeout); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// try sends a batch at once and waits for all of it.
func (d *Deliverer) try(ctx context.Context, batch []Queued, timeout time.Duration) error {
	failed := make([]error, len(batch))
	var wg sync.WaitGroup
	for i, q := range batch {
		wg.Go(func() { failed[i] = d.one(ctx, q, timeout) })
	}
	wg.Wait()
	return errors.Join(failed...)
}

// one sends one message and writes down the result. Its error is the outbox's.
func (d *Deliverer) one(ctx context.Context, q Queued, timeout time.Duration) error {
	if m := q.Message; !m.Expires.IsZero() && !d.Now().Before(m.Expires) {
		return d.failed(ctx, q, &Failure{Stage: "waiting, the message expired", Permanent: true})
	}
	if q.Message.Reference == "" {
		q.Message.Reference = fmt.Sprintf("%d.%d@%s", q.ID, q.QueuedAt.UnixMicro(), d.Origin)
	}
	if err := d.send(ctx, q.Message, timeout); err != nil {
		return d.failed(ctx, q, asFailure(err))
	}
	// A sent message must not be sent again because the process is stopping.
	d.Log.InfoContext(ctx, "message sent", "channel", d.Channel, "message", q.ID, "attempt", q.Attempts+1)
	return d.Outbox.MessageSent(context.WithoutCancel(ctx), q.ID, d.Now())
}

// send tries once; a panicking sender fails its message only.
func (d *Deliverer) send(ctx context.Context, m Message, timeout time.Duration) (err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if recover() != nil { // the value may quote the message
			err = &Failure{Stage: "sender, it panicked", Permanent: true}
		}
	}()
	return d.Sender.Send(ctx, m)
}

func (d *Deliverer) failed(ctx context.Context, q Queued, f *Failure) error {
	now := d.Now()
	var next time.Time
	if pause := Backoff(q.Attempts + 1); pause > 0 && !f.Permanent {
		next = now.Add(pause)
		if e := q.Message.Expires; !e.IsZero() && !next.Before(e) {
			next = time.Time{}
		}
	}
	level, text := slog.LevelWarn, "message not sent yet"
	if next.IsZero() {
		level, text = slog.LevelError, "message given up"
	}
	d.Log.Log(ctx, level, text, "channel", d.Channel, "message", q.ID, "attempt", q.Attempts+1, "reason", f.Error())
	return d.Outbox.MessageFailed(context.WithoutCancel(ctx), q.ID, now, next, f.Error())
}
