// Command gen-docs writes docs/manual and docs/man from the command tree, a page a command and a topic, in Markdown and for man.
// It must add nothing that the tree does not say, no date of its own and no version, so that the same tree always gives the same pages.
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
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

func main() {
	dir := flag.String("dir", "docs", "the folder in which manual and man lie")
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

// The folders of the pages.
const (
	manual = "manual" // Markdown
	man    = "man"    // roff
)

// pages are the pages by path: manual/tap_sandbox_serve.md and man/tap-sandbox-serve.1 for `tap sandbox serve`.
func pages() (map[string][]byte, error) {
	tree := root.NewCmd(&root.Process{
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard},
		Getenv:  func(string) string { return "" },
	})
	out := map[string][]byte{}
	return out, page(tree, out)
}

func page(c *cobra.Command, into map[string][]byte) error {
	c.DisableAutoGenTag = true
	if c.GroupID == root.TopicGroup {
		c.Long = "```text\n" + c.Long + "\n```" // its tables are laid out already
	}
	var markdown, roff bytes.Buffer
	// man shows a date, which has to be some date.
	day := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	if err := errors.Join(doc.GenMarkdown(c, &markdown), doc.GenMan(c, &doc.GenManHeader{Date: &day, Manual: "tap"}, &roff)); err != nil {
		return err
	}
	for path, b := range map[string]*bytes.Buffer{
		filepath.Join(manual, strings.ReplaceAll(c.CommandPath(), " ", "_")+".md"): &markdown,
		filepath.Join(man, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"):     &roff,
	} {
		into[path] = append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
	}
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

// folder reads the pages below dir. A folder that is not there holds none.
func folder(dir string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, kind := range []string{manual, man} {
		entries, err := os.ReadDir(filepath.Join(dir, kind))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			path := filepath.Join(kind, e.Name())
			if out[path], err = os.ReadFile(filepath.Join(dir, path)); err != nil {
				return nil, err
			}
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
