package entry

import (
	"net/http"
	"time"

	"atrio/gateway/access"
	"atrio/gateway/journey"
	"atrio/web"
)

// verdictView is the view of "entry/verdict".
type verdictView struct {
	// Name is the part of the text keys: the outcome, or the rule where one outcome has
	// several reasons.
	Name    string
	Service string
	// Until is when the suspension of the second factor ends, Resume leads to its end.
	Until  time.Time
	Resume string
	// Doors are the ways in, best first.
	Doors []wayView
	// Declare opens "Hai problemi con SPID o CIE?"; ByDesk says that only the help desk
	// can go on there.
	Declare string
	Trouble bool
	// Citizenship leads to the correction of it; may be "".
	Citizenship string
	Login, Help string
	// Reference is what the help desk asks for.
	Reference string
}

type wayView struct{ Key, URL string }

// verdict says why the service does not open, and every way on. // G2.2
func (e *Entry) verdict(w http.ResponseWriter, r *http.Request) error {
	v, done, err := e.find(w, r, r.URL.Query().Get("flow"))
	if done || err != nil {
		return err
	}
	if v.outcome.Kind == access.AskCitizenship {
		return web.Redirect(w, r, CitizenshipURL(v.journey.Handle))
	}
	e.Note(r, v.session, v.outcome, v.journey.To.Service)
	return e.Site.Page(w, r, http.StatusForbidden, "entry/verdict", e.view(r, v), web.Plain)
}

func (e *Entry) view(r *http.Request, v visit) verdictView {
	flow := v.journey.Handle
	view := verdictView{
		Name: nameOf(v), Until: v.until, Service: e.ServiceName(v.journey.To.Service, web.Lang(r)),
		Login: journey.LoginURL(flow), Help: e.URL(access.WayHelp, flow), Reference: web.RequestID(r),
		Trouble: v.outcome.Rule == access.Duty,
	}
	if !v.until.IsZero() {
		view.Resume = e.URL(WayResume, flow)
	}
	for _, way := range v.outcome.Ways {
		url := e.URL(way, flow)
		switch way {
		case access.WaySPID, access.WayCIE, access.WayEIDAS, access.WayFactor, access.WayEnrol, access.WayFiscalCode, access.WayAccount:
			if url != "" {
				view.Doors = append(view.Doors, wayView{"entry.way." + string(way), url})
			}
		case access.WayDeclare:
			view.Declare = url
		case access.WayCitizenship:
			view.Citizenship = url
		}
	}
	return view
}

// nameOf chooses the words.
func nameOf(v visit) string {
	switch o := v.outcome; {
	case !v.until.IsZero():
		return "suspended"
	case o.Kind == access.Enrol && v.journey.To.Service == "":
		return "enrol-account"
	case o.Kind == access.UseFederated:
		return string(o.Rule)
	default:
		return string(o.Kind)
	}
}

// WayResume ends the suspension of the second factors: a way of the page, not of the rules.
const WayResume access.Way = "resume"
