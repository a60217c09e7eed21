package pdfsigned

import (
	"bytes"

	"atrio/idp/proofing/signature/refusal"
)

const maxObjects = 4096

// object is an indirect object of a revision.
type object struct {
	number, generation int
	offset             int
	value              any
	stream             bool
}

// revision is what stands between the end of one "%%EOF" and the next.
type revision struct {
	objects map[int]*object
	trailer dict
	start   int // what startxref says
	end     int // offset after "%%EOF" and its end of line
}

func malformed(detail string) error { return refusal.New(refusal.Malformed, detail) }

// readRevision reads one revision that begins at from, strictly: objects, one table
// that lists them all and nothing else, trailer, startxref, %%EOF (ISO 32000-1 7.5.6).
// Compressed tables and objects are refused: they can hide what nobody looks at.
func readRevision(data []byte, from int) (*revision, error) {
	l := &lexer{data: data, pos: from}
	r := &revision{objects: map[int]*object{}}
	for {
		if err := l.between(); err != nil {
			return nil, err
		}
		at := l.pos
		if l.keyword("xref") {
			r.start = at
			return r, r.finish(l)
		}
		o, err := l.object()
		if err != nil {
			return nil, err
		}
		if r.objects[o.number] != nil || len(r.objects) == maxObjects {
			return nil, malformed("an object twice in one revision")
		}
		r.objects[o.number] = o
	}
}

// between steps over space and comments of printable characters between objects, which
// some programs leave there; "%%EOF" is no comment.
func (l *lexer) between() error {
	for {
		l.space()
		if l.peek() != '%' || bytes.HasPrefix(l.data[l.pos:], []byte("%%EOF")) {
			return nil
		}
		for n := 0; l.pos < len(l.data) && l.peek() != '\n' && l.peek() != '\r'; n++ {
			if c := l.peek(); n > 256 || c < ' ' || c > '~' {
				return malformed("a comment that is none")
			}
			l.pos++
		}
	}
}

// object reads "n g obj … endobj".
func (l *lexer) object() (*object, error) {
	o := &object{offset: l.pos}
	var ok bool
	if o.number, ok = l.count(); !ok || o.number == 0 {
		return nil, malformed("no object where one must be")
	}
	if o.generation, ok = l.count(); !ok || o.generation > 65535 || !l.keyword("obj") {
		return nil, malformed("no object where one must be")
	}
	var err error
	if o.value, err = l.value(0); err != nil {
		return nil, malformed("a malformed object")
	}
	if l.keyword("endobj") {
		return o, nil
	}
	if err := l.stream(o); err != nil {
		return nil, err
	}
	return o, nil
}

// stream steps over the data of a stream, whose length stands in its dictionary.
func (l *lexer) stream(o *object) error {
	bad := malformed("a malformed stream")
	d, ok := o.value.(dict)
	if !ok || !l.keyword("stream") {
		return bad
	}
	length, ok := d["Length"].(number)
	if !ok || !length.integer || length.value < 0 || length.value > float64(len(l.data)) {
		return bad
	}
	if l.peek() == '\r' {
		l.pos++
	}
	if l.peek() != '\n' {
		return bad
	}
	l.pos++
	if l.pos += int(length.value); l.pos > len(l.data) || !l.keyword("endstream") || !l.keyword("endobj") {
		return bad
	}
	o.stream = true
	return nil
}

// finish reads from after "xref" to the end of the revision.
func (r *revision) finish(l *lexer) error {
	listed, err := l.table()
	if err != nil {
		return err
	}
	if len(listed) != len(r.objects) {
		return malformed("the table lists other objects than there are")
	}
	for n, e := range listed {
		if o := r.objects[n]; o == nil || o.offset != e.offset || o.generation != e.generation {
			return malformed("the table lists an object that is not there")
		}
	}
	v, err := l.value(0)
	if err != nil {
		return malformed("a malformed trailer")
	}
	var ok bool
	if r.trailer, ok = v.(dict); !ok {
		return malformed("a malformed trailer")
	}
	for _, hidden := range []name{"XRefStm", "Encrypt"} {
		if _, there := r.trailer[hidden]; there {
			return malformed("a trailer that leads elsewhere")
		}
	}
	if err := l.between(); err != nil {
		return err
	}
	start, ok := 0, l.keyword("startxref")
	if ok {
		start, ok = l.count()
	}
	l.space()
	if !ok || start != r.start || !bytes.HasPrefix(l.data[l.pos:], []byte("%%EOF")) {
		return malformed("a malformed end")
	}
	l.pos += len("%%EOF")
	if l.peek() == '\r' {
		l.pos++
	}
	if l.peek() == '\n' {
		l.pos++
	}
	r.end = l.pos
	return nil
}

// entry is a line of the table.
type entry struct{ offset, generation int }

const entryLength = 20

// table reads the sections after "xref", up to and with the word trailer, and gives the
// objects in use. No object may be set free: that would delete one of an earlier revision.
func (l *lexer) table() (map[int]entry, error) {
	bad := malformed("a malformed table")
	all := map[int]entry{}
	for {
		if l.keyword("trailer") {
			return all, nil
		}
		first, ok := l.count()
		if !ok {
			return nil, bad
		}
		n, ok := l.count()
		if !ok || n > maxObjects {
			return nil, bad
		}
		for l.pos < len(l.data) && l.data[l.pos] == ' ' {
			l.pos++
		}
		if l.peek() == '\r' {
			l.pos++
		}
		if l.peek() == '\n' {
			l.pos++
		}
		for i := range n {
			if len(l.data)-l.pos < entryLength {
				return nil, bad
			}
			line := l.data[l.pos : l.pos+entryLength]
			l.pos += entryLength
			e, used, ok := readEntry(line)
			_, twice := all[first+i]
			switch {
			case !ok || twice || len(all) == maxObjects:
				return nil, bad
			case used:
				all[first+i] = e
			case first+i != 0:
				return nil, refusal.New(refusal.IncrementalUpdate, "an object is deleted")
			}
		}
	}
}

// readEntry reads the twenty octets of a line (ISO 32000-1 7.5.4).
func readEntry(line []byte) (e entry, used, ok bool) {
	end := string(line[18:])
	if line[10] != ' ' || line[16] != ' ' || end != " \n" && end != " \r" && end != "\r\n" {
		return e, false, false
	}
	offset, ok := digits(string(line[:10]))
	generation, also := digits(string(line[11:16]))
	return entry{offset, generation}, line[17] == 'n', ok && also && (line[17] == 'n' || line[17] == 'f')
}
