package retention_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/keys/archivekey"
	"atrio/base/notify"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/life"
	"atrio/idp/retention"
	"atrio/people/person"
)

// world is a keeper with its vault, on a database, at a time that tests move.
type world struct {
	*testing.T
	keeper *retention.Keeper
	store  *idpdb.Store
	vault  *evidence.Vault
	now    time.Time
}

func each(t *testing.T, fn func(w *world)) {
	_, public, err := archivekey.Generate()
	if err != nil {
		t.Fatal(err)
	}
	offline, err := archivekey.Parse([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
		w := &world{T: t, store: idpdb.NewStore(d, ring, nil), now: present}
		w.vault = &evidence.Vault{Store: w.store, Keeping: w.store, Ring: ring, Offline: offline, Dir: filepath.Join(t.TempDir(), "recordings"), Now: func() time.Time { return w.now }}
		if err := os.Mkdir(w.vault.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		w.keeper = &retention.Keeper{Store: w.store, Vault: w.vault, Role: "idp"}
		fn(w)
	})
}

// run is the job at a moment.
func (w *world) run(at time.Time) {
	w.Helper()
	w.now = at
	if err := w.keeper.Run(w.Context(), at); err != nil {
		w.Fatal(err)
	}
}

func (w *world) count(query string, args ...any) (n int) {
	w.Helper()
	if err := w.store.DB.Read().QueryRowContext(w.Context(), query, args...).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

func (w *world) exec(statement string, args ...any) {
	w.Helper()
	err := w.store.DB.One(w.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(w.Context(), statement, args...)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

// details are those of the lines of an action, as text.
func (w *world) details(action string) (list []string) {
	w.Helper()
	rows, err := w.store.DB.Read().QueryContext(w.Context(), `SELECT detail FROM audit WHERE action = $1 ORDER BY id`, action)
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var detail string
		if err := rows.Scan(&detail); err != nil {
			w.Fatal(err)
		}
		list = append(list, detail)
	}
	return list
}

// take takes a step of a request at the present moment.
func (w *world) take(r enrolment.Request, act enrolment.Act, role enrolment.Role, edit func(*enrolment.Request)) enrolment.Request {
	w.Helper()
	by := enrolment.Author{Role: role, ID: map[enrolment.Role]string{enrolment.Applicant: r.Holder, enrolment.Collector: "operator:c", enrolment.Approver: "operator:a", enrolment.Fraud: "operator:f"}[role]}
	after, e, err := r.Do(enrolment.Change{Act: act, By: by, At: w.now, Reason: "la signora Prova non c’era", Edit: edit})
	if err != nil {
		w.Fatalf("%s: %v", act, err)
	}
	step := enrolment.Step{After: after, Event: e, Audit: audit.Event{At: w.now, Role: "idp", Actor: by.ID}}
	if act == enrolment.Approve {
		p := r.Data.Person
		step.Identity = &identity.Identity{
			ID: r.Holder, SPIDCode: identity.SPIDCode(fmt.Sprintf("TEST%010s", strings.ToUpper(r.Holder))), UserID: identity.Login(r.Data.Email), State: identity.Active,
			StateAt: w.now, CreatedAt: w.now, ExpiresAt: w.now.AddDate(2, 0, 0), Holder: identity.Holder{GivenName: p.GivenName, FamilyName: p.FamilyName, FiscalCode: person.FiscalCode(p.FiscalCode)},
			Factors: identity.Factors{Password: true, SMS: true},
		}
	}
	if err := w.store.Save(w.Context(), step); err != nil {
		w.Fatalf("%s: %v", act, err)
	}
	return after
}

// request is one with rows in many tables and a picture, before its decision.
func (w *world) request(n string) enrolment.Request {
	w.Helper()
	r := enrolment.Request{
		ID: "request" + n, Holder: "holder" + n, Number: enrolment.NewNumber(), State: enrolment.MailPending, Method: enrolment.Point, Circuit: "centri", Version: 1,
		Opened: w.now, Changed: w.now, Data: enrolment.Data{Area: enrolment.Private, Email: "amira" + n + "@example.org", Language: "it", Customer: "cliente" + n},
	}
	err := w.store.Open(w.Context(), enrolment.Opening{
		Request: r, Password: "$hash", Link: []byte("link" + n), Until: w.now.Add(time.Hour), Audit: audit.Event{At: w.now, Role: "idp"},
		Mail: notify.Message{Channel: notify.Mail, To: r.Data.Email, Subject: "s", Text: "t", Lang: "it"},
	})
	if err != nil {
		w.Fatal(err)
	}
	for _, act := range []enrolment.Act{enrolment.ConfirmMail, enrolment.SetSecurity, enrolment.ConfirmPhone, enrolment.SavePerson, enrolment.SaveDocuments} {
		r = w.take(r, act, enrolment.Applicant, func(q *enrolment.Request) {
			q.Data.Phone, q.Data.Document.Number = "+39333000000"+n, "CA0000"+n+"AA"
			q.Data.Person = enrolment.Person{GivenName: "Amira", FamilyName: "Prova", FiscalCode: "PRVMRA90A0" + n + "F205X"}
		})
	}
	w.exec(`INSERT INTO enrolment_code (request, purpose, digest, tries, sent_at, expires_at, used_at) VALUES ($1, 'phone', $2, 0, 0, 0, 0)`, r.ID, []byte("d"))
	r = w.take(r, enrolment.FreezeContract, enrolment.Applicant, func(q *enrolment.Request) { q.Data.Contract = &enrolment.Contract{SHA256: "hash"} })
	w.keep(r.ID, evidence.DocumentFront)
	w.exec(`INSERT INTO video_queue (request, booked_at, joined_at, seen_at) VALUES ($1, 0, 0, 0)`, r.ID)
	w.exec(`INSERT INTO video_session (id, request, operator, state, opened_at, seen_at, closed_at, link, link_at, code_at, drawn, cameras, evidence)
		VALUES ($1, $1, 'operator:v', 'aborted', 0, 0, 0, '', 0, 0, '', '', '')`, r.ID)
	w.exec(`INSERT INTO video_step (session, n, at, note) VALUES ($1, 1, 0, 'sealed')`, r.ID)
	w.exec(`INSERT INTO video_line (session, n, at, side, text) VALUES ($1, 1, 0, 'applicant', 'sealed')`, r.ID)
	w.exec(`INSERT INTO face_task (request, actions, spoken, drawn, made_at, expires_at, used_at) VALUES ($1, 'look_up', '1 2 3 4', 1, 0, 0, 0)`, r.ID)
	w.exec(`INSERT INTO face_film (session, request, state, camera, film, began_at, ended_at) VALUES ($1, $1, 'cut', 'sealed', 'sealed', 0, 0)`, r.ID)
	return r
}

// recorded adds a recording to a request.
func (w *world) recorded(r enrolment.Request) enrolment.Request {
	w.Helper()
	rec, err := w.vault.Record(w.Context(), evidence.NewRecording{Request: r.ID, Kind: evidence.VideoSegment, MediaType: "video/webm", Author: "operator:c"})
	if err != nil {
		w.Fatal(err)
	}
	if _, err := rec.Append(w.Context(), []byte("voce")); err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) keep(request string, kind evidence.Kind) evidence.Item {
	w.Helper()
	item, err := w.vault.Put(w.Context(), evidence.New{Request: request, Kind: kind, MediaType: "image/jpeg", Author: "holder", Content: []byte("carta")})
	if err != nil {
		w.Fatal(err)
	}
	return item
}

func (w *world) identified(r enrolment.Request) enrolment.Request {
	w.Helper()
	return w.take(r, enrolment.Identify, enrolment.Collector, func(q *enrolment.Request) { q.Data.Signed = &enrolment.Signing{Contract: "hash"} })
}

// approved is a request that became an identity, with the rows that a decision leaves.
func (w *world) approved(n string) enrolment.Request {
	w.Helper()
	r := w.take(w.identified(w.request(n)), enrolment.Approve, enrolment.Approver, nil)
	w.exec(`INSERT INTO request_claim (request, version, operator, taken_at, until) VALUES ($1, 1, 'o', 0, 0)`, r.ID)
	w.exec(`INSERT INTO second_look (request, approver, picked_at, looker, outcome, note, looked_at) VALUES ($1, 'a', 0, '', '', '', 0)`, r.ID)
	return r
}

// left counts the rows of a request and its holder in all tables, and the files.
func (w *world) left(r enrolment.Request) (n int) {
	w.Helper()
	for table, column := range map[string]string{
		"request": "id", "request_event": "request", "enrolment_code": "request", "request_claim": "request", "second_look": "request", "appointment": "request",
		"evidence": "request", "evidence_recording": "request", "evidence_working": "request", "evidence_request": "request",
		"video_queue": "request", "video_session": "request", "video_step": "session", "video_line": "session",
	} {
		n += w.count(`SELECT count(*) FROM `+table+` WHERE `+column+` IN ($1, $2)`, r.ID, r.Holder)
	}
	for table, column := range map[string]string{"applicant": "id", "shop_customer": "holder", "identity": "id", "password": "identity", "totp": "identity"} {
		n += w.count(`SELECT count(*) FROM `+table+` WHERE `+column+` = $1`, r.Holder)
	}
	files, err := filepath.Glob(filepath.Join(w.vault.Dir, "*", "*"))
	if err != nil {
		w.Fatal(err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && !info.IsDir() {
			n++
		}
	}
	return n
}

func TestL05TwentyYearsAfterTheRevocationNothingIsLeftAndALineSaysSo(t *testing.T) {
	each(t, func(w *world) {
		r := w.recorded(w.approved("1"))
		revoked := present.AddDate(1, 2, 3)
		w.run(revoked.Add(-time.Hour))
		if n := w.count(`SELECT count(*) FROM request WHERE ended_at > 0`); n != 0 {
			t.Error("an identity that lives has ended")
		}
		w.revoked(r.Holder, revoked)
		end := revoked.AddDate(20, 0, 0)
		ends := func() int {
			return w.count(`SELECT count(*) FROM evidence_request WHERE request IN ($1, $2) AND delete_at = $3 AND rule = 'identity'`, r.ID, r.Holder, db.Micros(end))
		}
		if n := ends(); n != 2 {
			t.Errorf("the revocation gives %d of both references an end", n)
		}
		w.keep(r.Holder, evidence.HolderReport) // the first about its life, and only now
		w.run(revoked.Add(time.Minute))
		if n := ends(); n != 2 {
			t.Errorf("the evidence does not end %v", end)
		}
		w.run(revoked.AddDate(0, 2, 0)) // archived
		before := w.left(r)
		w.run(end.Add(-time.Microsecond))
		if n := w.left(r); n != before || n < 15 {
			t.Errorf("%d of %d rows before the end", n, before)
		}
		w.run(end)
		w.run(end)
		if n := w.left(r); n != 0 {
			t.Errorf("%d rows or files are left", n)
		}
		lines := w.details(audit.RetentionPurged)
		if len(lines) != 1 || !strings.Contains(lines[0], "DPCM 24/10/2014 art. 7 c. 8") || !strings.Contains(lines[0], `"rule":"identity"`) || !strings.Contains(lines[0], `"request":"1"`) {
			t.Errorf("the lines are %q", lines)
		}
		if gone := w.details(audit.EvidenceDestroyed); len(gone) != 3 || !strings.Contains(gone[0], `"rule":"identity"`) {
			t.Errorf("the lines are %q", gone)
		}
		if taken, err := w.store.Exists(w.Context(), "", "TEST00HOLDER1"); err != nil || taken {
			t.Errorf("a code that nobody had is taken: %v", err)
		}
		if n := w.count(`SELECT count(*) FROM retired_code`); n != 1 {
			t.Error("somebody else can get the spidCode")
		}
	})
}

// revoked revokes an identity as the job does that finds it idle.
func (w *world) revoked(id string, at time.Time) {
	w.Helper()
	who, err := w.store.Identity(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	after, e, err := who.Do(identity.Change{Act: identity.Revoke, Cause: identity.Inactivity, By: identity.By{Role: identity.AsJob, ID: "system:life"}, At: at})
	if err != nil {
		w.Fatal(err)
	}
	if err := w.store.SaveLife(w.Context(), life.Step{After: after, Event: e, Audit: audit.Event{Role: "idp"}}); err != nil {
		w.Fatal(err)
	}
}

// A renewal moves the end; the later one holds.
func TestAnIdentityThatLivesAgainKeepsItsRequest(t *testing.T) {
	each(t, func(w *world) {
		r := w.approved("1")
		expired, again := present.AddDate(2, 0, 0), present.AddDate(30, 0, 0)
		w.run(expired)
		w.exec(`UPDATE identity SET expires_at = $2 WHERE id = $1`, r.Holder, db.Micros(again))
		before := w.left(r)
		// Somebody renewed between the marking and the end of a run.
		if n, err := w.store.Forget(w.Context(), retention.Identity, expired.AddDate(20, 0, 0), 100, audit.Event{Detail: map[string]string{}}); n != 0 || err != nil {
			t.Errorf("%d of identities that live are forgotten, %v", n, err)
		}
		w.run(expired.AddDate(20, 0, 0))
		if n := w.left(r); n != before {
			t.Errorf("%d of %d rows are left of an identity that lives", n, before)
		}
		w.run(again.AddDate(20, 0, 0).Add(-time.Microsecond))
		if n := w.left(r); n != before {
			t.Errorf("%d of %d rows are left before the end", n, before)
		}
		w.run(again.AddDate(20, 0, 0))
		if n := w.left(r); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

func TestRequestsThatLedToNothingGoAfterTheirTime(t *testing.T) {
	each(t, func(w *world) {
		withdrawn := w.take(w.request("1"), enrolment.Withdraw, enrolment.Applicant, nil)
		lapsed := w.take(w.request("2"), enrolment.Lapse, enrolment.System, nil)
		rejected := w.take(w.identified(w.request("3")), enrolment.Reject, enrolment.Approver, nil)
		fraud := w.take(w.take(w.identified(w.request("4")), enrolment.Suspect, enrolment.System, nil), enrolment.Reject, enrolment.Fraud, nil)
		open := w.request("5")
		w.run(present)
		w.run(present.AddDate(0, 0, 30).Add(-time.Microsecond))
		for _, r := range []enrolment.Request{withdrawn, lapsed, rejected, fraud, open} {
			if _, err := w.store.Request(w.Context(), r.ID); err != nil || w.left(r) < 8 {
				t.Errorf("%s is gone early: %v", r.State, err)
			}
		}
		w.run(present.AddDate(0, 0, 30))
		if n := w.left(withdrawn) + w.left(lapsed); n != 0 {
			t.Errorf("%d rows are left of what was withdrawn or lapsed", n)
		}
		if got, err := w.store.Request(w.Context(), rejected.ID); err != nil || got.Data.Person.GivenName != "Amira" {
			t.Errorf("a rejected request is cut down: %v", err)
		}
		w.reduced(fraud)
		w.run(present.AddDate(0, 12, 0).Add(-time.Microsecond))
		if w.left(rejected) == 0 || w.left(fraud) == 0 {
			t.Error("rejected requests are gone before a year")
		}
		w.run(present.AddDate(0, 12, 0))
		if n := w.left(rejected) + w.left(fraud); n != 0 {
			t.Errorf("%d rows are left of rejected requests", n)
		}
		if w.left(open) == 0 {
			t.Error("an open request is gone")
		}
		lines := strings.Join(w.details(audit.RetentionPurged), "\n")
		for _, rule := range []retention.ID{retention.Unfinished, retention.Rejected, retention.Fraud} {
			if !strings.Contains(lines, `"rule":"`+string(rule)+`"`) {
				t.Errorf("no line of %s in %s", rule, lines)
			}
		}
		if w.count(`SELECT count(*) FROM destruction WHERE rule = 'fraud' AND what = 'said'`) != 1 {
			t.Error("operators do not see that what was said went")
		}
	})
}

// reduced checks that of a fraud only what recognises the next attempt is left.
func (w *world) reduced(fraud enrolment.Request) {
	w.Helper()
	got, err := w.store.Request(w.Context(), fraud.ID)
	if err != nil || got.Data.Person.GivenName != "" || got.Data.Email != "" || got.Data.Phone != "" || got.State != enrolment.Rejected {
		w.Errorf("of a fraud is left %+v, %v", got, err)
	}
	events, err := w.store.Events(w.Context(), fraud.ID)
	if err != nil || len(events) != fraud.Version-1 {
		w.Fatalf("%d events, %v", len(events), err)
	}
	for _, e := range events {
		if e.Reason != "" {
			w.Errorf("%s still says %q", e.Act, e.Reason)
		}
	}
	if w.count(`SELECT count(*) FROM video_session WHERE request = $1`, fraud.ID)+w.count(`SELECT count(*) FROM video_step WHERE session = $1`, fraud.ID)+w.count(`SELECT count(*) FROM video_line WHERE session = $1`, fraud.ID) != 0 {
		w.Error("what was said in a session is left")
	}
	if w.count(`SELECT count(*) FROM face_film WHERE request = $1`, fraud.ID)+w.count(`SELECT count(*) FROM face_task WHERE request = $1`, fraud.ID) != 0 {
		w.Error("what was asked for in a film is left")
	}
	if w.count(`SELECT count(*) FROM evidence WHERE request = $1`, fraud.ID) != 0 || w.count(`SELECT count(*) FROM request WHERE id = $1 AND person_key <> '' AND document_key <> ''`, fraud.ID) != 1 {
		w.Error("evidence of a fraud is left, or what recognises it is not")
	}
}

func TestWhatIsHeldForACaseStaysWholeUntilItIsReleased(t *testing.T) {
	each(t, func(w *world) {
		r := w.take(w.take(w.identified(w.recorded(w.request("1"))), enrolment.Suspect, enrolment.System, nil), enrolment.Reject, enrolment.Fraud, nil)
		look := evidence.Access{By: "operator-1", Purpose: "denuncia", Case: "RG 12/2026"}
		if err := w.vault.Hold(w.Context(), r.ID, look); err != nil {
			w.Fatal(err)
		}
		before := w.left(r)
		w.run(present.AddDate(3, 0, 0)) // archived: a hold keeps nothing open for the role
		if got, err := w.store.Request(w.Context(), r.ID); err != nil || got.Data.Person.GivenName != "Amira" || w.left(r) != before-2 {
			t.Errorf("a held request is cut down: %v, %d of %d rows", err, w.left(r), before)
		}
		holds, err := w.store.RetentionHolds(w.Context(), 10)
		if err != nil || len(holds) != 1 || holds[0].Number != string(r.Number) || holds[0].Case != "RG 12/2026" {
			t.Errorf("%+v, %v", holds, err)
		}
		if err := w.vault.Release(w.Context(), r.ID, look); err != nil {
			w.Fatal(err)
		}
		w.run(present.AddDate(3, 0, 0))
		if n := w.left(r); n != 0 {
			t.Errorf("%d rows are left after the release", n)
		}
	})
}

func TestASecondLookThatWaitsKeepsEvidenceOpenForSomeTime(t *testing.T) {
	each(t, func(w *world) {
		r := w.approved("1")
		item, look := w.keep(r.ID, evidence.Portrait), evidence.Access{By: "operator-1", Purpose: "second look"}
		drawn := present.AddDate(0, 0, 6)
		w.exec(`UPDATE second_look SET picked_at = $1`, db.Micros(drawn))
		w.run(drawn.AddDate(0, 0, 90).Add(-time.Microsecond))
		if _, err := w.vault.Open(w.Context(), item.ID, look); err != nil {
			t.Errorf("while the look waits: %v", err)
		}
		w.run(drawn.AddDate(0, 0, 90))
		if _, err := w.vault.Open(w.Context(), item.ID, look); !errors.Is(err, evidence.ErrArchived) {
			t.Errorf("after the last day: %v", err)
		}
	})
}

// What cannot be read any more is cut down too, and stops no other.
func TestAFraudThatCannotBeReadStopsNoReduction(t *testing.T) {
	each(t, func(w *world) {
		var frauds []enrolment.Request
		for _, n := range []string{"1", "2"} {
			frauds = append(frauds, w.take(w.take(w.identified(w.request(n)), enrolment.Suspect, enrolment.System, nil), enrolment.Reject, enrolment.Fraud, nil))
		}
		w.exec(`UPDATE request SET sealed = 'x' WHERE id = $1`, frauds[0].ID)
		w.exec(`UPDATE request_event SET sealed = 'x' WHERE request = $1`, frauds[0].ID)
		w.run(present)
		w.run(present.AddDate(0, 0, 30))
		for _, r := range frauds {
			w.reduced(r)
		}
	})
}

func TestEvidenceIsArchivedSomeTimeAfterTheDecision(t *testing.T) {
	each(t, func(w *world) {
		r := w.approved("1")
		item := w.keep(r.ID, evidence.Portrait)
		look := evidence.Access{By: "operator-1", Purpose: "second look"}
		w.run(present.AddDate(0, 0, 30).Add(-time.Microsecond))
		if _, err := w.vault.Open(w.Context(), item.ID, look); err != nil {
			t.Errorf("a second look finds %v", err)
		}
		w.keep(r.ID, evidence.HolderReport) // somebody works on it again
		w.run(present.AddDate(0, 0, 30))
		if _, err := w.vault.Open(w.Context(), item.ID, look); err != nil {
			t.Errorf("while a new item waits for its look: %v", err)
		}
		w.run(present.AddDate(0, 0, 60))
		if _, err := w.vault.Open(w.Context(), item.ID, look); !errors.Is(err, evidence.ErrArchived) {
			t.Errorf("after the time: %v", err)
		}
		if lines := w.details(audit.EvidenceArchived); len(lines) != 1 {
			t.Errorf("%d lines", len(lines))
		}
	})
}

func TestDeletionsAreBoundedAndFinishedByTheNextRun(t *testing.T) {
	each(t, func(w *world) {
		for n := range 7 {
			w.take(w.request(fmt.Sprint(n)), enrolment.Withdraw, enrolment.Applicant, nil)
		}
		w.exec(`DELETE FROM evidence`)
		w.run(present)
		line := func() audit.Event {
			return audit.Event{At: w.now, Role: "idp", Action: audit.RetentionPurged, Outcome: audit.OK, Detail: map[string]string{}}
		}
		w.now = present.AddDate(0, 0, 31)
		if n, err := w.store.Forget(w.Context(), retention.Unfinished, w.now, 5, line()); n != 5 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		w.run(w.now)
		if n := w.count(`SELECT count(*) FROM request`); n != 0 {
			t.Errorf("%d requests are left", n)
		}
	})
}

func TestIdentitiesWithoutARequestGoToo(t *testing.T) {
	each(t, func(w *world) {
		i := &identity.Identity{ID: "seeded", SPIDCode: "TESTSEEDED0001", UserID: "ada@example.org", State: identity.Active, StateAt: present, CreatedAt: present, ExpiresAt: present.AddDate(2, 0, 0)}
		if err := w.store.Create(w.Context(), i, identity.Secrets{PasswordHash: "$hash", TOTPKey: []byte("12345678901234567890")}); err != nil {
			w.Fatal(err)
		}
		w.keep(i.ID, evidence.DocumentFront)
		w.run(i.ExpiresAt.AddDate(20, 0, 0).Add(-time.Microsecond))
		if w.count(`SELECT count(*) FROM identity`) != 1 {
			t.Error("it is gone early")
		}
		over, look := i.ExpiresAt.AddDate(20, 0, 0), evidence.Access{By: "operator-1", Purpose: "denuncia", Case: "RG 12/2026"}
		if err := w.vault.Hold(w.Context(), i.ID, look); err != nil {
			w.Fatal(err)
		}
		w.run(over)
		w.run(over)
		if w.count(`SELECT count(*) FROM identity`) != 1 || w.count(`SELECT count(*) FROM evidence`) != 1 {
			t.Error("it is gone although it is held")
		}
		if err := w.vault.Release(w.Context(), i.ID, look); err != nil {
			w.Fatal(err)
		}
		w.run(over)
		if w.count(`SELECT count(*) FROM identity`) != 1 {
			t.Error("it is gone before its evidence")
		}
		w.run(over)
		if n := w.count(`SELECT (SELECT count(*) FROM identity) + (SELECT count(*) FROM password) + (SELECT count(*) FROM totp) + (SELECT count(*) FROM evidence) + (SELECT count(*) FROM evidence_request)`); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if taken, err := w.store.Exists(w.Context(), "", i.SPIDCode); err != nil || !taken {
			t.Errorf("its spidCode is free, %v", err)
		}
	})
}
