package plant

import (
	"fmt"
	"os"
	"time"

	"atrio/base/jobs"
	"atrio/base/keys/archivekey"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
)

// Vault opens what proves how identities were requested, as it is configured.
func Vault(c evidence.Config, store *idpdb.Store, now func() time.Time) (*evidence.Vault, error) {
	offline, err := archivekey.ReadFiles(c.ArchiveKeys)
	if err != nil {
		return nil, fmt.Errorf("idp.evidence.archive_keys: %w", err)
	}
	if err := os.MkdirAll(c.Directory, 0o700); err != nil {
		return nil, fmt.Errorf("idp.evidence.directory: %w", err)
	}
	return &evidence.Vault{Store: store, Keeping: store, Ring: store.Keyring, Offline: offline, Dir: c.Directory, Now: now}, nil
}

// evidenceJobs recover what a crash left and destroy what has served its time.
func (g *Ground) evidenceJobs(c evidence.Config, store *idpdb.Store) ([]jobs.Job, error) {
	if !c.Configured() {
		return nil, nil
	}
	vault, err := Vault(c, store, g.Now)
	if err != nil {
		return nil, err
	}
	return vault.Jobs(), nil
}
