package rig

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Route is one address that a role mounts.
type Route struct {
	Role, Method, Pattern string
}

// Routes reads from the source what every role mounts, so that a new page is under
// attack from its first day. The source is below root.
func Routes(t testing.TB, root string) []Route {
	t.Helper()
	var out []Route
	for _, role := range Roles() {
		err := filepath.WalkDir(filepath.Join(root, role), func(dir string, e os.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				out = append(out, routesOf(t, role, dir)...)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		// What the shell mounts for everybody.
		for _, path := range []string{"/licences", "/healthz", "/readyz", "/static/none.css"} {
			out = append(out, Route{role, "GET", path})
		}
	}
	slices.SortFunc(out, func(a, b Route) int {
		return strings.Compare(a.Role+a.Pattern+a.Method, b.Role+b.Pattern+b.Method)
	})
	return slices.Compact(out)
}

// routesOf finds m.Get(…), m.Post(…) and m.Handle(…) in the methods Mount of a package.
func routesOf(t testing.TB, role, dir string) []Route {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	names := constants{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		names.read(f)
	}
	var out []Route
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "Mount" {
				out = append(out, mounted(role, fn, names)...)
			}
		}
	}
	return out
}

func mounted(role string, fn *ast.FuncDecl, names constants) (out []Route) {
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Get", "Post", "Handle"}, method.Sel.Name) {
			return true
		}
		pattern, known := names.text(call.Args[0])
		if !known {
			return true // a list of its own; see Known in the test
		}
		verb := strings.ToUpper(method.Sel.Name)
		if verb == "HANDLE" {
			verb = "GET"
		}
		out = append(out, Route{role, verb, strings.TrimSuffix(pattern, "{$}")})
		return true
	})
	return out
}

// constants are the texts of a package by name.
type constants map[string]string

func (c constants) read(f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v, ok := s.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, value := range v.Values {
				if text, known := c.text(value); known {
					c[v.Names[i].Name] = text
				}
			}
		}
	}
}

func (c constants) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		s, ok := c[e.Name]
		return s, ok
	case *ast.BinaryExpr:
		a, ok := c.text(e.X)
		b, too := c.text(e.Y)
		return a + b, ok && too && e.Op == token.ADD
	}
	return "", false
}
