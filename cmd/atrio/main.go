// Command atrio is the whole program: gateway, identity provider and portal.
package main

import (
	"os"

	"atrio/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
