package places

import (
	"slices"
	"strings"
	"time"
)

// Province is a province, or what took its place, by its two letters.
type Province struct {
	Letters string
	Name    string
}

// provinceNames are those of today and those that were.
var provinceNames = pairs(`
AG Agrigento, AL Alessandria, AN Ancona, AO Aosta, AP Ascoli Piceno, AQ L'Aquila, AR Arezzo, AT Asti, AV Avellino, BA Bari,
BG Bergamo, BI Biella, BL Belluno, BN Benevento, BO Bologna, BR Brindisi, BS Brescia, BT Barletta-Andria-Trani, BZ Bolzano, CA Cagliari,
CB Campobasso, CE Caserta, CH Chieti, CI Carbonia-Iglesias, CL Caltanissetta, CN Cuneo, CO Como, CR Cremona, CS Cosenza, CT Catania,
CZ Catanzaro, EN Enna, FC Forlì-Cesena, FE Ferrara, FG Foggia, FI Firenze, FM Fermo, FO Forlì, FR Frosinone, FU Fiume, GE Genova,
GO Gorizia, GR Grosseto, IM Imperia, IS Isernia, KR Crotone, LC Lecco, LE Lecce, LI Livorno, LO Lodi, LT Latina, LU Lucca,
MB Monza e della Brianza, MC Macerata, ME Messina, MI Milano, MN Mantova, MO Modena, MS Massa-Carrara, MT Matera, NA Napoli, NO Novara,
NU Nuoro, OG Ogliastra, OR Oristano, OT Olbia-Tempio, PA Palermo, PC Piacenza, PD Padova, PE Pescara, PG Perugia, PI Pisa, PL Pola,
PN Pordenone, PO Prato, PR Parma, PS Pesaro e Urbino, PT Pistoia, PU Pesaro e Urbino, PV Pavia, PZ Potenza, RA Ravenna,
RC Reggio Calabria, RE Reggio Emilia, RG Ragusa, RI Rieti, RM Roma, RN Rimini, RO Rovigo, SA Salerno, SI Siena, SO Sondrio,
SP La Spezia, SR Siracusa, SS Sassari, SU Sud Sardegna, SV Savona, TA Taranto, TE Teramo, TN Trento, TO Torino, TP Trapani, TR Terni,
TS Trieste, TV Treviso, UD Udine, VA Varese, VB Verbano-Cusio-Ossola, VC Vercelli, VE Venezia, VG Venezia Giulia, VI Vicenza, VR Verona,
VS Medio Campidano, VT Viterbo, VV Vibo Valentia, ZA Zara`)

func pairs(list string) map[string]string {
	names := map[string]string{}
	for pair := range strings.SplitSeq(list, ",") {
		letters, name, _ := strings.Cut(strings.TrimSpace(pair), " ")
		names[letters] = name
	}
	return names
}

// ProvinceName gives the name for two letters, the letters when there is none.
func ProvinceName(letters string) string {
	if name := provinceNames[letters]; name != "" {
		return name
	}
	return letters
}

// Provinces lists the provinces by name that had a municipality on a day; without
// a day, those of now.
func (d *Directory) Provinces(on time.Time) []Province {
	seen := map[string]bool{}
	for i := range d.municipalities {
		m := &d.municipalities[i]
		n, there := len(m.periods)-1, m.last() == still
		if !on.IsZero() {
			n, there = m.period(dayOf(on))
		}
		if there {
			seen[m.periods[n].province] = true
		}
	}
	list := make([]Province, 0, len(seen))
	for letters := range seen {
		list = append(list, Province{letters, ProvinceName(letters)})
	}
	slices.SortFunc(list, func(a, b Province) int { return strings.Compare(a.Name+a.Letters, b.Name+b.Letters) })
	return list
}
