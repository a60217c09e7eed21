package locale

import (
	"fmt"
	"time"
)

// monthName writes a month in words; Italian has its own names, every other
// language gets the English ones.
func monthName(lang string, m time.Month) string {
	if lang != "it" {
		return m.String()
	}
	return [...]string{
		"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
		"luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
	}[m-1]
}

// Local is an instant as clocks in Italy show it, for rules that speak of days.
func (c *Catalog) Local(t time.Time) time.Time { return t.In(c.zone) }

// Date writes a day in words, in the Italian time zone: "22 novembre 2026".
// The zero time gives "".
func (c *Catalog) Date(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(c.zone)
	return fmt.Sprintf("%d %s %d", t.Day(), monthName(lang, t.Month()), t.Year())
}

// DateTime writes a day and the time to the minute, in the Italian time zone:
// "22 novembre 2026, 14:05". The zero time gives "".
func (c *Catalog) DateTime(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.Date(lang, t) + ", " + t.In(c.zone).Format("15:04")
}
