package locale

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"
)

type entry struct{ key, text string }

// readFile reads one flat object in its order. encoding/json would let the second of
// two equal keys win in silence; here the caller finds both.
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

// readObject needs no general reader of JSON, which a start with its thousands of texts
// would feel: all there is are strings, and most of those stand for themselves.
func readObject(data []byte) ([]entry, error) {
	s := scanner{data: data}
	if !s.take('{') {
		return nil, errors.New("must be one JSON object of key and text")
	}
	var entries []entry
	for !s.take('}') {
		if len(entries) > 0 && !s.take(',') {
			return nil, s.wants("a comma")
		}
		key, err := s.text()
		if err != nil {
			return nil, err
		}
		if !s.take(':') {
			return nil, s.wants("a colon")
		}
		if next := s.peek(); next != '"' && next != 0 {
			return nil, fmt.Errorf("%q must be a text", key)
		}
		text, err := s.text()
		if err != nil {
			return nil, fmt.Errorf("%q: %w", key, err)
		}
		entries = append(entries, entry{key, text})
	}
	if s.peek() != 0 || s.at < len(data) {
		return nil, s.wants("the end of the file")
	}
	return entries, nil
}

// scanner walks over a file.
type scanner struct {
	data []byte
	at   int
}

// peek skips blanks and gives the byte that follows, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// take skips blanks and then c, if it follows.
func (s *scanner) take(c byte) bool {
	if s.at == len(s.data) || s.peek() != c {
		return false
	}
	s.at++
	return true
}

// wants tells what does not stand where the scanner is.
func (s *scanner) wants(what string) error {
	return fmt.Errorf("%s is missing at byte %d", what, s.at)
}

// text reads a string. What holds an escape, or may be no JSON, is left to encoding/json.
func (s *scanner) text() (string, error) {
	if s.peek() != '"' {
		return "", s.wants("a text in quotes")
	}
	plain := true
	for i := s.at + 1; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			raw := s.data[s.at : i+1]
			s.at = i + 1
			if plain && utf8.Valid(raw) {
				return string(raw[1 : len(raw)-1]), nil
			}
			var text string
			err := json.Unmarshal(raw, &text)
			return text, err
		case c == '\\':
			plain = false
			i++ // what is escaped does not end the text
		case c < ' ':
			plain = false
		}
	}
	return "", io.ErrUnexpectedEOF
}
