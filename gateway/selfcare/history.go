package selfcare

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/web"
)

// historyPage is how many lines stand on one page.
const historyPage = 30

// historyView is the view of "selfcare/history".
type historyView struct {
	Lines []historyLine
	// Older leads to the lines before these; may be empty.
	Older string
}

type historyLine struct {
	// Key is the text of the event in plain words.
	Key string
	At  time.Time
	// Issuer and Service are named where the event knows them.
	Issuer, Service, Address string
	// Reference is what a help desk asks for.
	Reference string
	Refused   bool
	// Deed is what the help desk did; empty elsewhere.
	Deed string
	// Dispute leads to "Non sono stato io"; empty where that makes no sense.
	Dispute string
}

// history shows logins and events in plain words. // G5.1
func (s *Selfcare) history(w http.ResponseWriter, r *http.Request) error {
	from, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || from < 0 {
		from = 0
	}
	rows, err := s.History.EventsOf(r.Context(), web.CurrentSession(r).Subject, from, historyPage+1)
	if err != nil {
		return err
	}
	var v historyView
	if len(rows) > historyPage {
		rows = rows[:historyPage]
		v.Older = before(strconv.FormatInt(rows[historyPage-1].ID, 10))
	}
	for _, row := range rows {
		if line, ok := s.line(row.Event, web.Lang(r)); ok {
			if line.Reference != "" && row.Event.Action != audit.AccountDisputed && ownAct(row.Event) {
				line.Dispute = disputePath + "?" + url.Values{"event": {line.Reference}}.Encode()
			}
			v.Lines = append(v.Lines, line)
		}
	}
	return s.Site.Page(w, r, http.StatusOK, "selfcare/history", v)
}

// line puts an audit line into plain words; lines that tell a person nothing are
// left out.
func (s *Selfcare) line(ev audit.Event, lang string) (historyLine, bool) {
	key := EventKey(ev)
	if !s.Site.Pages.Catalog().Has(key) {
		return historyLine{}, false
	}
	l := historyLine{Key: key, At: ev.At, Address: ownAddress(ev), Reference: ev.Reference, Refused: ev.Outcome != audit.OK, Deed: ev.Detail["deed"]}
	if issuer := ev.Detail["issuer"]; issuer != "" {
		l.Issuer = s.ProviderName(issuer)
	}
	if service := cmp.Or(ev.Detail["client"], ev.Detail["service"]); service != "" {
		l.Service = s.ServiceName(service, lang)
	}
	return l, true
}

// EventKey names the text that says an audit line to the holder of the account.
func EventKey(ev audit.Event) string {
	key := "selfcare.event." + ev.Action
	if ev.Action == audit.SessionEnded {
		switch ev.Detail["how"] {
		case "other device":
			key += ".elsewhere"
		case "identity removed", "disputed", "closed", "factors reset":
			key += ".elsewhere"
		case "password":
			key += ".password"
		case "helpdesk":
			key += ".helpdesk"
		}
	}
	return key
}
