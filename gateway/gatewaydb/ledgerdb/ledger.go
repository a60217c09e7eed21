package ledgerdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/ledger"
	"atrio/people/person"
	"atrio/saml/binding"
)

// Row of the ledger, as stored: what the sealed part is bound to stays in clear, and
// cannot be changed without the row ceasing to open. Account alone is not bound: at a
// first entry it is known only afterwards.
const ledgerColumns = `id, at, correlation, reference, door, issuer, account_id, level, refused,
	request_id, response_id, assertion_id, subject_mac, fiscal_mac, key_id, sealed`

const insertLedger = `INSERT INTO ledger (` + ledgerColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`

// Row is an entry on its way into the table.
type Row struct {
	ledger.Entry
	subjectMAC, fiscalMAC []byte
	keyID                 string
	sealed                []byte
}

// bound are the columns that the sealed part belongs to.
func bound(e *ledger.Entry) []string {
	return []string{
		e.ID, strconv.FormatInt(db.Micros(e.At), 10), e.Correlation, e.Reference, string(e.Door), e.Issuer,
		strconv.Itoa(int(e.Level)), e.Refused, e.RequestID, e.ResponseID, e.AssertionID,
	}
}

// errNoKeys is a Store that was made without a keyring.
var errNoKeys = fault.New(fault.Internal, "error.internal").Because(errors.New("ledgerdb: the ledger needs keys: use NewStore"))

// seal makes the row of an entry. Request is compressed already, as it travelled in
// the browser. Call it outside of transactions: it may have to make a key.
func (s *Store) seal(ctx context.Context, e ledger.Entry, request []byte) (*Row, error) {
	if s.keys == nil {
		return nil, errNoKeys
	}
	key, err := s.keys.At(ctx, e.At)
	if err != nil {
		return nil, err
	}
	return s.sealWith(key, e, request), nil
}

func (s *Store) sealWith(key *seal.RowKey, e ledger.Entry, request []byte) *Row {
	row := &Row{Entry: e, keyID: key.ID(), subjectMAC: s.subjectMAC(e.Subject), fiscalMAC: s.fiscalMAC(e.FiscalCode)}
	row.sealed = key.Seal(bound(&e), []byte(e.Subject), []byte(e.FiscalCode), []byte(e.NameID), request, squeeze(e.Response))
	return row
}

// Identifiers are found by a keyed MAC: whoever reads the table learns neither them
// nor whether one that they know is in it.
func (s *Store) subjectMAC(subject string) []byte { return s.blindIndex("ledger.subject", subject) }

func (s *Store) fiscalMAC(code string) []byte { return s.blindIndex("ledger.fiscal_code", code) }

// indexLength of a MAC is enough not to meet by chance, and half of the disk.
const indexLength = 16

func (s *Store) blindIndex(purpose, value string) []byte {
	if value == "" {
		return []byte{}
	}
	return s.ring.MAC(purpose, strings.ToUpper(value))[:indexLength]
}

func (r *Row) insert(ctx context.Context, q db.Execer) error {
	_, err := q.ExecContext(ctx, insertLedger, r.ID, db.Micros(r.At), r.Correlation, r.Reference, string(r.Door), r.Issuer, r.Account,
		int(r.Level), r.Refused, r.RequestID, r.ResponseID, r.AssertionID, r.subjectMAC, r.fiscalMAC, r.keyID, r.sealed)
	if err != nil {
		return fmt.Errorf("ledgerdb: keep messages: %w", err)
	}
	return nil
}

// RowOf seals the pair of messages of a visit; nil when the visit has none. // SPID-RT registro
func (s *Store) RowOf(ctx context.Context, v account.Visit) (*Row, error) {
	x := v.Exchange
	if x == nil {
		return nil, nil
	}
	return s.seal(ctx, ledger.Entry{
		ID: account.NewID(), At: v.Now, Correlation: v.Correlation, Reference: v.Event.Reference,
		Door: v.Asserted.Door, Issuer: v.Asserted.Issuer, Level: v.Asserted.Level,
		RequestID: x.RequestID, ResponseID: storable(x.ResponseID), AssertionID: storable(x.AssertionID),
		Sealed: ledger.Sealed{
			Subject: v.Asserted.Subject, FiscalCode: v.Asserted.Attribute(person.FiscalNumber), NameID: v.Asserted.NameID, Response: x.Response,
		},
	}, x.Request)
}

// Keep stores the pair of a visit for the account that was entered, "" for nobody yet.
func Keep(ctx context.Context, q db.Execer, row *Row, accountID string) error {
	if row == nil {
		return nil
	}
	row.Account = accountID
	return row.insert(ctx, q)
}

// Claim writes the account of a first entry into the pair of the login that led to it.
func Claim(ctx context.Context, q db.Queryer, correlation, accountID string) error {
	if correlation == "" {
		return nil
	}
	_, err := q.ExecContext(ctx, `UPDATE ledger SET account_id = $1 WHERE correlation = $2 AND account_id = ''`, accountID, correlation)
	if err != nil {
		return fmt.Errorf("ledgerdb: account of messages: %w", err)
	}
	return nil
}

// maxForeign bounds a technical id of foreign origin: an index takes no more than some
// thousand bytes, and a login must not fail by it. The message keeps it.
const maxForeign = 256

// KeepRefused stores pairs of answers that were refused, in one commit. Their
// Request is XML. Nothing in them was verified: texts are made storable.
func (s *Store) KeepRefused(ctx context.Context, pairs []ledger.Entry) error {
	rows := make([]*Row, 0, len(pairs))
	for _, e := range pairs {
		for _, text := range []*string{&e.Issuer, &e.RequestID, &e.ResponseID, &e.AssertionID, &e.Refused} {
			*text = storable(*text)
		}
		if e.ID == "" {
			e.ID = account.NewID()
		}
		row, err := s.seal(ctx, e, squeeze(e.Request))
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, row := range rows {
			if err := row.insert(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// storable is a foreign text that both engines take, or nothing when it is no name.
func storable(s string) string {
	if len(s) > maxForeign || strings.ContainsFunc(s, unicode.IsControl) {
		return ""
	}
	return strings.ToValidUTF8(s, "\uFFFD")
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

// spread is the inverse of squeeze.
func spread(small []byte) ([]byte, error) {
	if len(small) == 0 {
		return nil, nil
	}
	return binding.Inflate(small, maxMessage)
}
