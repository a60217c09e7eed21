package config

import _ "embed"

// Example is a complete, commented configuration: every setting stands in it,
// those that may be left out behind a "#". atrio check --example prints it.
//
//go:embed example.toml
var Example []byte
