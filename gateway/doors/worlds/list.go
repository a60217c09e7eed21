package worlds

import (
	"slices"

	"atrio/gateway/doors"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/settings"
)

// Providers is the list of the providers of SPID as the login page shows it.
func (h House) Providers(c settings.SPIDConfig) func() []doors.Provider {
	outage := h.Outage
	if outage == nil {
		outage = func(entityID string) (string, bool) { return "", slices.Contains(c.Outages, entityID) }
	}
	return func() []doors.Provider {
		var out []doors.Provider
		for _, p := range h.SPID.Providers() {
			text, on := outage(p.EntityID)
			out = append(out, doors.Provider{EntityID: p.EntityID, Name: p.Name, Outage: on, OutageText: text, Sites: p.Websites})
		}
		return out
	}
}

// Button is a door of one provider on the login page: it shows what is known of any
// of its providers, or of the door as a whole. // G1.1
func (h House) Button(d samldoor.Directory, outage bool) doors.Button {
	return doors.Button{Open: d != nil, Outage: func() (string, bool) {
		if d == nil || h.Outage == nil {
			return "", outage
		}
		for _, p := range d.Providers() {
			if text, on := h.Outage(p.EntityID); on {
				return text, true
			}
		}
		return "", outage
	}}
}
