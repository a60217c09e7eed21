package evidence

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// Screens says of which pages to take a screenshot.
type Screens string

// None, those that are asked for, all.
const (
	NoScreens     Screens = "none"
	WantedScreens Screens = "wanted"
	AllScreens    Screens = "all"
)

// drawing bounds one screenshot.
const drawing = 60 * time.Second

// screenshots draws the kept pages with Chromium, from a server on loopback that gives
// out the directory and nothing else.
func (r *run) screenshots(ctx context.Context, report *Report) error {
	if r.plan.Screens == NoScreens || r.plan.Chromium == "" {
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	files := http.FileServer(http.Dir(r.store.dir))
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		// Pages are drawn as they came: nothing of them runs.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:")
		files.ServeHTTP(w, q)
	})}
	go func() { _ = server.Serve(listener) }() // it ends with Close
	defer server.Close()
	for i := range report.Cases {
		c := &report.Cases[i]
		if r.plan.Screens == WantedScreens && !slices.Contains(r.plan.World.Wanted, c.ID) {
			continue
		}
		for _, name := range []string{"page", "page.en"} {
			if name == "page.en" && !c.English {
				continue
			}
			if err := r.draws(ctx, listener.Addr().String(), c.ID, name); err != nil {
				return fmt.Errorf("screenshot of case %s: %w (--screenshots=none leaves them out)", c.ID, err)
			}
		}
		c.Screenshot = true
		if err := r.store.writeJSON("cases/"+c.ID+"/meta.json", c); err != nil {
			return err
		}
	}
	return nil
}

// draws takes one screenshot.
func (r *run) draws(ctx context.Context, address, id, name string) error {
	profile, err := os.MkdirTemp("", "atrio-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile)
	file, err := filepath.Abs(filepath.Join(r.store.dir, "cases", id, name+".png"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, drawing)
	defer cancel()
	args := []string{
		"--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-background-networking",
		"--window-size=1280,960", "--user-data-dir=" + profile, "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--screenshot=" + file,
	}
	if os.Getuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium refuses root otherwise; the pages are our own, and scripts are off
	}
	out, err := exec.CommandContext(ctx, r.plan.Chromium, append(args, "http://"+address+"/cases/"+id+"/"+name+".html")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %.300s", err, out)
	}
	_, err = os.Stat(file)
	return err
}
