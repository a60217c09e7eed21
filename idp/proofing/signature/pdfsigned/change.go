package pdfsigned

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"atrio/idp/proofing/signature/refusal"
)

func changed(detail string) error { return refusal.New(refusal.IncrementalUpdate, detail) }

// checkActive refuses whatever a viewer would do by itself or show from elsewhere.
func (r *revision) checkActive() error {
	return r.each(func(d dict, _ bool) error {
		for key, v := range d {
			value, _ := v.(name)
			switch {
			case slices.Contains(activeKeys, key),
				key == "S" && slices.Contains(activeKinds, value),
				key == "Type" && slices.Contains(activeTypes, value),
				key == "Subtype" && slices.Contains(activeSubtypes, value):
				return refusal.New(refusal.ActiveContent, "active content beside the signature")
			case key == "Type" && (value == "ObjStm" || value == "XRef"):
				return malformed("compressed objects")
			}
		}
		return nil
	})
}

var (
	activeKeys     = []name{"JS", "JavaScript", "OpenAction", "AA", "A", "XFA", "EmbeddedFiles", "EF", "AF", "RichMediaContent", "URI", "Launch", "OCProperties", "Names"}
	activeKinds    = []name{"JavaScript", "Launch", "SubmitForm", "ImportData", "ResetForm", "GoToR", "GoToE", "URI", "Rendition", "RichMediaExecute", "Movie", "Sound", "Hide", "SetOCGState", "Named", "Thread", "Trans", "GoTo3DView", "GoTo"}
	activeTypes    = []name{"Action", "EmbeddedFile", "Filespec", "F", "OCG", "OCMD"}
	activeSubtypes = []name{"FileAttachment", "RichMedia", "Screen", "Movie", "Sound", "3D", "Link", "FreeText", "Stamp", "Text", "Popup", "PS"}
)

// checkChanges refuses every change of the contract but those a signature needs: the
// catalog gains the form, one page the widget of the field, the description its date.
// Nothing else of what was frozen is replaced, so what a viewer shows is the contract.
func (r *revision) checkChanges(c *contract) error {
	if r.trailer["Root"] != any(c.root) {
		return changed("another root")
	}
	if prev, ok := r.trailer["Prev"].(number); !ok || !prev.integer || int(prev.value) != c.start {
		return changed("the revision does not follow the contract")
	}
	size, ok := r.trailer["Size"].(number)
	if !ok || int(size.value) < c.size {
		return changed("a table that forgets objects")
	}
	for n, o := range r.objects {
		if n >= int(size.value) {
			return malformed("a number beyond the size of the table")
		}
		old := c.objects[n]
		if old == nil {
			continue
		}
		if o.generation != old.generation {
			return changed("another generation of an object")
		}
		if err := r.checkReplaced(c, old, o); err != nil {
			return err
		}
	}
	return r.checkInfo(c)
}

func (r *revision) checkReplaced(c *contract, old, o *object) error {
	before, _ := old.value.(dict)
	after, _ := o.value.(dict)
	if before == nil || after == nil || old.stream != o.stream {
		return changed("an object of the contract is replaced")
	}
	switch {
	case o.number == c.root.number:
		return sameBut(before, after, "AcroForm", "Perms", "Extensions", "Version")
	case o.number == c.info.number && c.info.number != 0:
		return nil // see checkInfo
	case o.stream && before["Type"] == any(name("Metadata")) && after["Type"] == any(name("Metadata")):
		return nil
	case !o.stream && before["Type"] == any(name("Page")):
		return sameBut(before, after, "Annots")
	}
	return changed("an object of the contract is replaced")
}

// checkInfo lets the description of the document be texts and names alone.
func (r *revision) checkInfo(c *contract) error {
	at, ok := r.trailer["Info"].(ref)
	if !ok {
		if r.trailer["Info"] != nil {
			return malformed("a description that is no object")
		}
		return nil
	}
	o := r.objects[at.number]
	if o == nil {
		if at != c.info {
			return changed("another description")
		}
		return nil
	}
	d, _ := o.value.(dict)
	if d == nil || o.stream || c.objects[at.number] != nil && at != c.info {
		return changed("a description that is something else")
	}
	for _, v := range d {
		switch v.(type) {
		case text, name:
		default:
			return changed("a description of more than texts")
		}
	}
	return nil
}

// sameBut compares two dictionaries but for some keys.
func sameBut(before, after dict, except ...name) error {
	a, b := maps.Clone(before), maps.Clone(after)
	for _, key := range except {
		delete(a, key)
		delete(b, key)
	}
	if !same(a, b) {
		return changed("the catalog or a page says something else")
	}
	return nil
}

// same compares two values by what they mean, not by how they are written.
func same(a, b any) bool {
	switch a := a.(type) {
	case array:
		b, ok := b.(array)
		return ok && slices.EqualFunc(a, b, same)
	case dict:
		b, ok := b.(dict)
		return ok && maps.EqualFunc(a, b, same)
	case text:
		b, ok := b.(text)
		return ok && a.meaning() == b.meaning()
	case number:
		b, ok := b.(number)
		return ok && a.value == b.value
	}
	return a == b
}

// meaning is a string whatever its encoding (ISO 32000-1 7.9.2.2): programs write the
// language of a document anew.
func (t text) meaning() string {
	if rest, ok := strings.CutPrefix(t.value, "\xfe\xff"); ok && len(rest)%2 == 0 {
		units := make([]uint16, 0, len(rest)/2)
		for i := 0; i < len(rest); i += 2 {
			units = append(units, uint16(rest[i])<<8|uint16(rest[i+1]))
		}
		return string(utf16.Decode(units))
	}
	runes := make([]rune, 0, len(t.value))
	for i := range len(t.value) {
		runes = append(runes, rune(t.value[i]))
	}
	return string(runes)
}
