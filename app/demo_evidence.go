package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"atrio/base/keys/archivekey"
	"atrio/idp/evidence"
)

// evidence makes an archive of two persons, whose private keys lie beside the public
// ones: a demonstration has no safe. It is made once and found again.
func (d *demonstration) evidence() (evidence.Config, error) {
	c := evidence.Config{Directory: filepath.Join(d.absolute(), "recordings")}
	for n := 1; n <= 2; n++ {
		path := filepath.Join(d.absolute(), fmt.Sprintf("archive-%d", n))
		c.ArchiveKeys = append(c.ArchiveKeys, path+".pub")
		if _, err := os.Stat(path + ".pub"); !errors.Is(err, os.ErrNotExist) {
			if err != nil {
				return evidence.Config{}, err
			}
			continue
		}
		private, public, err := archivekey.Generate()
		if err != nil {
			return evidence.Config{}, err
		}
		// The public key comes last: where it is, the private one is too.
		for _, f := range []struct{ path, text string }{{path + ".key", private}, {path + ".pub", public}} {
			if err := os.WriteFile(f.path, []byte(f.text+"\n"), 0o600); err != nil {
				return evidence.Config{}, err
			}
		}
	}
	return c, nil
}
