package gateway

import (
	"atrio/gateway/doors/ciedoor"
	"atrio/gateway/doors/eidasdoor"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/doors/spiddoor"
	"atrio/web"
)

// openDoors builds the doors that are configured. SPID and eIDAS are one service of
// one federation and share metadata and the address for answers; CIE has its own.
func (g *Gateway) openDoors(c Config, d Deps, common samldoor.Common, limits limits) (*spiddoor.Door, []web.Mounter) {
	sp := c.SPID.service(d)
	spid := spiddoor.New(common, d.Directory, sp, attributeIndex, limits.starts)
	answers := &samldoor.ACS{Path: spiddoor.ACSPath, Journeys: common.Journeys, Doors: []*samldoor.Door{&spid.Door}}
	g.spid = &samldoor.Metadata{Path: spiddoor.MetadataPath, Describe: sp.Metadata, Now: d.Now}
	mounts := []web.Mounter{home{}, spid, answers, g.spid}
	if d.EIDAS != nil {
		eidas := eidasdoor.New(common, d.EIDAS, sp, c.EIDAS.Countries, limits.starts)
		answers.Doors = append(answers.Doors, &eidas.Door)
		mounts = append(mounts, eidas)
	}
	if d.CIE != nil {
		service := c.CIE.service(d, c.SPID)
		cie := ciedoor.New(common, d.CIE, service, c.CIE.lowest(), limits.starts)
		g.cie = &samldoor.Metadata{Path: ciedoor.MetadataPath, Describe: service.Metadata, Now: d.Now}
		mounts = append(mounts, cie, g.cie, &samldoor.ACS{Path: ciedoor.ACSPath, Journeys: common.Journeys, Doors: []*samldoor.Door{&cie.Door}})
	}
	return spid, mounts
}
