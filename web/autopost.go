package web

import "net/http"

// Field is one hidden field of a form that submits itself.
type Field struct{ Name, Value string }

// AutoPost is the view of "web/autopost": a form that carries a message to
// another site. With JavaScript it sends itself; without, the person presses
// "Prosegui". SAML-bindings 3.5.4
type AutoPost struct {
	Action string
	Fields []Field
	// TitleKey names the heading; "" for "web.autopost.title".
	TitleKey string
}

// AutoPost sends the page of a form that submits itself to another origin.
func (s *Site) AutoPost(w http.ResponseWriter, r *http.Request, view AutoPost) error {
	if view.TitleKey == "" {
		view.TitleKey = "web.autopost.title"
	}
	return s.Page(w, r, http.StatusOK, "web/autopost", view, NoFormAction, Plain)
}
