package rollout

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
)

// ResultOptions are what the commands on a result need, then what the user said.
type ResultOptions struct {
	*cmdutil.Factory
	Identities []string
	By         string
	Flags      // the recipients of what is written
}

// NewCmdResult returns `tap result` with the commands below it.
func NewCmdResult(f *cmdutil.Factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "result",
		Short: "Open the result of a run",
		Long: `Open the result of a run: one user's row or all of it, as another file, or as a file for each value of a column. An encrypted one, whose
name ends in .age, is opened with an age identity file or a private SSH key.`,
		Args: cobra.ArbitraryArgs,
		RunE: cmdutil.Group,
	}
	c.AddCommand(newCmdResultShow(f), newCmdExport(f), newCmdSplit(f))
	return c
}

// exampleResult makes a result to work on.
const exampleResult = `  printf 'user,department\nadele.vance@contoso.com,Sales\nalex.wilber@contoso.com,IT\n' >new-hires.csv
  tap create --file new-hires.csv --out passes.csv --yes
`

// identity declares the flag that opens.
func (o *ResultOptions) identity(fl *pflag.FlagSet) {
	fl.StringSliceVarP(&o.Identities, "identity", "i", nil, "a file with an age identity or a private SSH key that opens the result")
}

func newCmdResultShow(f *cmdutil.Factory) *cobra.Command {
	o := &ResultOptions{Factory: f}
	c := &cobra.Command{
		Use:   "show <file> [<user>]",
		Short: "Show the rows of a result, of one user or all",
		Example: `  # The passcode of one user
` + exampleResult + `  tap result show passes.csv adele.vance@contoso.com -o value`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cmdutil.CheckOutput(f, shown(time.UTC), output.Options{Value: bareValue}); err != nil {
				return err
			}
			return showResult(cmd.Context(), o, args)
		},
	}
	o.identity(c.Flags())
	return c
}

const bareValue = "temporaryAccessPass"

// shown is the columns of `tap result show`: those of the file, in a table the ones that are read out.
func shown(zone *time.Location) output.Schema[result.Record] {
	s := result.Schema()
	heads := map[string]string{"userPrincipalName": "USER", "outcome": "OUTCOME", "startDateTime": "FROM", "endDateTime": "UNTIL", "temporaryAccessPass": "PASSCODE"}
	for i := range s {
		name := s[i].Name
		if heads[name] == "" {
			continue
		}
		s[i].Head, s[i].Cell = heads[name], func(r result.Record) string { return r.Get(name) }
		switch name {
		case bareValue:
			value := s[i].Value
			s[i].Cell = func(r result.Record) string { text, _ := value(r).(string); return text }
		case "startDateTime", "endDateTime":
			s[i].Drop, s[i].Cell = 1, func(r result.Record) string { return minute(r.Get(name), zone) }
		}
	}
	return s
}

// minute is a time of a file as a table shows it.
func minute(stamp string, zone *time.Location) string {
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return stamp
	}
	return at.In(zone).Format("2006-01-02 15:04 MST")
}

func showResult(ctx context.Context, o *ResultOptions, args []string) error {
	user := ""
	if len(args) == 2 {
		user = args[1]
	}
	file, err := o.open(ctx, args[0], user)
	if err != nil {
		return err
	}
	rows := file.Rows
	if len(args) == 2 {
		if rows = file.Find(args[1]); len(rows) == 0 {
			return &errs.Error{Slug: errs.NotFound, What: "showing a result", Whom: args[1], Why: args[0] + " has no row of this user", Hints: []string{"tap result show " + args[0]}}
		}
	}
	if o.Globals.Output == output.Value && len(o.Globals.Columns) == 0 && len(rows) != 1 {
		return errs.Usage("-o value prints the passcode of exactly one user", "--output json")
	}
	columns := shown(o.ShowZone())
	p := cmdutil.Printer(o.Factory, columns, output.Options{Value: bareValue, Least: output.Widths(columns, rows...)})
	for _, r := range rows {
		if err := o.Runner.Register(o.Streams.Err, r.Passcode); err != nil {
			return cmdutil.Written(err)
		}
		if err := p.Row(r); err != nil {
			return cmdutil.Written(err)
		}
	}
	return cmdutil.Written(p.Close())
}

// open reads a result, which it opens where it is encrypted. user is the one whose row is wanted, "" for all.
func (o *ResultOptions) open(ctx context.Context, path, user string) (*result.File, error) {
	format, encrypted, err := result.FormatOf(path)
	if err != nil {
		return nil, err
	}
	if encrypted && len(o.Identities) == 0 {
		return nil, errs.Usage(path+" is encrypted, and no key is named that opens it", "--identity ~/.ssh/id_ed25519")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errs.Local("reading the result", path, err)
	}
	defer f.Close()
	in := io.Reader(f)
	if encrypted {
		ids, err := o.identities(ctx)
		if err != nil {
			return nil, err
		}
		if in, err = ids.Decrypt(f); err != nil {
			return nil, errs.Of(err).For("opening the result", path)
		}
	}
	file, err := result.Read(in, format)
	if err != nil {
		return nil, errs.Of(err).For("reading the result", path)
	}
	if encrypted {
		err = o.opened(path, user, file)
	}
	return file, err
}

// opened records that passcodes were opened with a key, of one user or of all, before anybody sees them.
func (o *ResultOptions) opened(path, user string, file *result.File) error {
	l := o.Record()
	if len(file.Rows) > 0 {
		l.TenantID = file.Rows[0].Get("tenantId")
	}
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	if err := l.Ready(); err != nil {
		return err
	}
	return l.Note(record.OpenResult, record.Item{File: path, UserPrincipalName: user, Outcome: record.Opened})
}

func (o *ResultOptions) identities(ctx context.Context) (result.Identities, error) {
	var files []io.Reader
	for _, path := range o.Identities {
		f, err := os.Open(path)
		if err != nil {
			return result.Identities{}, errs.Local("reading an identity", path, err)
		}
		defer f.Close()
		files = append(files, f)
	}
	var ask func(string) ([]byte, error)
	if o.CanAsk() {
		ask = func(what string) ([]byte, error) {
			t, err := cmdutil.AskSecret(ctx, o.Streams, "Passphrase of "+o.Say.Safe(what))
			return []byte(t.Reveal()), err
		}
	}
	return result.ParseIdentities(ask, files...)
}

func newCmdExport(f *cmdutil.Factory) *cobra.Command {
	o := &ResultOptions{Factory: f}
	c := &cobra.Command{
		Use:   "export <file> --out <file>",
		Short: "Write a result as another file",
		Long:  "Write a result as another file: in another format, in clear, or encrypted to other keys.",
		Example: `  # For a spreadsheet
` + exampleResult + `  tap result export passes.csv --out passes.xlsx`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return exportRun(cmd.Context(), o, args[0]) },
	}
	o.identity(c.Flags())
	o.recipientFlags(c.Flags())
	c.Flags().StringVar(&o.Flags.Out, "out", "", "the file, .csv, .json or .xlsx, with .age encrypted")
	return c
}

// recipientFlags declare whom what is written is encrypted to.
func (o *ResultOptions) recipientFlags(fl *pflag.FlagSet) {
	fl.StringSliceVar(&o.Recipients, "recipient", nil, "an age or SSH public key that can open what is written")
	fl.StringVar(&o.RecipientsFile, "recipients-file", "", "a file of such keys, one a line")
}

func exportRun(ctx context.Context, o *ResultOptions, path string) error {
	if o.Flags.Out == "" || o.Flags.Out == "-" {
		return errs.Usage("an export needs a file", "--out passes.xlsx")
	}
	if err := o.checkOut(); err != nil {
		return err
	}
	file, err := o.open(ctx, path, "")
	if err != nil {
		return err
	}
	if err := o.write(o.Flags.Out, file); err != nil {
		return err
	}
	o.Say.Notice(fmt.Sprintf("%s in %s", errs.Count(len(file.Rows), "row"), o.Flags.Out))
	return nil
}

// write writes rows as a whole.
func (o *ResultOptions) write(path string, file *result.File) error {
	format, encrypted, err := result.FormatOf(path)
	if err != nil {
		return err
	}
	to, err := recipientsOf(o.Flags)
	if err != nil {
		return err
	}
	_, _, err = journal.WriteWhole(o.Files, path, func(w io.Writer) error {
		if !encrypted {
			return file.Write(w, format)
		}
		sealed, err := to.Encrypt(w)
		if err != nil {
			return err
		}
		if err := file.Write(sealed, format); err != nil {
			return err
		}
		return sealed.Close()
	})
	return err
}

func newCmdSplit(f *cmdutil.Factory) *cobra.Command {
	o := &ResultOptions{Factory: f}
	c := &cobra.Command{
		Use:   "split <file> --by <column> --out <folder>",
		Short: "Write a result as a file for each value of a column",
		Long: `Write a result as a file for each value of a column, such as a department or a site. The files are numbered, for a value is no safe name of
a file, and index.csv says which is which.`,
		Example: `  # A file for each department
` + exampleResult + `  tap result split passes.csv --by department --out by-department`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return splitRun(cmd.Context(), o, args[0]) },
	}
	o.identity(c.Flags())
	o.recipientFlags(c.Flags())
	c.Flags().StringVar(&o.By, "by", "", "the column")
	c.Flags().StringVar(&o.Flags.Out, "out", "", "a new folder for the files")
	return c
}

func splitRun(ctx context.Context, o *ResultOptions, path string) error {
	if o.By == "" || o.Flags.Out == "" {
		return errs.Usage("a split needs a column and a folder", "--by department --out by-department")
	}
	file, err := o.open(ctx, path, "")
	if err != nil {
		return err
	}
	parts, err := file.Split(o.By)
	if err != nil {
		return err
	}
	if err := os.Mkdir(o.Flags.Out, 0o700); err != nil {
		return errs.Local("making the folder", o.Flags.Out, err)
	}
	ending := ".csv"
	if len(o.Recipients) > 0 || o.RecipientsFile != "" {
		ending = ".csv.age"
	}
	_, _, err = journal.WriteWhole(o.Files, filepath.Join(o.Flags.Out, "index.csv"), func(w io.Writer) error { return index(w, parts, ending) })
	if err != nil {
		return err
	}
	for i, p := range parts {
		if err := o.write(filepath.Join(o.Flags.Out, numbered(i, ending)), p.File); err != nil {
			return err
		}
	}
	o.Say.Notice(fmt.Sprintf("%d files are in %s", len(parts), o.Flags.Out))
	return nil
}

func numbered(i int, ending string) string { return fmt.Sprintf("%04d%s", i+1, ending) }

// index says which value each file is of.
func index(w io.Writer, parts []result.Part, ending string) error {
	type entry struct{ file, value string }
	p := output.New(output.CSV, w, output.Schema[entry]{
		{Name: "file", Exact: true, Value: func(e entry) any { return e.file }},
		{Name: "value", Value: func(e entry) any { return e.value }},
	}, output.Options{})
	for i, part := range parts {
		if err := p.Row(entry{numbered(i, ending), part.Value}); err != nil {
			return err
		}
	}
	return p.Close()
}
