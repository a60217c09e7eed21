package oidcop

import (
	"embed"

	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and the texts of its errors.
func Pages() ui.Pages { return ui.Pages{Name: "oidcop", FS: files} }

// LogoutPage asks whether the person wants to leave.
type LogoutPage struct {
	// Service that asked, "" when it did not say who it is.
	Service string
	// Action and Request are the form's address and hidden field.
	Action, Request string
}

// LeftPage says that the session has ended.
type LeftPage struct{}
