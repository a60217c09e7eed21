package atrio_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A target that tools/fuzz does not find is fuzzed by nobody, and nobody would notice.
func TestEveryFuzzTargetIsFuzzed(t *testing.T) {
	out, err := exec.Command("tools/fuzz", "-l").Output()
	if err != nil {
		t.Fatalf("tools/fuzz -l: %v", err)
	}
	listed := strings.Split(strings.TrimSpace(string(out)), "\n")
	var there []string
	for path, text := range read(t, "*_test.go") {
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !isFuzzTarget(fn) {
				continue
			}
			there = append(there, filepath.Dir(path)+" "+fn.Name.Name)
			if file.Package > 1 && strings.Contains(text[:file.Package-1], "//go:build") {
				t.Errorf("%s: %s is fuzzed only with a build tag, which tools/fuzz does not give", path, fn.Name.Name)
			}
		}
	}
	for _, target := range there {
		if !slices.Contains(listed, target) {
			t.Errorf("tools/fuzz forgets %s", target)
		}
	}
	for _, target := range listed {
		if !slices.Contains(there, target) {
			t.Errorf("tools/fuzz lists %s, which is not there", target)
		}
	}
	for _, must := range []string{"federation/spid/rules FuzzCheck", "saml/xmlsec FuzzWrapping", "federation/spid/spidsaml FuzzCheckResponse"} {
		if !slices.Contains(there, must) {
			t.Errorf("%s is gone", must)
		}
	}
}

// isFuzzTarget says whether the Go tool takes a function for a target, or whoever
// wrote it meant one: it fuzzes, under a name that the tool does not look at.
func isFuzzTarget(fn *ast.FuncDecl) bool {
	params := fn.Type.Params.List
	if fn.Recv != nil || len(params) != 1 || len(params[0].Names) != 1 {
		return false
	}
	star, ok := params[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	kind, ok := star.X.(*ast.SelectorExpr)
	if !ok || kind.Sel.Name != "F" {
		return false
	}
	fuzzes := strings.HasPrefix(fn.Name.Name, "Fuzz")
	ast.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Fuzz" {
				fuzzes = true
			}
		}
		return true
	})
	return fuzzes
}
