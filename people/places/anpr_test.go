package places

import (
	"strings"
	"testing"
	"testing/fstest"
)

// archiveHead are the columns of the archive as the Ministry publishes it.
const archiveHead = "ID,DATAISTITUZIONE,DATACESSAZIONE,CODISTAT,CODCATASTALE,DENOMINAZIONE_IT,DENOMTRASLITTERATA,ALTRADENOMINAZIONE,ALTRADENOMTRASLITTERATA,ID_PROVINCIA,IDPROVINCIAISTAT,IDREGIONE,IDPREFETTURA,STATO,SIGLAPROVINCIA,FONTE,DATAULTIMOAGG,COD_DENOM\n"

// archiveLine is a line of the archive.
func archiveLine(first, last, code, name, other, province, changed string) string {
	return strings.Join([]string{"1", first, last, "000000", code, name, name, other, other, "0", "000", "00", "", "A", province, "", changed, ""}, ",") + "\n"
}

var smallArchive = archiveHead +
	archiveLine("1861-03-17", "1928-02-29", "A900", "PROVA DI SOPRA", "", "MI", "2016-06-17") +
	archiveLine("1947-05-10", "1992-04-15", "A900", "PROVA DI SOPRA", "", "MI", "2016-06-17") + // abolished in between
	archiveLine("1992-04-16", "2000-01-01", "A900", "PROVA DI SOPRA", "", "LO", "2016-06-17") +
	archiveLine("2000-01-02", "9999-12-31", "A900", "PROVA DI SOPRA", "", "LO", "2026-02-03") + // a change that does not matter
	archiveLine("1861-03-17", "9999-12-31", "H501", `"ROMA"`, "", "RM", "2016-06-17") +
	archiveLine("1923-02-14", "9999-12-31", "M900", "FINTA SULL'ADIGE", "ERDACHT AN DER ETSCH", "BZ", "2016-06-17") +
	archiveLine("1861-03-17", "1911-07-04", "ND", "SENZA CODICE", "", "NO", "2016-06-17")

func TestTheArchiveIsRead(t *testing.T) {
	for name, text := range map[string]string{
		"as published":         smallArchive,
		"with a mark in front": "\ufeff" + smallArchive,
		"with semicolons":      strings.ReplaceAll(smallArchive, ",", ";"),
		"with returns":         strings.ReplaceAll(smallArchive, "\n", "\r\n"),
	} {
		a, err := ReadANPR(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.Codes() != 3 || a.Skipped != 1 || !a.Newest.Equal(date(t, "2026-02-03")) {
			t.Errorf("%s: %d codes, %d skipped, newest %v", name, a.Codes(), a.Skipped, a.Newest)
		}
		if m := a.municipalities[0]; len(m.periods) != 3 || m.last() != still || m.periods[2].name != "Prova di Sopra" {
			t.Errorf("%s: %+v", name, m)
		}
		if m := a.municipalities[2]; m.periods[0].name != "Finta sull'Adige" || m.periods[0].other != "Erdacht an der Etsch" {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

func TestAnImportedArchiveTakesThePlaceOfWhatIsThere(t *testing.T) {
	_, err := Open(fstest.MapFS{Built: {Data: []byte("A900\tProva\tMI\t1900-01-01\t9999-12-31\nH501\tRoma\tRM\t1861-03-17\t9999-12-31\nM435\tNuova\tCO\t2024-01-01\t9999-12-31\n")}})
	if err == nil {
		t.Fatal("the facts fit a file that lacks most codes")
	}
	d := newDirectory([]municipality{
		{"A900", []period{{first: 19000101, last: still, name: "Prova", province: "MI"}}},
		{"M435", []period{{first: 20240101, last: still, name: "Nuova", province: "CO"}}},
	}, Source{})
	a, err := ReadANPR(strings.NewReader(smallArchive))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(d.Disagreements(a)); n != 5 { // A900: name, province, first; two missing
		t.Errorf("%+v", d.Disagreements(a))
	}
	with := d.With(a)
	if list := append(with.Disagreements(a), with.OtherProvinces(a)...); len(list) != 0 {
		t.Errorf("after the import: %+v", list)
	}
	if s := with.Source(); !s.Imported || !s.Newest.Equal(a.Newest) || s.Codes != 4 || d.Source().Imported {
		t.Errorf("%+v", s)
	}
	for _, c := range []struct {
		on, label string
		there     bool
	}{
		{"1928-02-29", "Prova di Sopra (MI)", true}, {"1930-01-01", "Prova di Sopra (MI)", false},
		{"1950-01-01", "Prova di Sopra (MI)", true}, {"1995-01-01", "Prova di Sopra (LO)", true},
	} {
		if p, there := with.Find("A900", date(t, c.on)); p.Label() != c.label || there != c.there {
			t.Errorf("%v: %q %v", c, p.Label(), there)
		}
	}
	if !with.Known("M435") {
		t.Error("what the archive lacks is gone")
	}
}

func TestAWrongArchiveIsRefusedWithTheLine(t *testing.T) {
	good := archiveLine("1861-03-17", "9999-12-31", "H501", "ROMA", "", "RM", "2016-06-17")
	for text, want := range map[string]string{
		"":                      "no first line",
		"A,B,C\n1,2,3\n":        "no column CODCATASTALE",
		archiveHead + "1,2,3\n": "wrong number of fields",
		archiveHead + good + archiveLine("1861-03-17", "9999-12-31", "Roma", "ROMA", "", "RM", ""):            "line 3:",
		archiveHead + good + archiveLine("1861-03-17", "9999-12-31", "Z404", "ROMA", "", "RM", ""):            "no code of a municipality",
		archiveHead + archiveLine("17/03/1861", "9999-12-31", "H501", "ROMA", "", "RM", ""):                   "is no day",
		archiveHead + archiveLine("1861-03-17", "1861-02-30", "H501", "ROMA", "", "RM", ""):                   "is no day",
		archiveHead + archiveLine("1861-03-17", "1860-03-17", "H501", "ROMA", "", "RM", ""):                   "wrong order",
		archiveHead + archiveLine("1861-03-17", "9999-12-31", "H501", "", "", "RM", ""):                       "no name",
		archiveHead + archiveLine("1861-03-17", "9999-12-31", "H501", strings.Repeat("A", 121), "", "RM", ""): "very long",
		archiveHead + archiveLine("1861-03-17", "9999-12-31", "H501", "ROMA", "", "Roma", ""):                 "is no province",
		archiveHead + archiveLine("1861-03-17", "9999-12-31", "H501", "FORL\xcc", "", "FC", ""):               "UTF-8",
		strings.Repeat("x", largestArchive+1):                                                                 "more than",
	} {
		if _, err := ReadANPR(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
		if err := CheckANPR(strings.NewReader(text)); (err == nil) != strings.HasPrefix(text, archiveHead) {
			t.Errorf("%.80q: its first line: %v", text, err)
		}
	}
}

func TestWhatAssetsBuildIsReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		"A001\tAbano\tPD\t1866-11-19\n":                                "five fields",
		"A001\tAbano\tPD\t1866-11-19\tnie\n":                           "no day",
		"A001\tAbano\tPD\tnie\t1866-11-19\n":                           "no day",
		"A1\tAbano\tPD\t1866-11-19\t9999-12-31\n":                      "no code",
		"A001\t\tPD\t1866-11-19\t9999-12-31\n":                         "no name",
		strings.Repeat("A001\tAbano\tPD\t1866-11-19\t9999-12-31\n", 2): "twice",
		"A001\tAbano\tPD\t1866-11-19\t9999-12-31\n":                    "facts of municipalities",
	} {
		_, err := Open(fstest.MapFS{Built: {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := Open(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "make assets") {
		t.Errorf("before the build: %v", err)
	}
}

func TestWrongFactsAreRefused(t *testing.T) {
	for _, facts := range []string{
		"A001", "A001\tfirst", "A001\tfirst\tnie", "A001\tlast\tnie", "A001\twas\tnie\tX", "A001\tgrows\t1", "A002\tname\tX",
		"A001\tnew\tX\tPD\t1900-01-01\t9999-12-31", "A002\tnew\tX\tPD\tnie\t9999-12-31", "A002\tnew\tX\tPD\t1900-01-01\tnie", "A002\tnew\tX\tpd\t1900-01-01\t9999-12-31",
	} {
		records := map[string]*record{"A001": {code: "A001", name: "Abano", province: "PD", first: 18661119, last: still}}
		if err := correct(records, facts); err == nil {
			t.Errorf("%q was accepted", facts)
		}
	}
	for _, moves := range []string{"1927-01-12\tTO", "nie\tTO\tAO", "1927-01-12\tTorino\tAO", "1927-01-12\tTO\tAO\tA00"} {
		if _, err := readMoves(strings.NewReader(moves)); err == nil {
			t.Errorf("%q was accepted", moves)
		}
	}
}

func TestNamesAreWrittenAsOnSigns(t *testing.T) {
	for shouted, want := range map[string]string{
		"SAN GIOVANNI IN FIORE": "San Giovanni in Fiore", "REGGIO NELL'EMILIA": "Reggio nell'Emilia", "L'AQUILA": "L'Aquila",
		"CASTELLO D'ALIFE": "Castello d'Alife", "Castello D'alife": "Castello d'Alife", "SANT'AGATA DE' GOTI": "Sant'Agata de' Goti",
		"GRESSONEY-LA-TRINITÉ": "Gressoney-La-Trinité", "SAINT-RHÉMY-EN-BOSSES": "Saint-Rhémy-en-Bosses", "Saint-Rhémy-en-Bosses": "Saint-Rhémy-en-Bosses",
		"LA SPEZIA": "La Spezia", "CA' D'ANDREA": "Ca' d'Andrea", "A": "A", "DI": "Di", "": "",
	} {
		if got := display(shouted); got != want {
			t.Errorf("%q became %q, want %q", shouted, got, want)
		}
	}
	for broken, want := range map[string]string{"MagrÃ¨": "Magrè", "Ãrvíz": "Ãrvíz", "Ã€€": "Ã€€", "Roma": "Roma"} {
		if got := repaired(broken); got != want {
			t.Errorf("%q became %q, want %q", broken, got, want)
		}
	}
}
