package selfcare

import (
	"net/http"
	"slices"
	"time"

	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
)

// freshFor is how long after a login its browser may change or take away what others
// could abuse: identities, the file of everything known, the account itself. After that
// the person enters again. // ASVS 7.5.1
const freshFor = 15 * time.Minute

// freshView is the view of "selfcare/fresh".
type freshView struct {
	Minutes int
	// To names the page that the new login leads to.
	To string
	// Weak tells that a password alone does not do.
	Weak bool
}

// fresh lets nobody pass whose login is old; to is the name of the page in Path.
func (s *Selfcare) fresh(to string) web.Guard {
	return func(next web.HandlerFunc) web.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) error {
			strong, err := s.strong(r)
			if err != nil {
				return err
			}
			if age := s.Site.Now().Sub(since(web.CurrentSession(r))); strong && age < freshFor {
				return next(w, r)
			}
			return s.Site.Page(w, r, http.StatusOK, "selfcare/fresh", freshView{Minutes: int(freshFor.Minutes()), To: to, Weak: !strong})
		}
	}
}

// since is when the person last proved who they are: a password that stays in a browser
// opens sessions without being typed. // G1.3
func since(session *web.Session) time.Time {
	if session.Method == string(person.DoorLocal) && session.AuthTime.Before(session.CreatedAt) {
		return session.AuthTime
	}
	return session.CreatedAt
}

// strong tells that the login is as strong as the person can make it. Who has a digital
// identity or a second factor enters with it: a password, which may come from a mailbox,
// must not take them away. A factor that is suspended is one. // ASVS 6.4.3, 7.5.1, G4.6
func (s *Selfcare) strong(r *http.Request) (bool, error) {
	session := web.CurrentSession(r)
	if sso.Level(session) >= person.Level2 || slices.Contains(session.AMR, "mfa") {
		return true, nil
	}
	if has, err := s.HasFactor(r.Context(), session.Subject); has || err != nil {
		return false, err
	}
	identities, err := s.Accounts.Identities(r.Context(), session.Subject)
	return len(identities) == 0, err
}

// again begins a login that leads back here.
func (s *Selfcare) again(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	to := f.Value("to")
	if Path(to) == AccountPath {
		to = "" // none of ours
	}
	return s.Again(w, r, to)
}

// Path is the page of the account with this name, the first one for every other name.
func Path(name string) string {
	switch name {
	case "identities":
		return identitiesPath
	case "closing":
		return closingPath
	case "export":
		return AccountPath + "#export"
	}
	return AccountPath
}
