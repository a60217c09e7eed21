package gatewaydb_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
)

// G5.5
func TestWhatGoesIsWrittenIntoTheAuditLogBatchByBatch(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		one := gatewaydbtest.Draft(1)
		for i := range accountdb.PurgeBatch + 2 {
			one.ID = []byte(strconv.Itoa(i))
			if err := s.OpenDraft(ctx, one, strconv.Itoa(i)); err != nil {
				t.Fatal(err)
			}
		}
		living := gatewaydbtest.Draft(1)
		living.Expires = living.Expires.Add(time.Second)
		if err := s.OpenDraft(ctx, living, "living"); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time there is nothing to tell
			if err := s.Purge(ctx, one.Expires); err != nil {
				t.Fatal(err)
			}
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM draft`); n != 1 {
				t.Errorf("%d drafts left, want the living one", n)
			}
			want := []string{
				`{"rows":"1000","table":"draft","until":"` + one.Expires.Format(time.RFC3339) + `"}`,
				`{"rows":"2","table":"draft","until":"` + one.Expires.Format(time.RFC3339) + `"}`,
			}
			if got := details(t, d, "retention.purged"); !slices.Equal(got, want) {
				t.Errorf("lines %q, want %q", got, want)
			}
		}
	})
}

func details(t *testing.T, d *db.DB, action string) (list []string) {
	rows, err := d.Read().QueryContext(t.Context(), `SELECT detail FROM audit WHERE action = $1 ORDER BY id`, action)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var detail string
		if err := rows.Scan(&detail); err != nil {
			t.Fatal(err)
		}
		list = append(list, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
