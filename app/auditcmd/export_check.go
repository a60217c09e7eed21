package auditcmd

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxManifest and maxIndexLine bound what is read into memory of a foreign file.
const (
	maxManifest  = 1 << 20
	maxIndexLine = 1 << 20
)

// ErrExport is the sentence that every fault of an export begins with.
var ErrExport = errors.New("the export is not as it was made")

func exportFault(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrExport, fmt.Sprintf(format, args...))
}

// checkExport proves that an export is complete and unchanged, by the key that one
// trusts: signature, lists, messages, and nothing else in the file.
func checkExport(z *zip.Reader, key ed25519.PublicKey) (manifest, error) {
	var head manifest
	files := map[string]*zip.File{}
	for _, f := range z.File {
		if files[f.Name] != nil {
			return head, exportFault("%q is in it twice", f.Name)
		}
		files[f.Name] = f
	}
	text, err := small(files, ManifestName)
	if err != nil {
		return head, err
	}
	signature, err := small(files, SignatureName)
	if err != nil {
		return head, err
	}
	if !ed25519.Verify(key, text, signature) {
		return head, exportFault("%s was not signed with this key", ManifestName)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&head); err != nil || head.Format != exportFormat {
		return head, exportFault("%s has another form", ManifestName)
	}
	seen := map[string]bool{ManifestName: true, SignatureName: true, publicKeyName: true}
	for _, list := range head.Files {
		seen[list.Name] = true
		if err := sameSum(files, list); err != nil {
			return head, err
		}
	}
	if !seen[IndexName] || !seen[TokensName] {
		return head, exportFault("a list is missing")
	}
	if err := checkIndex(files, head.Pairs, seen); err != nil {
		return head, err
	}
	for name := range files {
		if !seen[name] {
			return head, exportFault("%q does not belong to it", name)
		}
	}
	return head, nil
}

// checkIndex compares the messages with the lines that name them.
func checkIndex(files map[string]*zip.File, pairs int, seen map[string]bool) error {
	r, err := files[IndexName].Open()
	if err != nil {
		return exportFault("%s: %v", IndexName, err)
	}
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxIndexLine)
	n := 0
	for ; lines.Scan(); n++ {
		var row struct {
			Messages []exportedFile `json:"messages"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return exportFault("line %d of %s", n+1, IndexName)
		}
		for _, m := range row.Messages {
			if !strings.HasPrefix(m.Name, "pairs/") || seen[m.Name] {
				return exportFault("%q is named twice or stands elsewhere", m.Name)
			}
			seen[m.Name] = true
			if err := sameSum(files, m); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return exportFault("%s: %v", IndexName, err)
	}
	if n != pairs {
		return exportFault("%s has %d lines, not %d", IndexName, n, pairs)
	}
	return nil
}

// small reads a short file of the export.
func small(files map[string]*zip.File, name string) ([]byte, error) {
	f := files[name]
	if f == nil || f.UncompressedSize64 > maxManifest {
		return nil, exportFault("%s is missing or too long", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, exportFault("%s: %v", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return nil, exportFault("%s: %v", name, err)
	}
	return data, nil
}

func sameSum(files map[string]*zip.File, want exportedFile) error {
	f := files[want.Name]
	if f == nil {
		return exportFault("%q is missing", want.Name)
	}
	r, err := f.Open()
	if err != nil {
		return exportFault("%q: %v", want.Name, err)
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return exportFault("%q: %v", want.Name, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return exportFault("%q was changed", want.Name)
	}
	return nil
}
