package challenge

import (
	"net/http"

	kinds "atrio/authn/secondfactor"
	"atrio/gateway/secondfactor"
	"atrio/web"
	"atrio/web/ui"
)

// codeView is the view of "challenge/code".
type codeView struct {
	ui.Errors
	Notice
	Flow string
	// Service is where the person is going; may be empty.
	Service string
	// Kind is what the page asks for.
	Kind string
	// Numbers are where a code may go, Chosen the one that it went to.
	Numbers []numberView
	Chosen  numberView
	// Sent is set when a code is on its way or was received.
	Sent bool
	// Again is how many seconds to wait before another code; 0 for none.
	Again int
	// Number is what to read to the help desk, in two groups.
	Number string
	// Options are what the browser is asked for, as JSON, when it is a passkey.
	Options string
	// Others are the other factors of the account.
	Others []otherView
}

// Notice is what a page says about the last try.
type Notice struct {
	// Key names the text; "" when there is nothing to say.
	Key string
	// Left is how many tries remain, Minutes how long to wait or how far a clock is off.
	Left, Minutes int
}

type numberView struct{ ID, Masked string }

type otherView struct{ Kind, URL string }

// show asks for the factor in the address, or for the recommended one.
func (c *Challenge) show(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v, err := c.visitOf(r, q.Get("flow"))
	if err != nil {
		return err
	}
	return c.page(w, r, v, http.StatusOK, q.Get("with"), codeView{Chosen: numberView{ID: q.Get("number")}})
}

// page fills in what it knows about the account.
func (c *Challenge) page(w http.ResponseWriter, r *http.Request, v visit, status int, with string, view codeView) error {
	k, err := v.kind(with)
	if err != nil {
		return err
	}
	view.Flow, view.Service, view.Kind, view.Others = v.journey.Handle, c.ServiceName(v.journey.To.Service, web.Lang(r)), string(k), v.others(k)
	if k == kinds.Passkey {
		options, err := c.Checker.AskPasskey(v.owner(), v.journey.Handle)
		if err != nil {
			return err
		}
		view.Options = string(options)
	}
	if k == kinds.Desk {
		n := c.Checker.DeskNumber(v.journey.Handle, v.account)
		view.Number = n[:secondfactor.DeskDigits/2] + " " + n[secondfactor.DeskDigits/2:]
	}
	if k == kinds.SMS {
		if view.Sent, view.Again, err = c.Checker.Sent(r.Context(), v.journey.Handle); err != nil {
			return err
		}
		view.Numbers, view.Chosen = numbers(v, view.Chosen.ID)
	}
	// A right code leads on to the service, at an address of its own.
	return c.Site.Page(w, r, status, "challenge/code", view, web.Plain, web.NoFormAction)
}

// numbers are those of the account, and the chosen one among them: the first unless
// another is named.
func numbers(v visit, id string) (list []numberView, chosen numberView) {
	for _, f := range v.status.Of(kinds.SMS) {
		n := numberView{f.ID, kinds.Masked(f.Number)}
		if list = append(list, n); chosen.ID == "" || f.ID == id {
			chosen = n
		}
	}
	return list, chosen
}
