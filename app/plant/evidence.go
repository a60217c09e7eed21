package plant

import (
	"fmt"
	"os"
	"time"

	"atrio/assets"
	"atrio/base/jobs"
	"atrio/base/keys/archivekey"
	"atrio/idp"
	"atrio/idp/enrolment/contract"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/rao/office"
	"atrio/idp/proofing/video/studio"
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

// enrolment opens what requests for an identity need; nil where no evidence is kept.
func (g *Ground) enrolment(c idp.Config, store *idpdb.Store) (*idp.Enrolment, []jobs.Job, error) {
	places := g.gazetteer()
	if !c.Evidence.Configured() || places == nil {
		return nil, nil, nil
	}
	vault, err := Vault(c.Evidence, store, g.Now)
	if err != nil {
		return nil, nil, err
	}
	press, err := contract.New(assets.FS(), nil)
	if err != nil {
		return nil, nil, fmt.Errorf("idp: contracts: %w", err)
	}
	made := &idp.Enrolment{Vault: vault, Pictures: picture.NewIntake(picture.Limits{}), Press: press, Places: places}
	if made.Cards, err = g.cards(c.CNS); err != nil {
		return nil, nil, err
	}
	if made.Offices, err = g.offices(c.RAO); err != nil {
		return nil, nil, err
	}
	if made.Seals, err = office.Open(c.Circuits); err != nil {
		return nil, nil, err
	}
	if c.OffersChip() {
		if made.Chips, err = chip.Open(c.Chip, g.Now); err != nil {
			return nil, nil, fmt.Errorf("idp.%w", err)
		}
	}
	beside, err := g.signatures(c.Signature, made)
	return made, beside, err
}

// sessions is the studio of video sessions beside the requests of a role: it ends what is
// under way when the program stops.
type sessions struct{ *studio.Studio }

// Start does nothing: a studio costs nothing until somebody joins.
func (sessions) Start() {}

// studio opens the streams of video sessions, where they are configured.
func (g *Ground) studio(c studio.Config, to *idp.Enrolment) []worker {
	if to == nil || !c.Configured() {
		return nil
	}
	s := &studio.Studio{Config: c, Vault: to.Vault, Ring: g.ring, Now: g.Now, Lost: func(session, reason string) {
		g.Log.Error("a video session had to be ended", "session", session, "reason", reason)
	}}
	to.Media = s
	return []worker{sessions{s}}
}
