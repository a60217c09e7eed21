package contract

// block is one part of the document. Both writers walk the same list.
type block struct {
	kind  kind
	level int    // of a heading, from 1
	text  string // of a heading or a paragraph
	items []item // of a list, data or signatures
	lang  string
}

type kind int

const (
	heading kind = iota
	paragraph
	list       // items have values
	data       // items have terms and values
	signatures // items have terms; the lines to sign on
)

type item struct {
	term  string
	value string
}
