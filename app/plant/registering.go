package plant

import (
	"atrio/gateway"
	"atrio/gateway/registration/gazetteer"
)

// registering is what people without a digital identity register with.
func (p *Plant) registering() gateway.Registering {
	if p.Places == nil {
		return gateway.Registering{}
	}
	g := gazetteer.New(p.Places, p.Now)
	return gateway.Registering{Places: g, Compare: g.Compare}
}
