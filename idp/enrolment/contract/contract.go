// Package contract is the request for a SPID identity that the applicant signs: one
// document with the data and the clauses, as PDF and as HTML.
//
// Freeze makes it once. From then on its bytes are evidence: the PDF is stored and its
// hash is what a signature, an operator or a court compares. The same data and the version
// of the texts are kept beside it, so that the HTML can be shown for as long as the identity
// and its evidence exist, also after the clauses have changed. // DPCM 7(8): twenty years
//
// The clauses are files, one directory a version (clauses/1): what a lawyer reads is what is
// printed. One list of blocks is made from a file and a form, and both writers walk it:
// nothing can stand in one and be missing in the other. Why the PDF has a writer of our own:
// docs/decisions/0034-contract.md.
package contract

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"atrio/base/fault"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts of the refusals.
func Pages() ui.Pages { return ui.Pages{Name: "contract", FS: files} }

// Frozen is a request as it is signed. Its PDF goes to the evidence, the rest to the request.
type Frozen struct {
	// PDF is the document to sign: one revision, no form fields, no scripts, not encrypted.
	PDF []byte
	// SHA256 is the hash of PDF.
	SHA256 [32]byte
	// Version names the texts that were used.
	Version string
	// Form is the form as canonical JSON, for Press.HTML.
	Form []byte
}

// Press makes contracts. It is safe for several goroutines.
type Press struct {
	texts *texts
	faces faces
}

// New reads fonts and texts. fonts holds the fonts as built (assets.FS()); own holds
// versions of the institution's texts as clauses/ does, or is nil. Before the assets are built
// the error is fs.ErrNotExist and says what to run.
func New(fonts, own fs.FS) (*Press, error) {
	t, err := readTexts(own)
	if err != nil {
		return nil, err
	}
	f, err := readFaces(fonts)
	if err != nil {
		return nil, err
	}
	return &Press{texts: t, faces: f}, nil
}

// Version is that of the texts that Freeze uses: the latest of the institution's, or
// of the built-in ones.
func (p *Press) Version() string { return p.texts.latest }

// Freeze makes the document. A form that lacks a mandatory datum, or holds signs that
// print as nothing, is refused with a fault of kind Invalid.
func (p *Press) Freeze(f Form) (Frozen, error) {
	f, err := f.settled()
	if err != nil {
		return Frozen{}, err
	}
	form, err := json.Marshal(f)
	if err != nil {
		return Frozen{}, fmt.Errorf("contract: %w", err)
	}
	out := Frozen{Version: p.texts.latest, Form: form}
	if out.PDF, err = p.print(f, out.Version); err != nil {
		return Frozen{}, err
	}
	out.SHA256 = sha256.Sum256(out.PDF)
	return out, nil
}

// Read gives back the form from its canonical JSON.
func Read(form []byte) (Form, error) {
	var f Form
	d := json.NewDecoder(bytes.NewReader(form))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Form{}, fmt.Errorf("contract: stored form: %w", err)
	}
	return f, nil
}

// document gives the blocks of a form in the words of a version.
func (p *Press) document(f Form, version, lang string) (*edition, []block, error) {
	e := p.texts.editions[version][lang]
	if e == nil {
		return nil, nil, fault.New(fault.Internal, "error.internal").Because(fmt.Errorf("contract: no texts %q in %q", version, lang))
	}
	blocks, err := e.blocks(e.values(f))
	if err != nil {
		return nil, nil, fmt.Errorf("contract: clauses %s/%s.md: %w", version, lang, err)
	}
	return e, blocks, nil
}

var rome = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err) // web/locale links the zones in
	}
	return zone
}()
