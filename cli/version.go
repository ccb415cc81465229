package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version is Guildhall's version; CHANGELOG.md tells what is in it.
const version = "0.1.0"

func versionCommand() *cli.Command {
	return leaf("version", "print the version", func(c *cli.Context) error {
		revision := "unknown"
		if build, ok := debug.ReadBuildInfo(); ok {
			for _, setting := range build.Settings {
				if setting.Key == "vcs.revision" {
					revision = setting.Value
				}
			}
		}
		if c.Bool("json") {
			return printJSON(c.App.Writer, map[string]string{"version": version, "revision": revision, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
		}
		_, err := fmt.Fprintf(c.App.Writer, "guildhall %s (%s, %s/%s, revision %s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH, revision)
		return err
	}, jsonFlag())
}
