package applicant

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"sync"

	"atrio/idp/enrolment"
)

// Person is who applies.
type Person struct {
	Given, Family, Sex string
	Day, Month, Year   string // of birth, in Bellagio
	FiscalCode         string
	Email, Phone       string
	Document           string // the number of an identity card from 12/4/2023 to 10/5/2031, which documents of mrtdtest say
}

// Nina is an invented person.
var Nina = Person{
	Given: "Nina", Family: "Richiesta", Sex: "F", Day: "10", Month: "5", Year: "1983", FiscalCode: "RCHNNI83E50A744F",
	Email: "nina.richiesta@example.org", Phone: "+393331110099", Document: "CA00001AA",
}

// Password is what every applicant chooses.
const Password = "Corretto-Cavallo-9"

// data are the fields of the person.
func (p Person) data() []string {
	return []string{
		"family_name", p.Family, "given_name", p.Given, "gender", p.Sex, "birth_day", p.Day, "birth_month", p.Month, "birth_year", p.Year,
		"birth_state", "IT", "birth_province", "CO", "birth_town", "Bellagio", "citizenship", "IT", "fiscal_code", p.FiscalCode,
		"residence_country", "IT", "residence_province", "RM", "residence_town", "Roma", "residence_street", "Via degli Esempi 1", "residence_postal", "00100",
	}
}

// papers are the fields of the documents.
func (p Person) papers() []string {
	return []string{
		"kind", "cartaIdentita", "number", p.Document, "issuer", "Comune di Roma", "issued_day", "12", "issued_month", "4", "issued_year", "2023",
		"expires_day", "10", "expires_month", "5", "expires_year", "2031",
		"card", "ts", "card_number", "80380000000000000009", "card_expires_day", "1", "card_expires_month", "1", "card_expires_year", "2031",
	}
}

// pictures are those of the documents: light cards with marks, each another one.
var pictures = sync.OnceValue(func() map[string][]byte {
	files := map[string][]byte{}
	for seed, what := range enrolment.Pictures() {
		img := image.NewGray(image.Rect(0, 0, 1000, 640))
		for y := range 640 {
			for x := range 1000 {
				c := color.Gray{Y: 235}
				if (x/20+y/20+seed)%5 == 0 {
					c.Y = 70
				}
				img.SetGray(x, y, c)
			}
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, img, nil); err != nil {
			panic(err) // a buffer takes everything
		}
		files[string(what)] = out.Bytes()
	}
	return files
})
