package gateway

import (
	"atrio/gateway/doors/ciedoor"
	"atrio/gateway/doors/eidasdoor"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/doors/spiddoor"
	"atrio/gateway/doors/worlds"
	"atrio/people/person"
	"atrio/web"
)

// worlds is the house among the federations.
func (d Deps) worlds() worlds.House {
	return worlds.House{
		Site: d.Site, Services: d.Services, SPID: d.Directory, CIE: d.CIE, EIDAS: d.EIDAS, Outage: d.Outage, Sessions: d.Store, Now: d.Now,
		SPIDSigner: d.SPIDSigner, CIESigner: d.CIESigner, SPIDCertificates: d.SPIDCertificates, CIECertificates: d.CIECertificates,
	}
}

// openDoors builds the doors that are configured. SPID and eIDAS are one service of
// one federation and share metadata and the address for answers; CIE has its own.
func (g *Gateway) openDoors(c Config, d Deps, common samldoor.Common, limits limits) (*spiddoor.Door, []web.Mounter) {
	sp := d.worlds().SPIDService(c.SPID)
	// What a door refuses goes to the ledger under its name.
	at := func(door person.Door) samldoor.Common {
		common.KeepRefused = g.Flow.refusedAt(door)
		return common
	}
	spid := spiddoor.New(at(person.DoorSPID), d.Directory, sp, d.Services.AttributeIndex, limits.starts)
	answers := &samldoor.ACS{Path: spiddoor.ACSPath, Journeys: common.Journeys, Allow: limits.answers, Doors: []*samldoor.Door{&spid.Door}}
	g.spid = &samldoor.Metadata{Path: spiddoor.MetadataPath, Describe: sp.Metadata, KeyMark: sp.KeyMark, Now: d.Now}
	mounts := []web.Mounter{home{}, spid, answers, g.spid}
	if d.EIDAS != nil {
		eidas := eidasdoor.New(at(person.DoorEIDAS), d.EIDAS, sp, c.EIDAS.Countries, limits.starts)
		answers.Doors = append(answers.Doors, &eidas.Door)
		mounts = append(mounts, eidas)
	}
	if d.CIE != nil {
		service := d.worlds().CIEService(c.CIE, c.SPID)
		cie := ciedoor.New(at(person.DoorCIE), d.CIE, service, c.CIE.Lowest(), limits.starts)
		g.cie = &samldoor.Metadata{Path: ciedoor.MetadataPath, Describe: service.Metadata, KeyMark: service.KeyMark, Now: d.Now}
		mounts = append(mounts, cie, g.cie, &samldoor.ACS{
			Path: ciedoor.ACSPath, Journeys: common.Journeys, Allow: limits.answers, Doors: []*samldoor.Door{&cie.Door},
		})
	}
	return spid, mounts
}
