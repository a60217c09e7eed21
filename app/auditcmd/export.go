package auditcmd

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"atrio/gateway/gatewaydb"
	"atrio/gateway/ledger"
)

// An export is one zip file:
//
//	pairs/ID.request.xml, pairs/ID.response.xml   the messages
//	index.jsonl      a line for each pair, with the SHA-256 of its messages
//	tokens.jsonl     a line for each token issued to a service
//	manifest.json    what was asked, by whom and why; the SHA-256 of the two lists
//	manifest.sig     Ed25519 over manifest.json with the audit key of the role
//	audit-key.pem    its public half, for convenience: compare it with one got elsewhere
//
// So the signature covers the manifest, the manifest the lists, the lists the messages.
const exportFormat = "atrio ledger export 1"

// manifest is the signed head of an export.
type manifest struct {
	Format string            `json:"format"` // first, so that no checkpoint begins like it
	Role   string            `json:"role"`
	MadeAt time.Time         `json:"made_at"`
	From   time.Time         `json:"from"`
	To     time.Time         `json:"to"`
	Reason string            `json:"reason"`
	By     map[string]string `json:"by"`
	Pairs  int               `json:"pairs"`
	Broken int               `json:"broken"` // pairs that were changed since they were written
	Tokens int               `json:"tokens"`
	Files  []exportedFile    `json:"files"`
}

type exportedFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// indexRow is a line of the index.
type indexRow struct {
	tracedLogin
	Messages []exportedFile `json:"messages"`
}

const (
	IndexName     = "index.jsonl"
	TokensName    = "tokens.jsonl"
	ManifestName  = "manifest.json"
	SignatureName = "manifest.sig"
	publicKeyName = "audit-key.pem"
)

// exporter writes an export row by row: its memory does not grow with the rows. The
// lists wait in files without a name, since a zip file has one open entry only.
type exporter struct {
	zip    *zip.Writer
	index  *spool
	tokens *spool
	now    time.Time
	head   manifest
}

func newExporter(w io.Writer, head manifest) (*exporter, error) {
	x := &exporter{zip: zip.NewWriter(w), now: head.MadeAt, head: head}
	var err error
	if x.index, err = newSpool(); err != nil {
		return nil, err
	}
	if x.tokens, err = newSpool(); err != nil {
		x.index.close()
		return nil, err
	}
	return x, nil
}

func (x *exporter) close() {
	x.index.close()
	x.tokens.close()
}

// all writes everything that happened in the time of the manifest.
func (x *exporter) all(ctx context.Context, store *gatewaydb.Store) error {
	t := &tracer{store: store}
	err := t.walk(ctx, ledger.Query{From: x.head.From, To: x.head.To}, func(e *ledger.Entry) error {
		l, err := t.login(ctx, e)
		if err != nil {
			return err
		}
		return x.pair(l, e)
	})
	if err != nil {
		return err
	}
	x.head.Broken = t.broken
	return store.EachIssue(ctx, x.head.From, x.head.To, func(i ledger.Issue) error {
		x.head.Tokens++
		return x.tokens.line(i)
	})
}

func (x *exporter) pair(l tracedLogin, e *ledger.Entry) error {
	row := indexRow{tracedLogin: l, Messages: []exportedFile{}}
	row.Tokens = nil // in a list of their own
	for _, m := range []struct {
		kind string
		xml  []byte
	}{{"request", e.Request}, {"response", e.Response}} {
		if len(m.xml) == 0 {
			continue
		}
		name := "pairs/" + e.ID + "." + m.kind + ".xml"
		if err := x.file(name, e.At, m.xml); err != nil {
			return err
		}
		sum := sha256.Sum256(m.xml)
		row.Messages = append(row.Messages, exportedFile{name, hex.EncodeToString(sum[:])})
	}
	x.head.Pairs++
	return x.index.line(row)
}

func (x *exporter) file(name string, at time.Time, content []byte) error {
	w, err := x.entry(name, at)
	if err == nil {
		_, err = w.Write(content)
	}
	return err
}

func (x *exporter) entry(name string, at time.Time) (io.Writer, error) {
	return x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at.UTC()})
}

// finish writes the lists, the manifest and its signature.
func (x *exporter) finish(key ed25519.PrivateKey) error {
	for _, list := range []struct {
		name string
		from *spool
	}{{IndexName, x.index}, {TokensName, x.tokens}} {
		w, err := x.entry(list.name, x.now)
		if err != nil {
			return err
		}
		sum, err := list.from.copyTo(w)
		if err != nil {
			return err
		}
		x.head.Files = append(x.head.Files, exportedFile{list.name, sum})
	}
	text, err := json.MarshalIndent(x.head, "", "  ")
	if err != nil {
		return err
	}
	public, err := publicPEM(key.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{ManifestName, text}, {SignatureName, ed25519.Sign(key, text)}, {publicKeyName, public}} {
		if err := x.file(f.name, x.now, f.content); err != nil {
			return err
		}
	}
	return x.zip.Close()
}

func publicPEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// spool is a list that waits in a file nobody can open.
type spool struct {
	file *os.File
	buf  *bufio.Writer
	sum  hash.Hash
	json *json.Encoder
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "atrio-export-*") // mode 0600
	if err != nil {
		return nil, err
	}
	// Without a name it is gone when the process is, however that ends.
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	s := &spool{file: f, buf: bufio.NewWriter(f), sum: sha256.New()}
	s.json = json.NewEncoder(io.MultiWriter(s.buf, s.sum))
	return s, nil
}

func (s *spool) close() { s.file.Close() }

func (s *spool) line(value any) error { return s.json.Encode(value) }

func (s *spool) copyTo(w io.Writer) (sum string, err error) {
	if err := s.buf.Flush(); err != nil {
		return "", err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if _, err := io.Copy(w, s.file); err != nil {
		return "", fmt.Errorf("copy list: %w", err)
	}
	return hex.EncodeToString(s.sum.Sum(nil)), nil
}
