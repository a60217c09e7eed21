package plant

import (
	"atrio/gateway"
	"atrio/people/civil"
	"atrio/web/ui"
)

// registering is what people without a digital identity register with.
func (p *Plant) registering() gateway.Registering {
	if p.Places == nil {
		return gateway.Registering{}
	}
	g := civil.New(p.Places, p.Now, ui.Langs()...)
	return gateway.Registering{Places: g, Compare: g.Compare}
}
