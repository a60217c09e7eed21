package ui

import (
	"fmt"
	"html/template"
	"text/template/parse"
)

// addPage puts the templates of one page file into the tree of a language as
// "page#name", so that all pages share one tree with layout and components and
// none can overwrite another's "main".
func addPage(root *template.Template, src source, funcs template.FuncMap) error {
	trees, err := parse.Parse(src.file, src.text, "", "", funcs, builtins())
	if err != nil {
		return fmt.Errorf("ui: %w", err)
	}
	for _, need := range []string{"title", "main"} {
		if trees[need] == nil {
			return fmt.Errorf("ui: %s does not define %q", src.file, need)
		}
	}
	for name, tree := range trees {
		if parse.IsEmptyTree(tree.Root) && name == src.file {
			continue
		}
		if name == src.file {
			return fmt.Errorf("ui: %s has content outside its templates", src.file)
		}
		rename(tree.Root, src.id, trees)
		if _, err := root.AddParseTree(src.id+"#"+name, tree); err != nil {
			return fmt.Errorf("ui: %s: %w", src.file, err)
		}
	}
	return nil
}

// rename points the template calls inside a page to the page's own templates
// where it has one of that name, and leaves the others to the components.
func rename(n parse.Node, page string, own map[string]*parse.Tree) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, c := range n.Nodes {
			rename(c, page, own)
		}
	case *parse.TemplateNode:
		if own[n.Name] != nil {
			n.Name = page + "#" + n.Name
		}
	case *parse.IfNode:
		rename(n.List, page, own)
		rename(n.ElseList, page, own)
	case *parse.RangeNode:
		rename(n.List, page, own)
		rename(n.ElseList, page, own)
	case *parse.WithNode:
		rename(n.List, page, own)
		rename(n.ElseList, page, own)
	}
}

// builtins names the functions that text/template defines itself; the parser
// only wants to know that they exist.
func builtins() map[string]any {
	m := map[string]any{}
	for _, name := range []string{
		"and", "or", "not", "len", "index", "slice", "print", "printf", "println",
		"html", "js", "urlquery", "call", "eq", "ne", "lt", "le", "gt", "ge", "break", "continue",
	} {
		m[name] = true
	}
	return m
}
