package selfcare

import "strings"

// browserNames and systemNames are looked for in a User-Agent in this order:
// most browsers also carry the names of those they descend from.
var (
	browserNames = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"},
	}
	systemNames = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

// browserName is a User-Agent as people would say it, "Chrome, Linux". One that
// names no browser we know is given as it came.
func browserName(userAgent string) string {
	browser, system := named(userAgent, browserNames), named(userAgent, systemNames)
	switch {
	case browser == "":
		return userAgent
	case system == "":
		return browser
	}
	return browser + ", " + system
}

func named(text string, names [][2]string) string {
	for _, n := range names {
		if strings.Contains(text, n[0]) {
			return n[1]
		}
	}
	return ""
}
