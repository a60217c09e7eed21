package contract

import (
	"fmt"
	"io/fs"

	"atrio/base/pdf"
	"atrio/base/pdf/truetype"
	"atrio/base/qrcode"
)

// faces are the fonts of the document.
type faces struct{ regular, bold *truetype.Font }

// readFaces reads the fonts as assets/build.mjs writes them.
func readFaces(from fs.FS) (faces, error) {
	var f faces
	for name, to := range map[string]**truetype.Font{"dejavu-sans.ttf": &f.regular, "dejavu-sans-bold.ttf": &f.bold} {
		raw, err := fs.ReadFile(from, name)
		if err != nil {
			return f, fmt.Errorf("contract: fonts not built yet: run `make assets`: %w", err)
		}
		if *to, err = truetype.Parse(raw); err != nil {
			return f, fmt.Errorf("contract: %s: %w", name, err)
		}
	}
	return f, nil
}

// print writes the document: the text that binds, and for who reads another language its
// translation on pages behind the signatures.
func (p *Press) print(f Form, version string) ([]byte, error) {
	e, blocks, err := p.document(f, version, languages[0])
	if err != nil {
		return nil, err
	}
	code, err := qrcode.New(f.Number)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	doc := pdf.New(pdf.Info{
		Title: blocks[0].text + " " + f.Number, Author: f.Provider.Organisation, Language: languages[0], Created: f.Prepared,
	})
	s := newSheet(doc, p.faces, doc.Root())
	s.code(code, e.label("page.qr", "number", f.Number))
	s.blocks(e, blocks)
	if f.Language != languages[0] {
		translated, blocks, err := p.document(f, version, f.Language)
		if err != nil {
			return nil, err
		}
		s.section(f.Language)
		s.blocks(translated, blocks)
	}
	s.margins(e, f, version)
	return doc.Bytes()
}
