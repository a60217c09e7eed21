package app

import (
	"strings"
	"testing"
	"time"

	"atrio/app/config"
	"atrio/base/seal"
	"atrio/base/setting"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/enroltest"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/signing"
)

// I14: who switches a way off is told of the requests on it.
func TestCheckWarnsOfRequestsOnAWayThatIsSwitchedOff(t *testing.T) {
	url := dbtest.URL(t, db.SQLite, shareddb.Module(), idpdb.Module())
	d := dbtest.Open(t, url)
	store := idpdb.NewStore(d, seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}}), nil)
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	enroltest.Open(t, store, enroltest.Amira(enrolment.Signature, at), enroltest.ToPhone...)
	c := &config.IdP{Role: config.Role{Database: setting.Secret(url)}, Config: idp.Config{Evidence: evidence.Config{Directory: t.TempDir()}}}
	if warnings, err := closedWays(t.Context(), c); err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], `"signature", which is switched off: 1;`) {
		t.Errorf("%q, %v", warnings, err)
	}
	c.Signature = signing.Config{Directory: t.TempDir()}
	if warnings, err := closedWays(t.Context(), c); err != nil || len(warnings) != 0 {
		t.Errorf("it is on: %q, %v", warnings, err)
	}
}

// I14: whatever needs something to be served is known to be off without it.
func TestEveryWayThatNeedsSomethingIsOffWithoutIt(t *testing.T) {
	bare := &config.IdP{}
	for _, way := range enrolment.Methods() {
		if got, want := served(bare, way), way == enrolment.Point; got != want {
			t.Errorf("the way %q without its settings: served %v", way, got)
		}
	}
	bare.Video.UDP = "192.0.2.10:40000"
	if !served(bare, enrolment.Video) {
		t.Error("sessions are configured, and off")
	}
}
