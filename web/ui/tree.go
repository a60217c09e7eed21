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
		var missing string
		rename(tree.Root, func(called string) string {
			switch {
			case trees[called] != nil:
				return src.id + "#" + called
			case root.Lookup(called) == nil:
				missing = called
			}
			return called
		})
		if missing != "" {
			return fmt.Errorf("ui: %s calls the template %q, which does not exist", src.file, missing)
		}
		if _, err := root.AddParseTree(src.id+"#"+name, tree); err != nil {
			return fmt.Errorf("ui: %s: %w", src.file, err)
		}
	}
	return nil
}

// rename gives every template call below a node the name that to makes of it: a
// page's own templates come before the components.
func rename(n parse.Node, to func(string) string) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, c := range n.Nodes {
			rename(c, to)
		}
	case *parse.TemplateNode:
		n.Name = to(n.Name)
	case *parse.IfNode:
		rename(n.List, to)
		rename(n.ElseList, to)
	case *parse.RangeNode:
		rename(n.List, to)
		rename(n.ElseList, to)
	case *parse.WithNode:
		rename(n.List, to)
		rename(n.ElseList, to)
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
