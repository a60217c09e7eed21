package contract

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// nodes parses a fragment and lists its elements in order.
func nodes(t *testing.T, fragment string) (all []*html.Node) {
	t.Helper()
	root, err := html.Parse(strings.NewReader("<!doctype html><title>x</title><main>" + fragment + "</main>"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func page1(t *testing.T, f Form, lang string, level int) string {
	t.Helper()
	z := frozen(t, f)
	out, err := press(t).HTML(z.Version, z.Form, lang, level)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestThePageHasTheBlocksOfThePaper(t *testing.T) {
	p, f := press(t), form()
	for lang, order := range map[string][]string{"it": {"it"}, "en": {"en", "it"}} {
		text := ""
		for _, n := range nodes(t, page1(t, f, lang, 2)) {
			if n.Data == "section" {
				text += attr(n, "lang") + ":" + squeeze(words(n))
			}
		}
		at := 0
		for _, l := range order {
			_, blocks, err := p.document(f, p.Version(), l)
			if err != nil {
				t.Fatal(err)
			}
			wants := []string{l + ":"}
			for _, b := range blocks {
				wants = append(wants, b.text)
				for _, i := range b.items {
					wants = append(wants, i.term, i.value)
				}
			}
			for _, want := range wants {
				next := strings.Index(text[at:], squeeze(want))
				if next < 0 {
					t.Fatalf("%s: %q is missing, or not where it belongs", lang, want)
				}
				at += next + len(squeeze(want))
			}
		}
	}
}

// WCAG 2.2 1.3.1: headings in order, lists of their own items, names that are there once.
func TestThePageIsSound(t *testing.T) {
	for level := 1; level <= 5; level++ {
		last, ids := level-1, map[string]bool{}
		for _, n := range nodes(t, page1(t, form(), "en", level)) {
			if id := attr(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("two elements have the id %s", id)
				}
				ids[id] = true
			}
			switch {
			case len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6':
				now := int(n.Data[1] - '0')
				if now < level || now > last+1 || words(n) == "" {
					t.Errorf("level %d: %s %q after h%d", level, n.Data, words(n), last)
				}
				last = now
			case n.Data == "section":
				if l := attr(n, "lang"); l != "it" && l != "en" || attr(n, "aria-labelledby") != "contract-"+l {
					t.Errorf("section in %q named by %q", l, attr(n, "aria-labelledby"))
				}
				last = level - 1
			case n.Data == "dl" || n.Data == "ul":
				items := 0
				for c := range n.ChildNodes() {
					if c.Type == html.ElementNode {
						items++
						if c.Data != map[string]string{"dl": "div", "ul": "li"}[n.Data] {
							t.Errorf("%s in %s", c.Data, n.Data)
						}
					}
				}
				if items == 0 {
					t.Errorf("an empty %s", n.Data)
				}
			case n.Data == "dt" || n.Data == "dd" || n.Data == "p" || n.Data == "li":
				if strings.TrimSpace(words(n)) == "" {
					t.Errorf("an empty %s", n.Data)
				}
			}
		}
		if !ids["contract-it"] || !ids["contract-en"] {
			t.Error("a section has no name")
		}
	}
}

func TestNothingThatIsTypedBecomesMarkup(t *testing.T) {
	f := form()
	for _, field := range f.strings() {
		switch field.name {
		case "number", "language", "method", "sex":
		default:
			*field.value = `"><script>x</script>{number}# ` + field.name
		}
	}
	out := page1(t, f, "en", 2)
	text := squeeze(words(nodes(t, out)[0]))
	for _, field := range f.strings() {
		if field.name != "language" && field.name != "method" && field.name != "sex" && !strings.Contains(text, squeeze(*field.value)) {
			t.Errorf("%s is missing, or something was put into it", field.name)
		}
	}
	for _, n := range nodes(t, out) {
		if n.Data == "script" {
			t.Fatal("a script")
		}
	}
}

func TestTheFormOfAnUnknownVersionIsNotShown(t *testing.T) {
	z := frozen(t, form())
	if _, err := press(t).HTML("0", z.Form, "it", 2); err == nil {
		t.Error("texts that are not there were shown")
	}
	if _, err := press(t).HTML(z.Version, z.Form[1:], "it", 2); err == nil {
		t.Error("a broken form was shown")
	}
}
