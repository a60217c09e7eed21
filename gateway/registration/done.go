package registration

import (
	"net/http"

	"atrio/gateway/journey"
	"atrio/gateway/sso"
	"atrio/web"
)

// doneView is the view of "registration/done".
type doneView struct {
	Name, Code, Service string
	Go                  string
}

// done shows the Codice Persona that was just assigned. // G3.5
func (g *Registration) done(w http.ResponseWriter, r *http.Request) error {
	j, err := g.find(r, flowOf(r), journey.Arrived)
	if err != nil {
		return err
	}
	s := web.CurrentSession(r)
	if s == nil {
		return web.Redirect(w, r, journey.LoginURL(j.Handle))
	}
	return g.Site.Page(w, r, http.StatusOK, "registration/done", doneView{
		Name: sso.Name(s), Code: sso.Code(s), Service: g.ServiceName(j.To.Service, web.Lang(r)), Go: at(goPath, j),
	})
}

// leave goes on; the journey has arrived.
func (g *Registration) leave(w http.ResponseWriter, r *http.Request) error {
	j, err := g.find(r, flowOf(r), journey.Arrived)
	if err != nil {
		return err
	}
	return g.Leave(w, r, j)
}

// noticeView is the view of "registration/privacy".
type noticeView struct {
	Institution, Version string
}

// notice shows the privacy notice that a first entry acknowledges.
func (g *Registration) notice(w http.ResponseWriter, r *http.Request) error {
	return g.Site.Page(w, r, http.StatusOK, "registration/privacy",
		noticeView{Institution: g.Site.Institution.Institution.In(web.Lang(r)), Version: g.NoticeVersion})
}
