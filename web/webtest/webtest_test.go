package webtest_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"atrio/web/ui"
	"atrio/web/webtest"
)

const sample = `<!doctype html><html lang="it"><head><title>T</title></head><body><main id="main">
<h1>Prova</h1><p class="a b">uno <b>due</b></p><a href="/next?x=1">Avanti</a>
<form id="f" method="post" action="/echo"><input type="hidden" name="state" value="s">
<label for="n">Nome</label><input id="n" name="n" value="Ada"><input type="checkbox" name="on" checked><input type="checkbox" name="off">
<input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked>
<select name="sel"><option>x</option><option value="y" selected>Y</option></select><textarea name="t">
riga</textarea><input name="no" disabled value="1"><button name="go" value="1">Invia</button></form></main></body></html>`

// server answers with the sample page and with what was posted.
func server(t *testing.T) string {
	return webtest.Serve(t, func(string) http.Handler {
		m := http.NewServeMux()
		m.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, sample)
		})
		m.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.FormValue("n"), " ", r.PostForm.Encode(), " ", r.Header.Get("Sec-Fetch-Site"), " ", r.Header.Get("Origin"))
		})
		m.HandleFunc("GET /cookie", func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "c", Value: "1", Path: "/"})
			http.Redirect(w, r, "/", http.StatusFound)
		})
		m.HandleFunc("GET /loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
		m.HandleFunc("GET /auto", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<form data-autopost method="post" action="/echo"><input type="hidden" name="n" value="auto"></form>`)
		})
		return m
	})
}

func TestSelectorsFindWhatCSSWouldFind(t *testing.T) {
	p := webtest.New(t).Get(server(t) + "/")
	for selector, want := range map[string]int{
		"h1": 1, "p.a.b": 1, ".b": 1, ".c": 0, "#f input": 7, "form#f [name=n]": 1, "[type=checkbox]": 2, "input[name='n'][value=Ada]": 1,
		"main form button": 1, "p form": 0, "*[disabled]": 1, "": 0,
	} {
		if got := len(p.FindAll(selector)); got != want {
			t.Errorf("%q finds %d, want %d", selector, got, want)
		}
	}
	if p.Text("p") != "uno due" || !p.Has("Prova") || p.Find("h2") != nil || p.Text("h2") != "" {
		t.Error("texts")
	}
	if !strings.HasSuffix(p.Link("Avanti"), "/next?x=1") {
		t.Error("links are absolute")
	}
}

func TestAFormSendsWhatABrowserWouldSend(t *testing.T) {
	base := server(t)
	c := webtest.New(t)
	p := c.Get(base + "/")
	f := p.Form("")
	if got := f.Values.Encode(); got != "n=Ada&on=on&r=2&sel=y&state=s&t=riga" {
		t.Errorf("values %s", got)
	}
	got := c.Submit(p.FormWith("go"), "n", "Eva", "on", "", "go", "1").Body
	if got != "Eva go=1&n=Eva&r=2&sel=y&state=s&t=riga same-origin "+base {
		t.Errorf("sent %s", got)
	}
}

func TestTheClientFollowsRedirectsAndPagesThatSubmitThemselves(t *testing.T) {
	base := server(t)
	c := webtest.New(t)
	p := c.Get(base + "/cookie")
	if p.URL.Path != "/" || len(p.History) != 2 || len(c.HTTP.Jar.Cookies(p.URL)) != 1 {
		t.Errorf("%s %v", p.URL, p.History)
	}
	c.AutoPost = true
	if got := c.Get(base + "/auto").Body; !strings.HasPrefix(got, "auto ") {
		t.Errorf("got %s", got)
	}
	if _, err := c.Do(http.MethodGet, base+"/loop", nil, nil); err == nil {
		t.Error("a loop must end with an error")
	}
	c.NoRedirect = true
	if c.Get(base+"/cookie").Status != http.StatusFound {
		t.Error("without redirects the first answer counts")
	}
}

func TestFaultsOfAPageAreNamed(t *testing.T) {
	for page, want := range map[string]string{
		`<h1>x</h1><p style="color:red">y</p>`:                  "style",
		`<h1>x</h1><a onclick="x()">y</a>`:                      "onclick",
		`<h1>x</h1><p data-on="y"></p>`:                         "data-on=…> is written as a script",
		`<h1>x</h1><p data-onward="4"></p>`:                     "find another name",
		`<h1>x</h1><script>1</script>`:                          "inline <script>",
		`<h1>x</h1><style>a{}</style>`:                          "<style>",
		`<h1>x</h1><a href=" JavaScript:1">y</a>`:               "holds a script",
		`<h1>x</h1><input name="n">`:                            "no label",
		`<h1>x</h1><label for="q">q</label>`:                    `label for "q"`,
		`<h1>x</h1><p id="a"></p><p id="a"></p>`:                "2 times",
		`<h1>x</h1><p aria-describedby="z"></p>`:                `names "z"`,
		`<h1>x</h1><img src="a">`:                               "without alt",
		`<p>x</p>`:                                              "0 h1",
		`<h1>x</h1><label for="n">N</label><input id="n"><br>`:  "",
		`<h1>x</h1><input type="hidden" name="n"><img alt="" >`: "",
	} {
		doc, err := html.Parse(strings.NewReader("<title>T</title>" + page))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(webtest.Faults(doc), "; ")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}

func TestPagesAreParsedOnceAndNeverTakenForOthers(t *testing.T) {
	page := func(text string) fs.FS {
		return fstest.MapFS{"pages/a.html": {Data: []byte(`{{define "title"}}A{{end}}{{define "main"}}` + text + `{{end}}`)}}
	}
	one := ui.Pages{Name: "p", FS: &struct{ fs.FS }{page("zero")}} // comparable, as embedded files are
	if first := webtest.NewPages(t, one); first != webtest.NewPages(t, one) {
		t.Error("the same pages were parsed again")
	}
	if webtest.NewPages(t, one) == webtest.NewPages(t, ui.Pages{Name: "q", FS: one.FS}) {
		t.Error("pages of another name are the same set")
	}
	for _, text := range []string{"uno", "due"} {
		var out strings.Builder
		if err := webtest.NewPages(t, ui.Pages{Name: "p", FS: page(text)}).Render(&out, "p/a", "it", ui.Layout{}, nil); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), text) {
			t.Errorf("pages of a test with the text %q were taken for others", text)
		}
	}
}
