package evidence

import (
	_ "embed"
	"html/template"
	"strings"
	"time"
)

//go:embed index.html
var indexText string

// index is the readable form of a report.
var index = template.Must(template.New("index").Funcs(template.FuncMap{
	"when": func(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") },
	"join": func(list []string) string { return strings.Join(list, "; ") },
}).Parse(indexText))
