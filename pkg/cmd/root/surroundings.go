package root

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
	"github.com/seed-5ddf9a5e/tap/pkg/reach"
)

// surroundings are what `tap doctor` looks at before anybody signs in. What is wrong with a sign-in the sign-in says.
func (o *opener) surroundings(ctx context.Context) (*cmdutil.Surroundings, error) {
	p := o.process
	if !o.flags.isSandbox() {
		cfg, _ := o.signIn()
		roots := p.Roots
		if own, err := trusted(o.flags.caFile); err == nil && own != nil {
			roots = own
		}
		return &cmdutil.Surroundings{
			Network:   reach.Network{Getenv: p.Getenv, Dial: p.Dial, Roots: roots, UserAgent: userAgent()},
			Authority: cfg.Cloud.Authority, Graph: cfg.Cloud.GraphRoot, Settings: o.settings(), Kind: string(cfg.Kind),
		}, nil
	}
	s, err := o.control(ctx)
	if err != nil {
		return nil, err
	}
	return &cmdutil.Surroundings{
		Network: reach.Network{Transport: s.Client.Transport, UserAgent: userAgent()}, Graph: s.URL + "/sandbox", Settings: o.settings(), Kind: "sandbox",
	}, nil
}

// settings looks at variables and at the files that they and the flags name. It changes none.
func (o *opener) settings() doctor.Settings {
	var s doctor.Settings
	getenv := o.process.Getenv
	for _, name := range doctor.Variables() {
		if getenv(name) != "" {
			s.Set = append(s.Set, name)
		}
	}
	for _, p := range doctor.Pairs() {
		if first, second := getenv(p.First), getenv(p.Second); first != "" && second != "" && first != second {
			s.Differ = append(s.Differ, p)
		}
	}
	for _, named := range []struct{ setting, path, command string }{
		{"--client-secret-file", o.flags.secretFile, "--client-secret-file FILE"},
		{"--client-certificate", o.flags.certificate, "--client-certificate FILE"},
		{"--client-certificate-password-file", o.flags.passwordFile, "--client-certificate-password-file FILE"},
		{"--federated-token-file", o.flags.tokenFile, "--federated-token-file FILE"},
		{"--ca-file", o.flags.caFile, "--ca-file FILE"},
		{"SSL_CERT_FILE", getenv("SSL_CERT_FILE"), "unset SSL_CERT_FILE"},
		{"SSL_CERT_DIR", getenv("SSL_CERT_DIR"), "unset SSL_CERT_DIR"},
	} {
		if named.path != "" && named.path != "-" {
			s.Files = append(s.Files, file(named.setting, named.path, named.command, os.Open))
		}
	}
	dir, err := stateFolder(getenv)
	if err != nil {
		return s // nothing of tap's is on this machine
	}
	if f := file("XDG_STATE_HOME", dir, "export XDG_STATE_HOME=/tmp", entered); f.Why != "" {
		s.Files = append(s.Files, f)
	}
	return s
}

// file is a file that a setting names, opened and not read.
func file(setting, path, command string, open func(string) (*os.File, error)) doctor.File {
	f := doctor.File{Setting: setting, Path: path, Command: command}
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
