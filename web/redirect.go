package web

import (
	"net/http"
	"strings"
)

// Redirect leads to another page by GET, also after a POST.
func Redirect(w http.ResponseWriter, r *http.Request, url string) error {
	http.Redirect(w, r, url, http.StatusSeeOther)
	return nil
}

// LocalPath admits a return address that came from outside only if it stays on
// this site; otherwise it gives the fallback.
func LocalPath(address, fallback string) string {
	if len(address) > 2000 || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") {
		return fallback
	}
	for _, c := range address {
		// Browsers read a backslash as a slash and drop control characters.
		if c == '\\' || c <= ' ' || c == 0x7f {
			return fallback
		}
	}
	return address
}
