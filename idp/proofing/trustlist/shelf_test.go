package trustlist_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"

	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/trustlist"
)

// europe is a list of lists that names the operator of italy.
func europe(italy *st.Authority) (*st.Authority, []byte) {
	e := st.New(now)
	return e, e.Write(with(e, func(l *st.List) {
		l.Territory, l.Services, l.Pointers = "EU", nil, st.Pointer("IT", "https://lists.example/it.xml", italy.Operator.Certificate)
	}))
}

func TestAShelfTakesTheListsInTheirOrder(t *testing.T) {
	italy := st.New(now)
	e, lists := europe(italy)
	s := &trustlist.Shelf{Dir: t.TempDir(), Territory: "IT", Roots: []*x509.Certificate{e.Operator.Certificate}}
	if err := s.Open(); err != nil || s.List() != nil {
		t.Fatalf("an empty shelf: %v %v", s.List(), err)
	}
	own := italy.Write(italy.List())
	if _, _, err := s.Import(own, now); !errors.Is(err, trustlist.ErrSignature) || s.List() != nil {
		t.Fatalf("a list whose signer nobody named: %v", err)
	}
	if l, _, err := s.Import(lists, now); err != nil || l.Territory != "EU" || s.List() != nil {
		t.Fatalf("%v", err)
	}
	if l, changes, err := s.Import(own, now); err != nil || l.Territory != "IT" || len(changes) != 3 || s.List() != l {
		t.Fatalf("%v %v", changes, err)
	}
	again := &trustlist.Shelf{Dir: s.Dir, Territory: "IT", Roots: s.Roots}
	if err := again.Open(); err != nil || again.List().Digest != s.List().Digest {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(s.Dir); err != nil || len(files) != 3 { // and how far they have come
		t.Errorf("%v %v", files, err)
	}
	// What was imported never goes back, after a restart neither.
	older := italy.Write(with(italy, func(l *st.List) { l.Sequence = 6 }))
	if _, _, err := again.Import(older, now); !errors.Is(err, trustlist.ErrOlder) || again.List().Sequence != 7 {
		t.Errorf("%v", err)
	}
	// The roots sign the list of lists, not one of a country.
	if _, _, err := again.Import(e.Write(e.List()), now); !errors.Is(err, trustlist.ErrSignature) {
		t.Errorf("%v", err)
	}
}

func TestASignerMayBePinnedByHand(t *testing.T) {
	italy := st.New(now)
	s := &trustlist.Shelf{Dir: t.TempDir(), Territory: "IT", Signers: []*x509.Certificate{italy.Operator.Certificate}}
	if _, _, err := s.Import(italy.Write(italy.List()), now); err != nil || s.List() == nil {
		t.Error(err)
	}
}

func TestAFileThatWasAlteredOnTheDiskIsNotOpened(t *testing.T) {
	italy := st.New(now)
	s := &trustlist.Shelf{Dir: t.TempDir(), Territory: "IT", Signers: []*x509.Certificate{italy.Operator.Certificate}}
	good := italy.Write(italy.List())
	path := filepath.Join(s.Dir, "it.xml")
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"altered":              {bytes.Replace(good, []byte("Svcstatus/withdrawn"), []byte("Svcstatus/granted"), 1), trustlist.ErrSignature},
		"of another territory": {italy.Write(with(italy, func(l *st.List) { l.Territory = "FR" })), trustlist.ErrTerritory},
		"too large":            {bytes.Repeat([]byte(" "), 25<<20), trustlist.ErrForm},
	} {
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Open(); !errors.Is(err, c.want) || s.List() != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnOperatorMayChangeTheKey(t *testing.T) {
	before, after := st.New(now), st.New(now)
	s := &trustlist.Shelf{Dir: t.TempDir(), Territory: "IT", Signers: []*x509.Certificate{before.Operator.Certificate}}
	if _, _, err := s.Import(before.Write(before.List()), now); err != nil {
		t.Fatal(err)
	}
	s.Signers = []*x509.Certificate{after.Operator.Certificate}
	older := after.Write(with(after, func(l *st.List) { l.Sequence = 6 }))
	if _, _, err := s.Import(older, now); !errors.Is(err, trustlist.ErrOlder) {
		t.Errorf("with a new key an older list comes in: %v", err)
	}
	if _, _, err := s.Import(after.Write(with(after, func(l *st.List) { l.Sequence = 8 })), now); err != nil || s.List().Sequence != 8 {
		t.Error(err)
	}
}

// A running program reads the files anew; one that somebody put back is not taken.
func TestAListThatWasPutBackOnTheDiskIsNotOpened(t *testing.T) {
	italy := st.New(now)
	s := &trustlist.Shelf{Dir: t.TempDir(), Territory: "IT", Signers: []*x509.Certificate{italy.Operator.Certificate}}
	path := filepath.Join(s.Dir, "it.xml")
	put := func(change func(*st.List)) {
		t.Helper()
		if err := os.WriteFile(path, italy.Write(with(italy, change)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(func(*st.List) {})
	if err := s.Open(); err != nil || s.List().Sequence != 7 {
		t.Fatal(err)
	}
	for name, older := range map[string]func(*st.List){
		"number": func(l *st.List) { l.Sequence = 6 },
		"date":   func(l *st.List) { l.Issued = l.Issued.AddDate(0, 0, -1) },
	} {
		put(older)
		if err := s.Open(); !errors.Is(err, trustlist.ErrOlder) || s.List().Sequence != 7 {
			t.Errorf("%s: %v", name, err)
		}
	}
	put(func(l *st.List) { l.Sequence = 8 })
	if err := s.Open(); err != nil || s.List().Sequence != 8 {
		t.Errorf("a newer one: %v", err)
	}
}

// How far the lists have come stands beside them: a restart does not forget it.
func TestAListThatWasPutBackIsNotOpenedAfterARestart(t *testing.T) {
	italy := st.New(now)
	e, lists := europe(italy)
	s := &trustlist.Shelf{Dir: t.TempDir(), Territory: "IT", Roots: []*x509.Certificate{e.Operator.Certificate}}
	restarted := func() *trustlist.Shelf { return &trustlist.Shelf{Dir: s.Dir, Territory: "IT", Roots: s.Roots} }
	newer := func(l *st.List) { l.Sequence = 8 }
	newerLists := e.Write(with(e, func(l *st.List) {
		l.Territory, l.Services, l.Pointers, l.Sequence = "EU", nil, st.Pointer("IT", "https://lists.example/it.xml", italy.Operator.Certificate), 8
	}))
	own, newerOwn := italy.Write(italy.List()), italy.Write(with(italy, newer))
	for _, data := range [][]byte{lists, own, newerLists, newerOwn} {
		if _, _, err := s.Import(data, now); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range []struct {
		file         string
		older, again []byte
	}{{"it.xml", own, newerOwn}, {"eu.xml", lists, newerLists}} {
		path := filepath.Join(s.Dir, one.file)
		if err := os.WriteFile(path, one.older, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Open(); !errors.Is(err, trustlist.ErrOlder) || s.List().Sequence != 8 || s.Lists().Sequence != 8 {
			t.Errorf("%s, while it runs: %v", one.file, err)
		}
		fresh := restarted()
		if err := fresh.Open(); !errors.Is(err, trustlist.ErrOlder) || fresh.List() != nil {
			t.Errorf("%s, after a restart: %v", one.file, err)
		}
		if _, _, err := fresh.Import(one.older, now); !errors.Is(err, trustlist.ErrOlder) {
			t.Errorf("%s: an older one is imported: %v", one.file, err)
		}
		if _, _, err := fresh.Import(one.again, now); err != nil {
			t.Errorf("%s: the right one is not taken: %v", one.file, err)
		}
		if err := restarted().Open(); err != nil {
			t.Errorf("%s, mended: %v", one.file, err)
		}
	}
	// Where the files are gone, what was known of them is not.
	for _, file := range []string{"eu.xml", "it.xml"} {
		if err := os.Remove(filepath.Join(s.Dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := restarted().Import(lists, now); !errors.Is(err, trustlist.ErrOlder) {
		t.Errorf("into an empty shelf: %v", err)
	}
	info, err := os.Stat(filepath.Join(s.Dir, "highest.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "highest.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := restarted().Import(newerLists, now); err == nil {
		t.Error("a file that cannot be read is no limit")
	}
}

func TestFilesOfSignersHoldCertificatesAndNothingElse(t *testing.T) {
	a := st.New(now)
	one := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Operator.Certificate.Raw})
	for name, c := range map[string]struct {
		data []byte
		want int
	}{
		"one": {one, 1}, "two": {append(bytes.Clone(one), one...), 2}, "words": {append(bytes.Clone(one), "and more"...), 0},
		"a key": {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}), 0}, "damaged": {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}), 0},
	} {
		path := filepath.Join(t.TempDir(), "signers.pem")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := trustlist.Certificates([]string{path}); len(got) != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d, %v", name, len(got), err)
		}
	}
}
