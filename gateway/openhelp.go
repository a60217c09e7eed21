package gateway

import (
	"atrio/gateway/doors"
	"atrio/gateway/help"
)

// openHelp builds the pages of help. // G1.2
func openHelp(c Config, d Deps, limits limits, choice *doors.Doors) *help.Help {
	return &help.Help{
		Site: d.Site, Providers: choice.Providers, Links: choice.Links, Votes: d.Store, Keep: c.Help.Keep(),
		Limiter: d.Limiter, Limit: limits.posts, SupportMail: c.SupportMail, Now: d.Now,
	}
}
