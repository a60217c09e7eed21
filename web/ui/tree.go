package ui

import (
	"fmt"
	"html/template"
	"sync"
	"text/template/parse"
)

// trees are the templates of one file by their name in the set: "page#name".
type trees map[string]*parse.Tree

// page is one page file, read once for all languages that show it.
type page struct {
	source
	trees trees
}

// parsed is what the pages of one package hold, or why they cannot be read.
type parsed struct {
	pages  []page
	shared trees
	err    error
}

// parsePages reads packages side by side: a start spends most of its time here.
// What is read knows functions by name only, so that one reading serves all languages.
func parsePages(list []Pages, root *template.Template, funcs template.FuncMap) []parsed {
	r := reader{components: root, funcs: []map[string]any{funcs, builtins()}}
	out := make([]parsed, len(list))
	var all sync.WaitGroup
	for i, p := range list {
		all.Go(func() { out[i] = r.pages(p) })
	}
	all.Wait()
	return out
}

// reader knows what every page may call.
type reader struct {
	components *template.Template
	funcs      []map[string]any
}

func (r reader) pages(p Pages) parsed {
	sources, err := p.sources(Langs())
	if err != nil {
		return parsed{err: err}
	}
	text, err := p.shared()
	if err != nil {
		return parsed{err: err}
	}
	common := source{id: p.Name + "/pages/shared", file: p.Name + "/pages/shared", text: text}
	shared, err := r.read(common, nil)
	if err != nil {
		return parsed{err: err}
	}
	out := parsed{shared: common.in(shared)}
	for _, src := range sources {
		own, err := r.read(src, func(name string) (string, bool) { return common.id + "#" + name, shared[name] != nil })
		if err != nil {
			return parsed{err: err}
		}
		for _, need := range []string{"title", "main"} {
			if own[need] == nil {
				return parsed{err: fmt.Errorf("ui: %s does not define %q", src.file, need)}
			}
		}
		out.pages = append(out.pages, page{src, src.in(own)})
	}
	return out
}

// in names the templates of a file as the set does, so that all pages share one tree
// with layout and components and none can overwrite another's "main".
func (src source) in(own trees) trees {
	out := make(trees, len(own))
	for name, tree := range own {
		out[src.id+"#"+name] = tree
	}
	return out
}

// read gives the templates that a file defines by their own names. What they call is
// renamed: templates of the file come first, then those of the package, which shared
// knows, then the components.
func (r reader) read(src source, shared func(string) (string, bool)) (trees, error) {
	own, err := parse.Parse(src.file, src.text, "", "", r.funcs...)
	if err != nil {
		return nil, fmt.Errorf("ui: %w", err)
	}
	if outside := own[src.file]; outside != nil && !parse.IsEmptyTree(outside.Root) {
		return nil, fmt.Errorf("ui: %s has content outside its templates", src.file)
	}
	delete(own, src.file)
	for name, tree := range own {
		if shared != nil {
			if _, twice := shared(name); twice {
				return nil, fmt.Errorf("ui: %s defines %q, which its package shares", src.file, name)
			}
		}
		var missing string
		rename(tree.Root, func(called string) string {
			if own[called] != nil {
				return src.id + "#" + called
			}
			if shared != nil {
				if full, ok := shared(called); ok {
					return full
				}
			}
			if r.components.Lookup(called) == nil {
				missing = called
			}
			return called
		})
		if missing != "" {
			return nil, fmt.Errorf("ui: %s calls the template %q, which does not exist", src.file, missing)
		}
	}
	return own, nil
}

// graftPages puts the pages of a language into its tree, or, of none, what all
// languages have in common.
func graftPages(root *template.Template, list []parsed, lang string) error {
	for _, p := range list {
		if lang == "" {
			if err := graft(root, p.shared); err != nil {
				return err
			}
		}
		for _, page := range p.pages {
			if page.lang != lang {
				continue
			}
			if err := graft(root, page.trees); err != nil {
				return err
			}
		}
	}
	return nil
}

func graft(root *template.Template, list trees) error {
	for name, tree := range list {
		if _, err := root.AddParseTree(name, tree); err != nil {
			return fmt.Errorf("ui: %s: %w", name, err)
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
