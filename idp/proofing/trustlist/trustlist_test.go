package trustlist_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/trustlist"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func TestAListIsRead(t *testing.T) {
	a := st.New(now)
	l := a.Trusted(a.List())
	if l.Territory != "IT" || l.Version != 6 || l.Sequence != 7 || len(l.Services) != 3 || !l.Fresh(now) || !strings.HasPrefix(l.String(), "IT 7 sha256:") {
		t.Fatalf("%+v", l)
	}
	granted, withdrawn, stamps := l.Services[0], l.Services[1], l.Services[2]
	if granted.Provider != "Fittizia S.p.A." || granted.Name != "granted" || !granted.At(now).ForSignatures || stamps.Type != trustlist.QualifiedTimeStamps {
		t.Errorf("%+v %+v", granted, stamps)
	}
	month := now.AddDate(0, -1, 0)
	for _, c := range []struct {
		at   time.Time
		good bool
	}{{now, false}, {month, false}, {month.Add(-time.Second), true}, {now.AddDate(-8, 0, 0), false}} {
		if withdrawn.Good(c.at) != c.good {
			t.Errorf("withdrawn at %v: %v", c.at, !c.good)
		}
	}
	person := a.Person(a.Granted, "RSSMRA80A01H501U").Certificate
	if ca, found := l.Issuer(person, trustlist.QualifiedCertificates); !ca.Equal(a.Granted.Certificate) || len(found) != 1 {
		t.Errorf("issuer %v %v", ca, found)
	}
	if ca, _ := l.Issuer(person, trustlist.QualifiedTimeStamps); ca != nil {
		t.Error("an authority for time issues for people")
	}
	if ca, _ := l.Issuer(a.Person(a.Unlisted, "RSSMRA80A01H501U").Certificate, trustlist.QualifiedCertificates); ca != nil {
		t.Error("a service of another trade is an issuer")
	}
}

func TestStatusesOfBeforeTheRegulationCountUntilIt(t *testing.T) {
	a := st.New(now)
	l := a.List()
	day := time.Date(2016, 7, 1, 0, 0, 0, 0, time.UTC)
	l.Services = l.Services[:1]
	l.Services[0].Since = day
	l.Services[0].History = st.Instance(trustlist.QualifiedCertificates, "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/undersupervision", day.AddDate(-5, 0, 0))
	s := a.Trusted(l).Services[0]
	if !s.Good(day) || !s.Good(day.Add(-time.Second)) || s.Good(day.AddDate(-6, 0, 0)) {
		t.Error("the history is read otherwise")
	}
	// Written in another order it is the same history.
	l.Services[0].Since = day.AddDate(5, 0, 0)
	l.Services[0].Status = st.Withdrawn
	l.Services[0].History += st.Instance(trustlist.QualifiedCertificates, st.Granted, day)
	if s := a.Trusted(l).Services[0]; !s.Good(day) || s.Good(now) || len(s.Periods) != 3 || !s.Periods[1].Since.Equal(day) {
		t.Error("a history in another order is read otherwise")
	}
	l.Services[0].Status = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/undersupervision"
	if a.Trusted(l).Services[0].Good(now) {
		t.Error("supervision of before counts after the regulation")
	}
}

// A23
func TestOnlyWhatAKnownOperatorSignedIsRead(t *testing.T) {
	a := st.New(now)
	good := a.Write(a.List())
	operator := []*x509.Certificate{a.Operator.Certificate}
	change := func(old, with string) []byte {
		out := bytes.Replace(good, []byte(old), []byte(with), 1)
		if bytes.Equal(out, good) {
			t.Fatalf("%q is not there", old)
		}
		return out
	}
	trailing := a.List()
	trailing.AfterSignature = "<TrustServiceProviderList></TrustServiceProviderList>"
	other := st.New(now)
	for name, c := range map[string]struct {
		doc  []byte
		by   []*x509.Certificate
		want error
	}{
		"unsigned":                    {[]byte(a.List().XML()), operator, trustlist.ErrSignature},
		"by nobody known":             {good, nil, trustlist.ErrSignature},
		"by somebody else":            {other.Write(other.List()), operator, trustlist.ErrSignature},
		"somebody else's certificate": {change("</ds:X509Certificate>", " </ds:X509Certificate>"), []*x509.Certificate{other.Operator.Certificate}, trustlist.ErrSignature},
		"a status changed":            {change("Svcstatus/withdrawn", "Svcstatus/granted"), operator, trustlist.ErrSignature},
		"something behind":            {a.Write(trailing), operator, trustlist.ErrSignature},
		"inside another list":         {append(append([]byte(`<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#">`), good...), "</TrustServiceStatusList>"...), operator, trustlist.ErrSignature},
		"a document type":             {append([]byte("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>"), good...), operator, trustlist.ErrForm},
		"an entity":                   {change("<Name xml:lang=\"it\">Fittizia", "<Name xml:lang=\"it\">&a;"), operator, trustlist.ErrForm},
		"truncated":                   {good[:len(good)-30], operator, trustlist.ErrForm},
		"nothing":                     {nil, operator, trustlist.ErrForm},
		"too large":                   {append(bytes.Clone(good), bytes.Repeat([]byte(" "), 25<<20)...), operator, trustlist.ErrForm},
		"another document":            {st.SignXML([]byte(`<List xmlns="http://uri.etsi.org/02231/v2#"><a></a></List>`), a.Operator, ""), operator, trustlist.ErrForm},
		"version 4":                   {a.Write(with(a, func(l *st.List) { l.Version = 4 })), operator, trustlist.ErrForm},
		"no number":                   {a.Write(with(a, func(l *st.List) { l.Sequence = 0 })), operator, trustlist.ErrForm},
		"no territory":                {a.Write(with(a, func(l *st.List) { l.Territory = "" })), operator, trustlist.ErrForm},
		"no status":                   {a.Write(with(a, func(l *st.List) { l.Services[0].Status = "" })), operator, trustlist.ErrForm},
		"a history that runs backward": {a.Write(with(a, func(l *st.List) {
			l.Services[0].History = st.Instance(trustlist.QualifiedCertificates, st.Withdrawn, now)
		})), operator, trustlist.ErrForm},
	} {
		if _, err := trustlist.Read(c.doc, c.by); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func with(a *st.Authority, change func(*st.List)) st.List {
	l := a.List()
	change(&l)
	return l
}

func TestTheListOfListsSaysWhoSigns(t *testing.T) {
	italy, europe := st.New(now), st.New(now)
	pointers := st.Pointer("IT", "https://lists.example/it.xml", italy.Operator.Certificate) + st.Pointer("FR", "https://lists.example/fr.xml", europe.Operator.Certificate)
	doc := europe.Write(with(europe, func(l *st.List) { l.Territory, l.Services, l.Pointers = "EU", nil, pointers }))
	lotl, _, err := trustlist.Import(nil, doc, trustlist.Rules{Territory: "EU", Signers: []*x509.Certificate{europe.Operator.Certificate}}, now)
	if err != nil || len(lotl.Pointers) != 2 || lotl.Pointers[0].Location != "https://lists.example/it.xml" {
		t.Fatalf("%+v %v", lotl, err)
	}
	rules := trustlist.Rules{Territory: "IT", Signers: lotl.Signers("IT")}
	if _, _, err := trustlist.Import(nil, italy.Write(italy.List()), rules, now); err != nil {
		t.Error(err)
	}
	rules.Signers = lotl.Signers("FR")
	if _, _, err := trustlist.Import(nil, italy.Write(italy.List()), rules, now); !errors.Is(err, trustlist.ErrSignature) {
		t.Errorf("another country's operator signs: %v", err)
	}
	rules.Signers = lotl.Signers("DE")
	if _, _, err := trustlist.Import(nil, italy.Write(italy.List()), rules, now); !errors.Is(err, trustlist.ErrSignature) {
		t.Errorf("nobody signs: %v", err)
	}
}

func TestAnImportNeverGoesBack(t *testing.T) {
	a := st.New(now)
	rules := trustlist.Rules{Territory: "IT", Signers: []*x509.Certificate{a.Operator.Certificate}}
	take := func(current *trustlist.List, l st.List, at time.Time) (*trustlist.List, []trustlist.Change, error) {
		return trustlist.Import(current, a.Write(l), rules, at)
	}
	first := a.List()
	doc := a.Write(first)
	current, changes, err := trustlist.Import(nil, doc, rules, now)
	if err != nil || len(changes) != 3 || changes[0].From != "" {
		t.Fatalf("%v %v", changes, err)
	}
	if _, changes, err := trustlist.Import(current, doc, rules, now); err != nil || len(changes) != 0 {
		t.Errorf("the same again: %v %v", changes, err)
	}
	next := with(a, func(l *st.List) {
		l.Sequence++
		l.Services[0].Status, l.Services[0].Since = st.Withdrawn, now.Add(-time.Hour)
		l.Services[0].History = st.Instance(trustlist.QualifiedCertificates, st.Granted, now.AddDate(-7, 0, 0))
		l.Services = l.Services[:2]
	})
	newer, changes, err := take(current, next, now)
	if err != nil || len(changes) != 2 || changes[0].From != st.Granted || changes[0].To != st.Withdrawn || changes[1].To != "" || changes[1].Service != "stamps" {
		t.Fatalf("%+v %v", changes, err)
	}
	for name, c := range map[string]struct {
		current *trustlist.List
		list    st.List
		at      time.Time
		want    error
	}{
		"the number before":     {newer, first, now, trustlist.ErrOlder},
		"another of the same":   {current, with(a, func(l *st.List) { l.Services = nil }), now, trustlist.ErrOlder},
		"issued before":         {newer, with(a, func(l *st.List) { l.Sequence, l.Issued = 9, now.AddDate(0, 0, -11) }), now, trustlist.ErrOlder},
		"of another territory":  {nil, with(a, func(l *st.List) { l.Territory = "FR" }), now, trustlist.ErrTerritory},
		"past its next update":  {nil, first, now.AddDate(1, 0, 0), trustlist.ErrStale},
		"without a next update": {nil, with(a, func(l *st.List) { l.Next = time.Time{} }), now, trustlist.ErrStale},
		"from the future":       {nil, with(a, func(l *st.List) { l.Issued = now.Add(time.Hour) }), now, trustlist.ErrStale},
	} {
		if _, _, err := take(c.current, c.list, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	a := st.New(now)
	good := a.Write(a.List())
	f.Add(good)
	f.Add([]byte(a.List().XML()))
	f.Add(bytes.Replace(good, []byte(`URI=""`), []byte(`URI="#list"`), 1))
	f.Add(bytes.Replace(good, []byte(`</ds:Signature>`), []byte(`</ds:Signature><a/>`), 1))
	operator := []*x509.Certificate{a.Operator.Certificate}
	want := a.Trusted(a.List())
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := trustlist.Read(data, operator)
		if (l == nil) == (err == nil) {
			t.Fatal("neither a list nor an error")
		}
		// whatever is done to a list, nothing but what was signed is read
		if err == nil && (l.Sequence != want.Sequence || len(l.Services) != len(want.Services) || !l.Services[0].Certificates[0].Equal(a.Granted.Certificate) || l.Services[1].Good(now)) {
			t.Fatalf("read %+v", l)
		}
	})
}
