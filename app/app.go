// Package app is the roof: the command line. Each command is a file here, or a
// package of its own when it has many (auditcmd, keyscmd, metadatacmd, rulescmd).
//
// Only the roof imports the products' databases and opens files, listeners and
// connections named by the configuration (config); the wiring is in plant, what the
// demonstration adds in demo.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"atrio/app/auditcmd"
	"atrio/app/codescmd"
	"atrio/app/command"
	"atrio/app/evidencecmd"
	"atrio/app/helpcmd"
	"atrio/app/keyscmd"
	"atrio/app/metadatacmd"
	"atrio/app/operatorcmd"
	"atrio/app/placescmd"
	"atrio/app/registerscmd"
	"atrio/app/relaycmd"
	"atrio/app/rulescmd"
	"atrio/app/statisticscmd"
	"atrio/app/trustlistcmd"
)

// commandLine is every command; the help of each shows an example.
type commandLine struct {
	Demo       demoCommand           `cmd:"" help:"Start all three roles with simulators and an inbox on loopback."`
	Serve      serveCommand          `cmd:"" help:"Serve one or more roles."`
	Migrate    migrateCommand        `cmd:"" help:"Bring the databases up to date, without serving."`
	Check      checkCommand          `cmd:"" help:"Find mistakes in the configuration; play the cases of SPID and CIE."`
	Metadata   metadatacmd.Command   `cmd:"" help:"Print the signed SAML metadata of a role."`
	Service    serviceCommand        `cmd:"" help:"List the services of the gateway, draw a secret for one."`
	Provider   providerCommand       `cmd:"" help:"List the providers; say that one has problems; offer the validator."`
	Audit      auditcmd.Command      `cmd:"" help:"Verify the audit log; trace, search and export the ledger of logins."`
	Rules      rulescmd.Command      `cmd:"" help:"List the rules of access; tell what would happen to a person at a service."`
	Registers  registerscmd.Command  `cmd:"" help:"Import what offices know about people: affiliations, citizenships."`
	Codes      codescmd.Command      `cmd:"" help:"Import the Codici Persona that people had before."`
	Keys       keyscmd.Command       `cmd:"" help:"Look after the keys of a role: rotate, encrypt, list."`
	Evidence   evidencecmd.Command   `cmd:"" help:"List the evidence of requests for an identity; open it out of the archive; hold it."`
	Operator   operatorcmd.Command   `cmd:"" help:"List the operators of the identity provider; invite one to make a key; lock one out."`
	Relay      relaycmd.Command      `cmd:"" help:"Read an electronic document on a reader of this computer, for a request for an identity."`
	Statistics statisticscmd.Command `cmd:"" help:"Write what AgID is told about identities and logins, for a week or a quarter."`
	HelpVotes  helpcmd.Command       `cmd:"" help:"Sum up what people answered under the pages of help."`
	Places     placescmd.Command     `cmd:"" help:"Import the archive of municipalities; search places of birth."`
	TrustList  trustlistcmd.Command  `cmd:"" help:"Bring the European trusted lists, by which qualified signatures are checked."`
	Version    versionCommand        `cmd:"" help:"Print the version."`
}

// Main runs the program and returns its exit status: 0, 1 when something is
// wrong, 2 when the command line is.
func Main(args []string, in io.Reader, out, errs io.Writer) int {
	tuneCollector()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return run(ctx, args, command.Streams{In: in, Out: out, Err: errs})
}

func run(ctx context.Context, args []string, s command.Streams) (status int) {
	defer func() { // kong leaves --help by its exit function
		if p := recover(); p != nil {
			e, ok := p.(exit)
			if !ok {
				panic(p)
			}
			status = int(e)
		}
	}()
	parser, err := kong.New(&commandLine{},
		kong.Name("atrio"), kong.Description("One entrance to the online services of an institution."),
		kong.Writers(s.Out, s.Err), kong.Exit(func(code int) { panic(exit(code)) }),
		kong.UsageOnError(), kong.Vars{"demo_dir": filepath.Join(os.TempDir(), "atrio-demo"), "check_keys": checkKeysDir()}, kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		fmt.Fprintln(s.Err, "atrio:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		parser.Errorf("%v", err)
		return 2
	}
	if err := parsed.Run(); err != nil {
		for _, line := range lines(err) {
			fmt.Fprintln(s.Err, "atrio:", line)
		}
		return 1
	}
	return 0
}

type exit int

// lines splits joined errors: each mistake is told on a line of its own. What
// is wrapped in a longer sentence stays together.
func lines(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, lines(e)...)
		}
		if err.Error() == errors.Join(joined.Unwrap()...).Error() {
			return out
		}
	}
	return []string{strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")}
}
