package cie

import (
	"strconv"

	"atrio/federation/spid"
)

// Anomalies lists the error codes of CIE beside success: what happened to or was
// decided by the person. 19, 20 and 24 are reserved, all others are faults of
// software; both get the general page. // CIE-SAML codici di errore
func Anomalies() []spid.Anomaly {
	var out []spid.Anomaly
	for _, code := range []int{21, 22, 23, 25} {
		a, _ := spid.LookupAnomaly(code)
		a.Key = "cie.anomaly." + strconv.Itoa(code)
		out = append(out, a)
	}
	return out
}

// ParseAnomaly finds "ErrorCode nrNN" in a StatusMessage. A code that CIE does not
// define keeps its number, for the log, and has no words of its own.
func ParseAnomaly(statusMessage string) (spid.Anomaly, bool) {
	a, ok := spid.ParseAnomaly(statusMessage)
	if !ok {
		return a, false
	}
	for _, defined := range Anomalies() {
		if defined.Code == a.Code {
			return defined, true
		}
	}
	a.User = false
	return a, true
}
