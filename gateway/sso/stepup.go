package sso

import (
	"maps"
	"net/http"
	"strconv"
	"time"

	"atrio/gateway/secondfactor"
	"atrio/people/person"
	"atrio/web"
)

// dataProved is when a second factor of the account was proved last, in this session.
const dataProved = "proved"

// Proved is when a second factor was proved in a session; zero when none was.
func Proved(s *web.Session) time.Time {
	n, err := strconv.ParseInt(s.Data[dataProved], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// StepUp makes the session that takes the place of another when a second factor was
// proved in it: of the same login, so it lives no longer and the login is as old as it
// was. Nothing is stored. // G4.8, ASVS 7.2.4
func (s *SSO) StepUp(r *http.Request, from *web.Session, used secondfactor.Used) (web.Session, string) {
	next, secret := s.Site.Sessions.New(r, from.Subject, from.Method, from.ACR, used.AMR(from.AMR), from.AuthTime)
	next.CreatedAt, next.ExpiresAt = from.CreatedAt, from.ExpiresAt
	next.Data = maps.Clone(from.Data)
	if next.Data == nil {
		next.Data = map[string]string{}
	}
	next.Data[dataProved] = strconv.FormatInt(used.At.UnixMicro(), 10)
	// The level stays what the door vouched for: what two factors of our own open is a
	// rule of gateway/access.
	if Level(from) < person.Level2 {
		next.ACR = secondfactor.ACR
	}
	return next, secret
}
