package chip_test

import "atrio/web/webtest"

// formed is the form of the film.
type formed struct {
	a    *applicant
	form *webtest.Form
}

// send sends a file; nil for none.
func (f *formed) send(file []byte) *webtest.Page {
	f.a.T.Helper()
	files := map[string][]byte{}
	if file != nil {
		files["film"] = file
	}
	return f.a.Upload(f.form, files)
}
