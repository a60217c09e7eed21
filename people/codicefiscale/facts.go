package codicefiscale

import (
	"slices"
	"strings"
	"time"
)

// Sex as the code tells it, in the letters of people/person.
type Sex string

// The two sexes of the code.
const (
	Male   Sex = "M"
	Female Sex = "F"
)

// womensDay is added to the day of birth of women.
const womensDay = 40

// Facts is what a code says.
type Facts struct {
	Surname   string // three letters
	GivenName string // three letters
	Year      int    // 0 to 99: the code does not tell the century
	Month     time.Month
	Day       int
	Sex       Sex
	Place     string // cadastral code of a municipality or state, "H501"
	Omocodia  int    // how many digits are written as letters
	Base      Code   // the same code with its digits
}

// Facts reads the code. The Base is the code that the rules give; where Omocodia
// is not 0 it is another person's, so it must not be used to find an account.
func (c Code) Facts() Facts {
	if len(c) != len(form) {
		return Facts{}
	}
	plain, err := plainForm(string(c))
	if err != nil {
		return Facts{}
	}
	f := Facts{
		Surname: plain[0:3], GivenName: plain[3:6], Year: number(plain[6:8]),
		Month: time.Month(strings.IndexByte(months, plain[8]) + 1), Day: number(plain[9:11]), Sex: Male,
		Place: plain[11:15], Base: sealed(plain[:15]),
	}
	if f.Day > womensDay {
		f.Day, f.Sex = f.Day-womensDay, Female
	}
	for i := range 15 {
		if plain[i] != c[i] {
			f.Omocodia++
		}
	}
	return f
}

// sealed adds the check character.
func sealed(fifteen string) Code { return Code(fifteen + string(checkCharacter(fifteen))) }

func number(two string) int { return int(two[0]-'0')*10 + int(two[1]-'0') }

// checkDay wants a day that the month has in some year that ends so. The 29th of
// February of a year 00 can only be that of 2000.
func checkDay(plain string) error {
	year, month, day := number(plain[6:8]), strings.IndexByte(months, plain[8])+1, number(plain[9:11])
	if day > womensDay {
		day -= womensDay
	}
	if day < 1 || day > 31 {
		return &Error{Reason: Day, At: 10}
	}
	if !exists(1900+year, time.Month(month), day) && !exists(2000+year, time.Month(month), day) {
		return &Error{Reason: Date, At: 10}
	}
	return nil
}

func exists(year int, month time.Month, day int) bool {
	return day >= 1 && time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Day() == day
}

// oldest is the age beyond which a birth date is not thought of.
const oldest = 120

// BirthDates are the days, the youngest first, on which the person may have been
// born, seen from the day on: not after it, not 120 years before. The code has
// two digits for the year, so a child and somebody of a hundred have the same.
func (c Code) BirthDates(on time.Time) []time.Time {
	f := c.Facts()
	if f.Day == 0 {
		return nil
	}
	today := day(on)
	var dates []time.Time
	for century := today.Year() / 100; century >= today.Year()/100-2; century-- {
		year := century*100 + f.Year
		if !exists(year, f.Month, f.Day) {
			continue
		}
		born := time.Date(year, f.Month, f.Day, 0, 0, 0, 0, time.UTC)
		if !born.After(today) && born.AddDate(oldest, 0, 0).After(today) {
			dates = append(dates, born)
		}
	}
	return dates
}

// BirthDate is the youngest of the BirthDates, for showing. ok is false when the
// code belongs to nobody born by that day. Rules about age must look at all of
// them, or at a date that somebody vouches for.
func (c Code) BirthDate(on time.Time) (born time.Time, ok bool) {
	dates := c.BirthDates(on)
	if len(dates) == 0 {
		return time.Time{}, false
	}
	return dates[0], true
}

// Younger tells whether the code is of somebody below an age, while another day of birth was
// stated beside it. A child and somebody of a hundred have the same code: theirs agrees with
// the day, and they are who they say. // A39
func (c Code) Younger(years int, stated, on time.Time) bool {
	dates := c.BirthDates(on)
	if len(dates) == 0 || !dates[0].AddDate(years, 0, 0).After(day(on)) {
		return false
	}
	return !slices.ContainsFunc(dates, day(stated).Equal)
}

// day is the calendar day that t shows, at midnight UTC.
func day(t time.Time) time.Time {
	year, month, d := t.Date()
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// OddNames lists the names whose letters no name gives: consonants come before
// vowels, and the X that fills comes last. Such a code may be right all the same,
// but it is worth a second look.
func (c Code) OddNames() []Field {
	f := c.Facts()
	var odd []Field
	for _, b := range []struct {
		field   Field
		letters string
	}{{FieldSurname, f.Surname}, {FieldGivenName, f.GivenName}} {
		if oddBlock(b.letters) {
			odd = append(odd, b.field)
		}
	}
	return odd
}

func oddBlock(letters string) bool {
	filled := strings.TrimRight(letters, "X")
	vowel := false
	for i := range len(filled) {
		if !isVowel(filled[i]) && vowel {
			return true
		}
		vowel = vowel || isVowel(filled[i])
	}
	return false
}
