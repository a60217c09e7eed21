package civil

import (
	"regexp"
	"strconv"
	"time"
)

// wholeDate is a date pasted into the first of the three fields.
var wholeDate = regexp.MustCompile(`^(\d{1,2})[./\- ](\d{1,2})[./\- ](\d{4})$`)

// isoDate is one as computers write it.
var isoDate = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})$`)

// Spread puts a whole date, pasted into the field of the day, where its parts belong.
func Spread(day, month, year string) (string, string, string) {
	if month != "" || year != "" {
		return day, month, year
	}
	if m := wholeDate.FindStringSubmatch(day); m != nil {
		return m[1], m[2], m[3]
	}
	if m := isoDate.FindStringSubmatch(day); m != nil {
		return m[3], m[2], m[1]
	}
	return day, month, year
}

// Date is a date as it was typed into three fields; false while it is none.
func Date(typedDay, typedMonth, typedYear string) (time.Time, bool) {
	day, errDay := strconv.Atoi(typedDay)
	month, errMonth := strconv.Atoi(typedMonth)
	year, errYear := strconv.Atoi(typedYear)
	if errDay != nil || errMonth != nil || errYear != nil || len(typedYear) != 4 || len(typedDay) > 2 || len(typedMonth) > 2 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || int(t.Month()) != month || t.Day() != day { // 31 February
		return time.Time{}, false
	}
	return t, true
}
