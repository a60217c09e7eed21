package course

import (
	"testing"
	"time"

	"atrio/web/webtest"
)

func TestThePagesAreSoundInBothLanguages(t *testing.T) {
	var cards []card
	for i, state := range States() {
		for _, area := range Areas() {
			cards = append(cards, card{Lang: "it", State: state, Enrolled: i == 0, Course: Course{
				ID: "statica", Title: Text{It: "Statica <delle> strutture", En: "Statics"}, Summary: Text{It: "Forze ed equilibri."},
				Area: area, Language: Languages()[i%2], Hours: i, Badge: i == 1,
			}})
		}
	}
	enrolled, open, ended := cards[0], cards[6], cards[12]
	open.Enrolled, open.Teacher, open.Sections = false, "Docente di Prova", []Text{{It: "Prima", En: "First"}}
	webtest.Pages(t, Pages(), map[string][]any{
		"home":      {homeView{}, homeView{Courses: cards, SignedIn: true}, homeView{Courses: cards}},
		"catalogue": {catalogueView{}, catalogueView{Courses: cards, Total: 20, Areas: Areas(), Languages: Languages(), States: States(), Query: Query{"a<b", "design", "en", "open"}}},
		"dashboard": {dashboardView{}, dashboardView{cards}},
		"unenrol":   {courseView{}, courseView{card: enrolled}},
		"course": {
			courseView{card: card{State: Open, Course: Course{Language: "it"}}},
			courseView{card: enrolled, Paragraphs: []string{"Uno.", "Due."}, EnrolledAt: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), SignedIn: true},
			courseView{card: open, Paragraphs: []string{"Uno."}}, courseView{card: open, SignedIn: true}, courseView{card: ended},
		},
	})
}
