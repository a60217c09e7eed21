package gateway

import (
	"net/http"
	"slices"

	"atrio/federation/spid/spidsaml"
	"atrio/gateway/account"
	"atrio/gateway/doors/ciedoor"
	"atrio/gateway/doors/exit"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/doors/spiddoor"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
)

// exits are the ways out, by the door that a session came in by. Who came in by another
// door has no session elsewhere to end.
type exits map[person.Door]*exit.Exit

// openExits builds the ways out of the doors that are configured. SPID and eIDAS are one
// service of one federation and share the address.
func openExits(c Config, d Deps, sessions *sso.SSO, guard web.Guard) exits {
	spid := &exit.Exit{
		Site: d.Site, Path: spiddoor.SLOPath, Own: c.SPID.service(d).Leaver(), Directory: worlds{d.Directory, d.EIDAS}, Sessions: d.Store,
		Silent: func(entityID string) bool { return slices.Contains(c.SPID.SilentLogout, entityID) },
		Event:  sessions.Event, Limit: guard, Now: d.Now,
	}
	all := exits{person.DoorSPID: spid, person.DoorEIDAS: spid}
	if d.CIE != nil {
		all[person.DoorCIE] = &exit.Exit{
			Site: d.Site, Path: ciedoor.SLOPath, Own: c.CIE.service(d, c.SPID).Leaver(), Directory: d.CIE, Sessions: d.Store,
			Silent: func(string) bool { return true }, // CIE-SAML logout: no answer is ever sent
			Event:  sessions.Event, Limit: guard, Now: d.Now,
		}
	}
	return all
}

// mounts are the addresses of the ways out, each once.
func (x exits) mounts() []web.Mounter {
	list := []web.Mounter{x[person.DoorSPID]}
	if cie := x[person.DoorCIE]; cie != nil {
		list = append(list, cie)
	}
	return list
}

// leave goes on after a session has ended; false when there is nothing to end elsewhere.
func (x exits) leave(w http.ResponseWriter, r *http.Request, s account.DoorSession, to string) (bool, error) {
	way, open := x[s.Door]
	if !open {
		return false, nil
	}
	return true, way.Leave(w, r, s, to)
}

// worlds finds a provider in several directories; those that are nil have none.
type worlds []samldoor.Directory

// Provider implements exit.Directory.
func (x worlds) Provider(entityID string) (spidsaml.Provider, bool) {
	for _, d := range x {
		if d == nil {
			continue
		}
		if p, known := d.Provider(entityID); known {
			return p, true
		}
	}
	return spidsaml.Provider{}, false
}
