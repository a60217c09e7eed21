package places_test

import (
	"fmt"
	"time"

	"atrio/assets"
	"atrio/people/places"
)

// A form asks for the day of birth first, then for some letters of the place; it
// shows the choices as radio buttons and keeps the code.
func ExampleDirectory_Search() {
	directory, err := places.Open(assets.FS())
	if err != nil {
		fmt.Println(err)
		return
	}
	born := time.Date(1983, time.May, 10, 0, 0, 0, 0, time.UTC)
	for _, p := range directory.Search(places.Query{Text: "bellag", On: born, Where: places.InItaly}) {
		fmt.Println(p.Code, p.Label(), "until", p.Last.Format("2 January 2006"))
	}
	for _, p := range directory.Search(places.Query{Text: "ivory", On: born, Where: places.Abroad}) {
		fmt.Println(p.Code, p.In("it"))
	}
	// Output:
	// A744 Bellagio (CO) until 3 February 2014
	// Z313 Costa d'Avorio
}
