package account

import (
	"net/http"
	"strconv"
	"time"

	"atrio/web"
)

const (
	accessesPath = "/account/accesses"
	// accessesPage is how many lines a page has.
	accessesPage = 25
)

// AccessesView is the view of "account/accesses".
type AccessesView struct {
	Accesses []Access
	// Older is the address of the next page, "" when this is the last.
	Older string
	// Newest says that this is the first page.
	Newest bool
}

// accesses lists what is kept of 24 months. // REG 19, I12
func (h *Handler) accesses(w http.ResponseWriter, r *http.Request) error {
	before := h.Now().Add(time.Hour)
	micros, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	newest := err != nil || micros <= 0
	if !newest {
		before = time.UnixMicro(micros)
	}
	list, err := h.Store.AccessesBefore(r.Context(), web.CurrentSession(r).Subject, before, accessesPage+1)
	if err != nil {
		return err
	}
	v := AccessesView{Accesses: list, Newest: newest}
	if len(list) > accessesPage {
		v.Accesses = list[:accessesPage]
		v.Older = accessesPath + "?before=" + strconv.FormatInt(v.Accesses[accessesPage-1].At.UnixMicro(), 10)
	}
	return h.Site.Page(w, r, http.StatusOK, "account/accesses", v)
}
