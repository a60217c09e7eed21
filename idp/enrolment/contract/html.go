package contract

import (
	"embed"
	"fmt"
	"html/template"
	"strings"
)

//go:embed document.html
var page embed.FS

var document = template.Must(template.ParseFS(page, "document.html"))

// section is one language of the document as document.html shows it.
type section struct {
	Lang   string
	Title  string
	ID     string
	Blocks []part
}

// part is a block with its kind as a word and the level that the page gives its heading.
type part struct {
	Kind  string
	Level int
	Text  string
	Items []datum
}

type datum struct{ Term, Value string }

// HTML shows the same clauses and data from what Freeze gave. The title has the given
// level (2 under the h1 of a page); lang "en" puts the courtesy translation before the text.
func (p *Press) HTML(version string, form []byte, lang string, level int) (template.HTML, error) {
	f, err := Read(form)
	if err != nil {
		return "", err
	}
	langs := languages[:1]
	if lang != languages[0] {
		langs = []string{"en", languages[0]}
	}
	var out strings.Builder
	for _, l := range langs {
		_, blocks, err := p.document(f, version, l)
		if err != nil {
			return "", err
		}
		if err := document.Execute(&out, view(blocks, l, level)); err != nil {
			return "", fmt.Errorf("contract: %w", err)
		}
	}
	return template.HTML(out.String()), nil //nolint:gosec // html/template wrote it
}

func view(blocks []block, lang string, level int) section {
	names := map[kind]string{heading: "heading", paragraph: "paragraph", list: "list", data: "data", signatures: "signatures"}
	s := section{Lang: lang, Title: blocks[0].text, ID: "contract-" + lang}
	for _, b := range blocks {
		if b.kind == data && len(b.items) == 0 {
			continue // an empty dl is no list
		}
		pt := part{Kind: names[b.kind], Text: b.text}
		if b.kind == heading {
			pt.Level = min(max(b.level+level-1, 1), 6)
		}
		for _, i := range b.items {
			pt.Items = append(pt.Items, datum{Term: i.term, Value: i.value})
		}
		s.Blocks = append(s.Blocks, pt)
	}
	return s
}
