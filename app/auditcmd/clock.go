package auditcmd

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/base/audit"
	"atrio/db/shareddb"
)

type auditClock struct {
	command.Configured
	Role   string `arg:"" enum:"gateway,idp,portal" help:"Whose log."`
	Accept string `help:"Why the time that was signed is wrong and the clock is right now." placeholder:"REASON"`
}

// Help is the longer text of --help.
func (auditClock) Help() string {
	return "Example: atrio audit clock idp --config /etc/atrio/atrio.toml\n\n" +
		"A node whose clock is behind what was signed does not start, and stores no step of a request. Set the clock first. " +
		"Nor does one whose clock is more than half a minute ahead of the database's, where several nodes share one (PostgreSQL). When a clock had run ahead, and is right now, say so with --accept: a line with your reason is written and signed with the present time."
}

// Run compares, and accepts.
func (c auditClock) Run(ctx context.Context, s command.Streams) error {
	return c.at(ctx, s, time.Now())
}

func (c auditClock) at(ctx context.Context, s command.Streams, now time.Time) error {
	d, key, err := open(ctx, c.Configured, c.Role)
	if err != nil {
		return err
	}
	defer d.Close()
	store := &shareddb.Store{DB: d}
	last, err := store.LastCheckpoints(ctx, 1)
	if err != nil {
		return err
	}
	signed := audit.Signed(last, key.Public().(ed25519.PublicKey))
	fmt.Fprintf(s.Out, "clock: %s\nlast signed: %s\n", now.UTC().Format(time.RFC3339), signed.UTC().Format(time.RFC3339))
	shared, err := d.Clock(ctx)
	if err != nil {
		return err
	}
	if !shared.IsZero() {
		fmt.Fprintf(s.Out, "database: %s\n", shared.UTC().Format(time.RFC3339))
	}
	if err := audit.CheckLead(ctx, now, d.Clock); err != nil {
		return err
	}
	behind := audit.CheckClock(ctx, store, now, key.Public().(ed25519.PublicKey))
	if behind == nil {
		_, err := io.WriteString(s.Out, "the clock is not behind what was signed\n")
		return err
	}
	if strings.TrimSpace(c.Accept) == "" {
		return errors.New("the clock is behind what was signed: set it, or accept it with a reason (--accept)")
	}
	who := command.WhoAsks()
	who["signed"], who["reason"] = signed.UTC().Format(time.RFC3339), c.Accept
	ev := audit.Event{
		At: now, Role: c.Role, Actor: "command", Subject: c.Role, Action: audit.ClockAccepted, Outcome: audit.OK,
		Detail: who,
	}
	if err := store.AppendEvents(ctx, []audit.Event{ev}); err != nil {
		return err
	}
	return (&audit.Sequencer{Store: store, Key: key, Log: slog.New(slog.DiscardHandler), Clock: true, Shared: d.Clock}).Run(ctx, now)
}
