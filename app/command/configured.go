// Package command is what all commands have in common: where they read and write,
// the configuration, and which role they are about.
package command

import (
	"io"

	"atrio/app/config"
)

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Configured is embedded by commands that read the configuration.
type Configured struct {
	Config []string `short:"c" env:"ATRIO_CONFIG" default:"/etc/atrio/atrio.toml" sep:"," help:"Configuration files, each over the one before." placeholder:"FILE"`
}

// Load reads the files, each over the one before, and the environment.
func (c Configured) Load() (*config.File, error) { return config.Load(c.Config, config.Environ()) }
