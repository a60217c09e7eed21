package apply_test

import "testing/fstest"

// loginPage is the form of the login that stands for the provider's.
var loginPage = fstest.MapFS{
	"pages/login.html": {Data: []byte(`{{define "title"}}Login{{end}}{{define "main"}}<h1>Login</h1>
<form method="post" action="/account/login"><label for="user">User ID</label><input id="user" name="user"><label for="password">Password</label><input id="password" name="password" type="password"></form>{{end}}`)},
	"texts/it.json": {Data: []byte(`{"login.title": "Accesso"}`)},
	"texts/en.json": {Data: []byte(`{"login.title": "Login"}`)},
}
