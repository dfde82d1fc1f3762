package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// maxSecret bounds a client secret, in bytes. Those that Microsoft makes have 40 characters.
const maxSecret = 4096

// SecretSource is where a client secret may come from. It is never the value of a flag, which every
// process of the machine and the shell's history could read.
type SecretSource struct {
	Getenv func(string) string                            // os.Getenv; nil: no variables
	File   string                                         // --client-secret-file; "-" is Stdin, empty is no file
	Stdin  io.Reader                                      // read to its end where File is "-"
	Prompt func(ctx context.Context) (secret.Text, error) // asks the person; nil without a terminal
}

// Read returns the secret from the first of: the file, TAP_CLIENT_SECRET, AZURE_CLIENT_SECRET, the
// prompt. A flag goes before a variable (product.md), and the variable before asking.
func (s SecretSource) Read(ctx context.Context) (secret.Text, error) {
	if s.File == "-" {
		return s.fromStdin(ctx)
	}
	if s.File != "" {
		return s.fromFile(ctx)
	}
	for _, name := range []string{"TAP_CLIENT_SECRET", "AZURE_CLIENT_SECRET"} {
		if s.Getenv == nil || s.Getenv(name) == "" {
			continue
		}
		t, err := oneLine([]byte(s.Getenv(name)))
		if err != nil {
			return secret.Text{}, errs.Usage(fmt.Sprintf("the variable %s holds no client secret: %v", name, err), fmt.Sprintf("read -rs %[1]s && export %[1]s", name))
		}
		return t, nil
	}
	if s.Prompt == nil {
		return secret.Text{}, noSecret("there is no client secret")
	}
	return s.Prompt(ctx)
}

// noSecret says that there is none, and how to give one.
func noSecret(why string) error {
	return &errs.Error{Slug: errs.Auth, What: "signing in", Why: why, Hints: []string{
		"read -rs TAP_CLIENT_SECRET && export TAP_CLIENT_SECRET",
		fromAFile,
	}}
}

const fromAFile = "--client-secret-file FILE"

func (s SecretSource) fromStdin(ctx context.Context) (secret.Text, error) {
	if s.Stdin == nil {
		return secret.Text{}, errs.Usage("--client-secret-file - needs a standard input", fromAFile)
	}
	b, err := await(ctx, func() ([]byte, error) { return bounded(s.Stdin) })
	if err != nil {
		return secret.Text{}, sourceError(ctx, "standard input", err)
	}
	t, err := oneLine(b)
	if err != nil {
		return secret.Text{}, errs.Usage(fmt.Sprintf("standard input holds no client secret: %v", err), fromAFile)
	}
	return t, nil
}

func (s SecretSource) fromFile(ctx context.Context) (secret.Text, error) {
	b, err := await(ctx, func() ([]byte, error) { return readPrivate(s.File) })
	var open *tooOpenError
	if errors.As(err, &open) {
		return secret.Text{}, errs.Local("reading the client secret", s.File, err,
			"chmod 600 "+quote(s.File), "--client-secret-file - < "+quote(s.File))
	}
	if err != nil {
		return secret.Text{}, sourceError(ctx, s.File, err)
	}
	t, err := oneLine(b)
	if err != nil {
		return secret.Text{}, errs.Local("reading the client secret", s.File, err, fromAFile)
	}
	return t, nil
}

// sourceError tells a read that was given up from one that failed.
func sourceError(ctx context.Context, whom string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the path is named already
	}
	return errs.Local("reading the client secret", whom, err, fromAFile)
}

// await ends with ctx even where the read does not: a pipe, a terminal.
func await(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		b, err := read()
		done <- result{b, err}
	}()
	select {
	case r := <-done:
		return r.b, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// tooOpenError says that others on this machine may read the file.
type tooOpenError struct{ mode fs.FileMode }

func (e *tooOpenError) Error() string {
	return fmt.Sprintf("others on this machine can read it (mode %04o)", e.mode)
}

// readPrivate reads a file that nobody else may read. The open file is judged, not its name, so
// that none takes its place. Windows has no such mode bits; pipes are nobody else's.
func readPrivate(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); runtime.GOOS != "windows" && mode.IsRegular() && mode.Perm()&0o077 != 0 {
		return nil, &tooOpenError{mode.Perm()}
	}
	return bounded(f)
}

// bounded reads to the end, and fails where that is farther than a secret is long.
func bounded(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err == nil && len(b) > maxSecret {
		err = fmt.Errorf("it holds more than %d bytes", maxSecret)
	}
	return b, err
}

// oneLine takes a secret out of what was read: without a byte order mark and the line's end. Its
// errors say what is wrong and nothing of what was read.
func oneLine(b []byte) (secret.Text, error) {
	if bytes.HasPrefix(b, []byte{0xff, 0xfe}) || bytes.HasPrefix(b, []byte{0xfe, 0xff}) {
		return secret.Text{}, errors.New("it is UTF-16, not UTF-8")
	}
	s := strings.TrimRight(strings.TrimPrefix(string(b), "\ufeff"), "\r\n")
	switch {
	case s == "":
		return secret.Text{}, errors.New("it is empty")
	case !utf8.ValidString(s) || strings.IndexFunc(s, unicode.IsControl) >= 0:
		return secret.Text{}, errors.New("it is not one line of text")
	}
	return secret.New(s), nil
}

// quote writes a file's name as a shell reads it.
func quote(name string) string {
	if !strings.HasPrefix(name, "-") && strings.IndexFunc(name, func(r rune) bool {
		return !strings.ContainsRune("/._-+@%:,", r) && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) < 0 {
		return name
	}
	if strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
