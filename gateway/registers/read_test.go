package registers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"atrio/gateway/account"
	"atrio/gateway/registers"
)

var (
	now  = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	rome = time.FixedZone("CET", 3600)
)

// codes of nobody.
var one, two = code(), code()

func code() string {
	c, err := account.NewCode(account.DefaultDigits)
	if err != nil {
		panic(err)
	}
	return string(c)
}

func read(text string) ([]registers.Person, error) {
	return registers.Read(strings.NewReader(text), rome, now)
}

func TestAFileIsReadPersonByPerson(t *testing.T) {
	for _, file := range []string{
		"person,fiscal_code,citizenships,birth_date,kind,unit,from,until\n" +
			one + ",,BR IT,1999-03-01,student,Lettere,2025-10-01,2026-09-30\n" +
			two + ",fntprv80a01h501u,,,employee,,,\n" + one + ",,,,employee,\"Biblioteca, sede\",,\n",
		"\ufeffkind;person;fiscal_code;unit;from;until;citizenships;birth_date\r\n" +
			"student;" + one + ";;Lettere;2025-10-01;2026-09-30;BR IT;1999-03-01\r\n\r\n" +
			"employee;" + two + ";FNTPRV80A01H501U;;;;;\r\nemployee;" + one + ";; Biblioteca, sede ;;;BR IT;\r\n",
	} {
		list, err := read(file)
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		p, q := list[0], list[1]
		if string(p.Code) != one || p.Citizenships != "IT BR" || p.BirthDate != "1999-03-01" || len(p.Ties) != 2 || p.Line != 2 {
			t.Errorf("%+v", p)
		}
		study := p.Ties[0]
		if study.Kind != "student" || study.Unit != "Lettere" || !study.From.Equal(time.Date(2025, 10, 1, 0, 0, 0, 0, rome)) || !study.Until.Equal(time.Date(2026, 10, 1, 0, 0, 0, 0, rome)) {
			t.Errorf("%+v: the last day is part of it", study)
		}
		if p.Ties[1].Unit != "Biblioteca, sede" || !p.Ties[1].Until.IsZero() || string(q.FiscalCode) != "FNTPRV80A01H501U" || q.Ties[0].Kind != "employee" {
			t.Errorf("%+v %+v", p, q)
		}
	}
}

func TestMistakesInAFileAreTold(t *testing.T) {
	const head = "person,fiscal_code,citizenships,birth_date,kind,unit,from,until\n"
	for want, file := range map[string]string{
		"is empty":               "",
		"names nobody":           head,
		`no column "name"`:       "person,name\n",
		"person stands twice":    "person,person\n",
		"to name the account":    "kind,unit\n",
		"not UTF-8":              "person\n\xff\n",
		"wrong number of fields": head + one + ",,IT\n",
		"line 2: person: is not a Codice Persona": head + "123,,IT,,,,,\n",
		"fiscal_code: is not a codice fiscale":    head + ",FNTPRV80A01H501X,IT,,,,,\n",
		"person or fiscal_code is needed":         head + ",,IT,,,,,\n",
		"says nothing":                            head + one + ",,,,,,,\n",
		`"ITA" is no state`:                       head + one + ",,ITA,,,,,\n",
		"IT stands twice":                         head + one + ",,IT IT,,,,,\n",
		"birth_date: \"1.3.1999\" is no day":      head + one + ",,,1.3.1999,,,,\n",
		"birth_date: lies ahead":                  head + one + ",,,2026-03-11,,,,\n",
		"\"0999-01-01\" is no day":                head + one + ",,,0999-01-01,,,,\n",
		"go with kind":                            head + one + ",,IT,,,Lettere,,\n",
		`kind: "boss" is none of student`:         head + one + ",,,,boss,,,\n",
		"until: lies before from":                 head + one + ",,,,guest,,2026-03-02,2026-03-01\n",
		"line 3: overlaps line 2":                 head + one + ",,,,guest,X,,2026-03-01\n" + one + ",,,,guest,X,2026-03-01,\n",
		"citizenships: line 2 says something":     head + one + ",,IT,,,,,\n" + one + ",,BR,,,,,\n",
		"unit: at most 200 characters":            head + one + ",,,,guest," + strings.Repeat("à", 201) + ",,\n",
		"on one line":                             head + one + ",,,,guest,\"a\nb\",,\n",
		"bare \" in non-quoted":                   head + one + ",,,,guest,a\"b,,\n",
		"and 10 more":                             head + strings.Repeat("x,,IT,,,,,\n", 60),
		"larger than":                             head + strings.Repeat(" ", registers.MaxBytes),
		"more than 200000 lines":                  "person,kind\n" + strings.Repeat(one+",guest\n", registers.MaxLines+1),
	} {
		if list, err := read(file); err == nil || !strings.Contains(err.Error(), want) || list != nil {
			t.Errorf("%s: %.200v %d", want, err, len(list))
		}
	}
}

// Whatever a file holds, it is read or refused; what is read can be compared.
func FuzzRead(f *testing.F) {
	f.Add("person,kind,until\n" + one + ",guest,2026-03-01\n")
	f.Add("\ufefffiscal_code;citizenships\nFNTPRV80A01H501U;IT BR\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := read(text)
		if err == nil && len(list) == 0 {
			t.Error("nothing read and nothing refused")
		}
		for _, p := range list {
			if p.Code == "" && p.FiscalCode == "" || p.Line < 2 {
				t.Errorf("%+v", p)
			}
			a := account.Account{State: account.Active, FiscalCode: p.FiscalCode, Email: "a@example.org"}
			first, left := registers.Compare(registers.Known{Account: a}, p, now)
			if left != "" {
				t.Error(left)
			}
			again, left := registers.Compare(registers.Known{Account: a, Attributes: first.Attributes, Ties: first.Ties}, p, now)
			if left != "" || len(again.Fields) > 0 || fmt.Sprint(again.Kept) != fmt.Sprint(first.Kept) {
				t.Errorf("the second time changes %v, %s", again.Fields, left)
			}
		}
	})
}
