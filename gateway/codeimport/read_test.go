package codeimport

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"atrio/gateway/account"
	"atrio/people/person"
)

var rules = Rules{OwnDomains: []string{"ateneo.example.it"}, Today: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}

const head = "code,given_name,family_name,fiscal_code,birth_date,email,language\n"

func TestALineIsReadAsItStands(t *testing.T) {
	want := Line{
		Number: 2, Code: "202400013", GivenName: "Prova", FamilyName: "D'Finti, jr", FiscalCode: "FNTPRV80A01H501U",
		BirthDate: "1980-01-01", Email: "prova@posta.example.it", Language: "it",
	}
	for name, text := range map[string]string{
		"commas":     head + `202400013,Prova,"D'Finti, jr",FNTPRV80A01H501U,1980-01-01,prova@posta.example.it,it` + "\n",
		"semicolons": strings.ReplaceAll(head, ",", ";") + "202400013;Prova;D'Finti, jr;fntprv80a01h501u;1980-01-01;prova@posta.example.it;IT\r\n",
		"with a mark, spaces and another order": "\ufeffemail, family_name, Code, given_name, language, birth_date, fiscal_code\n" +
			`prova@posta.example.it,"D'Finti, jr", 202 400 013 ,Prova,it,1980-01-01,FNTPRV80A01H501U`,
	} {
		got, err := Read(strings.NewReader(text), rules)
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	got, err := Read(strings.NewReader("code\n202400013\n"), rules)
	if err != nil || len(got) != 1 || got[0].Names() || got[0].Attributes("x", rules.Today) != nil {
		t.Errorf("a code alone: %+v, %v", got, err)
	}
	if said := want.Attributes("Segreteria", rules.Today); len(said) != 5 || said[0].Source != account.FromRegister || said[0].Issuer != "Segreteria" || said[2].Name != person.FiscalNumber {
		t.Errorf("%+v", said)
	}
}

func TestAFileWithOneWrongLineIsRefusedWithTheNumberOfEach(t *testing.T) {
	const good = "202400013,Prova,Finti,,,prova@posta.example.it,\n"
	for text, want := range map[string]string{
		"":                     "the first line",
		"code\n":               "no line but the first",
		"name\nx\n":            `the column "name"`,
		"code,code\n1,1\n":     "column code twice",
		"email\nx@y.it\n":      "no column code",
		"code\n\xff\n":         "not UTF-8",
		head + "202400013,x\n": "wrong number of fields",
		head + good + "202400014,Prova,Finti,,,prova@posta.example.it,\n":           "line 3: code: the last digit of 202400014",
		head + "1234567,Prova,Finti,,,p@posta.example.it,\n":                        "8 to 10 digits",
		head + "012345678,Prova,Finti,,,p@posta.example.it,\n":                      "the first not 0",
		head + "202400013,Prova,Finti,FNTPRV80A01H501X,,,\n":                        "no codice fiscale",
		head + "202400013,Prova,Finti,,1980-13-01,p@posta.example.it,\n":            "birth_date",
		head + "202400013,Prova,Finti,,2027-01-01,p@posta.example.it,\n":            "birth_date",
		head + "202400013,Prova,Finti,,,nessuno,\n":                                 "no address",
		head + "202400013,Prova,Finti,,,p@studenti.ateneo.example.it,\n":            "no personal one",
		head + "202400013,Prova,Finti,,,\"p@posta.example.it\nBcc: x@y.it\",\n":     "no address",
		head + "202400013,Prova,Finti,,,p@posta.example.it,fr\n":                    "language",
		head + "202400013,Prova,Finti,,,,\n":                                        "nobody could ever enter",
		head + "202400013,,,,,p@posta.example.it,\n":                                "needs a given_name",
		head + "202400013," + strings.Repeat("x", 81) + ",,,,p@posta.example.it,\n": "a name is longer",
		head + "202400013,\"a\tb\",,,,p@posta.example.it,\n":                        "no name has",
		head + good + good: "line 3: the code 202400013 stands in line 2",
		head + "202400013,A,B,FNTPRV80A01H501U,,,\n" + "572400000,A,B,FNTPRV80A01H501U,,,\n": "stands in line 2 already",
	} {
		list, err := Read(strings.NewReader(text), rules)
		if err == nil || !strings.Contains(err.Error(), want) || list != nil {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "@posta") || strings.Contains(err.Error(), "FNTPRV")) {
			t.Errorf("the mistake quotes personal data: %v", err)
		}
	}
	var all strings.Builder
	all.WriteString(head)
	for n := range 300 {
		fmt.Fprintf(&all, "%d,,,,,,\n", n)
	}
	if _, err := Read(strings.NewReader(all.String()), rules); strings.Count(err.Error(), "line ") != mostFaults || !strings.Contains(err.Error(), "perhaps more") {
		t.Errorf("%d mistakes are told", strings.Count(err.Error(), "line "))
	}
}

func TestCodesWithoutACheckDigitAreTakenOnlyWhereThatIsSaid(t *testing.T) {
	lax := rules
	lax.WithoutCheckDigit = true
	list, err := Read(strings.NewReader("code\n10000001\n"), lax)
	if err != nil || len(list) != 1 || list[0].Code.Checks() {
		t.Errorf("%+v, %v", list, err)
	}
}

func FuzzAReadLineIsSound(f *testing.F) {
	f.Add(head + "202400013,Prova,Finti,FNTPRV80A01H501U,1980-01-01,prova@posta.example.it,it\n")
	f.Add("code;email\n\"202400013;\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Read(strings.NewReader(text), rules)
		if err != nil {
			return
		}
		seen := map[account.Code]bool{}
		for _, l := range list {
			if _, err := account.ParseCode(string(l.Code)); err != nil || seen[l.Code] || l.Names() && l.Email == "" && l.FiscalCode == "" {
				t.Errorf("%+v is taken", l)
			}
			seen[l.Code] = true
		}
	})
}
