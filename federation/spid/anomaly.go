package spid

import (
	"fmt"
	"regexp"
	"strconv"
)

// Recipient tells who learns of an anomaly.
type Recipient string

// To the service by a SAML Response, or to the person by a page of the provider.
const (
	ToService Recipient = "service"
	ToPerson  Recipient = "person"
)

// Solver tells who can do something about an anomaly.
type Solver string

// The person, their provider, or the institution that runs the service.
const (
	ByPerson      Solver = "person"
	ByProvider    Solver = "provider"
	ByInstitution Solver = "institution"
)

// Status codes used by the anomalies, without the common prefix.
const statusPrefix = "urn:oasis:names:tc:SAML:2.0:status:"

// Anomaly is a row of the table of anomalies (SPID-RT, messaggi di errore).
type Anomaly struct {
	// Code is the number nr of "ErrorCode nrNN".
	Code int
	// HTTP is the status of the provider's page when To is ToPerson, else 0.
	HTTP int
	// Status and SubStatus are the SAML status codes of the answer, "" when the
	// rules name none.
	Status, SubStatus string
	To                Recipient
	// User marks what happened to or was decided by the person; the service must
	// say it plainly ("anomalie utente"). All else is a fault of software.
	User bool
	// Page is the HTTP status of the page of a service that is told; 0 when services
	// never are. 403: the person was not let in. 422: it was our request that failed.
	// spid-sp-test takes 400, 401, 403, 422 and 500 for a refusal.
	Page int
	// Solver can do something about it; "" when services are never told.
	Solver Solver
	// Retry says that the same person at the same provider may succeed at once.
	Retry bool
	// Key of the text in the message catalogue (Texts): of the page of the service
	// if User, else of the page of the provider. "<Key>.help" says who can solve it.
	Key string
}

// Message is the StatusMessage of the answer. SPID-RT: two digits.
func (a Anomaly) Message() string { return fmt.Sprintf("ErrorCode nr%02d", a.Code) }

// Anomalies lists the table. Codes 26 to 29 speak of the issuing of an identity; they
// come from the message table of the prior-identity procedure and have no SAML
// status of their own, so they borrow that of the other user anomalies.
func Anomalies() []Anomaly {
	return []Anomaly{
		{Code: 1, HTTP: 200, Status: statusPrefix + "Success", To: ToService, Key: "spid.anomaly.1"},
		toPerson(2, 503),
		toPerson(3, 500),
		toPerson(4, 403),
		toPerson(5, 403),
		toPerson(6, 403),
		toPerson(7, 403),
		toService(8, "Requester", ""),
		toService(9, "VersionMismatch", ""),
		toPerson(10, 403),
		toService(11, "Requester", ""),
		toService(12, "Requester", "NoAuthnContext"),
		again(toService(13, "Requester", "RequestDenied")), // our clock, or a page left open
		toService(14, "Requester", "RequestUnsupported"),
		toService(15, "Requester", "NoPassive"),
		toService(16, "Requester", "RequestUnsupported"),
		toService(17, "Requester", "RequestUnsupported"),
		toService(18, "Requester", "RequestUnsupported"),
		again(ofUser(19, ByPerson)),
		ofUser(20, ByProvider), // no credential of the level: the next try ends the same way
		again(ofUser(21, ByPerson)),
		again(ofUser(22, ByPerson)),
		ofUser(23, ByProvider),        // suspended or revoked: the next try ends the same way
		again(ofUser(24, ByProvider)), // reserved; services show a general message
		again(ofUser(25, ByPerson)),
		again(ofUser(26, ByPerson)),
		again(ofUser(27, ByPerson)),
		again(ofUser(28, ByPerson)),
		ofUser(29, ByProvider),      // no identity was issued: there is nothing to try with
		again(ofUser(30, ByPerson)), // Avviso SPID 18
	}
}

// LookupAnomaly finds a row by its number.
func LookupAnomaly(code int) (Anomaly, bool) {
	for _, a := range Anomalies() {
		if a.Code == code {
			return a, true
		}
	}
	return Anomaly{}, false
}

var errorCode = regexp.MustCompile(`(?i)ErrorCode\s{0,3}nr\s{0,3}0*(\d{1,2})(?:\D|$)`)

// ParseAnomaly finds "ErrorCode nrNN" anywhere in a StatusMessage, whatever the
// status codes beside it and the language around it: providers send nr25 with several
// of them. Of several codes the first that the table knows counts.
func ParseAnomaly(statusMessage string) (Anomaly, bool) {
	for _, m := range errorCode.FindAllStringSubmatch(statusMessage, -1) {
		code, err := strconv.Atoi(m[1])
		if err != nil {
			continue
		}
		if a, known := LookupAnomaly(code); known {
			return a, true
		}
	}
	return Anomaly{}, false
}

func toPerson(code, http int) Anomaly {
	return Anomaly{Code: code, HTTP: http, To: ToPerson, Key: key(code)}
}

// toService are faults of the software that asks.
func toService(code int, status, sub string) Anomaly {
	a := Anomaly{Code: code, Status: statusPrefix + status, To: ToService, Page: 422, Solver: ByInstitution, Key: key(code)}
	if sub != "" {
		a.SubStatus = statusPrefix + sub
	}
	return a
}

func ofUser(code int, solver Solver) Anomaly {
	a := toService(code, "Responder", "AuthnFailed")
	a.User, a.Page, a.Solver = true, 403, solver
	return a
}

func again(a Anomaly) Anomaly {
	a.Retry = true
	return a
}

func key(code int) string { return "spid.anomaly." + strconv.Itoa(code) }
