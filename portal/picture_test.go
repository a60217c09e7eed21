package portal_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"atrio/portal/portrait"
	"atrio/web/webtest"
)

// sendProfile posts the profile with a file, as a browser does; file may be nil.
func (w *world) sendProfile(c *webtest.Client, file []byte, pairs ...string) *http.Response {
	w.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		if err := m.WriteField(pairs[i], pairs[i+1]); err != nil {
			w.t.Fatal(err)
		}
	}
	part, err := m.CreateFormFile("picture", "foto.jpg")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil || m.Close() != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+"/profile", &body)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := c.HTTP.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { res.Body.Close() })
	return res
}

func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = []byte{180, 40, 40, 255}[i%4]
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// P2: the picture is one of the sections of the profile. It needs no script, is
// shown to its owner, can be changed and taken away.
func TestAPersonAddsAPictureAndTakesItAway(t *testing.T) {
	w := begin(t)
	c := w.complete()
	if p := c.Get(w.url + "/profile"); p.Find("main img") != nil || p.Find("form[enctype=multipart/form-data]") == nil {
		t.Error("a picture before there is one, or a form that cannot bring one")
	}
	c.Get(w.url + "/profile/picture").Expect(http.StatusNotFound)

	if res := w.sendProfile(c, photo(t, 400, 300), profileOf("1990")...); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sent: %d", res.StatusCode)
	}
	p := c.Get(w.url+"/profile").Expect(http.StatusOK, "Togli l’immagine")
	img := p.Find("main img")
	if webtest.Attr(img, "src") != "/profile/picture" || webtest.Attr(img, "alt") == "" {
		t.Error("the picture is not on the page, or has no words")
	}
	got := c.Get(w.url + "/profile/picture").Expect(http.StatusOK)
	drawn, err := jpeg.Decode(strings.NewReader(got.Body))
	if err != nil || drawn.Bounds() != image.Rect(0, 0, portrait.Side, portrait.Side) {
		t.Fatalf("%v", err)
	}
	if r, g, _, _ := drawn.At(100, 100).RGBA(); color.Gray16Model.Convert(drawn.At(100, 100)) == color.White || r < 2*g {
		t.Error("another picture than the one that was sent")
	}
	if got.Header.Get("Content-Type") != "image/jpeg" || got.Header.Get("X-Content-Type-Options") != "nosniff" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", got.Header)
	}
	webtest.New(t).Get(w.url+"/profile/picture").Expect(http.StatusOK, "Ateneo e studenti universitari") // who is not signed in gets the login page

	c.Submit(p.FormWith("gender"), "picture_remove", "on").Expect(http.StatusOK)
	c.Get(w.url + "/profile/picture").Expect(http.StatusNotFound)
	var lines int
	count(t, w.db, `SELECT count(*) FROM audit WHERE action = 'profile.picture'`, &lines)
	if lines != 2 {
		t.Errorf("%d audit lines", lines)
	}
}

func TestAFileThatIsNoPictureIsRefusedBesideItsFieldAndNothingTypedIsLost(t *testing.T) {
	w := begin(t)
	c := w.complete()
	for name, x := range map[string]struct {
		file []byte
		says string
	}{
		"wrong type": {[]byte("<svg onload=alert(1)>"), "non è un’immagine JPEG o PNG"},
		"too long":   {append(photo(t, 40, 40), make([]byte, 5<<20)...), "più grande di 2 MB"},
		"a strip":    {photo(t, 10_001, 16), "troppo grande o troppo piccola"},
		"cut short":  {photo(t, 40, 40)[:50], "non si riesce a leggere"},
	} {
		res := w.sendProfile(c, x.file, append(profileOf("1990"), "city", "Gorizia "+name)...)
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(body), x.says) || !strings.Contains(string(body), "Gorizia "+name) {
			t.Errorf("%s: %d %v\n%s", name, res.StatusCode, err, body)
		}
	}
	c.Get(w.url + "/profile/picture").Expect(http.StatusNotFound)
	if res := w.sendProfile(c, make([]byte, 17<<20), profileOf("1990")...); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("17 MB: %d", res.StatusCode)
	}
	c.Post(w.url+"/profile", url.Values{"city": {strings.Repeat("a", 100<<10)}}).Expect(http.StatusRequestEntityTooLarge)
}

func TestAPictureSentWithAWrongAnswerIsKeptUnlessAParentIsNeeded(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	c.Get(w.start("/dashboard")).Expect(http.StatusOK, "Completa il tuo profilo")
	young := profileOf("2020")
	if res := w.sendProfile(c, photo(t, 40, 40), young...); res.StatusCode != http.StatusForbidden {
		t.Errorf("a child: %d", res.StatusCode)
	}
	if res := w.sendProfile(c, photo(t, 40, 40), append(young, "city", strings.Repeat("x", 500))...); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a child with a wrong answer: %d", res.StatusCode)
	}
	c.Get(w.url + "/profile/picture").Expect(http.StatusNotFound)
	grown := append(profileOf("1990"), "city", strings.Repeat("x", 500))
	if res := w.sendProfile(c, photo(t, 40, 40), grown...); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a wrong answer: %d", res.StatusCode)
	}
	c.Get(w.url + "/profile/picture").Expect(http.StatusOK)
}
