package plant

import (
	"atrio/gateway"
	"atrio/people/civil"
	"atrio/web/ui"
)

// gazetteer knows the places that forms offer and checks compare; nil without an archive.
func (p *Plant) gazetteer() *civil.Gazetteer {
	if p.Places == nil {
		return nil
	}
	return civil.New(p.Places, p.Now, ui.Langs()...)
}

// registering is what people without a digital identity register with.
func (p *Plant) registering() gateway.Registering {
	g := p.gazetteer()
	if g == nil {
		return gateway.Registering{}
	}
	return gateway.Registering{Places: g, Compare: g.Compare}
}
