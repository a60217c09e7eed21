package xmlsec

import (
	"crypto"
	"fmt"
	"strings"
	"testing"
)

// FuzzWrapping moves, copies and removes whole elements of signed documents, the
// way of signature wrapping attacks, which edits of single bytes never find.
// Each three bytes of the script are one step.
func FuzzWrapping(f *testing.F) {
	key := fuzzKey(f)
	genuine := map[string]bool{}
	var sources []string
	for _, id := range []string{"_r1", "_a1"} {
		doc := strings.Replace(sample, "anna", "hugo"+id, 1)
		root, err := Parse([]byte(doc), Message)
		if err != nil {
			f.Fatal(err)
		}
		content, err := Canonical(root.find(id))
		if err != nil {
			f.Fatal(err)
		}
		genuine[string(content)] = true
		signed, err := Sign([]byte(doc), id, issuer, Signer{Key: key})
		if err != nil {
			f.Fatal(err)
		}
		sources = append(sources, string(signed))
	}
	for source := range sources {
		f.Add(byte(source), []byte{0, 0, 1})
		f.Add(byte(source), []byte{1, 3, 0, 0, 2, 5, 4, 1, 1})
		f.Add(byte(source), []byte{5, 2, 2, 3, 1, 4, 2, 6, 6, 1, 9, 9})
	}
	f.Fuzz(func(t *testing.T, source byte, script []byte) {
		doc := sources[int(source)%len(sources)]
		for step := 0; len(script) >= 3 && step < 12; step++ {
			doc = wrap(doc, step, script[0], script[1], script[2])
			script = script[3:]
		}
		root, err := Parse([]byte(doc), Message)
		if err != nil {
			return
		}
		checkVouched(t, root, []crypto.PublicKey{key.Public()}, genuine)
	})
}

// wrap does one step, if the document still can be read.
func wrap(doc string, step int, op, i, j byte) string {
	root, err := Parse([]byte(doc), Message)
	if err != nil || len(doc) > 64<<10 {
		return doc
	}
	all := descendants(root)
	a, b := all[int(i)%len(all)], all[int(j)%len(all)]
	piece := doc[a.Start:a.End]
	fresh := strings.ReplaceAll(piece, ` ID="`, fmt.Sprintf(` ID="_%d`, step))
	switch op % 7 {
	case 0: // a copy with new IDs before b
		return doc[:b.Start] + fresh + doc[b.Start:]
	case 1: // a copy with new IDs inside b
		if b.inner > 0 {
			return doc[:b.inner] + fresh + doc[b.inner:]
		}
	case 2: // a removed
		return doc[:a.Start] + doc[a.End:]
	case 3: // b replaced by a copy of a
		return doc[:b.Start] + fresh + doc[b.End:]
	case 4: // a moved inside b
		if b.inner > 0 && (b.inner <= a.Start || b.inner >= a.End) {
			if b.inner <= a.Start {
				return doc[:b.inner] + piece + doc[b.inner:a.Start] + doc[a.End:]
			}
			return doc[:a.Start] + doc[a.End:b.inner] + piece + doc[b.inner:]
		}
	case 5: // another name in a
		return doc[:a.Start] + strings.ReplaceAll(piece, "hugo", "evil") + doc[a.End:]
	case 6: // other identifiers in a, references too
		return doc[:a.Start] + strings.NewReplacer("_r1", "_a1", "_a1", "_r1").Replace(piece) + doc[a.End:]
	}
	return doc
}

func descendants(e *Element) []*Element {
	all := []*Element{e}
	for _, c := range e.Elements() {
		all = append(all, descendants(c)...)
	}
	return all
}
