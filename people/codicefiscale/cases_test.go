package codicefiscale

// computed are people, all invented, and the code that the rules give for each.
var computed = []struct{ surname, given, sex, born, place, want string }{
	// three consonants each
	{"Finti", "Prova", "M", "1980-01-01", "H501", "FNTPRV80A01H501U"},
	{"Finti", "Prova", "F", "1980-01-01", "H501", "FNTPRV80A41H501Y"},
	// four consonants in the given name: first, third, fourth
	{"Esempi", "Collaudante", "M", "1979-09-09", "F205", "SMPCLD79P09F205F"},
	// many consonants in the surname: the first three
	{"Collaudanti", "Esempia", "F", "1990-12-31", "L219", "CLLSMP90T71L219V"},
	// two letters, filled with X
	{"Fo", "Prova", "M", "1985-06-15", "F839", "FOXPRV85H15F839R"},
	// vowels alone
	{"Ai", "Io", "M", "1985-06-15", "F839", "AIXIOX85H15F839X"},
	// one letter
	{"O", "U", "F", "1985-06-15", "F839", "OXXUXX85H55F839A"},
	// no vowel; the 29th of February
	{"Ng", "Wu", "M", "1992-02-29", "A944", "NGXWUX92B29A944K"},
	// J K W X Y are consonants
	{"Yx", "Kj", "F", "1992-02-29", "A944", "YXXKJX92B69A944C"},
	// three vowels
	{"Aia", "Aoi", "F", "1999-10-10", "A662", "AIAAOI99R50A662V"},
	// consonants, then a vowel
	{"Rosi", "Eva", "F", "1999-10-10", "A662", "RSOVEA99R50A662H"},
	// the consonant comes first although a vowel is written before it
	{"Ada", "Ada", "M", "1999-10-10", "A662", "DAADAA99R10A662A"},
	// apostrophe
	{"D'Esempio", "Prova", "F", "1983-05-10", "D612", "DSMPRV83E50D612S"},
	// several words count as one
	{"De Finti Prova", "Test Mario", "M", "1983-05-10", "D612", "DFNTTM83E10D612E"},
	// hyphens
	{"Finti-Prova", "Anna-Maria", "F", "1983-05-10", "D612", "FNTNMR83E50D612T"},
	// accents
	{"Èssepiù", "Zoè", "F", "2001-03-03", "D969", "SSPZOE01C43D969M"},
	// a tilde
	{"Núñez Prueba", "José", "M", "1977-07-07", "L736", "NNZJSO77L07L736A"},
	// umlauts
	{"Müller", "Jürgen", "M", "1970-11-30", "A952", "MLLJGN70S30A952E"},
	// sharp s
	{"Weiß", "Prova", "M", "1970-11-30", "A952", "WSSPRV70S30A952E"},
	// cedillas
	{"Çelik", "Şebnem", "F", "1988-08-18", "L424", "CLKSNM88M58L424M"},
	// strokes, which Unicode does not take off
	{"Łódka", "Ørsted", "M", "1988-08-18", "L424", "LDKRTD88M18L424J"},
	// the apostrophe of typographers
	{"D’Esempio", "Prova", "F", "1983-05-10", "D612", "DSMPRV83E50D612S"},
	// spaces and lower case
	{"  finti  ", "  prova ", "M", "1980-01-01", "H501", "FNTPRV80A01H501U"},
	// no surname
	{"-", "Onlyname", "M", "1995-04-04", "Z222", "XXXNYN95D04Z222U"},
	// no given name
	{"Onlyname", "-", "F", "1995-04-04", "Z236", "NLYXXX95D44Z236M"},
	// the year 1900
	{"Finti", "Prova", "M", "1900-01-01", "H501", "FNTPRV00A01H501C"},
	// the 29th of February 2000
	{"Finti", "Prova", "F", "2000-02-29", "H501", "FNTPRV00B69H501C"},
	// this century
	{"Finti", "Prova", "M", "2024-02-29", "H501", "FNTPRV24B29H501G"},
	// the months H, L, M, P
	{"Finti", "Prova", "M", "1991-06-20", "H501", "FNTPRV91H20H501Q"},
	{"Finti", "Prova", "M", "1991-07-20", "H501", "FNTPRV91L20H501D"},
	{"Finti", "Prova", "M", "1991-08-20", "H501", "FNTPRV91M20H501R"},
	{"Finti", "Prova", "M", "1991-09-20", "H501", "FNTPRV91P20H501C"},
	// Bellagio until 3 February 2014, then another code
	{"Finti", "Prova", "M", "1983-05-10", "A744", "FNTPRV83E10A744R"},
	{"Finti", "Prova", "M", "2014-02-03", "A744", "FNTPRV14B03A744V"},
	{"Finti", "Prova", "M", "2014-02-04", "M335", "FNTPRV14B04M335C"},
	// suppressed
	{"Finti", "Prova", "F", "1983-05-10", "C754", "FNTPRV83E50C754Y"},
	// homonyms
	{"Finti", "Prova", "F", "1975-05-10", "E623", "FNTPRV75E50E623T"},
	{"Finti", "Prova", "F", "1975-05-10", "E624", "FNTPRV75E50E624V"},
	{"Finti", "Prova", "M", "1975-05-10", "C337", "FNTPRV75E10C337Q"},
	{"Finti", "Prova", "M", "1985-05-10", "M261", "FNTPRV85E10M261M"},
	{"Finti", "Prova", "M", "1985-05-10", "E648", "FNTPRV85E10E648F"},
	{"Finti", "Prova", "M", "1995-05-10", "E648", "FNTPRV95E10E648H"},
	{"Finti", "Prova", "F", "1990-05-10", "F704", "FNTPRV90E50F704V"},
	{"Finti", "Prova", "F", "2012-05-10", "F704", "FNTPRV12E50F704C"},
	{"Finti", "Prova", "F", "2019-05-10", "M403", "FNTPRV19E50M403G"},
	{"Finti", "Prova", "F", "1989-05-10", "H579", "FNTPRV89E50H579T"},
	{"Finti", "Prova", "M", "1938-05-10", "D620", "FNTPRV38E10D620B"},
	{"Finti", "Prova", "M", "1940-05-10", "G778", "FNTPRV40E10G778X"},
	{"Finti", "Prova", "F", "1938-05-10", "M149", "FNTPRV38E50M149V"},
	// states, former ones too
	{"Finti", "Prova", "F", "1960-05-10", "Z118", "FNTPRV60E50Z118D"},
	{"Finti", "Prova", "M", "1970-05-10", "Z135", "FNTPRV70E10Z135X"},
	{"Finti", "Prova", "M", "1985-05-10", "Z105", "FNTPRV85E10Z105B"},
	{"Finti", "Prova", "F", "1985-05-10", "Z111", "FNTPRV85E50Z111T"},
	{"Finti", "Prova", "F", "2005-05-10", "Z157", "FNTPRV05E50Z157W"},
	{"Finti", "Prova", "F", "1995-05-10", "Z210", "FNTPRV95E50Z210B"},
	{"Finti", "Prova", "M", "1995-05-10", "Z114", "FNTPRV95E10Z114A"},
	{"Finti", "Prova", "M", "2009-05-10", "Z160", "FNTPRV09E10Z160H"},
	{"Finti", "Prova", "M", "2012-05-10", "Z907", "FNTPRV12E10Z907E"},
	{"Finti", "Prova", "F", "1935-05-10", "Z326", "FNTPRV35E50Z326E"},
	{"Finti", "Prova", "F", "1940-05-10", "Z368", "FNTPRV40E50Z368J"},
}

// written are codes as typed; base is the code without omocodia where it is another, want
// is "ok", "omocodia N", "temporary", a reason of Error with what was meant, or what is odd.
var typed = []struct{ typed, base, want string }{
	// plain
	{"FNTPRV80A01H501U", "", "ok"},
	// omocodia from the right, one digit to all seven
	{"FNTPRV80A01H50MM", "FNTPRV80A01H501U", "omocodia 1"},
	{"FNTPRV80A01H5LMX", "FNTPRV80A01H501U", "omocodia 2"},
	{"FNTPRV80A01HRLMS", "FNTPRV80A01H501U", "omocodia 3"},
	{"FNTPRV80A0MHRLMK", "FNTPRV80A01H501U", "omocodia 4"},
	{"FNTPRV80ALMHRLMV", "FNTPRV80A01H501U", "omocodia 5"},
	{"FNTPRV8LALMHRLMG", "FNTPRV80A01H501U", "omocodia 6"},
	{"FNTPRVULALMHRLMD", "FNTPRV80A01H501U", "omocodia 7"},
	// omocodia anywhere
	{"FNTPRVU0A01H501R", "FNTPRV80A01H501U", "omocodia 1"},
	{"FNTPRV80AL1H5L1Q", "FNTPRV80A01H501U", "omocodia 2"},
	// a woman: Q stands for the 4 of the day
	{"FNTPRV80A4MHRLMO", "FNTPRV80A41H501Y", "omocodia 4"},
	// the check character of the code without omocodia
	{"FNTPRV80A01H50MU", "", "check"},
	// another check character
	{"FNTPRV80A01H501A", "", "check"},
	// lower case, spaces
	{"fntprv80a01h501u", "FNTPRV80A01H501U", "ok"},
	{" FNTPRV 80A01 H501U ", "FNTPRV80A01H501U", "ok"},
	// too short, too long, nothing
	{"FNTPRV80A01H501", "", "length"},
	{"FNTPRV80A01H501UA", "", "length"},
	{"", "", "missing"},
	// no such month
	{"FNTPRV80F01H501G", "", "month"},
	// no such day
	{"FNTPRV80A00H501V", "", "day"},
	{"FNTPRV80A32H501C", "", "day"},
	{"FNTPRV80A40H501Z", "", "day"},
	{"FNTPRV80A72H501G", "", "day"},
	// the last day of a woman
	{"FNTPRV80A71H501B", "", "ok"},
	// no such date
	{"FNTPRV80B30H501X", "", "date"},
	{"FNTPRV81B29H501R", "", "date"},
	// only 2000 has the day
	{"FNTPRV00B29H501Y", "", "ok"},
	{"FNTPRV80P31H501Z", "", "date"},
	// O for 0, I for 1
	{"FNTPRVO0A01H501M", "", "form 0"},
	{"FNTPRV8IA01H501C", "", "form 1"},
	// a place that no table has
	{"FNTPRV80A01X999W", "", "unknown place"},
	// former states and codes
	{"FNTPRV80A01Z118T", "", "ok"},
	{"FNTPRV80A01Z136R", "", "ok"},
	// letters that no name gives
	{"AEBPRV80A01H501L", "", "odd surname"},
	// short surname
	{"FOXPRV80A01H501G", "", "ok"},
	// a digit among letters
	{"1ATPRV80A01H501U", "", "form I"},
	// temporary codes
	{"80000000150", "", "temporary"},
	{"80000000151", "", "check"},
}

// compared are people beside a code; want lists field and kind of what differs.
var compared = []struct{ surname, given, sex, born, place, code, want string }{
	{"Finti", "Prova", "M", "1980-01-01", "H501", "FNTPRV80A01H501U", ""},
	{"Finti", "Prova", "M", "1980-01-01", "H501", "FNTPRV80A01HRLMS", ""},
	{"Prova", "Finti", "M", "1980-01-01", "H501", "FNTPRV80A01H501U", "surname differs, given_name differs; swapped"},
	{"Finti", "Prova", "F", "1980-01-01", "H501", "FNTPRV80A01H501U", "sex differs"},
	{"Finti", "Prova", "M", "1980-10-01", "H501", "FNTPRV80A01H501U", "birth_date differs"},
	{"Finti", "Prova", "M", "1980-01-01", "F205", "FNTPRV80A01H501U", "birth_place differs"},
	{"Finti", "Prova", "M", "1983-05-10", "A744", "FNTPRV83E10M335W", "birth_place other_period"},
	{"Finti", "Prova", "M", "1970-05-10", "Z135", "FNTPRV70E10Z254A", "birth_place successor"},
	{"Finti", "Prova", "F", "1984-05-10", "Z149", "FNTPRV84E50Z118L", "birth_place successor"},
	{"Finti", "Prova", "F", "1970-05-10", "Z259", "FNTPRV70E50Z143W", ""},
	{"Finti", "Prova Seconda", "M", "1980-01-01", "H501", "FNTPRV80A01H501U", "given_name partial"},
	{"Sposata Finti", "Prova", "F", "1980-01-01", "H501", "FNTPRV80A41H501Y", "surname partial"},
	{"-", "Onlyname", "M", "1995-04-04", "Z222", "XXXNYN95D04Z222U", ""},
	{"-", "Onlyname", "M", "1995-04-04", "Z222", "NLYXXX95D04Z222X", "surname single_name"},
	{"Finti", "Prova", "M", "2024-02-29", "H501", "FNTPRV24B29H501G", ""},
}
