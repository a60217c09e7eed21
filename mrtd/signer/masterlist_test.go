package signer_test

import (
	"bytes"
	"errors"
	"testing"

	"atrio/mrtd/lds"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/signature"
	"atrio/mrtd/signer"
)

func TestAMasterListOfABelievedCountryIsRead(t *testing.T) {
	w := mrtdtest.NewWorld(12, mrtdtest.Years(today, 1, 10), mrtdtest.Years(today, 1, 5))
	other := mrtdtest.NewCountry("IT", mrtdtest.NewKey(13), mrtdtest.Years(today, 1, 10))
	lists := w.Country.ListSigner(mrtdtest.NewKey(12), mrtdtest.Years(today, 1, 1))
	good := lists.MasterList(w.Country.Certificate.Raw, other.Certificate.Raw, w.Signer.Certificate.Raw, []byte{0x30, 0})
	l, err := signer.ParseMasterList(good, w.Country.Certificate, today)
	if err != nil {
		t.Fatal(err)
	}
	// The signer of documents is no country, and the empty sequence is no certificate.
	if len(l.Countries) != 2 || len(l.Left) != 2 || l.Signer.Country != "UT" {
		t.Errorf("%d countries, %v", len(l.Countries), l.Left)
	}
	for name, c := range map[string]struct {
		list     []byte
		believed *signer.Certificate
		want     error
	}{
		"another country is believed":    {good, other.Certificate, signer.ErrAnother},
		"a signer of documents":          {w.Signer.MasterList(other.Certificate.Raw), w.Country.Certificate, signer.ErrMalformed},
		"the country itself":             {w.Country.MasterList(other.Certificate.Raw), w.Country.Certificate, signer.ErrMalformed},
		"an expired signer":              {w.Country.ListSigner(mrtdtest.NewKey(12), mrtdtest.Validity{From: today.AddDate(-1, 0, 0), To: today.AddDate(0, 0, -1)}).MasterList(), w.Country.Certificate, signer.ErrMalformed},
		"a changed certificate in it":    {bytes.Replace(good, other.Certificate.Raw[40:60], w.Country.Certificate.Raw[40:60], 1), w.Country.Certificate, signer.ErrContent},
		"a changed signature":            {append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1), w.Country.Certificate, signature.ErrWrong},
		"a security object in its place": {mustContent(t, w), w.Country.Certificate, signer.ErrMalformed},
		"nothing":                        {nil, w.Country.Certificate, signer.ErrMalformed},
		"too much":                       {make([]byte, 9<<20), w.Country.Certificate, signer.ErrMalformed},
	} {
		if l, err := signer.ParseMasterList(c.list, c.believed, today); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v, not %v", name, l, err, c.want)
		}
	}
}

// mustContent is a security object without its tag: signed data around another type.
func mustContent(t *testing.T, w mrtdtest.World) []byte {
	t.Helper()
	b, err := lds.Content(lds.SOD, w.Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card()).Files[lds.SOD])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhoSignsMasterListsSignsNoDocuments(t *testing.T) {
	w := mrtdtest.NewWorld(12, mrtdtest.Years(today, 1, 10), mrtdtest.Years(today, 1, 5))
	s := w.Country.ListSigner(mrtdtest.NewKey(12), mrtdtest.Years(today, 1, 1))
	o, err := signer.ParseObject(s.Issue(mrtdtest.Anna, mrtdtest.Anna.Card()).Files[lds.SOD])
	if err != nil {
		t.Fatal(err)
	}
	if o.Signer.MaySign() {
		t.Error("the signer of master lists may sign documents")
	}
}

func FuzzParseMasterList(f *testing.F) {
	w := mrtdtest.NewWorld(12, mrtdtest.Years(today, 1, 10), mrtdtest.Years(today, 1, 5))
	known := w.Country.ListSigner(mrtdtest.NewKey(12), mrtdtest.Years(today, 1, 1)).MasterList(w.Country.Certificate.Raw)
	f.Add(known)
	f.Fuzz(func(t *testing.T, der []byte) {
		l, err := signer.ParseMasterList(der, w.Country.Certificate, today)
		if err == nil && (len(l.Countries) != 1 || !bytes.Equal(l.Countries[0].Raw, w.Country.Certificate.Raw)) {
			t.Fatalf("%X is read as %+v", der, l)
		}
	})
}
