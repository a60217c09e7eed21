package oidcop

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// exchange is what one HTTP request carries through the engine, which knows
// nothing of it: it travels in the context, and the engine hands the context to
// the callbacks of this package.
type exchange struct {
	// request is set at the authorization endpoint, and what was decided.
	request *request
	subject Subject
	// acr is how the login is named to this service.
	acr string
	// pageFault ends the request with a page of ours.
	pageFault error

	// form and proof are set at the token endpoint.
	form  url.Values
	proof *Assertion
	// grant is the code being redeemed, settled that its fate is written.
	grant   *Grant
	settled bool
	// reference and address of the request, for the audit line.
	reference, address string

	// refusals are the engine's private reasons, for the audit log.
	refusals []error
}

type exchangeKey struct{}

func withExchange(r *http.Request, x *exchange) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
}

// exchangeOf never returns nil.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// renderLater keeps a fault that the engine cannot send to the service, so that
// it becomes a page with a reference number.
func renderLater(_ http.ResponseWriter, r *http.Request, err error) error {
	x := exchangeOf(r.Context())
	if x.pageFault != nil {
		return nil
	}
	var public goidc.Error
	if errors.As(err, &public) && public.Code != goidc.ErrorCodeInternalError {
		x.pageFault = errRequest.Because(err)
		return nil
	}
	x.pageFault = err
	return nil
}

func noteError(ctx context.Context, err error) {
	x := exchangeOf(ctx)
	x.refusals = append(x.refusals, err)
}
