package ui

import (
	"bytes"
	"regexp"
)

// The markup of the template "errors" and of what names a field in fields.html.
var (
	summaryLine = regexp.MustCompile(`<li><a href="#([^"]+)"( data-general)?>([^<]*)</a></li>`)
	fieldName   = regexp.MustCompile(`<label[^>]* for="([^"]+)"[^>]*>(.*?)</label>|<fieldset[^>]* id="([^"]+)"[^>]*>\s*<legend[^>]*>(.*?)</legend>`)
	unnamed     = regexp.MustCompile(`(?s)<span class="atrio-optional">.*?</span>|<[^>]*>`)
)

// nameErrors puts the name of its field before a line of the summary of errors whose
// text is a general one or stands there more than once: "Compila questo campo" says
// nothing to who reads the summary alone. The name is the label that the page itself
// shows; a page without a summary comes back as it was.
func nameErrors(page []byte) []byte {
	start := bytes.Index(page, []byte(`<div class="atrio-errors"`))
	if start < 0 {
		return page
	}
	end := bytes.Index(page[start:], []byte(`</ul>`))
	if end < 0 {
		return page
	}
	end += start
	times := map[string]int{}
	for _, line := range summaryLine.FindAllSubmatch(page[start:end], -1) {
		times[string(line[3])]++
	}
	names := map[string][]byte{}
	for _, n := range fieldName.FindAllSubmatch(page[end:], -1) {
		id, label := n[1], n[2]
		if id == nil {
			id, label = n[3], n[4]
		}
		switch name := bytes.TrimRight(bytes.TrimSpace(unnamed.ReplaceAll(label, nil)), ".:"); {
		case bytes.HasSuffix(name, []byte("?")):
			names[string(id)] = append(name, ' ')
		case len(name) > 0:
			names[string(id)] = append(name, ": "...)
		}
	}
	lines := summaryLine.ReplaceAllFunc(page[start:end], func(line []byte) []byte {
		part := summaryLine.FindSubmatch(line)
		var name []byte
		if part[2] != nil || times[string(part[3])] > 1 {
			name = names[string(part[1])]
		}
		return bytes.Join([][]byte{[]byte(`<li><a href="#`), part[1], []byte(`">`), name, part[3], []byte(`</a></li>`)}, nil)
	})
	return bytes.Join([][]byte{page[:start], lines, page[end:]}, nil)
}
