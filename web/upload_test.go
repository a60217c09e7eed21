package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"atrio/base/fault"
	"atrio/web"
)

// upload makes a request of name, value pairs; a name with a dot is a file.
func upload(t testing.TB, pairs ...string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		w, err := m.CreateFormField(pairs[i])
		if name, isFile := strings.CutSuffix(pairs[i], ".file"); isFile {
			w, err = m.CreateFormFile(name, "../../etc/passwd")
		}
		if err == nil {
			_, err = io.WriteString(w, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return r
}

func TestAFileComesWithWhatWasTypedBesideIt(t *testing.T) {
	f, file, err := web.ReadUpload(upload(t, "city", "Forlì", "picture.file", "\xff\xd8", "gender", "other"), "picture", 10)
	if err != nil || string(file) != "\xff\xd8" || f.Value("city") != "Forlì" || f.Value("gender") != "other" {
		t.Errorf("%q, %v", file, err)
	}
	f, file, err = web.ReadUpload(upload(t, "city", "Bari", "picture.file", ""), "picture", 10)
	if err != nil || file != nil || f.Value("city") != "Bari" {
		t.Errorf("no file was chosen: %q, %v", file, err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("city=Lecce"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if f, file, err = web.ReadUpload(r, "picture", 10); err != nil || file != nil || f.Value("city") != "Lecce" {
		t.Errorf("an ordinary form: %q, %v", file, err)
	}
}

func TestAFileThatIsTooLongIsCutAndLosesNothingElse(t *testing.T) {
	f, file, err := web.ReadUpload(upload(t, "picture.file", strings.Repeat("x", 5000), "city", "Trieste"), "picture", 10)
	if err != nil || len(file) != 11 || f.Value("city") != "Trieste" {
		t.Errorf("%d bytes, %v", len(file), err)
	}
}

func TestUploadsThatNoBrowserSendsAreRefused(t *testing.T) {
	var many []string
	for i := range 201 {
		many = append(many, fmt.Sprint("f", i), "")
	}
	whole := func() string { b, _ := io.ReadAll(upload(t, "city", "x").Body); return string(b) }()
	raw := func(boundary, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		return r
	}
	for name, r := range map[string]*http.Request{
		"two files":              upload(t, "picture.file", "a", "picture.file", "b"),
		"a file elsewhere":       upload(t, "city.file", "a"),
		"a field twice":          upload(t, "city", "a", "city", "b"),
		"too many fields":        upload(t, many...),
		"too much typed":         upload(t, "city", strings.Repeat("a", 40<<10), "note", strings.Repeat("a", 40<<10)),
		"broken text":            upload(t, "city", "\xff"),
		"NUL":                    upload(t, "city", "a\x00b"),
		"a long name":            upload(t, strings.Repeat("n", 65), "a"),
		"cut short":              raw("x", whole[:len(whole)/2]),
		"no part":                raw("x", "nothing"),
		"headers without an end": raw("x", "--x\r\n"+strings.Repeat("A: b\r\n", 100_000)),
	} {
		if _, _, err := web.ReadUpload(r, "picture", 10); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, media := range []string{"text/plain", "multipart/mixed; boundary=x", "multipart/form-data; boundary="} {
		r := upload(t, "city", "a")
		r.Header.Set("Content-Type", media)
		if _, _, err := web.ReadUpload(r, "picture", 10); !fault.Is(err, fault.Unsupported) {
			t.Errorf("%s: %v", media, err)
		}
	}
	var tooLarge *http.MaxBytesError
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("city="+strings.Repeat("a", 100<<10)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, _, err := web.ReadUpload(r, "picture", 1<<20); !errors.As(err, &tooLarge) {
		t.Errorf("a form without a file has the limit of forms: %v", err)
	}
	r = upload(t, "picture.file", strings.Repeat("x", 5000))
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 1000)
	if _, _, err := web.ReadUpload(r, "picture", 10); !errors.As(err, &tooLarge) {
		t.Errorf("beyond the body limit: %v", err)
	}
}

func FuzzReadUploadNeverPanics(f *testing.F) {
	body, _ := io.ReadAll(upload(f, "city", "x", "picture.file", "y").Body)
	f.Add("x", body)
	f.Add("x", []byte("--x\r\nContent-Disposition: form-data; name=\"city\"\r\n\r\na\r\n--x--"))
	f.Fuzz(func(t *testing.T, boundary string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		if form, _, err := web.ReadUpload(r, "picture", 10); (form == nil) == (err == nil) {
			t.Fatal("neither a form nor an error, or both")
		}
	})
}
