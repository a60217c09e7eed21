package authenticatordb

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/authenticator"
	"atrio/idp/idpdb/credentialdb"
)

var errNoApp = fault.New(fault.NotFound, "error.not_found").For("app")

// StartBinding replaces the binding of an identity and queues its code, within the caps.
func (s *Store) StartBinding(ctx context.Context, b authenticator.Binding) (time.Duration, error) {
	return shareddb.Capped{
		At: b.At, Pause: b.Pause, Caps: b.Caps, Take: shareddb.TakeIn,
		Last: func(ctx context.Context, q db.Queryer) (time.Time, error) {
			var at int64
			err := q.QueryRowContext(ctx, `SELECT sent_at FROM app_binding WHERE identity = $1 AND used_at = 0`, b.Identity).Scan(&at)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return time.Time{}, fmt.Errorf("idpdb: binding of an app: %w", err)
			}
			return db.FromMicros(at), nil
		},
		Store: func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO app_binding (identity, token, digest, tries, sent_at, expires_at, used_at)
				VALUES ($1, $2, $3, 0, $4, $5, 0)
				ON CONFLICT (identity) DO UPDATE SET token = excluded.token, digest = excluded.digest, tries = 0,
					sent_at = excluded.sent_at, expires_at = excluded.expires_at, used_at = 0`,
				b.Identity, b.Token, b.Digest, db.Micros(b.At), db.Micros(b.Expires))
			if err != nil {
				return fmt.Errorf("idpdb: bind an app: %w", err)
			}
			return shareddb.Tell(ctx, tx, []notify.Message{b.Message}, b.Audit)
		},
	}.Send(ctx, s.DB)
}

// BindingOf finds whose binding a token is, and until when.
func (s *Store) BindingOf(ctx context.Context, token []byte, now time.Time) (id string, until time.Time, err error) {
	var expires int64
	err = s.DB.Read().QueryRowContext(ctx, `SELECT identity, expires_at FROM app_binding WHERE token = $1 AND used_at = 0 AND expires_at > $2`,
		token, db.Micros(now)).Scan(&id, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, errNoApp
	}
	return id, db.FromMicros(expires), err
}

// Bind counts a try, compares, and adds the device with the right code. The first statement
// locks the row: tries at the same time are compared one after another. // A01
func (s *Store) Bind(ctx context.Context, t authenticator.BindTry) (v authenticator.BindVerdict, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		v = authenticator.BindVerdict{Outcome: authenticator.Over}
		var owner string
		var digest []byte
		var tries, devices int
		err := tx.QueryRowContext(ctx, `UPDATE app_binding SET tries = tries + 1
			WHERE token = $1 AND used_at = 0 AND tries < $2 AND expires_at > $3 RETURNING identity, digest, tries`,
			t.Token, t.Tries, db.Micros(t.At)).Scan(&owner, &digest, &tries)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("idpdb: try to bind an app: %w", err)
		}
		if owner != t.Device.Identity {
			return nil
		}
		if !hmac.Equal(digest, t.Digest) {
			v = authenticator.BindVerdict{Outcome: authenticator.WrongCode, Left: t.Tries - tries}
			return nil
		}
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM app_device WHERE identity = $1 AND ended_at = 0`, owner).Scan(&devices); err != nil {
			return fmt.Errorf("idpdb: count apps: %w", err)
		}
		if devices >= authenticator.MostDevices {
			v.Outcome = authenticator.Full
			return nil
		}
		v.Outcome = authenticator.Bound
		return s.addDevice(ctx, tx, t)
	})
	return v, err
}

const devicePurpose = "idp.app_device."

func (s *Store) addDevice(ctx context.Context, tx *db.Tx, t authenticator.BindTry) error {
	d := t.Device
	name, err := s.Seals.Seal(devicePurpose+d.ID, d.BoundAt, d.Name) // people write their own into it
	if err != nil {
		return err
	}
	_, err1 := tx.ExecContext(ctx, `UPDATE app_binding SET used_at = $2 WHERE token = $1`, t.Token, db.Micros(t.At))
	_, err2 := tx.ExecContext(ctx, `INSERT INTO app_device (id, identity, name, public_key, bound_at, used_at, ended_at, how)
		VALUES ($1, $2, $3, $4, $5, 0, 0, '')`, d.ID, d.Identity, name, d.Key, db.Micros(d.BoundAt))
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("idpdb: add an app: %w", err)
	}
	return shareddb.Tell(ctx, tx, t.Messages, t.Audit)
}

const deviceColumns = `id, identity, name, public_key, bound_at, used_at, ended_at, how`

func (s *Store) scanDevice(row interface{ Scan(...any) error }) (d authenticator.Device, err error) {
	var bound, used, ended int64
	var name string
	if err = row.Scan(&d.ID, &d.Identity, &name, &d.Key, &bound, &used, &ended, &d.How); err != nil {
		return d, err
	}
	d.BoundAt, d.UsedAt, d.EndedAt = db.FromMicros(bound), db.FromMicros(used), db.FromMicros(ended)
	return d, s.Seals.Open(devicePurpose+d.ID, d.BoundAt, name, &d.Name)
}

// shownDevices bounds the list.
const shownDevices = 20

// Devices lists those in use, and after them those that were reported.
func (s *Store) Devices(ctx context.Context, identity string) (list []authenticator.Device, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+deviceColumns+` FROM app_device
		WHERE identity = $1 AND (ended_at = 0 OR how = 'reported') ORDER BY ended_at, bound_at, id LIMIT $2`, identity, shownDevices)
	if err != nil {
		return nil, fmt.Errorf("idpdb: apps: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		d, err := s.scanDevice(rows)
		if err != nil {
			return nil, fmt.Errorf("idpdb: apps: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// Device finds one that is in use.
func (s *Store) Device(ctx context.Context, id string) (authenticator.Device, error) {
	d, err := s.scanDevice(s.DB.Read().QueryRowContext(ctx, `SELECT `+deviceColumns+` FROM app_device WHERE id = $1 AND ended_at = 0`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return authenticator.Device{}, errNoApp
	}
	return d, err
}

// EndDevice ends one of an identity.
func (s *Store) EndDevice(ctx context.Context, identity, device, keep string, messages []notify.Message, ev audit.Event) (ended bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if ended, err = endDevice(ctx, tx, identity, device, authenticator.Removed, ev.At); err != nil || !ended {
			return err
		}
		if err := credentialdb.FactorLost(ctx, tx, identity, keep, ev.At); err != nil {
			return err
		}
		return shareddb.Tell(ctx, tx, messages, ev)
	})
	return ended, err
}

func endDevice(ctx context.Context, tx *db.Tx, identity, device, how string, at time.Time) (bool, error) {
	res, err := tx.ExecContext(ctx, `UPDATE app_device SET ended_at = $3, how = $4 WHERE id = $1 AND identity = $2 AND ended_at = 0`,
		device, identity, db.Micros(at), how)
	if err != nil {
		return false, fmt.Errorf("idpdb: end an app: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Ask stores a prompt in place of the former one of its login, within the caps.
func (s *Store) Ask(ctx context.Context, p authenticator.Prompt, caps []ratelimit.Bucket, ev audit.Event) (time.Duration, error) {
	return shareddb.Capped{
		At: p.AskedAt, Caps: caps, Take: shareddb.TakeIn,
		Last: func(context.Context, db.Queryer) (time.Time, error) { return time.Time{}, nil },
		Store: func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO app_prompt (flow, id, identity, service, level, numbers, number, asked_at, expires_at, state, device)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '')
				ON CONFLICT (flow) DO UPDATE SET id = excluded.id, identity = excluded.identity, service = excluded.service, level = excluded.level,
					numbers = excluded.numbers, number = excluded.number, asked_at = excluded.asked_at, expires_at = excluded.expires_at, state = '', device = ''
				WHERE app_prompt.state NOT IN ('refused', 'reported')`, // a login that was called off stays so
				p.Flow, p.ID, p.Identity, p.Service, p.Level, joined(p.Numbers), p.Number, db.Micros(p.AskedAt), db.Micros(p.ExpiresAt))
			if err != nil {
				return fmt.Errorf("idpdb: ask an app: %w", err)
			}
			return shareddb.AppendAudit(ctx, tx, ev)
		},
	}.Send(ctx, s.DB)
}

func joined(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, " ")
}

const promptColumns = `p.flow, p.id, p.identity, p.service, p.level, p.numbers, p.number, p.asked_at, p.expires_at, p.state`

func scanPrompt(row interface{ Scan(...any) error }) (p authenticator.Prompt, err error) {
	var asked, expires int64
	var numbers string
	if err = row.Scan(&p.Flow, &p.ID, &p.Identity, &p.Service, &p.Level, &numbers, &p.Number, &asked, &expires, &p.State); err != nil {
		return p, err
	}
	p.AskedAt, p.ExpiresAt = db.FromMicros(asked), db.FromMicros(expires)
	for word := range strings.FieldsSeq(numbers) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return p, fmt.Errorf("idpdb: numbers of a prompt: %w", err)
		}
		p.Numbers = append(p.Numbers, n)
	}
	return p, nil
}

// PromptOf is the last prompt of a login.
func (s *Store) PromptOf(ctx context.Context, flow string) (authenticator.Prompt, error) {
	p, err := scanPrompt(s.DB.Read().QueryRowContext(ctx, `SELECT `+promptColumns+` FROM app_prompt p WHERE p.flow = $1`, flow))
	if errors.Is(err, sql.ErrNoRows) {
		return authenticator.Prompt{}, nil
	}
	return p, err
}

// Prompt finds one by its id.
func (s *Store) Prompt(ctx context.Context, id string) (authenticator.Prompt, error) {
	p, err := scanPrompt(s.DB.Read().QueryRowContext(ctx, `SELECT `+promptColumns+` FROM app_prompt p WHERE p.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return authenticator.Prompt{}, errNoApp
	}
	return p, err
}

// mostPrompts is more than the limit of prompts admits at a time.
const mostPrompts = 5

// Prompts lists what a device in use is asked now.
func (s *Store) Prompts(ctx context.Context, device string, now time.Time) (list []authenticator.Prompt, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+promptColumns+` FROM app_prompt p JOIN app_device d ON d.identity = p.identity
		WHERE d.id = $1 AND d.ended_at = 0 AND p.state = '' AND p.expires_at > $2 ORDER BY p.asked_at, p.id LIMIT $3`, device, db.Micros(now), mostPrompts)
	if err != nil {
		return nil, fmt.Errorf("idpdb: prompts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		p, err := scanPrompt(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

var errPromptOver = fault.New(fault.Conflict, "error.invalid").For("app_prompt_over")

// Answer stores a decision once. The first statement locks the prompt.
func (s *Store) Answer(ctx context.Context, a authenticator.Answer) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE app_prompt SET state = $2, device = $3 WHERE id = $1 AND identity = $5 AND state = '' AND expires_at > $4`,
			a.Prompt.ID, string(a.State), a.Device, db.Micros(a.At), a.Prompt.Identity)
		if err != nil {
			return fmt.Errorf("idpdb: answer of an app: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(errPromptOver, err)
		}
		res, err = tx.ExecContext(ctx, `UPDATE app_device SET used_at = $2 WHERE id = $1 AND identity = $3 AND ended_at = 0`, a.Device, db.Micros(a.At), a.Prompt.Identity)
		if err != nil {
			return fmt.Errorf("idpdb: answer of an app: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(errPromptOver, err)
		}
		if a.State == authenticator.ReportedAbuse {
			if _, err := endDevice(ctx, tx, a.Prompt.Identity, a.Device, authenticator.Reported, a.At); err != nil {
				return err
			}
		}
		if a.Suspend != nil {
			if err := s.Identities.SaveLifeIn(ctx, tx, *a.Suspend); err != nil {
				return err
			}
		}
		return shareddb.Tell(ctx, tx, a.Messages, a.Audit)
	})
}

// UsePrompt uses up the approval of a login.
func (s *Store) UsePrompt(ctx context.Context, flow, identity string, ev audit.Event) (used bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		// A device that ended since approved nothing.
		res, err := tx.ExecContext(ctx, `UPDATE app_prompt SET state = 'used' WHERE flow = $1 AND identity = $2 AND state = 'approved' AND expires_at > $3
			AND EXISTS (SELECT 1 FROM app_device d WHERE d.id = app_prompt.device AND d.ended_at = 0)`, flow, identity, db.Micros(ev.At))
		if err != nil {
			return fmt.Errorf("idpdb: use an approval: %w", err)
		}
		n, err := res.RowsAffected()
		if used = n == 1; err != nil || !used {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
	return used, err
}
