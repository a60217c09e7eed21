package codicefiscale_test

import (
	"errors"
	"fmt"
	"time"

	"atrio/people/codicefiscale"
)

func ExampleParse() {
	_, err := codicefiscale.Parse("FNTPRV8OA01H501U")
	var wrong *codicefiscale.Error
	if errors.As(err, &wrong) {
		fmt.Printf("%s at %d, perhaps %s\n", wrong.Reason, wrong.At, wrong.Instead)
	}
	// Output: form at 8, perhaps 0
}

func ExampleCompare() {
	code, _ := codicefiscale.Parse("FNTPRV80A01H501U")
	stated := codicefiscale.Person{
		Surname: "Prova", GivenName: "Finti", Sex: codicefiscale.Male,
		Born: time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC), Place: "H501",
	}
	c := codicefiscale.Compare(code, stated, nil)
	fmt.Println(c.Differences, "swapped:", c.Swapped)
	// Output: [{surname differs} {given_name differs}] swapped: true
}
