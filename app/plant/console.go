package plant

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"atrio/app/config"
	"atrio/app/operator"
	"atrio/web"
)

// consoleHost stands for every address at which the operations listener is reached.
const consoleHost = "localhost"

// console is the site of the operator on the operations listener, reached on this host.
func (p *Plant) console(listen string) (http.Handler, error) {
	theme, err := LoadTheme("operations", config.Theme{
		Institution: config.Text{It: "Atrio", En: "Atrio"}, Service: config.Text{It: "Operazioni", En: "Operations"},
	})
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(theme, operator.Pages())
	if err != nil {
		return nil, err
	}
	site := &web.Site{
		Role: "operations", BaseURL: "http://" + consoleHost, Institution: theme, Pages: pages,
		Now: p.Now, Log: roleLogger(p.Log, "operations"), Demo: p.Demo,
	}
	if err := site.Validate(); err != nil {
		return nil, err
	}
	handler := site.Handler(&operator.Console{
		Site: site, States: p.Metrics.providers.states, Recent: p.tally.recent, Window: tallyWindow * time.Minute, Now: p.Now,
	})
	return byAddress(listen, handler), nil
}

// byAddress admits requests for the host by its address or as localhost, and for the name
// that the listener has in the configuration. Others are refused by the site: a name
// server of somebody else must not lead a browser of the operator here.
func byAddress(listen string, next http.Handler) http.Handler {
	configured, _, _ := net.SplitHostPort(listen)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		_, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err == nil || strings.EqualFold(host, consoleHost) || configured != "" && strings.EqualFold(host, configured) {
			local := *r
			local.Host = consoleHost
			r = &local
		}
		next.ServeHTTP(w, r)
	})
}
