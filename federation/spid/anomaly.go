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
		toService(13, "Requester", "RequestDenied"),
		toService(14, "Requester", "RequestUnsupported"),
		toService(15, "Requester", "NoPassive"),
		toService(16, "Requester", "RequestUnsupported"),
		toService(17, "Requester", "RequestUnsupported"),
		toService(18, "Requester", "RequestUnsupported"),
		ofUser(19), ofUser(20), ofUser(21), ofUser(22), ofUser(23),
		ofUser(24), // reserved; services show a general message
		ofUser(25), ofUser(26), ofUser(27), ofUser(28), ofUser(29),
		ofUser(30), // Avviso 18
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

var errorCode = regexp.MustCompile(`(?i)ErrorCode nr ?0*(\d{1,2})(?:\D|$)`)

// ParseAnomaly finds "ErrorCode nrNN" anywhere in a StatusMessage, whatever the
// status codes beside it: providers send nr25 with several of them.
func ParseAnomaly(statusMessage string) (Anomaly, bool) {
	m := errorCode.FindStringSubmatch(statusMessage)
	if m == nil {
		return Anomaly{}, false
	}
	code, err := strconv.Atoi(m[1])
	if err != nil {
		return Anomaly{}, false
	}
	return LookupAnomaly(code)
}

func toPerson(code, http int) Anomaly {
	return Anomaly{Code: code, HTTP: http, To: ToPerson, Key: key(code)}
}

func toService(code int, status, sub string) Anomaly {
	a := Anomaly{Code: code, Status: statusPrefix + status, To: ToService, Key: key(code)}
	if sub != "" {
		a.SubStatus = statusPrefix + sub
	}
	return a
}

func ofUser(code int) Anomaly {
	a := toService(code, "Responder", "AuthnFailed")
	a.User = true
	return a
}

func key(code int) string { return "spid.anomaly." + strconv.Itoa(code) }
