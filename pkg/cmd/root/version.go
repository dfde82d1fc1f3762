package root

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/build"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

func newCmdVersion(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print which tap this is",
		Example: "  tap version",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return versionRun(f) },
	}
}

func versionRun(f *cmdutil.Factory) error {
	o := output.Options{Value: "version"}
	if err := cmdutil.CheckOutput(f, versions(), o); err != nil {
		return err
	}
	i := build.Read()
	if f.Globals.Output == output.Table && len(f.Globals.Columns) == 0 {
		_, err := fmt.Fprintf(f.Streams.Out, "tap %s (%s, %s)\n", i.Version, i.Go, platform())
		return cmdutil.Written(err)
	}
	p := cmdutil.Printer(f, versions(), o)
	if err := p.Row(i); err != nil {
		return cmdutil.Written(err)
	}
	return cmdutil.Written(p.Close())
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

func versions() output.Schema[build.Info] {
	return output.Schema[build.Info]{
		{Name: "version", Type: "string", Doc: "the release, or `dev`", Value: func(i build.Info) any { return i.Version }},
		{Name: "commit", Type: "string", Doc: "the full hash, null where it is not known", Value: func(i build.Info) any { return cmdutil.Optional(i.Commit) }},
		{Name: "date", Type: "date-time", Doc: "the commit's date, null where it is not known", Value: func(i build.Info) any { return cmdutil.Optional(i.Date) }},
		{Name: "go", Type: "string", Doc: "the Go release", Value: func(i build.Info) any { return i.Go }},
		{Name: "platform", Type: "string", Doc: "operating system and processor", Value: func(build.Info) any { return platform() }},
	}
}
