package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestBeforeTheBuildTheErrorSaysWhatToRun(t *testing.T) {
	_, err := read(fstest.MapFS{"dist/.gitkeep": {}})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "make assets") {
		t.Errorf("got %v", err)
	}
	if _, err = read(fstest.MapFS{"dist/manifest.json": {Data: []byte("{")}}); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a broken manifest is another error: %v", err)
	}
}

// Built or not, the answer must be true: either nothing is there, or all of it.
func TestTheManifestNamesFilesThatAreThere(t *testing.T) {
	files, err := Manifest()
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range files {
		data, err := fs.ReadFile(FS(), f.Path)
		if err != nil {
			t.Error(err)
			continue
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.SHA256 || !strings.Contains(f.Path, f.SHA256[:12]) {
			t.Errorf("%s is not the file that was built", name)
		}
		for _, coding := range f.Encodings {
			if _, err := fs.Stat(FS(), f.Path+map[string]string{"br": ".br", "gzip": ".gz"}[coding]); err != nil {
				t.Error(err)
			}
		}
	}
	for _, need := range []string{"atrio.css", "atrio.js", "autopost.js", "onward.js", "sprites.svg", "favicon.svg"} {
		if _, ok := files[need]; !ok {
			t.Errorf("%s is missing", need)
		}
	}
	licences, err := Licences()
	if err != nil || len(licences) < 3 {
		t.Fatalf("licences: %v %v", licences, err)
	}
	for _, l := range licences {
		if text, err := fs.ReadFile(FS(), l.File); err != nil || len(text) < 500 {
			t.Errorf("%s: the text of the licence is missing: %v", l.Package, err)
		}
	}
	if icons, err := Icons(); err != nil || len(icons) == 0 {
		t.Errorf("icons: %v", err)
	}
}
