package selfcare

import (
	"net/http"
	"time"

	"atrio/web"
)

// freshFor is how long after a login its browser may change what others could abuse:
// identities, the account itself. After that the person enters again. // ASVS 7.5.1
const freshFor = 15 * time.Minute

// freshView is the view of "selfcare/fresh".
type freshView struct {
	Minutes int
	// To names the page that the new login leads to.
	To string
}

// fresh lets nobody pass whose login is old; to is the name of the page in Path.
func (s *Selfcare) fresh(to string) web.Guard {
	return func(next web.HandlerFunc) web.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) error {
			if age := s.Site.Now().Sub(web.CurrentSession(r).CreatedAt); age <= freshFor {
				return next(w, r)
			}
			return s.Site.Page(w, r, http.StatusOK, "selfcare/fresh", freshView{Minutes: int(freshFor.Minutes()), To: to})
		}
	}
}

// again begins a login that leads back here.
func (s *Selfcare) again(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	return s.Again(w, r, f.Value("to"))
}

// Path is the page of the account with this name, the first one for every other name.
func Path(name string) string {
	switch name {
	case "identities":
		return identitiesPath
	case "closing":
		return closingPath
	}
	return AccountPath
}
