package demo

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/gateway/services"
	"atrio/people/person"
	"atrio/web"
)

// Names of the simulated service at the gateway: one client a level and one for
// minors, so that the gateway's rules can be seen.
const (
	firstLevelClient  = "servizio-livello-1"
	secondLevelClient = "servizio-livello-2"
	thirdLevelClient  = "servizio-livello-3"
	// minorsClient is for people from 14 years on: their parents may take a day. // G2.9
	minorsClient = "servizio-ragazzi"
	// parentsClient lets minors in with the authorisation of a parent alone. // G2.9
	parentsClient = "servizio-genitori"
	// staffClient is for who works here: employees need neither SPID nor CIE. // G2.5
	staffClient = "servizio-personale"
)

// leastAge is the age from which minorsClient is open.
const leastAge = 14

// Service is a small relying service that shows what it was told.
type Service struct {
	Site    *web.Site
	Keyring *seal.Keyring
	Issuer  string
	Secret  string
	Now     func() time.Time
}

// Entries are the register entries of the service at the gateway.
func (s *Service) Entries() []services.Service {
	both := func(it, en string) services.Text { return services.Text{It: it, En: en} }
	purpose := both("Mostrare quali dati riceve un servizio", "Showing which data a service is given")
	var out []services.Service
	for i, id := range clients() {
		level := strconv.Itoa(i + 1)
		entry := services.Service{
			ClientID: id, Name: both("Servizio di prova, livello "+level, "Test service, level "+level),
			RedirectURIs: []string{s.Site.BaseURL + "/service/callback"}, PostLogoutRedirectURIs: []string{s.Site.BaseURL + "/service"},
			Auth: services.SecretBasic, SecretSHA256: services.HashSecret(s.Secret), Level: person.Level(i + 1), Class: services.Administrative, Sector: id,
			Owner: services.Owner{Unit: "Banco della demo", Email: "demo@example.org"},
		}
		if id == minorsClient {
			entry.Name, entry.Class = both("Servizio di prova per ragazzi", "Test service for the young"), services.Teaching
			entry.Level, entry.AgeMin = 2, leastAge
			entry.Assessment = services.Assessment{Act: "Valutazione di prova 1/2026", Date: "2026-01-02"}
		}
		if id == parentsClient {
			entry.Name, entry.Class = both("Servizio di prova con l’autorizzazione di un genitore", "Test service with a parent’s authorisation"), services.Community
			entry.Level, entry.ParentalAuthorisation = 2, true
			entry.Assessment = services.Assessment{Act: "Valutazione di prova 2/2026", Date: "2026-01-02"}
		}
		if id == staffClient {
			entry.Name, entry.Class, entry.Level = both("Servizio di prova per il personale", "Test service for staff"), services.Staff, 2
		}
		for _, a := range services.Releasable() {
			entry.Release = append(entry.Release, services.Release{Attribute: a, Purpose: purpose})
		}
		out = append(out, entry)
	}
	return out
}

func clients() []string {
	return []string{firstLevelClient, secondLevelClient, thirdLevelClient, minorsClient, parentsClient, staffClient}
}

// patience is how long a login may take: a parent may answer a day later.
const patience = 26 * time.Hour

// Mount names the addresses.
func (s *Service) Mount(m *web.Mux) {
	m.Get("/service", s.show)
	m.Get("/service/start", s.start)
	m.Get("/service/callback", s.callback)
}

// told is one claim as the service received it.
type told struct{ Name, Value string }

// serviceView is the page "demo/service".
type serviceView struct {
	Clients []string
	Told    []told
	Logout  string
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	return s.Site.Page(w, r, http.StatusOK, "demo/service", serviceView{Clients: clients()})
}

type pending struct{ Client, Nonce, Verifier string }

const servicePurpose = "demo.service"

func (s *Service) oauth(r *http.Request, client string) (*oidc.Provider, *oauth2.Config, error) {
	found, err := oidc.NewProvider(r.Context(), s.Issuer)
	if err != nil {
		return nil, nil, err
	}
	return found, &oauth2.Config{
		ClientID: client, ClientSecret: s.Secret, Endpoint: found.Endpoint(), RedirectURL: s.Site.BaseURL + "/service/callback",
		Scopes: []string{"openid", "profile", "email", "phone", "codice_persona", "fiscal_number"},
	}, nil
}

func (s *Service) start(w http.ResponseWriter, r *http.Request) error {
	client := r.URL.Query().Get("client")
	if !slices.Contains(clients(), client) {
		return fault.New(fault.NotFound, "error.not_found").For("demo_client")
	}
	_, c, err := s.oauth(r, client)
	if err != nil {
		return err
	}
	p := pending{Client: client, Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	sealed, err := s.Keyring.Seal(servicePurpose, s.Now().Add(patience), data)
	if err != nil {
		return err
	}
	state := rand.Text()
	s.Site.SetCookie(w, "service", state+"."+sealed, web.CookieOptions{MaxAge: int(patience.Seconds())})
	extra := []oauth2.AuthCodeOption{oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier), oauth2.SetAuthURLParam("ui_locales", web.Lang(r))}
	if prompt := r.URL.Query().Get("prompt"); prompt == "login" || prompt == "none" {
		extra = append(extra, oauth2.SetAuthURLParam("prompt", prompt))
	}
	return web.Redirect(w, r, c.AuthCodeURL(state, extra...))
}

func (s *Service) callback(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	cookie, _ := s.Site.Cookie(r, "service")
	state, sealed, ok := strings.Cut(cookie, ".")
	if !ok || state == "" || q.Get("state") != state {
		return fault.New(fault.Invalid, "demo.service.lost").For("state").Offer("demo.service.again", "/service")
	}
	data, err := s.Keyring.Open(servicePurpose, s.Now(), sealed)
	if err != nil { // too old, or changed
		return fault.New(fault.Gone, "demo.service.lost").For("sealed").Because(err).Offer("demo.service.again", "/service")
	}
	var p pending
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	if code := q.Get("error"); code != "" {
		return s.Site.Page(w, r, http.StatusOK, "demo/service", serviceView{Clients: clients(), Told: []told{{"error", code}, {"error_description", q.Get("error_description")}}})
	}
	v, err := s.redeem(r, q.Get("code"), p)
	if err != nil {
		return fault.New(fault.Denied, "demo.service.lost").For("redeem").Because(err).Offer("demo.service.again", "/service")
	}
	return s.Site.Page(w, r, http.StatusOK, "demo/service", v)
}

// redeem exchanges the code and lists what the service was told.
func (s *Service) redeem(r *http.Request, code string, p pending) (serviceView, error) {
	v := serviceView{Clients: clients()}
	found, c, err := s.oauth(r, p.Client)
	if err != nil {
		return v, err
	}
	tokens, err := c.Exchange(r.Context(), code, oauth2.VerifierOption(p.Verifier))
	if err != nil {
		return v, err
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.Client}).Verify(r.Context(), raw)
	if err != nil {
		return v, err
	}
	info, err := found.UserInfo(r.Context(), oauth2.StaticTokenSource(tokens))
	if err != nil {
		return v, err
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return v, err
	}
	if claims["nonce"] != p.Nonce {
		return v, fault.New(fault.Invalid, "demo.service.lost").For("nonce")
	}
	if err := info.Claims(&claims); err != nil {
		return v, err
	}
	for name, value := range claims {
		text, err := json.Marshal(value)
		if err != nil {
			return v, err
		}
		v.Told = append(v.Told, told{name, strings.Trim(string(text), `"`)})
	}
	slices.SortFunc(v.Told, func(a, b told) int { return strings.Compare(a.Name, b.Name) })
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := found.Claims(&more); err != nil {
		return v, err
	}
	v.Logout = more.EndSession + "?" + url.Values{
		"id_token_hint": {raw}, "client_id": {p.Client}, "post_logout_redirect_uri": {s.Site.BaseURL + "/service"},
	}.Encode()
	return v, nil
}
