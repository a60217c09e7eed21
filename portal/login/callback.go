package login

import (
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"atrio/base/fault"
	"atrio/web"
)

// claims are what the portal reads of a person. P2
type claims struct {
	Nonce      string   `json:"nonce"`
	Subject    string   `json:"sub"`
	Name       string   `json:"name"`
	GivenName  string   `json:"given_name"`
	FamilyName string   `json:"family_name"`
	Email      string   `json:"email"`
	BirthDate  string   `json:"birthdate"`
	Gender     string   `json:"gender"`
	ACR        string   `json:"acr"`
	AMR        []string `json:"amr"`
}

func (h *Handler) callback(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	p, err := h.take(w, r, q.Get("state"))
	if err != nil {
		return err
	}
	again := "/login/start?return=" + url.QueryEscape(p.Return)
	if code := q.Get("error"); code != "" {
		return refusedByGateway(code, again)
	}
	// RFC 9207 2.4: an answer of another provider must not be redeemed here.
	if iss := q.Get("iss"); iss != "" && iss != h.Config.Issuer {
		return fault.New(fault.Invalid, "login.lost").For("issuer_mismatch").Offer("login.action.again", again)
	}
	c, rawID, err := h.redeem(r, q.Get("code"), p)
	if err != nil {
		return fault.New(fault.Denied, "login.failed").For("redeem").Because(err).Offer("login.action.again", again).Offer("login.action.other", "/login")
	}
	return h.enter(w, r, c, rawID, p.Return)
}

// refusedByGateway: the person chose "Annulla" there, or the gateway refused.
func refusedByGateway(code, again string) error {
	f := fault.New(fault.Denied, "login.refused").For("gateway_error")
	if code == "access_denied" {
		f = fault.New(fault.Denied, "login.cancelled").For("cancelled")
	}
	return f.Offer("login.action.again", again).Offer("login.action.other", "/login")
}

// redeem exchanges the code and checks the ID token; the person's data come
// from the userinfo endpoint and must be about the same subject.
func (h *Handler) redeem(r *http.Request, code string, p pending) (claims, string, error) {
	var c claims
	ctx := h.Provider.context(r.Context())
	found, err := h.Provider.discover(r.Context())
	if err != nil {
		return c, "", err
	}
	oauth := h.Provider.oauth(found)
	tokens, err := oauth.Exchange(ctx, code, oauth2.VerifierOption(p.Verifier))
	if err != nil {
		return c, "", err
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := found.VerifierContext(h.Provider.context(r.Context()), &oidc.Config{ClientID: h.Config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return c, "", err
	}
	if err := id.Claims(&c); err != nil {
		return c, "", err
	}
	if c.Nonce != p.Nonce || p.Nonce == "" {
		return c, "", fault.New(fault.Invalid, "login.lost").For("nonce")
	}
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return c, "", err
	}
	// OIDC-core 5.3.2: sub of userinfo must match that of the ID token.
	if info.Subject != id.Subject {
		return c, "", fault.New(fault.Invalid, "login.lost").For("subject_mismatch")
	}
	acr, amr := c.ACR, c.AMR
	err = info.Claims(&c)
	c.ACR, c.AMR, c.Subject = acr, amr, id.Subject
	return c, raw, err
}

// enter opens the portal's session: one transaction, one commit.
func (h *Handler) enter(w http.ResponseWriter, r *http.Request, c claims, rawID, back string) error {
	now := h.Now()
	var secret string
	learner, err := h.Store.Arrive(r.Context(), Arrival{
		Issuer: h.Config.Issuer, Subject: c.Subject, Name: c.Name, GivenName: c.GivenName,
		FamilyName: c.FamilyName, Email: c.Email, BirthDate: c.BirthDate, Gender: c.Gender,
	}, now, func(learnerID string) (session web.Session) {
		session, secret = h.Site.Sessions.New(r, learnerID, "oidc", c.ACR, c.AMR, now)
		session.Data = map[string]string{"name": c.Name, hintKey: rawID}
		return session
	})
	if err != nil {
		return err
	}
	h.Site.Sessions.SetCookie(w, secret)
	to, err := h.Next(r.Context(), learner.ID, back)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, to)
}
