package password

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // the published lists are made with it; nothing is protected by it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// BreachedFile is a list of stolen passwords on disk: one line for each, the SHA-1 of
// the password in capital hexadecimal digits, and perhaps ":" and a number, sorted by
// the hash. That is how such lists are published. A search reads some thirty blocks
// and keeps nothing in memory; nothing leaves the machine. // ASVS 6.2.12
type BreachedFile struct {
	lines io.ReaderAt
	size  int64
	file  io.Closer
}

const (
	hashDigits = 2 * sha1.Size
	// longestLine is a hash, a colon, a number and a line break.
	longestLine = hashDigits + 1 + 20 + 2
)

var errList = errors.New("password: list of breached passwords: a line does not begin with a SHA-1 in capital hexadecimal digits")

// OpenBreached opens a list. It looks at the first and the last line only: whether the
// whole is sorted would take minutes to find out.
func OpenBreached(path string) (*BreachedFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("password: list of breached passwords: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("password: list of breached passwords: not a file")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b := &BreachedFile{lines: f, size: info.Size(), file: f}
	if err := b.sound(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return b, nil
}

// Close closes the file.
func (b *BreachedFile) Close() error { return b.file.Close() }

func (b *BreachedFile) sound() error {
	before, _, err := b.line(0)
	if err != nil {
		return errors.Join(errList, err)
	}
	for at := max(0, b.size-2*longestLine); at < b.size; {
		hash, next, err := b.line(at)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if bytes.Compare(before, hash) > 0 {
			return errors.New("password: list of breached passwords: not sorted by hash")
		}
		before, at = hash, next
	}
	return nil
}

// Has reports whether a password stands in the list.
func (b *BreachedFile) Has(password string) (bool, error) {
	sum := sha1.Sum([]byte(password)) //nolint:gosec // see above
	want := bytes.ToUpper(hex.AppendEncode(nil, sum[:]))
	// If it stands there, its line begins at low or after it, and before high.
	low, high := int64(0), b.size
	for low < high {
		middle := low + (high-low)/2
		at, next, err := b.line(middle)
		switch {
		case errors.Is(err, io.EOF):
			high = middle // no line begins behind the middle
		case err != nil:
			return false, err
		case bytes.Equal(at, want):
			return true, nil
		case bytes.Compare(at, want) < 0:
			low = next
		default:
			high = middle
		}
	}
	return false, nil
}

// line gives the hash of the first line that begins at an offset or after it, and where
// the line after that begins; io.EOF when none does.
func (b *BreachedFile) line(offset int64) (hash []byte, next int64, err error) {
	from := max(0, offset-1)
	r := bufio.NewReaderSize(io.NewSectionReader(b.lines, from, b.size-from), 3*longestLine)
	next = from
	if offset > 0 { // the rest of the line before, its line break at the least
		skipped, err := r.ReadSlice('\n')
		if err != nil {
			return nil, 0, unreadable(err)
		}
		next += int64(len(skipped))
	}
	text, err := r.ReadSlice('\n')
	next += int64(len(text))
	if err != nil && (!errors.Is(err, io.EOF) || len(text) == 0) {
		return nil, 0, unreadable(err)
	}
	text = bytes.TrimRight(text, "\r\n")
	if len(text) < hashDigits || len(text) > hashDigits && text[hashDigits] != ':' {
		return nil, 0, errList
	}
	hash = bytes.Clone(text[:hashDigits])
	if _, err := hex.Decode(make([]byte, sha1.Size), hash); err != nil || bytes.ContainsAny(hash, "abcdef") {
		return nil, 0, errList
	}
	return hash, next, nil
}

func unreadable(err error) error {
	if errors.Is(err, bufio.ErrBufferFull) {
		return errList
	}
	return err
}
