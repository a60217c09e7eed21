package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Binary is the path of the program under test.
type Binary string

// Variable names the environment variable with the path of a program that was
// built before.
const Variable = "ATRIO_BIN"

// Build makes the program in dir, or takes the one that the environment names.
// It links what every start needs: run `make assets` first.
func Build(dir string) (Binary, error) {
	if path := os.Getenv(Variable); path != "" {
		path, err := filepath.Abs(path)
		return Binary(path), err
	}
	path := filepath.Join(dir, "atrio")
	out, err := exec.Command("go", "build", "-o", path, "atrio/cmd/atrio").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return Binary(path), nil
}
