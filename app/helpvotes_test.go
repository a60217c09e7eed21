package app

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/help"
)

func TestTheOperatorSeesWhichPagesHelp(t *testing.T) {
	path := configuration(t, nil)
	if _, errs, status := atrio(t, "migrate", "-c", path); status != 0 {
		t.Fatal(errs)
	}
	if out, errs, status := atrio(t, "help-votes", "-c", path); status != 0 || out != "nobody has answered\n" {
		t.Errorf("before: %d %s%s", status, out, errs)
	}
	d, err := db.Open(t.Context(), "sqlite://"+filepath.Join(filepath.Dir(path), "gateway.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	store, day := gatewaydb.NewStore(d, nil), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i, topic := range []string{"secondfactor", "secondfactor", "secondfactor", "removed"} {
		v := help.Vote{Topic: topic, Language: "it", Day: day.AddDate(0, 0, i), Useful: i != 1}
		if err := store.CountVote(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	out, errs, status := atrio(t, "help-votes", "-c", path)
	if status != 0 || !strings.Contains(out, "/help/second-factor  it        2    1   66%") || !strings.Contains(out, "removed") {
		t.Errorf("%d %s%s", status, out, errs)
	}
	out, _, status = atrio(t, "help-votes", "-c", path, "--since", "2026-03-03")
	if status != 0 || !strings.Contains(out, "/help/second-factor  it        1    0   100%") {
		t.Errorf("since the third: %d %s", status, out)
	}
	if _, errs, status := atrio(t, "help-votes", "-c", path, "--since", "ieri"); status != 1 || !strings.Contains(errs, "is no day") {
		t.Errorf("%d %s", status, errs)
	}
}
