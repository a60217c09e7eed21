package locale

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

type entry struct{ key, text string }

// readFile reads one flat object, token by token, because encoding/json lets
// the second of two equal keys win in silence.
func readFile(src fs.FS, lang string) ([]entry, error) {
	name := lang + ".json"
	data, err := fs.ReadFile(src, name)
	if err != nil {
		return nil, fmt.Errorf("locale: %w", err)
	}
	entries, err := readObject(data)
	if err != nil {
		return nil, fmt.Errorf("locale: %s: %w", name, err)
	}
	return entries, nil
}

func readObject(data []byte) ([]entry, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("must be one JSON object of key and text")
	}
	var entries []entry
	seen := map[string]bool{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		key := k.(string) // a decoder yields only strings in this place
		v, err := d.Token()
		if err != nil {
			return nil, err
		}
		text, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("%q must be a text", key)
		}
		if seen[key] {
			return nil, fmt.Errorf("key %q is defined twice", key)
		}
		seen[key] = true
		entries = append(entries, entry{key, text})
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("must end with its object")
	}
	return entries, nil
}
