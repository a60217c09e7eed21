package journey

import (
	"errors"

	"atrio/base/fault"
)

// LoginURL is the login page of a journey; handle may be empty.
func LoginURL(handle string) string {
	if handle == "" {
		return "/login"
	}
	return "/login?flow=" + handle
}

// Explain adds the ways on to an error of Find, so that no page is a dead end: an
// expired journey starts again with its destination, a lost one from the login
// page. Other errors stay as they are.
func Explain(err error, handle string) error {
	var f *fault.Error
	switch {
	case !errors.As(err, &f):
		return err
	case errors.Is(err, ErrExpired), errors.Is(err, ErrWrongStep):
		return f.Offer("gateway.action.restart", LoginURL(handle)).Offer("gateway.action.help", "/help")
	case errors.Is(err, ErrOtherBrowser), errors.Is(err, ErrEvicted), errors.Is(err, ErrTooLarge):
		return f.Offer("gateway.action.restart", "/login").Offer("gateway.action.help", "/help")
	}
	return err
}
