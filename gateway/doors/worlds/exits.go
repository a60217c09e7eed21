package worlds

import (
	"net/http"
	"slices"

	"atrio/base/audit"
	"atrio/gateway/account"
	"atrio/gateway/doors/ciedoor"
	"atrio/gateway/doors/exit"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/doors/spiddoor"
	"atrio/gateway/settings"
	"atrio/people/person"
	"atrio/web"
)

// Exits are the ways out, by the door that a session came in by. Who came in by another
// door has no session elsewhere to end.
type Exits map[person.Door]*exit.Exit

// Exits builds the ways out of the doors that are configured. SPID and eIDAS are one
// service of one federation and share the address.
func (h House) Exits(c settings.Config, event func(*http.Request, map[string]string) audit.Event, guard web.Guard) Exits {
	spid := &exit.Exit{
		Site: h.Site, Path: spiddoor.SLOPath, Own: h.SPIDService(c.SPID).Leaver(), Directory: samldoor.Worlds{h.SPID, h.EIDAS}, Sessions: h.Sessions,
		Silent: func(entityID string) bool { return slices.Contains(c.SPID.SilentLogout, entityID) },
		Event:  event, Limit: guard, Now: h.Now,
	}
	all := Exits{person.DoorSPID: spid, person.DoorEIDAS: spid}
	if h.CIE != nil {
		all[person.DoorCIE] = &exit.Exit{
			Site: h.Site, Path: ciedoor.SLOPath, Own: h.CIEService(c.CIE, c.SPID).Leaver(), Directory: h.CIE, Sessions: h.Sessions,
			Silent: func(string) bool { return true }, // CIE-SAML logout: no answer is ever sent
			Event:  event, Limit: guard, Now: h.Now,
		}
	}
	return all
}

// Mounts are the addresses of the ways out, each once.
func (x Exits) Mounts() []web.Mounter {
	list := []web.Mounter{x[person.DoorSPID]}
	if cie := x[person.DoorCIE]; cie != nil {
		list = append(list, cie)
	}
	return list
}

// Leave goes on after a session has ended; false when there is nothing to end elsewhere.
func (x Exits) Leave(w http.ResponseWriter, r *http.Request, s account.DoorSession, to string) (bool, error) {
	way, open := x[s.Door]
	if !open {
		return false, nil
	}
	return true, way.Leave(w, r, s, to)
}
