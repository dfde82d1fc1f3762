// Command gen-docs writes docs/manual from the command tree, a page a command. It must add nothing that the tree
// does not say, no date and no version, so that the same tree always gives the same pages.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

func main() {
	dir := flag.String("dir", filepath.Join("docs", "manual"), "the folder of the manual")
	check := flag.Bool("check", false, "write nothing, and name the pages that differ from the tree")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "gen-docs: %v\n", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	want, err := pages()
	if err != nil {
		return err
	}
	have, err := folder(dir)
	if err != nil {
		return err
	}
	differ := differences(want, have)
	if check && len(differ) > 0 {
		return fmt.Errorf("not up to date: %s; run go run ./cmd/gen-docs", strings.Join(differ, ", "))
	}
	for _, name := range differ {
		if err := put(filepath.Join(dir, name), want[name]); err != nil {
			return err
		}
	}
	return nil
}

// put writes a page; a page that no command has (nil) is removed.
func put(path string, page []byte) error {
	if page == nil {
		return os.Remove(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a manual is for everybody
		return err
	}
	return os.WriteFile(path, page, 0o644) //nolint:gosec // a manual is for everybody
}

// pages is the manual by file name: tap_sandbox_serve.md for `tap sandbox serve`.
func pages() (map[string][]byte, error) {
	tree := root.NewCmd(&root.Process{
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard},
		Getenv:  func(string) string { return "" },
	})
	tree.InitDefaultCompletionCmd()
	out := map[string][]byte{}
	return out, page(tree, out)
}

func page(c *cobra.Command, into map[string][]byte) error {
	var b bytes.Buffer
	c.DisableAutoGenTag = true
	if err := doc.GenMarkdown(c, &b); err != nil {
		return err
	}
	into[strings.ReplaceAll(c.CommandPath(), " ", "_")+".md"] = append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
	for _, sub := range c.Commands() {
		if !sub.IsAvailableCommand() {
			continue
		}
		if err := page(sub, into); err != nil {
			return err
		}
	}
	return nil
}

// folder reads the pages in dir. A folder that is not there holds none.
func folder(dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out := map[string][]byte{}
	for _, e := range entries {
		if out[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// differences names the pages that are missing, other, or left over.
func differences(want, have map[string][]byte) []string {
	all := maps.Clone(have)
	maps.Copy(all, want)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		w, wanted := want[name]
		h, there := have[name]
		return wanted && there && bytes.Equal(w, h)
	})
}
