package rollout

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
)

// absolute is the path of a result wherever the run goes on.
func absolute(out string) (string, error) {
	if out == "" || out == "-" {
		return out, nil
	}
	path, err := filepath.Abs(out)
	if err != nil {
		return "", errs.Local("finding the result's folder", out, err)
	}
	return path, nil
}

// address brings the vault's address, where there is one, into the form in which it is kept and compared.
func (o *CreateOptions) address() (err error) {
	if o.Keyvault != "" {
		o.Keyvault, err = o.VaultAddress(o.Keyvault)
	}
	return err
}

// reach finds out, before anything is made, that a result could not be written or opened.
func (r *run) reach(ctx context.Context) error {
	if r.job.Keyvault != "" {
		if err := r.openVault(ctx); err != nil {
			return err
		}
	}
	switch r.job.Out {
	case "":
		return nil
	case "-":
		if err := r.Streams.CheckOut(); err != nil {
			return errs.Local("writing the result", "stdout", err)
		}
		return nil
	}
	if err := r.fits(); err != nil {
		return err
	}
	if _, err := r.store.fs.ReadDir(r.job.Out); err == nil {
		return errs.Local("writing the result", r.job.Out, errors.New("it is a folder"), "--out passes.csv")
	}
	path := filepath.Join(filepath.Dir(r.job.Out), ".tap-probe")
	probe, err := r.store.fs.Create(path)
	if err != nil {
		if at := (*fs.PathError)(nil); errors.As(err, &at) {
			err = at.Err // the name is that of a file of ours beside it
		}
		return errs.Local("writing the result", r.job.Out, err, "--out passes.csv")
	}
	return errors.Join(probe.Close(), r.store.fs.Remove(path))
}

// fits finds out that the file's format cannot hold the roster's rows and cells.
func (r *run) fits() error {
	format, _, err := result.FormatOf(r.job.Out)
	if err != nil {
		return err
	}
	if format != result.XLSX {
		return nil // it holds everything
	}
	table := result.Table{Tenant: r.job.Tenant, Carried: r.job.Columns}
	for _, row := range r.job.rows() {
		table.Rows = append(table.Rows, result.Row{Carried: row.Carried})
	}
	return result.Check(format, table)
}

func recipientsOf(fl Flags) (result.Recipients, error) {
	if len(fl.Recipients) == 0 && fl.RecipientsFile == "" {
		return result.Recipients{}, nil
	}
	if fl.RecipientsFile == "" {
		return result.ParseRecipients(fl.Recipients)
	}
	f, err := os.Open(fl.RecipientsFile)
	if err != nil {
		return result.Recipients{}, errs.Local("reading the recipients", fl.RecipientsFile, err)
	}
	defer f.Close()
	return result.ParseRecipients(fl.Recipients, f)
}

// openVault opens the vault and finds out whether it takes secrets.
func (r *run) openVault(ctx context.Context) error {
	var err error
	if r.vault, err = r.target.Vault(r.job.Keyvault); err != nil {
		return err
	}
	return r.vault.Probe(ctx)
}
