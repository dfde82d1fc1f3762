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
	i := build.Read()
	if f.Globals.Output == output.JSON {
		p := output.New(output.JSON, f.Streams.Out, output.Schema[build.Info]{
			{Name: "version", Value: func(i build.Info) any { return i.Version }},
			{Name: "commit", Value: func(i build.Info) any { return cmdutil.Optional(i.Commit) }},
			{Name: "date", Value: func(i build.Info) any { return cmdutil.Optional(i.Date) }},
			{Name: "go", Value: func(i build.Info) any { return i.Go }},
			{Name: "platform", Value: func(build.Info) any { return runtime.GOOS + "/" + runtime.GOARCH }},
		}, output.Options{})
		if err := p.Row(i); err != nil {
			return err
		}
		return p.Close()
	}
	_, err := fmt.Fprintf(f.Streams.Out, "tap %s (%s, %s/%s)\n", i.Version, i.Go, runtime.GOOS, runtime.GOARCH)
	return err
}
