package gateway

import (
	"slices"

	"atrio/federation/spid/spidsaml"
	"atrio/gateway/doors/ciedoor"
	"atrio/gateway/doors/eidasdoor"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/doors/spiddoor"
	"atrio/people/person"
	"atrio/web"
)

// openDoors builds the doors that are configured. SPID and eIDAS are one service of
// one federation and share metadata and the address for answers; CIE has its own.
func (g *Gateway) openDoors(c Config, d Deps, common samldoor.Common, limits limits) (*spiddoor.Door, []web.Mounter) {
	sp := c.SPID.service(d)
	// What a door refuses goes to the ledger under its name.
	at := func(door person.Door) samldoor.Common {
		common.KeepRefused = g.Flow.refusedAt(door)
		return common
	}
	spid := spiddoor.New(at(person.DoorSPID), d.Directory, sp, setFor(d.Services), limits.starts)
	answers := &samldoor.ACS{Path: spiddoor.ACSPath, Journeys: common.Journeys, Allow: limits.answers, Doors: []*samldoor.Door{&spid.Door}}
	g.spid = &samldoor.Metadata{Path: spiddoor.MetadataPath, Describe: sp.Metadata, KeyMark: sp.KeyMark, Now: d.Now}
	mounts := []web.Mounter{home{}, spid, answers, g.spid}
	if d.EIDAS != nil {
		eidas := eidasdoor.New(at(person.DoorEIDAS), d.EIDAS, sp, c.EIDAS.Countries, limits.starts)
		answers.Doors = append(answers.Doors, &eidas.Door)
		mounts = append(mounts, eidas)
	}
	if d.CIE != nil {
		service := c.CIE.service(d, c.SPID)
		cie := ciedoor.New(at(person.DoorCIE), d.CIE, service, c.CIE.lowest(), limits.starts)
		g.cie = &samldoor.Metadata{Path: ciedoor.MetadataPath, Describe: service.Metadata, KeyMark: service.KeyMark, Now: d.Now}
		mounts = append(mounts, cie, g.cie, &samldoor.ACS{
			Path: ciedoor.ACSPath, Journeys: common.Journeys, Allow: limits.answers, Doors: []*samldoor.Door{&cie.Door},
		})
	}
	return spid, mounts
}

// without is a directory of SPID that does not know the node of eIDAS, wherever its
// metadata came from: the node is asked by its own door, with its own sets of
// attributes, or not at all. // Avviso eIDAS 01-2018
type without struct {
	samldoor.Directory
	other samldoor.Directory
}

// Providers lists those of SPID alone.
func (w without) Providers() []spidsaml.Provider {
	return slices.DeleteFunc(slices.Clone(w.Directory.Providers()), func(p spidsaml.Provider) bool { return w.belongs(p.EntityID) })
}

// Provider finds one of SPID alone.
func (w without) Provider(entityID string) (spidsaml.Provider, bool) {
	if w.belongs(entityID) {
		return spidsaml.Provider{}, false
	}
	return w.Directory.Provider(entityID)
}

func (w without) belongs(entityID string) bool {
	if w.other == nil {
		return false
	}
	_, found := w.other.Provider(entityID)
	return found
}
