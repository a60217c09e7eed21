package mrtd_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"atrio/mrtd"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/signer"
)

// today is the day of every test.
var today = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

var (
	rsaKey = sync.OnceValue(func() mrtdtest.Key { return mrtdtest.NewRSAKey(2048) })
	ways   = sync.OnceValue(func() []mrtdtest.Way { return mrtdtest.Ways(rsaKey()) })
	world  = sync.OnceValue(func() mrtdtest.World {
		return mrtdtest.NewWorld(12, mrtdtest.Years(today, 3, 15), mrtdtest.Years(today, 1, 10))
	})
)

func zoneKey(t testing.TB, p mrtdtest.Person) mrtd.Key {
	t.Helper()
	k, err := mrtd.KeyFromZone(p.Number, p.Birth, p.Expiry)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// read reads a document that opens.
func read(t testing.TB, chip mrtd.Transceiver) mrtd.Reading {
	t.Helper()
	reading, err := mrtd.Reader{Key: zoneKey(t, mrtdtest.Anna)}.Read(context.Background(), chip)
	if err != nil {
		t.Fatal(err)
	}
	return reading
}

func TestAGenuineDocumentIsAcceptedInEveryWay(t *testing.T) {
	for _, way := range ways() {
		d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), way.Options...)
		reading := read(t, mrtdtest.Insert(d))
		verdict, err := mrtd.Judge(reading, world().Trust(), today)
		if err != nil {
			t.Errorf("%s: %v", way.Name, err)
			continue
		}
		for f, want := range d.Files {
			if !bytes.Equal(reading.Files[f], want) {
				t.Errorf("%s: %s was read with %d bytes of %d", way.Name, f, len(reading.Files[f]), len(want))
			}
		}
		if (reading.Access.Protocol == "BAC") != (d.PACE == 0) {
			t.Errorf("%s: opened by %v", way.Name, reading.Access)
		}
		if verdict.Active != (d.Files[lds.DG15] != nil) || verdict.Chip != (reading.Chip != nil) || !verdict.Active && !verdict.Chip {
			t.Errorf("%s: active %t, chip %t", way.Name, verdict.Active, verdict.Chip)
		}
	}
}

func TestACountryOnBrainpoolIsBelieved(t *testing.T) {
	w := mrtdtest.NewWorld(13, mrtdtest.Years(today, 3, 15), mrtdtest.Years(today, 1, 10))
	d := w.Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(13)))
	reading := read(t, mrtdtest.Insert(d))
	if _, err := mrtd.Judge(reading, w.Trust(), today); err != nil {
		t.Error(err)
	}
	if _, err := mrtd.Judge(reading, world().Trust(), today); !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.UnknownIssuer}) {
		t.Error(err)
	}
}

func TestOfTwoCertificatesForOneKeyTheValidOneCounts(t *testing.T) {
	key := mrtdtest.NewKey(12)
	past := mrtdtest.NewCountry("UT", key, mrtdtest.Validity{From: today.AddDate(-9, 0, 0), To: today.AddDate(0, 0, -1)})
	present := mrtdtest.NewCountry("UT", key, mrtdtest.Years(today, 1, 15))
	d := past.Signer(mrtdtest.NewKey(12), mrtdtest.Years(today, 1, 10)).Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(12)))
	reading := read(t, mrtdtest.Insert(d))
	for name, c := range map[string]struct {
		countries []*signer.Certificate
		want      []mrtd.Reason
	}{
		"the past one first": {[]*signer.Certificate{past.Certificate, present.Certificate}, nil},
		"the past one last":  {[]*signer.Certificate{present.Certificate, past.Certificate}, nil},
		"the past one alone": {[]*signer.Certificate{past.Certificate}, []mrtd.Reason{mrtd.ExpiredSigner}},
	} {
		v, err := mrtd.Judge(reading, mrtd.Trust{Countries: c.countries, TwoLetters: mrtdtest.TwoLetters}, today)
		if !slices.Equal(mrtd.Reasons(err), c.want) || err == nil && v.Country != present.Certificate {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAVerdictSaysWhatTheDocumentSays(t *testing.T) {
	p := mrtdtest.Anna
	for zone, code := range map[string]string{p.Card(): "C", p.Passport(): "P"} {
		d := world().Signer.Issue(p, zone, mrtdtest.WithActive(mrtdtest.NewKey(12)))
		v, err := mrtd.Judge(read(t, mrtdtest.Insert(d)), world().Trust(), today)
		if err != nil {
			t.Fatal(err)
		}
		z := v.Zone
		if z.Code != code || z.DocumentNumber != p.Number || z.Surname != p.Surname || z.GivenNames != p.Given || z.IssuingState != "UTO" || z.BirthDate != p.Birth || z.Sex != "F" || z.Expiry.Format(time.DateOnly) != "2033-04-11" {
			t.Errorf("%+v", z)
		}
		if v.PersonalNumber != p.PersonalNumber || v.PersonalNumberFrom != "DG11" || v.Holder.FullName != "PROVA, ANNA FINTA" || v.Document.IssuingAuthority != "COMUNE DI PROVA" {
			t.Errorf("%q from %s, %+v, %+v", v.PersonalNumber, v.PersonalNumberFrom, v.Holder, v.Document)
		}
		if v.Portrait.Type != "image/jpeg" || !bytes.Equal(v.Portrait.Image, mrtdtest.Face()) {
			t.Errorf("a portrait of %s, %d bytes", v.Portrait.Type, len(v.Portrait.Image))
		}
		if v.Country.Country != "UT" || len(v.Groups) != 6 {
			t.Errorf("%s, groups %v", v.Country.Country, v.Groups)
		}
	}
}

func TestTheNumberOnTheFrontOpensPACEAlone(t *testing.T) {
	can, err := mrtd.KeyFromCAN("123456")
	if err != nil {
		t.Fatal(err)
	}
	s := world().Signer
	active := mrtdtest.WithActive(mrtdtest.NewKey(12))
	with := s.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithPACE(messaging.AES128, 13), active)
	if _, err := (mrtd.Reader{Key: can}).Read(context.Background(), mrtdtest.Insert(with)); err != nil {
		t.Error(err)
	}
	without := s.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), active)
	if _, err := (mrtd.Reader{Key: can}).Read(context.Background(), mrtdtest.Insert(without)); !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.Unsupported}) {
		t.Error(err)
	}
}

func TestAMistypedKeyOpensNothing(t *testing.T) {
	other := mrtdtest.Anna
	other.Number = "PR0000002"
	wrongCAN, err := mrtd.KeyFromCAN("654321")
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range ways() {
		d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), way.Options...)
		keys := []mrtd.Key{zoneKey(t, other)}
		if d.PACE != 0 {
			keys = append(keys, wrongCAN)
		}
		for _, k := range keys {
			reading, err := mrtd.Reader{Key: k}.Read(context.Background(), mrtdtest.Insert(d))
			if !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.AccessDenied}) || reading.Files != nil {
				t.Errorf("%s: %v, %d files", way.Name, err, len(reading.Files))
			}
		}
	}
}

// TestWhatSpeaksAgainstADocument is the table of abuses A08–A12 of the reference, over
// every way in which a document is opened and proves itself.
func TestWhatSpeaksAgainstADocument(t *testing.T) {
	w := world()
	years := mrtdtest.Years
	key := w.Signer.Key
	stranger := mrtdtest.NewCountry("UT", mrtdtest.NewKey(13), years(today, 3, 15))
	neighbour := mrtdtest.NewCountry("IT", mrtdtest.NewKey(12), years(today, 3, 15))
	expiredCountry := mrtdtest.NewCountry("UT", mrtdtest.NewKey(12), mrtdtest.Validity{From: today.AddDate(-9, 0, 0), To: today.AddDate(0, 0, -1)})
	old := mrtdtest.Anna
	old.Expiry = "261127"
	type made func(p mrtdtest.Person, options ...mrtdtest.Option) *mrtdtest.Document
	by := func(s *mrtdtest.Authority) made {
		return func(p mrtdtest.Person, options ...mrtdtest.Option) *mrtdtest.Document {
			return s.Issue(p, p.Card(), options...)
		}
	}
	trust := func(change func(*mrtd.Trust)) mrtd.Trust {
		tr := w.Trust()
		change(&tr)
		return tr
	}
	also := func(a *mrtdtest.Authority) mrtd.Trust {
		return trust(func(tr *mrtd.Trust) { tr.Countries = append(tr.Countries, a.Certificate) })
	}
	for _, c := range []struct {
		name    string
		issue   made
		person  mrtdtest.Person
		variant func(*mrtdtest.Document) *mrtdtest.Document
		trust   mrtd.Trust
		want    []mrtd.Reason
	}{
		{name: "A09 a clone", variant: (*mrtdtest.Document).Clone, want: []mrtd.Reason{mrtd.CloneSuspected}},
		{name: "A09 a clone that is silent", variant: (*mrtdtest.Document).Mute, want: []mrtd.Reason{mrtd.CloneSuspected}},
		{name: "A09 a clone that hides the keys", variant: func(d *mrtdtest.Document) *mrtdtest.Document {
			return d.Mute().With(lds.DG14, nil).With(lds.DG15, nil)
		}, want: []mrtd.Reason{mrtd.CloneSuspected}},
		{name: "A10 a clone with keys of its own", variant: func(d *mrtdtest.Document) *mrtdtest.Document {
			return ownKeys(stranger.Signer(mrtdtest.NewKey(12), years(today, 1, 10)), d)
		}, want: []mrtd.Reason{mrtd.Tampered}},
		{name: "a changed zone", variant: func(d *mrtdtest.Document) *mrtdtest.Document { return d.Changed(lds.DG1) }, want: []mrtd.Reason{mrtd.Tampered}},
		{name: "a changed portrait", variant: func(d *mrtdtest.Document) *mrtdtest.Document { return d.Changed(lds.DG2) }, want: []mrtd.Reason{mrtd.Tampered}},
		{name: "another portrait", variant: func(d *mrtdtest.Document) *mrtdtest.Document {
			return d.With(lds.DG2, mrtdtest.PortraitFile(append(mrtdtest.Face(), 0)))
		}, want: []mrtd.Reason{mrtd.Tampered}},
		{name: "a changed personal number", variant: func(d *mrtdtest.Document) *mrtdtest.Document { return d.Changed(lds.DG11) }, want: []mrtd.Reason{mrtd.Tampered}},
		{name: "a changed signature", variant: func(d *mrtdtest.Document) *mrtdtest.Document { return d.Changed(lds.SOD) }, want: []mrtd.Reason{mrtd.Tampered}},
		{name: "A11 a country that nobody knows", issue: by(stranger.Signer(key, years(today, 1, 10))), want: []mrtd.Reason{mrtd.UnknownIssuer}},
		{name: "A11 no country at all", trust: mrtd.Trust{TwoLetters: mrtdtest.TwoLetters}, want: []mrtd.Reason{mrtd.UnknownIssuer}},
		{name: "A11 a country's certificate as signer", issue: by(w.Country), want: []mrtd.Reason{mrtd.UnknownIssuer}},
		{name: "A11 an expired signer", issue: by(w.Country.Signer(key, mrtdtest.Validity{From: today.AddDate(-3, 0, 0), To: today.AddDate(0, 0, -1)})), want: []mrtd.Reason{mrtd.ExpiredSigner}},
		{name: "A11 a signer of tomorrow", issue: by(w.Country.Signer(key, mrtdtest.Validity{From: today.AddDate(0, 0, 1), To: today.AddDate(9, 0, 0)})), want: []mrtd.Reason{mrtd.ExpiredSigner}},
		{name: "A11 an expired country", issue: by(expiredCountry.Signer(key, years(today, 1, 10))), trust: also(expiredCountry), want: []mrtd.Reason{mrtd.ExpiredSigner}},
		{name: "A11 a neighbour signs", issue: by(neighbour.Signer(key, years(today, 1, 10))), trust: also(neighbour), want: []mrtd.Reason{mrtd.CountryMismatch}},
		{name: "A11 a neighbour signs as us", issue: by(neighbour.SignerOf("UT", key, years(today, 1, 10))), trust: also(neighbour), want: []mrtd.Reason{mrtd.CountryMismatch}},
		{name: "A11 a country without two letters", trust: trust(func(tr *mrtd.Trust) { tr.TwoLetters = nil }), want: []mrtd.Reason{mrtd.CountryMismatch}},
		{name: "a signer that was withdrawn", trust: trust(func(tr *mrtd.Trust) {
			tr.Lists = append(tr.Lists, w.Country.List(years(today, 1, 1), w.Signer.Certificate))
		}), want: []mrtd.Reason{mrtd.RevokedSigner}},
		{name: "a signer that was withdrawn, in an old list", trust: trust(func(tr *mrtd.Trust) {
			tr.Lists = append(tr.Lists, w.Country.List(years(today.AddDate(-2, 0, 0), 0, 1), w.Signer.Certificate), w.Country.List(years(today, 1, 1)))
		}), want: []mrtd.Reason{mrtd.RevokedSigner}},
		{name: "an old list", trust: trust(func(tr *mrtd.Trust) {
			tr.Lists = append(tr.Lists, w.Country.List(years(today.AddDate(-2, 0, 0), 0, 1)))
		}), want: []mrtd.Reason{mrtd.StaleRevocation}},
		{name: "the list of another country", trust: trust(func(tr *mrtd.Trust) {
			tr.DemandList, tr.Lists = true, append(tr.Lists, stranger.List(years(today, 1, 1)))
		}), want: []mrtd.Reason{mrtd.StaleRevocation}},
		{name: "A12 without a portrait", variant: func(d *mrtdtest.Document) *mrtdtest.Document { return d.Resealed(lds.DG2, nil) }, want: []mrtd.Reason{mrtd.MissingGroup}},
		{name: "A12 without a zone", variant: func(d *mrtdtest.Document) *mrtdtest.Document { return d.Resealed(lds.DG1, nil) }, want: []mrtd.Reason{mrtd.MissingGroup}},
		{name: "A12 a portrait that is not shown", variant: func(d *mrtdtest.Document) *mrtdtest.Document { return d.With(lds.DG2, nil) }, want: []mrtd.Reason{mrtd.MissingGroup}},
		{name: "past its last day", person: old, want: []mrtd.Reason{mrtd.ExpiredDocument}},
		{name: "a zone with a wrong digit, signed", variant: func(d *mrtdtest.Document) *mrtdtest.Document {
			return d.Resealed(lds.DG1, bytes.Replace(d.Files[lds.DG1], []byte("850412"), []byte("850413"), 1))
		}, want: []mrtd.Reason{mrtd.Malformed}},
		{name: "no picture in the portrait, signed", variant: func(d *mrtdtest.Document) *mrtdtest.Document {
			return d.Resealed(lds.DG2, mrtdtest.PortraitFile([]byte("<script>")))
		}, want: []mrtd.Reason{mrtd.Malformed}},
		{name: "A08 another challenge", trust: trust(func(tr *mrtd.Trust) { tr.Challenge = []byte("tomorrow") }), want: []mrtd.Reason{mrtd.Replayed}},
		{name: "expired and cloned", person: old, variant: (*mrtdtest.Document).Clone, want: []mrtd.Reason{mrtd.ExpiredDocument, mrtd.CloneSuspected}},
	} {
		if c.issue == nil {
			c.issue = by(w.Signer)
		}
		if c.person.Number == "" {
			c.person = mrtdtest.Anna
		}
		if c.variant == nil {
			c.variant = func(d *mrtdtest.Document) *mrtdtest.Document { return d }
		}
		if c.trust.TwoLetters == nil && c.trust.Countries == nil {
			c.trust = w.Trust()
		}
		for _, way := range ways()[:5] {
			d := c.variant(c.issue(c.person, way.Options...))
			reading, err := mrtd.Reader{Key: zoneKey(t, c.person)}.Read(context.Background(), mrtdtest.Insert(d))
			if err != nil {
				t.Errorf("%s, %s: reading: %v", c.name, way.Name, err)
				continue
			}
			v, err := mrtd.Judge(reading, c.trust, today)
			if got := slices.Compact(mrtd.Reasons(err)); !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: %v, not %v: %v", c.name, way.Name, got, c.want, err)
			}
			if unread := v.Signer == nil; unread != (v.Zone.Text == "" && v.Portrait.Image == nil && v.PersonalNumber == "") && !slices.Contains(c.want, mrtd.Malformed) {
				t.Errorf("%s, %s: a verdict without a signer has contents, or the other way round: %+v", c.name, way.Name, v.Zone)
			}
		}
	}
}

// ownKeys is a copy of a document with keys of the attacker in DG14 and DG15, and the
// hashes of the original.
func ownKeys(s *mrtdtest.Authority, d *mrtdtest.Document) *mrtdtest.Document {
	clone := d.Clone()
	options := []mrtdtest.Option{mrtdtest.WithActive(clone.ActiveKey), mrtdtest.WithChip(clone.ChipKey, clone.ChipSuite)}
	if d.PACE != 0 {
		options = append(options, mrtdtest.WithPACE(d.PACE, d.PACEGroup))
	}
	forged := s.Issue(mrtdtest.Anna, d.Zone, options...)
	for _, f := range []lds.File{lds.DG14, lds.DG15} {
		if d.Files[f] != nil {
			clone = clone.With(f, forged.Files[f])
		}
	}
	return clone
}

func TestAChipWithoutAnyProofIsNotEnough(t *testing.T) {
	for name, options := range map[string][]mrtdtest.Option{"BAC": nil, "PACE": {mrtdtest.WithPACE(messaging.AES128, 13)}} {
		d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), options...)
		v, err := mrtd.Judge(read(t, mrtdtest.Insert(d)), world().Trust(), today)
		if !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.NoChipProof}) || v.Zone.Surname != "PROVA" {
			t.Errorf("%s: %v, %q", name, err, v.Zone.Surname)
		}
	}
}

func TestADocumentTakenAwayIsReadAgainFromTheBeginning(t *testing.T) {
	for _, way := range ways()[:4] {
		d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), way.Options...)
		whole := read(t, mrtdtest.Insert(d)).Commands
		for n := 1; n < whole; n++ {
			chip := mrtdtest.Insert(d)
			chip.TakenAfter = n
			reading, err := mrtd.Reader{Key: zoneKey(t, mrtdtest.Anna)}.Read(context.Background(), chip)
			if !errors.Is(err, mrtdtest.ErrGone) || !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.Lost}) || reading.Files != nil {
				t.Errorf("%s, after %d of %d commands: %v", way.Name, n, whole, err)
			}
		}
	}
}

func TestARecordingOpensNothing(t *testing.T) {
	for _, way := range ways() {
		d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), way.Options...)
		recording := &mrtdtest.Recording{Chip: mrtdtest.Insert(d)}
		read(t, recording)
		want := []mrtd.Reason{mrtd.Disturbed}
		if d.PACE != 0 {
			want = []mrtd.Reason{mrtd.AccessDenied}
		}
		if _, err := (mrtd.Reader{Key: zoneKey(t, mrtdtest.Anna)}).Read(context.Background(), recording.Replay()); !slices.Equal(mrtd.Reasons(err), want) {
			t.Errorf("%s: %v", way.Name, err)
		}
	}
}

func TestAChallengeOfTheCallerIsSigned(t *testing.T) {
	d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(12)))
	challenge := []byte("right 8!")
	reader := mrtd.Reader{Key: zoneKey(t, mrtdtest.Anna), Challenge: challenge}
	reading, err := reader.Read(context.Background(), mrtdtest.Insert(d))
	if err != nil {
		t.Fatal(err)
	}
	trust := world().Trust()
	trust.Challenge = challenge
	if _, err := mrtd.Judge(reading, trust, today); err != nil {
		t.Error(err)
	}
	first, second := read(t, mrtdtest.Insert(d)), read(t, mrtdtest.Insert(d))
	if bytes.Equal(first.Active.Challenge, second.Active.Challenge) || len(first.Active.Challenge) != 8 {
		t.Errorf("challenges that were drawn: %x, %x", first.Active.Challenge, second.Active.Challenge)
	}
	second.Active.Signature = first.Active.Signature
	if _, err := mrtd.Judge(second, world().Trust(), today); !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.CloneSuspected}) {
		t.Errorf("an answer to another challenge: %v", err)
	}
	reader.Challenge = []byte("short")
	if _, err := reader.Read(context.Background(), mrtdtest.Insert(d)); !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.Malformed}) {
		t.Error(err)
	}
}
