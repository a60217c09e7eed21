package cieprovider

import (
	"atrio/app/demo/simulator"
	"atrio/federation/spid"
)

// People are the invented people with a CIE. Bianca has SPID too, with the same codice
// fiscale: her two identities are one person.
func People() []simulator.Holder {
	person := func(login, given, family, born, code, story string, level spid.Level) simulator.Holder {
		return simulator.Holder{
			Login: login, Name: given + " " + family, Story: story, Level: level, Password: "Cancello!2026",
			Attributes: map[string]string{"name": given, "familyName": family, "dateOfBirth": born, "fiscalNumber": "TINIT-" + code},
		}
	}
	nora := person("nora.fittizia", "Nora", "Fittizia", "1988-04-17", "FTTNRO88D57A944P", "nora", spid.L3)
	nora.Secret, nora.PIN = []byte("nora-demo-cieid-key!"), "4711"
	ottavio := person("ottavio.inventato", "Ottavio", "Inventato", "1946-02-08", "NVNTTV46B08F839P", "ottavio", spid.L1)
	bianca := person("bianca.esempio", "Bianca", "Esempio", "1999-03-12", "SMPBNC99C52F205O", "bianca_cie", spid.L2)
	bianca.Secret = []byte("bianca-demo-cieid-ky")
	sandra := person("sandra.scaduta", "Sandra", "Scaduta", "1975-09-30", "SCDSDR75P70L219E", "sandra", spid.L3)
	sandra.Secret, sandra.PIN, sandra.Expired = []byte("sandra-demo-cieid-ky"), "2801", true
	pietro := person("pietro.minorenne", "Pietro", "Minorenne", "2011-05-05", "MNRPTR11E05A662E", "pietro", spid.L2)
	pietro.Secret = []byte("pietro-demo-cieid-ky")
	zoe := person("zoe.piccina", "Zoe", "Piccina", "2016-03-09", "PCCZOE16C49D969H", "zoe", spid.L2)
	zoe.Secret = []byte("zoe-demo-cieid-key-!")
	return []simulator.Holder{nora, bianca, ottavio, sandra, pietro, zoe}
}
