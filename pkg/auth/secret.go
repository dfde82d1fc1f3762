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

// maxSecret bounds a secret, in bytes. The client secrets that Microsoft makes have 40 characters.
const maxSecret = 4096

// SecretOf is what a secret is the secret of.
type SecretOf struct {
	name, flag string
	variables  [2]string // tap's own, and that of Azure's libraries
}

// OfClient is the client secret.
func OfClient() SecretOf {
	return SecretOf{"client secret", "--client-secret-file", [2]string{"TAP_CLIENT_SECRET", "AZURE_CLIENT_SECRET"}}
}

// OfCertificate is the password of a PFX file.
func OfCertificate() SecretOf {
	return SecretOf{
		"certificate's password", "--client-certificate-password-file",
		[2]string{"TAP_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
	}
}

// SecretSource is where a secret may come from. It is never the value of a flag, which every
// process of the machine and the shell's history could read.
type SecretSource struct {
	Of     SecretOf
	Getenv func(string) string                            // os.Getenv; nil: no variables
	File   string                                         // the file that holds it; "-" is Stdin, empty is no file
	From   Source                                         // who named the file; "" is a flag
	Stdin  io.Reader                                      // read to its end where File is "-"
	Prompt func(ctx context.Context) (secret.Text, error) // asks the person; nil without a terminal
}

// Read returns the secret from the first of: the file of a lock, a flag or a variable, the TAP_ variable with the secret itself, the file of a
// profile or of the machine settings, the AZURE_ variable, the prompt.
func (s SecretSource) Read(ctx context.Context) (secret.Text, error) {
	own, others := s.Of.variables[0], s.Of.variables[1]
	switch {
	case s.Opens():
		return s.fromWhere(ctx)
	case s.isSet(own):
		return s.fromVariable(own)
	case s.isSet(others):
		return s.fromVariable(others)
	case s.Prompt == nil:
		return secret.Text{}, s.Of.missing("there is no " + s.Of.name)
	}
	return s.Prompt(ctx)
}

// Opens reports whether Read goes by the file.
func (s SecretSource) Opens() bool {
	isLate := s.From == FromProfile || s.From == FromMachine
	return s.File != "" && !(isLate && s.isSet(s.Of.variables[0]))
}

func (s SecretSource) isSet(variable string) bool { return s.Getenv != nil && s.Getenv(variable) != "" }

func (s SecretSource) fromWhere(ctx context.Context) (secret.Text, error) {
	if s.File == "-" {
		return s.fromStdin(ctx)
	}
	return s.fromFile(ctx)
}

func (s SecretSource) fromVariable(name string) (secret.Text, error) {
	t, err := oneLine([]byte(s.Getenv(name)))
	if err != nil {
		return secret.Text{}, errs.Usage(fmt.Sprintf("the variable %s holds no %s: %v", name, s.Of.name, err), fmt.Sprintf("read -rs %[1]s && export %[1]s", name))
	}
	return t, nil
}

// missing says that there is none, and how to give one.
func (o SecretOf) missing(why string) error {
	name := o.variables[0]
	return &errs.Error{Slug: errs.Auth, What: "signing in", Why: why, Hints: []string{"read -rs " + name + " && export " + name, o.fromAFile()}}
}

func (o SecretOf) fromAFile() string { return o.flag + " FILE" }

func (s SecretSource) fromStdin(ctx context.Context) (secret.Text, error) {
	if s.Stdin == nil {
		return secret.Text{}, errs.Usage(s.Of.flag+" - needs a standard input", s.Of.fromAFile())
	}
	b, err := await(ctx, func() ([]byte, error) { return bounded(s.Stdin, maxSecret) })
	if err != nil {
		return secret.Text{}, s.Of.unread(ctx, "standard input", err)
	}
	t, err := oneLine(b)
	if err != nil {
		return secret.Text{}, errs.Usage(fmt.Sprintf("standard input holds no %s: %v", s.Of.name, err), s.Of.fromAFile())
	}
	return t, nil
}

func (s SecretSource) fromFile(ctx context.Context) (secret.Text, error) {
	b, err := await(ctx, func() ([]byte, error) { return readPrivate(s.File, maxSecret) })
	var open *tooOpenError
	if errors.As(err, &open) {
		return secret.Text{}, errs.Local("reading the "+s.Of.name, s.File, err,
			"chmod 600 "+quote(s.File), s.Of.flag+" - < "+quote(s.File))
	}
	if err != nil {
		return secret.Text{}, s.Of.unread(ctx, s.File, err)
	}
	t, err := oneLine(b)
	if err != nil {
		return secret.Text{}, errs.Local("reading the "+s.Of.name, s.File, err, s.Of.fromAFile())
	}
	return t, nil
}

// unread tells a read that was given up from one that failed.
func (o SecretOf) unread(ctx context.Context, whom string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the path is named already
	}
	return errs.Local("reading the "+o.name, whom, err, o.fromAFile())
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
func readPrivate(name string, most int64) ([]byte, error) {
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
	return bounded(f, most)
}

// readBounded reads a file that others may read, too.
func readBounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return bounded(f, most)
}

// errLong is the error of a file that is longer than what it should hold.
var errLong = errors.New("it holds more than")

// bounded reads to the end, and fails where that is farther than a secret is long.
func bounded(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%w %d bytes", errLong, most)
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
