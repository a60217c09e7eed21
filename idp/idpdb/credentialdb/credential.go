package credentialdb

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/credential"
	"atrio/idp/identity"
	"atrio/idp/idpdb/rowseal"
)

// TOTPPurpose names what the sealed key is for; the identity's reference is part
// of it, so that a value copied to another row does not open.
const TOTPPurpose = "idp.totp."

// usedStep keeps the mark of a used time step: longer than any clock skew that
// the check admits.
const usedStep = 10 * time.Minute

// Password finds an identity, or an applicant, and its hash by User ID, in one statement.
func (s *Store) Password(ctx context.Context, userID string) (id, phc string, err error) {
	err = s.DB.Read().QueryRowContext(ctx, `SELECT i.id, p.phc FROM identity i JOIN password p ON p.identity = i.id WHERE i.user_key = $1
		UNION ALL SELECT id, phc FROM applicant WHERE user_key = $1 AND phc <> ''`, s.Seals.User(userID)).Scan(&id, &phc)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return id, phc, err
}

// Rehash replaces the hash that was compared. The password is no newer for it, and one that
// was changed meanwhile stays.
func (s *Store) Rehash(ctx context.Context, id, old, phc string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, statement := range []string{
			`UPDATE password SET phc = $2 WHERE identity = $1 AND phc = $3`,
			`UPDATE applicant SET phc = $2 WHERE id = $1 AND phc <> '' AND phc = $3`,
		} {
			if _, err := tx.ExecContext(ctx, statement, id, phc, old); err != nil {
				return err
			}
		}
		return nil
	})
}

// InsertTOTP stores the key of an app of codes with an identity that is made.
func (s *Store) InsertTOTP(ctx context.Context, tx *db.Tx, i *identity.Identity, key []byte) error {
	sealed, err := s.Seals.Vault().Seal(TOTPPurpose+i.ID, i.CreatedAt.Add(rowseal.Lasting), key)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO totp (identity, secret, confirmed_at) VALUES ($1, $2, $3)`,
		i.ID, sealed, db.Micros(i.CreatedAt))
	return err
}

// totpKey opens the key of an identity's app; nil when it has none.
func (s *Store) totpKey(ctx context.Context, q db.Queryer, id string, now time.Time) ([]byte, error) {
	var sealed string
	err := q.QueryRowContext(ctx, `SELECT secret FROM totp WHERE identity = $1`, id).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.Seals.Vault().Open(TOTPPurpose+id, now, sealed)
}

// TryTOTP compares a code of the app.
func (s *Store) TryTOTP(ctx context.Context, t credential.CodeTry, verify func(key []byte) (int64, bool)) (credential.Verdict, error) {
	return s.try(ctx, t, func(tx *db.Tx) (secondfactor.Outcome, error) {
		key, err := s.totpKey(ctx, tx, t.Identity, t.At)
		if err != nil || key == nil {
			return secondfactor.Wrong, err
		}
		step, ok := verify(key)
		if !ok {
			return secondfactor.Wrong, nil
		}
		err = useStep(ctx, tx, t.Identity, step, t.At)
		if fault.Is(err, fault.Conflict) {
			return secondfactor.Replayed, nil
		}
		return secondfactor.Right, err
	})
}

// useStep marks a time step of an identity as used on all nodes; fault.Conflict when it was.
func useStep(ctx context.Context, tx *db.Tx, id string, step int64, at time.Time) error {
	return shareddb.Consume(ctx, tx, "idp.totp", id+":"+strconv.FormatInt(step, 10), at.Add(usedStep))
}

// errWaiting rolls back a try that is not allowed now.
var errWaiting = errors.New("idpdb: too many tries")

// try charges, compares and refunds in one commit. The charged row of the
// identity is locked until then: fifty right codes at once are compared one
// after another, and only the first of them is new.
func (s *Store) try(ctx context.Context, t credential.CodeTry, compare func(*db.Tx) (secondfactor.Outcome, error)) (credential.Verdict, error) {
	var v credential.Verdict
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		v = credential.Verdict{}
		for _, b := range []ratelimit.Bucket{t.Second, t.Request} {
			wait, err := take(ctx, tx, b, t.At)
			if err != nil {
				return err
			}
			if wait > 0 {
				v = credential.Verdict{Outcome: secondfactor.Waiting, Wait: wait, Left: 1}
				if b == t.Request {
					v.Wait, v.Left = 0, 0
				}
				return errWaiting
			}
		}
		var err error
		if v.Outcome, err = compare(tx); err != nil {
			return err
		}
		if v.Outcome == secondfactor.Right {
			v.Identity = t.Identity
			return errors.Join(refund(ctx, tx, t.Second, t.Request), shareddb.AppendAudit(ctx, tx, t.Audit))
		}
		var tat int64
		err = tx.QueryRowContext(ctx, `SELECT tat FROM throttle WHERE bucket = $1`, t.Request.Key).Scan(&tat)
		v.Left = t.Request.Limit.Left(db.FromMicros(tat), t.At)
		return err
	})
	if errors.Is(err, errWaiting) {
		return v, nil
	}
	return v, err
}
