package demo

import (
	"atrio/app/demo/townhall"
	"atrio/idp"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio"
)

// Contract is what the contract of the demonstration says about its provider; it ends, so that
// the clock shows how one is renewed.
func Contract() idp.ContractConfig {
	c := idp.ContractConfig{Address: "Via di Prova 1, 00100 Roma", Mail: "identita@example.org"}
	c.Years = 2
	return c
}

// Methods are the ways of identification that the demonstration offers.
func Methods() []apply.MethodConfig {
	return []apply.MethodConfig{{Method: enrolment.Point}, {Method: enrolment.Signature}, {Method: enrolment.CNS}, {Method: enrolment.Video}, {Method: enrolment.Chip}, {Method: enrolment.RAO}}
}

// Circuits are the partners whose Points identify people: they differ in who takes the
// pictures of the documents.
func Circuits() []point.CircuitConfig {
	return []point.CircuitConfig{
		{ID: "centri", Name: "Centri di prova", Note: point.Words{IT: "Uffici con personale formato: carichi le immagini a casa.", EN: "Offices with trained staff: you upload the pictures at home."}},
		{ID: "negozi", Name: "Negozi di prova", Uploads: "operator", Note: point.Words{IT: "Bar e tabaccherie: le immagini si fanno allo sportello.", EN: "Bars and tobacconists: the pictures are taken at the Point."}},
	}
}

// Video are the sessions of the demonstration; media come to an address of this machine.
func Video(udp string) video.Config {
	return video.Config{Config: studio.Config{UDP: udp}, Hours: []string{"mon-sun 00:00-24:00"}, Operators: 2}
}

// Points are their places, and the desk of the municipality.
func Points() []point.PointConfig {
	week := []string{"mon-sun 08:00-20:00"}
	return []point.PointConfig{
		{ID: "centro", Circuit: "centri", Name: "Centro di prova di Roma", Street: "Via degli Esempi 10", PostalCode: "00100", Town: "Roma", Phone: "+390600000010", Hours: week, Desks: 2},
		{ID: "centro-milano", Circuit: "centri", Name: "Centro di prova di Milano", Street: "Corso Finto 7", PostalCode: "20100", Town: "Milano", Phone: "+390200000007", Hours: []string{"mon-fri 09:00-12:30", "tue 14:30-17:00"}},
		{ID: "anagrafe", Circuit: townhall.Circuit, Name: "Anagrafe di prova", Street: "Piazza Finta 1", PostalCode: "00100", Town: "Roma", Hours: week},
		{ID: "bar", Circuit: "negozi", Name: "Bar di prova", Street: "Piazza Inventata 3", PostalCode: "00100", Town: "Roma", Hours: week},
	}
}
