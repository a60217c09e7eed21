package account

import (
	"net/http"
	"strings"

	"atrio/web"
	"atrio/web/ui"
)

// Path is where the holder's pages begin.
const Path = "/account"

// entry is a page of the navigation.
type entry struct{ key, path string }

// entries are the holder's pages in the order of the navigation. A package with pages of
// its own adds a line here, and a line of texts.
var entries = []entry{
	{"idp.account.nav.home", Path},
	{"idp.account.nav.data", Path + "/data"},
	{"idp.account.nav.accesses", Path + "/accesses"},
	{"idp.account.nav.stop", Path + "/stop"},
}

// holderMark stands in the sessions of holders, whose navigation this is; applicants have none.
const holderMark = "holder"

// Session is what a session of a holder says beside who it is.
func Session(name string) map[string]string {
	return map[string]string{"name": name, holderMark: "yes"}
}

// Layout names the signed-in holder in the frame of every page.
func Layout(r *http.Request) ui.Layout {
	s := web.CurrentSession(r)
	if s == nil {
		return ui.Layout{}
	}
	l := ui.Layout{User: s.Data["name"], UserURL: Path, LogoutURL: "/account/logout"}
	if s.Data[holderMark] == "" || r.URL.Path != Path && !strings.HasPrefix(r.URL.Path, Path+"/") {
		return l
	}
	for _, e := range entries {
		l.Nav = append(l.Nav, ui.NavItem{Key: e.key, URL: e.path, Current: r.URL.Path == e.path})
	}
	return l
}
