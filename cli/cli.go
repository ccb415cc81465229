// Package cli is the command line, one file per subcommand, and the only place that names concrete adapters and puts the rooms together.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
	"guildhall/cli/config"
)

// The exit codes that scripts rely on.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitRefused     = 4
	exitUnreachable = 5
)

// Run runs the command line and gives the exit code. Interrupt and termination signals end what is under way in an orderly manner; a second one ends it at once.
func Run(arguments []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks for an orderly end; from then on signals have their usual effect again.
	context.AfterFunc(ctx, stop)

	app := newApp(stdin, stdout, stderr)
	err := app.RunContext(ctx, arguments)
	if err == nil {
		return exitDone
	}
	fmt.Fprintf(stderr, "guildhall: %v\n", err)
	return exitCode(err)
}

// usageError is wrong usage of the command line.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func wrongUsage(format string, arguments ...any) error {
	return &usageError{fmt.Sprintf(format, arguments...)}
}

func exitCode(err error) int {
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	if failure, ok := errors.AsType[*ops.CommandError](err); ok {
		switch failure.Outcome {
		case ops.WrongUsage:
			return exitUsage
		case ops.NotFound:
			return exitNotFound
		case ops.Refused:
			return exitRefused
		case ops.Unreachable:
			return exitUnreachable
		}
	}
	return exitFailed
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *cli.App {
	return &cli.App{
		Name:      "guildhall",
		Usage:     "a whole community in one executable: text, voice, files and administration",
		UsageText: "guildhall [options] [command] [command options]\n\nWithout a command it serves. Every option is also a variable (--listen is GUILDHALL_LISTEN)\nand a key in guildhall.toml in the data folder.",
		Flags:     optionFlags(),
		Commands: slices.Concat([]*cli.Command{serveCommand()},
			aboutHall(setupURLCommand(), hallCommand(), userCommand(), botCommand(), webhookCommand(), eventHookCommand(), oidcCommand(), guildCommand(), inviteCommand(), modCommand(), dbCommand(), configCommand()),
			[]*cli.Command{benchCommand(), versionCommand()}),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return wrongUsage("there is no command %q; see guildhall --help", c.Args().First())
			}
			return serve(c)
		},
		HideVersion:          true,
		HideHelpCommand:      true,
		EnableBashCompletion: false,
		Reader:               stdin,
		Writer:               stdout,
		ErrWriter:            stderr,
		OnUsageError:         onUsageError,
		ExitErrHandler:       func(*cli.Context, error) {}, // Run prints the error and chooses the code
	}
}

// onUsageError replaces the library's habit of printing the whole help text for a wrong flag.
func onUsageError(c *cli.Context, err error, _ bool) error {
	name := "guildhall"
	if c.Command != nil && c.Command.HelpName != "" {
		name = c.Command.HelpName
	}
	return wrongUsage("%v; see %s --help", err, name)
}

// optionFlags are the options that may stand on the command line. Secrets may not: other users of the machine can read arguments.
func optionFlags() []cli.Flag {
	flags := []cli.Flag{configFlag()}
	for _, option := range config.Options() {
		if !option.Secret {
			flags = append(flags, optionFlag(option))
		}
	}
	return flags
}

func configFlag() cli.Flag {
	return &cli.StringFlag{Name: "config", Usage: "configuration `FILE` (default: guildhall.toml in the data folder)"}
}

func optionFlag(option config.Option) cli.Flag {
	usage := fmt.Sprintf("%s (`%s`)", option.Usage, option.Value)
	if option.Default != "" {
		usage += fmt.Sprintf(" (default: %s)", option.Default)
	}
	return &cli.StringFlag{Name: option.Name, Usage: usage}
}

// aboutHall lets commands be told which hall they are about behind their names too, where people write it first.
func aboutHall(commands ...*cli.Command) []*cli.Command {
	for _, command := range commands {
		if len(command.Subcommands) > 0 {
			aboutHall(command.Subcommands...)
			continue
		}
		command.Flags = append(command.Flags, configFlag())
		for _, option := range config.Options() {
			if option.Name == "data" {
				command.Flags = append(command.Flags, optionFlag(option))
			}
		}
	}
	return commands
}

// group makes a command that only holds others.
func group(name, usage string, commands ...*cli.Command) *cli.Command {
	return &cli.Command{Name: name, Usage: usage, Subcommands: commands, HideHelpCommand: true, OnUsageError: onUsageError,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return wrongUsage("there is no command %q; see guildhall %s --help", name+" "+c.Args().First(), name)
			}
			return wrongUsage("say what to do; see guildhall %s --help", name)
		}}
}

// leaf makes a command that does something and takes no arguments beside its flags.
func leaf(name, usage string, action cli.ActionFunc, flags ...cli.Flag) *cli.Command {
	flags, required := takeRequired(flags)
	return &cli.Command{Name: name, Usage: usage, Flags: flags, HideHelpCommand: true, OnUsageError: onUsageError,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return wrongUsage("%s does not take %q; see %[1]s --help", c.Command.HelpName, c.Args().First())
			}
			var missing []string
			for _, name := range required {
				if !c.IsSet(name) {
					missing = append(missing, "--"+name)
				}
			}
			if len(missing) > 0 {
				return wrongUsage("%s needs %s; see %[1]s --help", c.Command.HelpName, strings.Join(missing, " and "))
			}
			return action(c)
		}}
}

// takeRequired gives copies of flags whose help text says which must be given, with the names of those. The library would answer a missing one with the whole help
// text on standard output, where scripts expect the result, and with an error that is not one of wrong usage.
func takeRequired(flags []cli.Flag) (taken []cli.Flag, names []string) {
	taken = slices.Clone(flags) // commands share flags
	for i, flag := range taken {
		switch flag := flag.(type) {
		case *cli.StringFlag:
			if flag.Required {
				copied := *flag
				copied.Required, copied.Usage = false, copied.Usage+" (required)"
				taken[i], names = &copied, append(names, copied.Name)
			}
		case *cli.DurationFlag:
			if flag.Required {
				copied := *flag
				copied.Required, copied.Usage = false, copied.Usage+" (required)"
				taken[i], names = &copied, append(names, copied.Name)
			}
		}
	}
	return taken, names
}

// loadConfig reads the configuration for a command.
func loadConfig(c *cli.Context) (config.Config, []config.Setting, error) {
	sources := config.Sources{Flags: make(map[string]string), LookupEnv: os.LookupEnv, Environ: os.Environ(), DotEnv: ".env", File: os.Getenv("GUILDHALL_CONFIG")}
	lineage := c.Lineage()
	// From the outermost command inwards, so that the flag nearest to the command wins.
	for i := len(lineage) - 1; i >= 0; i-- {
		at := lineage[i]
		if at.Command == nil {
			continue
		}
		for _, name := range at.LocalFlagNames() {
			if name == "config" {
				sources.File = at.String(name)
			} else {
				sources.Flags[name] = at.String(name)
			}
		}
	}
	loaded, settings, err := config.Load(sources)
	if err != nil {
		return loaded, settings, wrongUsage("the configuration is not usable:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return loaded, settings, nil
}

// jsonFlag asks for output that scripts can read.
func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON for scripts"}
}

// printJSON prints one value on one line.
func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
