package xmlsec

import (
	"strings"
	"testing"
)

// The cases follow the specification; the oracles in test/oracles compare
// thousands of random documents with other implementations.
func TestExclusiveCanonicalization(t *testing.T) {
	for _, c := range []struct{ name, doc, path, prefixes, want string }{
		{"an empty element gets an end tag", `<a/>`, "", "", `<a></a>`},
		{"attributes by namespace, then name", `<a xmlns:z="urn:1" xmlns:y="urn:2" y:a="1" z:b="2" c="3" b="4" z:a="5"/>`, "", "",
			`<a xmlns:y="urn:2" xmlns:z="urn:1" b="4" c="3" z:a="5" z:b="2" y:a="1"></a>`},
		{"unused declarations go", `<a xmlns:u="urn:u" xmlns="urn:d"/>`, "", "", `<a xmlns="urn:d"></a>`},
		{"declarations move to their first use", `<n0:a xmlns:n0="urn:0" xmlns:n1="urn:1"><n1:b><n1:c n0:x=""/></n1:b></n0:a>`, "", "",
			`<n0:a xmlns:n0="urn:0"><n1:b xmlns:n1="urn:1"><n1:c n0:x=""></n1:c></n1:b></n0:a>`},
		{"a subtree takes what it uses from outside", `<p:a xmlns:p="urn:p" xmlns="urn:d" xml:lang="it"><b p:x=""/></p:a>`, "b", "",
			`<b xmlns="urn:d" xmlns:p="urn:p" p:x=""></b>`},
		{"siblings declare each for itself", `<a xmlns:p="urn:p"><p:b/><p:b/></a>`, "", "",
			`<a><p:b xmlns:p="urn:p"></p:b><p:b xmlns:p="urn:p"></p:b></a>`},
		{"the default namespace is undeclared where used", `<a xmlns="urn:d"><b xmlns=""><c/></b></a>`, "", "",
			`<a xmlns="urn:d"><b xmlns=""><c></c></b></a>`},
		{"but not before it was declared", `<a xmlns=""><b/></a>`, "", "", `<a><b></b></a>`},
		{"a prefix bound anew", `<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1"/></p:b></p:a>`, "", "",
			`<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1"></p:c></p:b></p:a>`},
		{"inclusive prefixes are kept", `<a xmlns:u="urn:u" xmlns:v="urn:v"><b/></a>`, "b", "u nobody", `<b xmlns:u="urn:u"></b>`},
		{"inclusive default namespace", `<p:a xmlns:p="urn:p" xmlns="urn:d"><p:b/></p:a>`, "b", "#default", `<p:b xmlns="urn:d" xmlns:p="urn:p"></p:b>`},
		{"escapes", "<a b='&#9;&#10;&#13;&quot;&apos;&lt;&gt;&amp;'>&#13;&quot;&apos;&lt;&gt;&amp;\t\n</a>", "", "",
			"<a b=\"&#x9;&#xA;&#xD;&quot;'&lt;>&amp;\">&#xD;\"'&lt;&gt;&amp;\t\n</a>"},
		{"CDATA becomes text", `<a><![CDATA[<&]]></a>`, "", "", `<a>&lt;&amp;</a>`},
		{"xml:lang stays where it is", `<a xml:lang="it" b=""/>`, "", "", `<a b="" xml:lang="it"></a>`},
		{"white space in tags goes, between tags stays", "<a  b = '1' > <c\n/> </a >", "", "", `<a b="1"> <c></c> </a>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := Parse([]byte(c.doc), Message)
			if err != nil {
				t.Fatal(err)
			}
			if c.path != "" {
				for _, child := range e.Elements() {
					if child.Name.Local == c.path {
						e = child
					}
				}
			}
			if got, err := Canonical(e, strings.Fields(c.prefixes)...); err != nil || string(got) != c.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}
