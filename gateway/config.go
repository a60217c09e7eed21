package gateway

import "atrio/gateway/settings"

// The settings, under the names that whoever writes a configuration knows.
type (
	Config             = settings.Config
	CIEConfig          = settings.CIEConfig
	CIEContactConfig   = settings.CIEContactConfig
	ClerkConfig        = settings.ClerkConfig
	ContactConfig      = settings.ContactConfig
	EIDASConfig        = settings.EIDASConfig
	HelpConfig         = settings.HelpConfig
	LimitsConfig       = settings.LimitsConfig
	NamesConfig        = settings.NamesConfig
	OrganizationConfig = settings.OrganizationConfig
	PasswordConfig     = settings.PasswordConfig
	SPIDConfig         = settings.SPIDConfig
	SPIDProviderConfig = settings.SPIDProviderConfig
)
