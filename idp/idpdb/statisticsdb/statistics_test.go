package statisticsdb_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/life"
	"atrio/idp/statistics"
)

// L10: the records match the tables, the same bytes each time, and say nothing of anybody.
func TestL10TheRecordsForAgIDMatchTheTablesAndNameNobody(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), append(idpdbtest.UntilContract, enrolment.Identify, enrolment.Approve)...)
		pending := idpdbtest.Opening("2")
		pending.Request.Data.Email = "altra.prova@example.org"
		if err := s.Open(t.Context(), pending); err != nil {
			t.Fatal(err)
		}
		unconfirmed := idpdbtest.Opening("3")
		unconfirmed.Request.Data.Email = "terza.prova@example.org"
		if err := s.Open(t.Context(), unconfirmed); err != nil {
			t.Fatal(err)
		}
		idpdbtest.Walked(t, s, pending.Request, enrolment.ConfirmMail)
		made := idpdbtest.Present.Add(51*time.Hour + time.Minute)
		idpdbtest.Exec(t, s.DB, `UPDATE identity SET created_at = $1 WHERE id = $2`, made.UnixMicro(), r.Holder)
		who, err := s.Identity(t.Context(), r.Holder)
		if err != nil {
			t.Fatal(err)
		}
		who.Holder.BirthPlace, who.Holder.BirthCounty = "Z404", "EE"
		who.Version++
		edited := identity.Event{Identity: who.ID, N: 1, At: made, Act: identity.Amend, From: who.State, To: who.State}
		if err := s.SaveLife(t.Context(), life.Step{After: who, Event: edited, Audit: idpdbtest.Line(made)}); err != nil {
			t.Fatal(err)
		}
		if err := s.SetState(t.Context(), r.Holder, identity.Revoked, made.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		for n, method := range []string{"sms", "totp", "password"} {
			a := idpdbtest.Answer("flow" + method)
			a.Access.Request, a.Access.Response, a.Access.At, a.Access.Method = []byte(idpdbtest.Sent), []byte(idpdbtest.Answered), idpdbtest.Present.Add(time.Duration(n)*time.Hour), method
			a.Access.Identity, a.Access.SPIDCode, a.Access.Level = r.Holder, "TESTAMRAAMRA01", 2
			if method == "password" {
				a.Access.Level, a.Access.Identity, a.Access.SPIDCode, a.Access.Anomaly = 1, "", "", 19
			}
			if err := s.Record(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		week, err := statistics.ParsePeriod("2026-W11")
		if err != nil {
			t.Fatal(err)
		}
		report := statistics.Report{Source: s, Provider: "Gestore; di prova", Code: s.StatisticCode, Period: week}
		me, other := s.StatisticCode(2026, r.Holder), s.StatisticCode(2026, "holder-2")
		head := "ID;IdentityProvider;IdentityCode;Day;Year;IdStatus;RecogMethod;placeOfBirth;countyOfBirth;yearOfBirth;DomicilieCode;Gender;UserType;ReleaseTime\n"
		first, second := me, other
		if r.Holder > "holder-2" {
			first, second = other, me
		}
		written(t, report.Identities, 4, head+
			"IDP1;\"Gestore; di prova\";"+first+";69;2026;1;;;;;;;1;\n"+
			"IDP1;\"Gestore; di prova\";"+second+";69;2026;1;;;;;;;1;\n"+
			"IDP1;\"Gestore; di prova\";"+me+";71;2026;2;5;US;EE;1990;;F;1;52\n"+
			"IDP1;\"Gestore; di prova\";"+me+";71;2026;3;;;;;;;1;\n")
		service := idpdbtest.Answer("x").Access.Service
		written(t, report.Logins, 3, "ID;IdentityProvider;EntityId;IdentityCode;TimeStamp;SPIDLevel;UserAgent;AccessType;MsgCode;Protocol\n"+
			"IDP2;\"Gestore; di prova\";"+service+";"+me+";2026-03-10T09Z;21;;1;1;1\n"+
			"IDP2;\"Gestore; di prova\";"+service+";"+me+";2026-03-10T10Z;23;;1;1;1\n"+
			"IDP2;\"Gestore; di prova\";"+service+";;2026-03-10T11Z;10;;1;19;1\n")
		if report.Period, err = statistics.ParsePeriod("2026-Q1"); err != nil {
			t.Fatal(err)
		}
		written(t, report.Quality, 1, "ID;IdentityProvider;Trimestre;Year;IdcodeQ;Value\nIDP4;\"Gestore; di prova\";1;2026;8;3\n")

		// Another week has only what is still under way; another year other codes.
		if report.Period, err = statistics.ParsePeriod("2026-W20"); err != nil {
			t.Fatal(err)
		}
		written(t, report.Identities, 1, head+"IDP1;\"Gestore; di prova\";"+other+";69;2026;1;;;;;;;1;\n")
		written(t, report.Quality, 0, "ID;IdentityProvider;Trimestre;Year;IdcodeQ;Value\n")
		if me == s.StatisticCode(2027, r.Holder) || me == other || len(me) != 24 {
			t.Errorf("codes tell identities of two years together, or of two people: %s", me)
		}
	})
}

// written compares what is written, twice, and looks for whatever names somebody.
func written(t *testing.T, write func(context.Context, io.Writer) (int, error), n int, want string) {
	t.Helper()
	for range 2 {
		var out bytes.Buffer
		got, err := write(t.Context(), &out)
		if err != nil || got != n || out.String() != want {
			t.Errorf("%d records, %v:\n%s\nwant %d:\n%s", got, err, out.String(), n, want)
		}
		for _, secret := range []string{"TESTAMRA", "Amira", "Ada", "@", "PRVMRA", "PRVDAA", "333", "holder", "Via Prova"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%q is in the file", secret)
			}
		}
	}
}
