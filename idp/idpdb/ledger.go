package idpdb

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"time"

	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/account"
	"atrio/idp/samlsso"
)

// Record consumes a login and writes what belongs to its answer: one commit.
// Of two answers to the same login one succeeds; the other gets fault.Conflict.
func (s *Store) Record(ctx context.Context, a samlsso.Answer) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := shareddb.Consume(ctx, tx, "idp.answer", a.Flow, a.Until); err != nil {
			return err
		}
		if a.Access != nil {
			if err := insertAccess(ctx, tx, a.Flow, a.Access); err != nil {
				return err
			}
		}
		if a.Session != nil {
			if err := shareddb.InsertSession(ctx, tx, *a.Session); err != nil {
				return err
			}
		}
		for _, ev := range a.Audit {
			if err := shareddb.AppendAudit(ctx, tx, ev); err != nil {
				return err
			}
		}
		return nil
	})
}

func insertAccess(ctx context.Context, tx *db.Tx, flow string, a *samlsso.Access) error {
	request, err := deflate(a.Request)
	if err != nil {
		return err
	}
	response, err := deflate(a.Response)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO ledger (flow, identity, spid_code, service, service_name, request_id,
			response_id, level, method, anomaly, at, delete_at, request, response)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		flow, a.Identity, a.SPIDCode, a.Service, a.ServiceName, a.RequestID,
		a.ResponseID, a.Level, a.Method, a.Anomaly, db.Micros(a.At), db.Micros(a.DeleteAt), request, response)
	return err
}

func deflate(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(plain)
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Accesses lists the latest accesses of an identity, newest first.
func (s *Store) Accesses(ctx context.Context, identity string, limit int) ([]account.Access, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT service_name, level, method, anomaly, at FROM ledger
		WHERE identity = $1 ORDER BY at DESC LIMIT $2`, identity, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []account.Access
	for rows.Next() {
		var a account.Access
		var at int64
		if err := rows.Scan(&a.Service, &a.Level, &a.Method, &a.Anomaly, &at); err != nil {
			return nil, err
		}
		a.At = db.FromMicros(at)
		list = append(list, a)
	}
	return list, rows.Err()
}

// purgeBatch bounds one deletion, so that a purge never holds locks for long.
const purgeBatch = 1000

// Purge deletes what has served its time: throttles that are full again, sent
// codes, accesses after 24 months.
func (s *Store) Purge(ctx context.Context, now time.Time) error {
	for _, statement := range []string{
		`DELETE FROM throttle WHERE tat <= $1 AND bucket IN (SELECT bucket FROM throttle WHERE tat <= $1 LIMIT $2)`,
		`DELETE FROM sms_code WHERE flow IN (SELECT flow FROM sms_code WHERE expires_at <= $1 LIMIT $2)`,
		`DELETE FROM ledger WHERE flow IN (SELECT flow FROM ledger WHERE delete_at <= $1 LIMIT $2)`,
	} {
		if err := s.purge(ctx, statement, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) purge(ctx context.Context, statement string, now time.Time) error {
	for {
		var deleted int64
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			res, err := tx.ExecContext(ctx, statement, db.Micros(now), purgeBatch)
			if err != nil {
				return err
			}
			deleted, err = res.RowsAffected()
			return err
		})
		if err != nil || deleted < purgeBatch {
			return err
		}
	}
}
