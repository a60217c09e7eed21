package samlsso

// FullLeaving and FullOutcome are full views for the test of the pages.
func FullLeaving() LeavingView {
	return LeavingView{Services: []told{{Name: "Servizi <Prova>", Frame: "https://sp.example.org/slo?SAMLRequest=x"}, {Name: "Biblioteca"}}}
}

func FullOutcome(service string) OutcomeView {
	return OutcomeView{Service: service, Unconfirmed: []told{{Name: "Servizi <Prova>", Address: tellPath + "?request=_x"}, {Name: "Biblioteca"}}}
}
