// Command clauses checks that the clauses cited in the code and the index in
// docs/clauses say the same, or brings the index up to date:
//
//	tools/clauses          check
//	tools/clauses check    fail and tell every difference
//	tools/clauses write    write the index; new rows want a sentence
package main

import (
	"fmt"
	"os"

	"atrio/tools/clause"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "clauses:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	mode := "check"
	if len(args) == 1 {
		mode = args[0]
	}
	if len(args) > 1 || mode != "check" && mode != "write" {
		return fmt.Errorf("usage: tools/clauses [check|write]")
	}
	index, err := clause.Read(".")
	if err != nil {
		return err
	}
	if mode == "write" {
		if err := index.Write(); err != nil {
			return err
		}
		if index, err = clause.Read("."); err != nil {
			return err
		}
	}
	faults := index.Check()
	for _, f := range faults {
		fmt.Println(f)
	}
	if len(faults) > 0 {
		return fmt.Errorf("%d differences between code and docs/clauses", len(faults))
	}
	return nil
}
