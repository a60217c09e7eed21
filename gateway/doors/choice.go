package doors

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"

	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

// Local is what the form of Codice Persona and password says about the last try.
type Local struct {
	ui.Errors
	// Code is the Codice Persona as it was typed.
	Code string
	// Wrong tells that the pair was not right, Busy that nobody had time to compare it,
	// Minutes how long to wait after too many tries.
	Wrong, Busy bool
	Minutes     int
}

// choiceView is the view of "doors/choice".
type choiceView struct {
	Local
	// Service names who sent the person; Lost says that we no longer know.
	Service string
	Lost    bool
	// Linking tells that the person is here to prove an account that they have.
	Linking bool
	// User is who is signed in already, Staying who need not type the password here.
	User, Staying string
	// Open shows the list of providers opened.
	Open      bool
	Flow      string
	Providers []providerView
	Remember  bool
	Links     SPIDLinks

	Guide, CIE, EIDAS, EduGAIN, Credentials, Stay, Register, Passkey string
	// CIEOutage and EIDASOutage show known problems on the buttons.
	CIEOutage, EIDASOutage                             outageView
	FirstAccess, Recover, Suspend, Help, WhichProvider string
}

// outageView is what a button says about known problems.
type outageView struct {
	On   bool
	Text string
}

type providerView struct {
	Name, URL    string
	Last, Outage bool
	OutageText   string
}

// choice shows the login page. It writes nothing: no cookie, no row. // G1.1, G1.4
func (d *Doors) choice(w http.ResponseWriter, r *http.Request) error {
	return d.ShowLocal(w, r, http.StatusOK, Local{})
}

// ShowLocal shows the login page with what the local form has to say.
func (d *Doors) ShowLocal(w http.ResponseWriter, r *http.Request, status int, local Local) error {
	flow := flowOf(r)
	v := choiceView{
		Local: local, Flow: flow, Links: d.Links, Open: r.URL.Query().Get("open") == "spid",
		Guide: with("/guide", flow), CIE: with("/cie/login", flow), EIDAS: with("/eidas/login", flow), EduGAIN: with("/edugain/login", flow),
		Credentials: with("/login", flow), Stay: with("/login/stay", flow), Register: with("/register", flow),
		FirstAccess: with("/help/first-access", flow), Recover: with("/recover", flow), Suspend: with("/second-factor/suspend", flow),
		CIEOutage: d.CIE.view(), EIDASOutage: d.EIDAS.view(),
		Help: with("/help", flow), WhichProvider: with("/help/provider", flow),
	}
	if d.Passkeys {
		v.Passkey = with("/passkey/login", flow)
	}
	if s := web.CurrentSession(r); s != nil {
		v.User = s.Data["name"]
	}
	fresh := false
	if flow != "" {
		j, err := d.Journeys.Find(r, flow)
		switch {
		case err == nil, errors.Is(err, journey.ErrExpired):
			// An expired journey still knows its destination: the door starts it anew.
			v.Service, v.Linking = d.ServiceName(j.To.Service, web.Lang(r)), j.Link != nil
			fresh = j.Fresh()
		default:
			v.Lost, v.Flow = true, ""
		}
	}
	if v.User == "" && !fresh {
		var err error
		if v.Staying, err = d.Staying(r); err != nil {
			return err
		}
	}
	v.Providers, v.Remember = d.providers(r, v.Flow)
	// The right password leads to the service, which is another origin.
	return d.Site.Page(w, r, status, "doors/choice", v, web.NoFormAction)
}

// providers lists the providers in random order, as the rules of the button want;
// the last used one comes first only if the person chose that. // G1.1
func (d *Doors) providers(r *http.Request, flow string) ([]providerView, bool) {
	last, remember := d.Last(r)
	all := slices.Clone(d.Providers())
	rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	if remember {
		slices.SortStableFunc(all, func(a, b Provider) int { return rank(a, last) - rank(b, last) })
	}
	out := make([]providerView, 0, len(all))
	for _, p := range all {
		out = append(out, providerView{
			Name: p.Name, URL: with("/spid/login?idp="+url.QueryEscape(p.EntityID), flow),
			Last: remember && p.EntityID == last, Outage: p.Outage, OutageText: p.OutageText,
		})
	}
	return out, remember
}

func rank(p Provider, last string) int {
	if p.EntityID == last {
		return 0
	}
	return 1
}

// remember switches the memory of the last provider, and goes back.
func (d *Doors) remember(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	d.Remember(w, f.Value("remember") == "yes")
	flow := f.Value("flow")
	if !journey.IsHandle(flow) {
		flow = ""
	}
	return web.Redirect(w, r, with("/login?open=spid", flow))
}
