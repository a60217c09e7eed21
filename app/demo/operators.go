package demo

import "atrio/idp/backoffice/operator"

// Operators are who works at the provider of the demonstration: two collect at Points, one
// seals tokens at the desk of a municipality, one collects in video sessions, two decide, one
// of them looks into fraud too, one coordinates, one answers the telephone. They are invited
// at the start; the mails are in the inbox, the keys are those of the visitor's browser.
func Operators() []operator.Config {
	return []operator.Config{
		{Name: "Carla Prova", Email: "carla.prova@punto.example.org", Roles: []string{"collector"}, Point: "centro"},
		{Name: "Bruno Prova", Email: "bruno.prova@bar.example.org", Roles: []string{"collector"}, Point: "bar"},
		{Name: "Olga Prova", Email: "olga.prova@comune.example.org", Roles: []string{"collector"}, Point: "anagrafe"},
		{Name: "Vera Prova", Email: "vera.prova@gestore.example.org", Roles: []string{"video"}},
		{Name: "Remo Prova", Email: "remo.prova@gestore.example.org", Roles: []string{"approver"}},
		{Name: "Fabia Prova", Email: "fabia.prova@gestore.example.org", Roles: []string{"approver", "fraud"}},
		{Name: "Sara Prova", Email: "sara.prova@gestore.example.org", Roles: []string{"supervisor"}},
		{Name: "Tito Prova", Email: "tito.prova@gestore.example.org", Roles: []string{"helpdesk"}},
	}
}
