package evidence

import (
	"errors"
	"path/filepath"

	"atrio/base/keys/archivekey"
)

// Config is the section [idp.evidence] of the configuration.
type Config struct {
	// ArchiveKeys are files with a public key each, as age-keygen writes them: one, or
	// two or three of which all private keys are needed to open the archive.
	ArchiveKeys []string `toml:"archive_keys"`
	// Directory is where recordings are kept: mode 0700, shared by all nodes.
	Directory string `toml:"directory"`
}

// Configured says that evidence is kept at all.
func (c Config) Configured() bool { return len(c.ArchiveKeys) > 0 || c.Directory != "" }

// Validate finds what is wrong without opening a file.
func (c Config) Validate() []error {
	if !c.Configured() {
		return nil
	}
	var faults []error
	if n := len(c.ArchiveKeys); n == 0 || n > archivekey.MaxShares {
		faults = append(faults, errors.New("evidence.archive_keys: one to three files with a public key each; age-keygen -pq makes a pair"))
	}
	if !filepath.IsAbs(c.Directory) {
		faults = append(faults, errors.New("evidence.directory: must be the whole path of a directory for recordings"))
	}
	return faults
}
