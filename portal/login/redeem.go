package login

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"golang.org/x/oauth2"

	"atrio/base/fault"
)

// proof is what a checked ID token says of a login.
type proof struct {
	Nonce string   `json:"nonce"`
	Party string   `json:"azp"`
	ACR   string   `json:"acr"`
	AMR   []string `json:"amr"`

	subject string
	raw     string // the token itself
}

// redeem exchanges the code and checks the ID token; the person's data come
// from the userinfo endpoint and must be about the same subject.
func (h *Handler) redeem(ctx context.Context, g *gateway, code string, p pending) (proof, person, error) {
	ctx, cancel := context.WithTimeout(h.Provider.context(ctx), redemption)
	defer cancel()
	var who person
	tokens, err := g.oauth.Exchange(ctx, code, oauth2.VerifierOption(p.Verifier))
	if err != nil {
		return proof{}, who, refused("code", err)
	}
	proof, err := h.check(ctx, g, tokens, p.Nonce)
	if err != nil {
		return proof, who, refused("id_token", err)
	}
	info, err := g.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return proof, who, refused("userinfo", err)
	}
	// OIDC-core 5.3.2: sub of userinfo must match that of the ID token.
	if info.Subject != proof.subject {
		return proof, who, refused("subject_mismatch", errors.New("userinfo is about somebody else"))
	}
	if err := info.Claims(&who); err != nil {
		return proof, who, refused("userinfo", err)
	}
	return proof, who, nil
}

// check verifies the ID token: signature, issuer, audience and expiry by the
// library, the rest here.
func (h *Handler) check(ctx context.Context, g *gateway, tokens *oauth2.Token, nonce string) (proof, error) {
	var p proof
	p.raw, _ = tokens.Extra("id_token").(string)
	id, err := g.verifier.Verify(ctx, p.raw)
	if err != nil {
		return p, err
	}
	if err := id.Claims(&p); err != nil {
		return p, err
	}
	switch p.subject = id.Subject; {
	case nonce == "" || p.Nonce != nonce: // OIDC-core 3.1.3.7 item 11
		return p, errors.New("nonce of another login")
	case len(id.Audience) != 1: // item 3: no audience besides us is trusted
		return p, fmt.Errorf("%d audiences", len(id.Audience))
	case p.Party != "" && p.Party != h.Config.ClientID: // item 5
		return p, errors.New("authorized party is another client")
	case id.Subject == "" || len(id.Subject) > maxSubject || line(id.Subject, maxSubject) != id.Subject:
		return p, errors.New("subject is not usable")
	case id.AccessTokenHash != "":
		err = id.VerifyAccessToken(tokens.AccessToken) // OIDC-core 3.1.3.8
	}
	return p, err
}

// refused tells a gateway that does not answer from one whose answer we do not
// accept: the first is worth another try, the second a word to the support.
func refused(reason string, err error) error {
	var answer *oauth2.RetrieveError
	var network *url.Error
	down := errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded)
	if errors.As(err, &answer) {
		down = answer.Response.StatusCode >= 500
	}
	if down {
		return gatewayDown(reason, err)
	}
	return fault.New(fault.Denied, "login.failed").For("login_" + reason).Because(private(err))
}

// methods bounds the list that is kept with the session.
func (p proof) methods() []string {
	var list []string
	for _, m := range p.AMR[:min(len(p.AMR), maxMethods)] {
		list = append(list, line(m, maxWord))
	}
	return list
}
