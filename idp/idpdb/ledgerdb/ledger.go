package ledgerdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/db/shareddb"
	"atrio/idp/account"
	"atrio/idp/samlsso"
	"atrio/saml/binding"
)

// Record consumes a login and writes what belongs to its answer: one commit.
// Of two answers to the same login one succeeds; the other gets fault.Conflict.
func (s *Store) Record(ctx context.Context, a samlsso.Answer) error {
	var row *accessRow
	if a.Access != nil {
		key, err := s.Keys.At(ctx, a.Access.At)
		if err != nil {
			return err
		}
		row = s.seal(key, a.Flow, *a.Access)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := shareddb.Consume(ctx, tx, "idp.answer", a.Flow, a.Until); err != nil {
			return err
		}
		if row != nil {
			if err := row.insert(ctx, tx); err != nil {
				return err
			}
		}
		if a.Session != nil {
			if err := shareddb.InsertSession(ctx, tx, *a.Session); err != nil {
				return err
			}
		}
		if p := a.Participant; p != nil {
			if err := insertParticipant(ctx, tx, *p, db.Micros(a.At)); err != nil {
				return err
			}
		}
		for _, m := range a.Messages {
			if err := shareddb.QueueMessage(ctx, tx, m, a.At); err != nil {
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

// accessRow is an access on its way into the table, or out of it.
type accessRow struct {
	samlsso.Access
	id, keyID       string
	spidMAC, sealed []byte
}

// bound are the columns that the sealed part belongs to: none of them can be changed
// without the row ceasing to open. // decision 0018
func (r *accessRow) bound() []string {
	return []string{
		r.id, strconv.FormatInt(db.Micros(r.At), 10), r.Identity, r.Service, r.ServiceName, r.RequestID, r.ResponseID, r.AssertionID,
		strconv.Itoa(r.Level), r.Method, strconv.Itoa(r.Anomaly),
	}
}

func (s *Store) seal(key *seal.RowKey, id string, a samlsso.Access) *accessRow {
	r := &accessRow{Access: a, id: id, keyID: key.ID(), spidMAC: s.spidMAC(a.SPIDCode)}
	r.sealed = key.Seal(r.bound(), []byte(a.SPIDCode), []byte(a.NameID), squeeze(a.Request), squeeze(a.Response))
	return r
}

// indexLength of a MAC is enough not to meet by chance, and half of the disk.
const indexLength = 16

// spidMAC is how a spidCode is found without being read.
func (s *Store) spidMAC(code string) []byte {
	if code == "" {
		return []byte{}
	}
	return s.ring.MAC("ledger.spid_code", strings.ToUpper(code))[:indexLength]
}

const accessColumns = `id, at, identity, service, service_name, request_id, response_id, assertion_id, level, method, anomaly, spid_mac, key_id, sealed`

func (r *accessRow) insert(ctx context.Context, q db.Queryer) error {
	_, err := q.ExecContext(ctx, `INSERT INTO access (`+accessColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		r.id, db.Micros(r.At), r.Identity, r.Service, r.ServiceName, r.RequestID, r.ResponseID, r.AssertionID,
		r.Level, r.Method, r.Anomaly, r.spidMAC, r.keyID, r.sealed)
	if err != nil {
		return fmt.Errorf("idpdb: keep access: %w", err)
	}
	return nil
}

// squeeze compresses a message; what is empty stays so.
func squeeze(message []byte) []byte {
	if len(message) == 0 {
		return nil
	}
	return binding.Deflate(message)
}

// maxMessage bounds what a stored message may inflate to.
const maxMessage = 1 << 20

func spread(small []byte) ([]byte, error) {
	if len(small) == 0 {
		return nil, nil
	}
	return binding.Inflate(small, maxMessage)
}

// Accesses lists the latest accesses of an identity, newest first; those that 0.1.0
// left in clear are among them.
func (s *Store) Accesses(ctx context.Context, identity string, limit int) ([]account.Access, error) {
	return s.accesses(ctx, identity, math.MaxInt64, limit)
}

// AccessesBefore is a page of them.
func (s *Store) AccessesBefore(ctx context.Context, identity string, before time.Time, limit int) ([]account.Access, error) {
	return s.accesses(ctx, identity, db.Micros(before), limit)
}

func (s *Store) accesses(ctx context.Context, identity string, before int64, limit int) ([]account.Access, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT service_name, level, method, anomaly, at FROM (
			SELECT service_name, level, method, anomaly, at FROM access WHERE identity = $1 AND at < $3
			UNION ALL SELECT service_name, level, method, anomaly, at FROM ledger WHERE identity = $1 AND at < $3) AS both_tables
		ORDER BY at DESC LIMIT $2`, identity, limit, before)
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

// AccessQuery chooses accesses of the register by the fields of the rules.
type AccessQuery struct {
	From, To  time.Time
	Service   string
	SPIDCode  string
	Technical string // id of request, response or assertion
	AfterAt   time.Time
	AfterID   string
	Limit     int
}

// FoundAccess is an access with its row.
type FoundAccess struct {
	ID string
	samlsso.Access
	// Destroyed says that the key of its month is gone, Broken that the row was changed:
	// nothing in it can be believed.
	Destroyed, Broken bool
}

// page bounds one read.
const page = 500

// FindAccesses gives rows of the register in the order of time, opened.
func (s *Store) FindAccesses(ctx context.Context, q AccessQuery) ([]FoundAccess, error) {
	where, args := accessConditions(q, s.spidMAC(q.SPIDCode))
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+accessColumns+` FROM access`+where+
		fmt.Sprintf(` ORDER BY at, id LIMIT %d`, min(max(q.Limit, 1), page)), args...)
	if err != nil {
		return nil, fmt.Errorf("idpdb: accesses: %w", err)
	}
	defer rows.Close()
	var found []accessRow
	for rows.Next() {
		var r accessRow
		var at int64
		err := rows.Scan(&r.id, &at, &r.Identity, &r.Service, &r.ServiceName, &r.RequestID, &r.ResponseID, &r.AssertionID,
			&r.Level, &r.Method, &r.Anomaly, &r.spidMAC, &r.keyID, &r.sealed)
		if err != nil {
			return nil, fmt.Errorf("idpdb: accesses: %w", err)
		}
		r.At = db.FromMicros(at)
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("idpdb: accesses: %w", err)
	}
	return s.open(ctx, found)
}

func accessConditions(q AccessQuery, spidMAC []byte) (where string, args []any) {
	where = ` WHERE 1 = 1`
	add := func(part string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			part = strings.Replace(part, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where += ` AND ` + part
	}
	if !q.From.IsZero() {
		add(`at >= ?`, db.Micros(q.From))
	}
	if !q.To.IsZero() {
		add(`at < ?`, db.Micros(q.To))
	}
	if !q.AfterAt.IsZero() {
		add(`(at > ? OR at = ? AND id > ?)`, db.Micros(q.AfterAt), db.Micros(q.AfterAt), q.AfterID)
	}
	if q.Service != "" {
		add(`service = ?`, q.Service)
	}
	if q.SPIDCode != "" {
		add(`spid_mac = ?`, spidMAC)
	}
	if q.Technical != "" {
		add(`id IN (SELECT id FROM access WHERE request_id = ? UNION ALL SELECT id FROM access WHERE response_id = ?
			UNION ALL SELECT id FROM access WHERE assertion_id = ?)`, q.Technical, q.Technical, q.Technical)
	}
	return where, args
}

// open decrypts rows; a page has few months, so few keys are read.
func (s *Store) open(ctx context.Context, rows []accessRow) ([]FoundAccess, error) {
	keys := map[string]*seal.RowKey{}
	out := make([]FoundAccess, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		key, known := keys[r.keyID]
		if !known {
			var err error
			if key, err = s.Keys.Find(ctx, r.keyID); err != nil && !errors.Is(err, ledgerkey.ErrDestroyed) {
				return nil, err
			}
			keys[r.keyID] = key
		}
		f := FoundAccess{ID: r.id, Destroyed: key == nil}
		if key != nil {
			err := s.openRow(r, key)
			if f.Broken = errors.Is(err, seal.ErrBroken); err != nil && !f.Broken {
				return nil, err
			}
		}
		f.Access = r.Access
		out = append(out, f)
	}
	return out, nil
}

// sealedParts is how many parts a row has.
const sealedParts = 4

// errIndex is the private cause of a row that would be found by another name than its own.
var errIndex = errors.New("idpdb: the index does not match what is sealed")

func (s *Store) openRow(r *accessRow, key *seal.RowKey) error {
	parts, err := key.Open(r.bound(), r.sealed)
	switch {
	case err == nil && len(parts) != sealedParts:
		err = errors.New("it has other parts")
	case err == nil && !bytes.Equal(r.spidMAC, s.spidMAC(string(parts[0]))):
		err = seal.ErrBroken.Because(errIndex) // hidden from its own person, or shown as another's
	}
	if err != nil {
		return fmt.Errorf("idpdb: row %s of the register: %w", r.id, err)
	}
	r.SPIDCode, r.NameID = string(parts[0]), string(parts[1])
	if r.Request, err = spread(parts[2]); err != nil {
		return fmt.Errorf("idpdb: request of row %s: %w", r.id, err)
	}
	if r.Response, err = spread(parts[3]); err != nil {
		return fmt.Errorf("idpdb: response of row %s: %w", r.id, err)
	}
	return nil
}
