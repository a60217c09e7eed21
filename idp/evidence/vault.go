package evidence

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/keys/archivekey"
	"atrio/base/seal"
)

// Vault puts items in and gives them out. Make one with a literal. It is safe for
// concurrent use.
type Vault struct {
	Store   Store
	Keeping Keeping
	// Ring is the role's. Only its lasting MAC key is used, so no rotation of the
	// sealing keys costs an item.
	Ring *seal.Keyring
	// Offline are the public keys of the archive.
	Offline *archivekey.Recipients
	// Dir is where recordings are; all nodes share it.
	Dir string
	Now func() time.Time

	crash func(point string) error // for tests
}

// errInput is a mistake of the caller, not of a person.
func errInput(what string) error { return fmt.Errorf("evidence: %s", what) }

// Put keeps an item. When it returns without an error the item is safe from a crash.
func (v *Vault) Put(ctx context.Context, n New) (Item, error) {
	if err := n.check(); err != nil {
		return Item{}, err
	}
	id := rand.Text()
	key := newDataKey()
	wraps, err := v.wrap(id, key)
	if err != nil {
		return Item{}, err
	}
	row := Row{Item: Item{
		ID: id, Request: n.Request, Kind: n.Kind, MediaType: n.MediaType, Size: int64(len(n.Content)), Author: n.Author,
		At: v.Now().UTC().Truncate(time.Microsecond), Until: n.Until, Digest: key.digest(n.Content), Readable: true,
	}, Wraps: wraps}
	row.Sealed = key.row(id).Seal(bound(row.Item), n.Content)
	line := v.line(audit.EvidenceKept, n.Author, row.Item)
	line.Detail["media"], line.Detail["size"] = n.MediaType, strconv.Itoa(len(n.Content))
	line.Detail["digest"] = hex.EncodeToString(row.Digest[:])
	if err := v.Store.KeepEvidence(ctx, row, &line); err != nil {
		return Item{}, err
	}
	return row.Item, nil
}

func (n New) check() error {
	switch {
	case !idForm.MatchString(n.Request), !idForm.MatchString(n.Author):
		return errInput("an item needs a request and an author, in ids")
	case !kindForm.MatchString(string(n.Kind)), !mediaForm.MatchString(n.MediaType):
		return errInput("an item needs a kind and a media type")
	case len(n.Content) == 0 || len(n.Content) > MaxItem:
		return errInput("an item has from 1 byte to 10 MB; what is longer is a recording")
	}
	return nil
}

// List gives the items of a request, without contents.
func (v *Vault) List(ctx context.Context, request string) ([]Item, error) {
	return v.Store.EvidenceOf(ctx, request)
}

// Open gives an item that people work on, after the look stands in the audit log.
func (v *Vault) Open(ctx context.Context, id string, a Access) (Opened, error) {
	return v.open(ctx, id, a, nil)
}

// OpenArchived gives an item out of the archive: with two persons, a ground, a case and
// the private keys. // I14
func (v *Vault) OpenArchived(ctx context.Context, id string, a Access, keys *archivekey.Identities) (Opened, error) {
	if keys == nil {
		return Opened{}, errInput("the archive opens with its private keys")
	}
	return v.open(ctx, id, a, keys)
}

func (v *Vault) open(ctx context.Context, id string, a Access, archive *archivekey.Identities) (Opened, error) {
	row, err := v.Store.Evidence(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	if row.Recording != "" {
		return Opened{}, ErrUnknown.Because(errors.New("evidence: a segment opens with its recording"))
	}
	if err := v.admit(ctx, a, row.Item, row.Wraps, archive != nil); err != nil {
		return Opened{}, err
	}
	o, err := v.content(row, archive)
	if err != nil {
		return Opened{}, v.failed(ctx, a, row.Item, archive != nil, err)
	}
	return o, nil
}

// admit checks an access and writes it down, refused or not, before anything is opened.
func (v *Vault) admit(ctx context.Context, a Access, item Item, w Wraps, archive bool) error {
	refused := a.working()
	if archive {
		refused = a.archived()
	} else if refused == nil && w.Working == "" {
		refused = ErrArchived
	}
	line := v.accessLine(a, item, archive)
	if refused != nil {
		line.Outcome, line.Reason = audit.Refused, reasonOf(refused)
	}
	if err := v.Store.NoteEvidence(ctx, line); err != nil {
		return err
	}
	return refused
}

// failed writes that an item that was admitted did not open.
func (v *Vault) failed(ctx context.Context, a Access, item Item, archive bool, cause error) error {
	line := v.accessLine(a, item, archive)
	line.Outcome, line.Reason = audit.Failed, reasonOf(cause)
	return errors.Join(cause, v.Store.NoteEvidence(ctx, line))
}

// content opens a row.
func (v *Vault) content(row Row, archive *archivekey.Identities) (Opened, error) {
	key, err := v.unwrap(row.ID, row.Wraps, archive)
	if err != nil {
		return Opened{}, err
	}
	content, err := openSealed(key.row(row.ID), bound(row.Item), row.Sealed)
	if err != nil {
		return Opened{}, err
	}
	digest := key.digest(content)
	if subtle.ConstantTimeCompare(digest[:], row.Digest[:]) != 1 || int64(len(content)) != row.Size {
		return Opened{}, ErrDamaged.Because(errors.New("evidence: another content or size than the row says"))
	}
	return Opened{Item: row.Item, Content: content, SHA256: sha256.Sum256(content)}, nil
}

func openSealed(key *seal.RowKey, bound []string, sealed []byte) ([]byte, error) {
	parts, err := key.Open(bound, sealed)
	if err != nil {
		return nil, ErrDamaged.Because(err)
	}
	if len(parts) != 1 {
		return nil, ErrDamaged.Because(errors.New("evidence: the row has other parts"))
	}
	return parts[0], nil
}

// line begins a line of the audit log about an item.
func (v *Vault) line(action, by string, item Item) audit.Event {
	detail := map[string]string{"kind": string(item.Kind)}
	if item.ID != "" {
		detail["item"] = item.ID
	}
	if item.Recording != "" {
		detail["recording"] = item.Recording
	}
	return audit.Event{
		At: v.Now(), Role: v.Ring.Role(), Actor: by, Subject: item.Request, Action: action, Outcome: audit.OK, Detail: detail,
	}
}

func (v *Vault) accessLine(a Access, item Item, archive bool) audit.Event {
	line := v.line(audit.EvidenceRead, a.By, item)
	line.Address, line.Reference = a.Address, a.Reference
	line.Detail["purpose"] = said(a.Purpose)
	if a.User != "" {
		line.Detail["user"] = a.User
	}
	if a.Unlisted {
		line.Detail["roster"] = "none"
	}
	if archive {
		line.Detail["second"], line.Detail["ground"], line.Detail["case"] = a.Second, string(a.Ground), said(a.Case)
	}
	return line
}
