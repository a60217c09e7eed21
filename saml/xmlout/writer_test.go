package xmlout

import "testing"

func TestWriterEscapesTheWayCanonicalizationDoes(t *testing.T) {
	var w Writer
	w.Open("a", "one", "<&>\"\t\n\r'", "absent", "")
	w.Leaf("b", "<&>\"\t\n\r'à")
	w.Empty("c", "d", "e")
	w.Close()
	got, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	want := `<a one="&lt;&amp;>&quot;&#x9;&#xA;&#xD;'"><b>&lt;&amp;&gt;"` + "\t\n" + `&#xD;'à</b><c d="e"/></a>`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWriterRefusesWhatXMLCannotHold(t *testing.T) {
	for name, write := range map[string]func(w *Writer){
		"a NUL":               func(w *Writer) { w.Leaf("a", "x\x00") },
		"broken UTF-8":        func(w *Writer) { w.Leaf("a", "x\xff") },
		"a noncharacter":      func(w *Writer) { w.Empty("a", "b", "\uFFFE") },
		"an open element":     func(w *Writer) { w.Open("a") },
		"a close too many":    func(w *Writer) { w.Empty("a"); w.Close() },
		"an attribute undone": func(w *Writer) { w.Empty("a", "b") },
	} {
		var w Writer
		write(&w)
		if _, err := w.Bytes(); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}
