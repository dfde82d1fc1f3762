package root

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/reach"
)

// surroundings are what `tap doctor` looks at before anybody signs in. What is wrong with a sign-in the sign-in says.
func (o *opener) surroundings(ctx context.Context) (*cmdutil.Surroundings, error) {
	p := o.process
	if !o.flags.isSandbox() {
		cfg, err := o.signIn()
		roots := p.Roots
		if own, err := trusted(o.flags.caFile); err == nil && own != nil {
			roots = own
		}
		settings := o.settings(func(key string) bool { return o.opens(key, cfg.Kind) })
		settings.Files = append(settings.Files, o.azures(cfg)...)
		settings.Faults = p.faults(err)
		if err := o.undisputed(); err != nil {
			settings.Faults = append(settings.Faults, disputed(errs.Of(err)))
			settings.Differ = slices.DeleteFunc(settings.Differ, func(pair doctor.Pair) bool { return pair.First == "TAP_TENANT" })
		}
		return &cmdutil.Surroundings{
			Network:   reach.Network{Getenv: p.Getenv, Dial: p.Dial, Roots: roots, UserAgent: userAgent()},
			Authority: cfg.Cloud.Authority, Graph: cfg.Cloud.GraphRoot, Settings: settings, Kind: string(o.recalled(cfg).Kind),
		}, nil
	}
	s, err := o.control(ctx)
	if err != nil {
		return nil, err
	}
	settings := o.settings(func(key string) bool { return key == "ca-file" && o.flags.sandboxURL != "" })
	settings.Faults = p.faults(nil)
	return &cmdutil.Surroundings{
		Network: reach.Network{Transport: s.Client.Transport, UserAgent: userAgent()}, Graph: s.URL + "/sandbox", Settings: settings, Kind: "sandbox",
	}, nil
}

// disputed is the fault of two tenants that were named: reads go on with the variable's, and every write is refused.
func disputed(e *errs.Error) doctor.Fault {
	return doctor.Fault{Of: ofTenant, Why: e.Headline(), Command: e.Hints[len(e.Hints)-1]}
}

// settings looks at variables and at the files that they and the flags name, opens telling which of them would be opened. It changes none.
func (o *opener) settings(opens func(key string) bool) doctor.Settings {
	var s doctor.Settings
	getenv := o.process.Getenv
	for _, name := range doctor.Variables() {
		if getenv(name) != "" {
			s.Set = append(s.Set, name)
		}
	}
	for _, p := range doctor.Pairs() {
		if first, second := getenv(p.First), getenv(p.Second); first != "" && second != "" && differ(p, first, second) {
			s.Differ = append(s.Differ, p)
		}
	}
	s.Files = o.process.namedFiles(opens)
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if path := getenv(name); path != "" {
			s.Files = append(s.Files, file(name, name, path, "unset "+name, os.Open))
		}
	}
	dir, err := stateFolder(getenv)
	if err != nil {
		return s // nothing of tap's is on this machine
	}
	if f := file("XDG_STATE_HOME", "XDG_STATE_HOME", dir, "export XDG_STATE_HOME=/tmp", entered); f.Why != "" {
		s.Files = append(s.Files, f)
	}
	return s
}

// differ reports whether the values of two variables that say the same thing contradict each other.
func differ(p doctor.Pair, first, second string) bool {
	if p.First == "TAP_TENANT" {
		return auth.TenantsDiffer(first, second)
	}
	return first != second
}

// namedFiles are the files that keys of a profile name, by a flag or whatever else gives it its value.
func (p *Process) namedFiles(opens func(key string) bool) (files []doctor.File) {
	for _, k := range auth.Keys() {
		path := p.cmd.Flags().Lookup(k.Name)
		if k.Path && path.Value.String() != "" && path.Value.String() != "-" {
			setting, command := p.namedBy(k.Name)
			f := file(k.Name, setting, path.Value.String(), command, os.Open)
			f.Idle = !opens(k.Name)
			files = append(files, f)
		}
	}
	return files
}

// opens reports whether a sign-in of this kind, "" where nobody knows it yet, opens the file of a key.
func (o *opener) opens(key string, kind auth.Kind) bool {
	if key == "client-secret-file" {
		source := auth.SecretSource{Of: auth.OfClient(), File: o.flags.secretFile, From: o.process.chosen.Find(key).Source, Getenv: o.process.Getenv}
		return source.Opens() && (kind == "" || kind == auth.ClientSecret)
	}
	of, isOfKind := map[string]auth.Kind{
		"client-certificate": auth.ClientCertificate, "client-certificate-password-file": auth.ClientCertificate, "federated-token-file": auth.WorkloadIdentity,
	}[key]
	return !isOfKind || kind == "" || kind == of
}

// namedBy says in words what gives a key its value, and the command that gives it another.
func (p *Process) namedBy(key string) (setting, command string) {
	switch s := p.chosen.Find(key); s.Source {
	case auth.FromVariable:
		return s.From, "export " + s.From + "=FILE"
	case auth.FromProfile:
		return key + " of the profile " + s.From, "tap profile set " + s.From + " --" + key + " FILE"
	case auth.FromMachine, auth.FromLock:
		return key + " in " + s.From, auth.EditByAdministrator(s.From)
	}
	return "--" + key, "--" + key + " FILE"
}

// azures are the files that variables of Azure's libraries name, as far as this sign-in goes by them or nobody knows yet.
func (o *opener) azures(cfg auth.Config) (files []doctor.File) {
	for _, v := range []struct {
		name, instead string // what counts over it
		kind          auth.Kind
	}{
		{"AZURE_CLIENT_CERTIFICATE_PATH", o.flags.certificate, auth.ClientCertificate},
		{"AZURE_FEDERATED_TOKEN_FILE", o.flags.tokenFile, auth.WorkloadIdentity},
	} {
		path := o.process.Getenv(v.name)
		if path != "" && v.instead == "" && (cfg.Kind == "" || cfg.Kind == v.kind) {
			files = append(files, file(v.name, v.name, path, "export "+v.name+"=FILE", os.Open))
		}
	}
	return files
}

// file is a file that a setting names, opened and not read.
func file(of, setting, path, command string, open func(string) (*os.File, error)) doctor.File {
	f := doctor.File{Of: of, Setting: setting, Path: path, Command: command}
	opened, err := open(path)
	if err == nil {
		_ = opened.Close()
		return f
	}
	f.Why = err.Error()
	var at *fs.PathError
	if errors.As(err, &at) {
		f.Why = at.Err.Error()
	}
	if errors.Is(err, fs.ErrPermission) {
		f.Command = "chmod u+r " + cmdutil.Quoted(path)
	}
	return f
}

// entered opens a folder that need not be there, and looks into it.
func entered(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // a folder that is not there is made when it is needed
	}
	if err != nil {
		return nil, err
	}
	if _, err := f.Readdirnames(1); err != nil && !errors.Is(err, io.EOF) {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
