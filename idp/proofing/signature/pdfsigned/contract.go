package pdfsigned

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrContract says that the frozen contract itself cannot be read: it has to be a PDF
// of one revision with a classic table, no form and no signature. That is a mistake of
// ours, never of the person who signed.
var ErrContract = errors.New("pdfsigned: the contract is not a plain PDF of one revision")

// contract is the frozen PDF.
type contract struct {
	*revision
	size int
	root ref
	info ref // zero if there is none
}

// header is the first line of a PDF.
var header = []byte("%PDF-1.")

// Check says whether a file can be frozen as a contract: call it before somebody signs.
func Check(data []byte) error {
	_, err := readContract(data)
	return err
}

func readContract(data []byte) (*contract, error) {
	if !bytes.HasPrefix(data, header) {
		return nil, fmt.Errorf("%w: no header", ErrContract)
	}
	from := bytes.IndexByte(data, '\n') + 1
	if from > 0 && from < len(data) && data[from] == '%' { // four octets say that the file is binary (7.5.2)
		from += bytes.IndexByte(data[from:], '\n') + 1
	}
	r, err := readRevision(data, max(from, 0))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContract, plain{err})
	}
	c := &contract{revision: r}
	var ok bool
	if c.root, ok = r.trailer["Root"].(ref); !ok || r.end != len(data) || r.trailer["Prev"] != nil {
		return nil, fmt.Errorf("%w: more than one revision, or no root", ErrContract)
	}
	c.info, _ = r.trailer["Info"].(ref)
	size, ok := r.trailer["Size"].(number)
	catalog := c.dict(c.root)
	if !ok || catalog == nil || catalog["AcroForm"] != nil {
		return nil, fmt.Errorf("%w: no catalog, or one with a form", ErrContract)
	}
	c.size = int(size.value)
	if hasKey(r, "ByteRange") {
		return nil, fmt.Errorf("%w: signed already", ErrContract)
	}
	return c, nil
}

// plain hides that an error is a refusal: it is about our own file.
type plain struct{ error }

// dict gives the dictionary of an object of this revision, nil if there is none.
func (r *revision) dict(at ref) dict {
	o := r.objects[at.number]
	if o == nil || o.generation != at.generation || o.stream {
		return nil
	}
	d, _ := o.value.(dict)
	return d
}

// resolve gives a value, or what it refers to in this revision.
func (r *revision) resolve(v any) any {
	at, ok := v.(ref)
	if !ok {
		return v
	}
	o := r.objects[at.number]
	if o == nil || o.generation != at.generation || o.stream {
		return nil
	}
	return o.value
}

// each calls do for every dictionary of the revision, inner ones too, until it says stop.
func (r *revision) each(do func(d dict, inner bool) error) error {
	for _, n := range slices.Sorted(maps.Keys(r.objects)) { // the same reason every time
		if err := eachDict(r.objects[n].value, false, do); err != nil {
			return err
		}
	}
	return nil
}

func eachDict(v any, inner bool, do func(dict, bool) error) error {
	switch v := v.(type) {
	case array:
		for _, one := range v {
			if err := eachDict(one, true, do); err != nil {
				return err
			}
		}
	case dict:
		if err := do(v, inner); err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if err := eachDict(v[key], true, do); err != nil {
				return err
			}
		}
	}
	return nil
}

func hasKey(r *revision, key name) bool {
	found := errors.New("found")
	return r.each(func(d dict, _ bool) error {
		if _, ok := d[key]; ok {
			return found
		}
		return nil
	}) != nil
}
