// Package statistics is what AgID is told about identities and their use: records by the
// tables of the guidelines on SPID's statistics, without anybody's name, address or spidCode.
// // LG statistiche SPID TR.IDP1, TR.IDP2, TR.IDP4, L10
//
// It turns rows into records and writes them; where rows come from is the Source's
// (idp/idpdb). The same period of the same register gives the same bytes.
//
// What these records do not hold, because this provider does not keep it: the municipality
// of the domicile as a code (IDP1.10), the browser of a login (IDP2.6), requests to a help
// desk (IDP3: no file), and of the quality indicators (IDP4) all but the time of issue.
package statistics

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"atrio/idp/enrolment"
	"atrio/people/places"
)

// The codes of table T1: how an identity stands.
const (
	InProgress = 1
	Active     = 2
	Revoked    = 3
)

// The codes of table T2: how the holder was recognised.
const (
	ByCIE       = 1
	ByCNS       = 2
	BySignature = 3
	ByWebcam    = 4
	ByDesk      = 5
	ByRAO       = 6
	ByOther     = 7
)

// Recognition is the code of T2 for a way of identification. A chip read from a CIE counts as
// the CIE, one from a passport as another way: the table knows no NFC [assumption].
func Recognition(m enrolment.Method, document string) int {
	switch m {
	case enrolment.Signature:
		return BySignature
	case enrolment.CNS:
		return ByCNS
	case enrolment.Point:
		return ByDesk
	case enrolment.Video:
		return ByWebcam
	case enrolment.RAO:
		return ByRAO
	case enrolment.Chip:
		if document == "cartaIdentita" {
			return ByCIE
		}
	}
	return ByOther
}

// Level is the code of table T11. An authenticator app of somebody else's (TOTP) is not the
// provider's app: "other" [assumption].
func Level(level int, method string) int {
	switch {
	case level <= 1:
		return 10
	case level == 3 && method == "cns":
		return 32
	case level == 3:
		return 35
	case method == "sms":
		return 21
	case method == "app":
		return 22
	}
	return 23
}

// naturalPerson is the code of T4 of all identities here; saml the code of T5, authentication
// that of T10: no minor signs in.
const (
	naturalPerson  = 1
	saml           = 1
	authentication = 1
)

// Standing is one change of an identity: requested, made, revoked.
type Standing struct {
	// Reference is the internal one; it does not leave.
	Reference string
	At        time.Time
	Status    int
	// The rest is told of identities that were made.
	Recognised                      int
	BirthPlace, BirthCounty, Gender string
	Born                            time.Time
	// Requested is when the request was opened; zero for an identity without one.
	Requested time.Time
}

// Access is one login.
type Access struct {
	Reference string // "" when nobody was recognised
	At        time.Time
	Service   string
	Level     int
	Method    string
	Anomaly   int
}

// Source reads the register; idpdb does. Both in the order of time, then of references.
type Source interface {
	// Standings are requests that were under way in the period, identities that were made
	// in it, and those that were revoked in it.
	Standings(ctx context.Context, from, to time.Time, each func(Standing) error) error
	// AccessesBetween are the logins of the period.
	AccessesBetween(ctx context.Context, from, to time.Time, each func(Access) error) error
}

// Report writes the records of a period.
type Report struct {
	Source Source
	// Provider is the name in the public list of providers. T0
	Provider string
	// Code hides a reference: one code for each identity and reporting year, from which
	// nobody without the key gets back [the year is an assumption].
	Code   func(year int, reference string) string
	Period Period
}

// Identities writes IDP1 and gives the number of records.
func (r Report) Identities(ctx context.Context, out io.Writer) (int, error) {
	w := r.writer(out, "IDP1", "IdentityProvider", "IdentityCode", "Day", "Year", "IdStatus", "RecogMethod", "placeOfBirth", "countyOfBirth", "yearOfBirth",
		"DomicilieCode", "Gender", "UserType", "ReleaseTime")
	err := r.Source.Standings(ctx, r.Period.From, r.Period.To, func(s Standing) error {
		at := s.At.In(zone)
		row := []string{r.Provider, r.Code(at.Year(), s.Reference), strconv.Itoa(at.YearDay()), strconv.Itoa(at.Year()), strconv.Itoa(s.Status), "", "", "", "", "", "", strconv.Itoa(naturalPerson), ""}
		if s.Status == Active {
			row[5], row[6], row[7], row[8], row[10] = strconv.Itoa(s.Recognised), place(s.BirthPlace), s.BirthCounty, year(s.Born), s.Gender
			if !s.Requested.IsZero() {
				row[12] = strconv.Itoa(int(math.Ceil(s.At.Sub(s.Requested).Hours())))
			}
		}
		return w.record(row...)
	})
	return w.end(err)
}

// Logins writes IDP2.
func (r Report) Logins(ctx context.Context, out io.Writer) (int, error) {
	w := r.writer(out, "IDP2", "IdentityProvider", "EntityId", "IdentityCode", "TimeStamp", "SPIDLevel", "UserAgent", "AccessType", "MsgCode", "Protocol")
	err := r.Source.AccessesBetween(ctx, r.Period.From, r.Period.To, func(a Access) error {
		code := ""
		if a.Reference != "" {
			code = r.Code(a.At.In(zone).Year(), a.Reference)
		}
		return w.record(r.Provider, a.Service, code, a.At.UTC().Format("2006-01-02T15Z"), strconv.Itoa(Level(a.Level, a.Method)), "",
			strconv.Itoa(authentication), strconv.Itoa(a.Anomaly), strconv.Itoa(saml))
	})
	return w.end(err)
}

// issueTime is the indicator IQ04 in table T9.
const issueTime = 8

// Quality writes IDP4 of a quarter: the average time from the request to the identity, in
// whole days rounded up [assumption], the one indicator that this provider's data give.
func (r Report) Quality(ctx context.Context, out io.Writer) (int, error) {
	w := r.writer(out, "IDP4", "IdentityProvider", "Trimestre", "Year", "IdcodeQ", "Value")
	var took time.Duration
	made := 0
	err := r.Source.Standings(ctx, r.Period.From, r.Period.To, func(s Standing) error {
		if s.Status == Active && !s.Requested.IsZero() {
			took, made = took+s.At.Sub(s.Requested), made+1
		}
		return nil
	})
	if err == nil && made > 0 {
		days := math.Ceil(took.Hours() / 24 / float64(made))
		from := r.Period.From.In(zone)
		err = w.record(r.Provider, strconv.Itoa((int(from.Month())+2)/3), strconv.Itoa(from.Year()), strconv.Itoa(issueTime), strconv.Itoa(int(days)))
	}
	return w.end(err)
}

// place is a municipality or a state as table T3 writes it; "" for one that there is not.
func place(code string) string {
	if s, ok := places.StateByCode(code); ok {
		return s.ISO
	}
	if code == "" {
		return ""
	}
	return "IT-" + code
}

func year(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.Itoa(t.Year())
}

// records writes lines and counts them.
type records struct {
	csv *csv.Writer
	id  string
	n   int
}

// writer begins a file. The guidelines give tables and no form of a file: semicolons, since
// numbers have commas [assumption].
func (r Report) writer(out io.Writer, id string, fields ...string) *records {
	w := &records{csv: csv.NewWriter(out), id: id}
	w.csv.Comma = ';'
	w.csv.Write(append([]string{"ID"}, fields...)) //nolint:errcheck // end tells
	return w
}

func (w *records) record(fields ...string) error {
	w.n++
	return w.csv.Write(append([]string{w.id}, fields...))
}

func (w *records) end(err error) (int, error) {
	w.csv.Flush()
	if err == nil {
		err = w.csv.Error()
	}
	if err != nil {
		return 0, fmt.Errorf("statistics: %s: %w", w.id, err)
	}
	return w.n, nil
}
