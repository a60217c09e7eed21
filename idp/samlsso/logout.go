package samlsso

import (
	"net/http"

	"atrio/base/fault"
)

// logout answers at the address of single logout. The rules want the address in
// the metadata; a logout that a service starts is not active yet, and half of one
// would leave people signed in where they believe they are not. The page says so
// and leads to the sign-out of the provider itself.
func (h *Handler) logout(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.Denied, "error.idp.single_logout").For("single_logout_inactive").
		Offer("idp.account.link", "/account")
}
