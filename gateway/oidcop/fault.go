package oidcop

import "atrio/base/fault"

// Faults that end on a page of ours, because there is no address to which they
// could be told safely, or because they concern the person.
var (
	errTooLong        = fault.New(fault.Invalid, "error.oidc.too_long").For("oidc_request_too_long")
	errMalformed      = fault.New(fault.Invalid, "error.oidc.malformed").For("oidc_request_malformed")
	errRepeated       = fault.New(fault.Invalid, "error.oidc.repeated").For("oidc_parameter_repeated")
	errUnknownService = fault.New(fault.Invalid, "error.oidc.unknown_service").For("oidc_unknown_client")
	errRedirect       = fault.New(fault.Invalid, "error.oidc.redirect").For("oidc_redirect_uri_mismatch")
	errRequest        = fault.New(fault.Invalid, "error.oidc.request").For("oidc_request_invalid")
	errHint           = fault.New(fault.Invalid, "error.oidc.hint").For("oidc_hint_invalid")
	errLogoutRedirect = fault.New(fault.Invalid, "error.oidc.logout_redirect").For("oidc_logout_redirect_mismatch")
)
