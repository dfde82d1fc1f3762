package result

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// KeySize is the length of the key that WrapKey wraps, in bytes.
const KeySize = 32

// Recipients are whom a file is encrypted to: age keys, post-quantum ones, or keys of SSH. The zero value is nobody.
type Recipients struct {
	all  []age.Recipient
	keys []string
}

// ParseRecipients reads recipients as typed, and files that have one a line, with empty lines and comments after #. The error is
// of slug usage, and quotes nothing but what is a public key: a private one given by mistake is not repeated.
func ParseRecipients(args []string, files ...io.Reader) (Recipients, error) {
	var r Recipients
	quantum := false
	add := func(where, text string) error {
		one, isQuantum, err := parseRecipient(text)
		if err != nil {
			return recipientFault("%s: %s", where, err)
		}
		if len(r.all) > 0 && isQuantum != quantum {
			return recipientFault("post-quantum keys (age1pq…) and classic ones (age1…, ssh-…) cannot share a file, or it would be as weak as the classic ones: give one kind")
		}
		r.all, r.keys, quantum = append(r.all, one), append(r.keys, text), isQuantum
		return nil
	}
	for i, a := range args {
		if err := add(fmt.Sprintf("recipient %d", i+1), strings.TrimSpace(a)); err != nil {
			return Recipients{}, err
		}
	}
	for i, f := range files {
		if err := addFile(nameOf(f, "recipients file", i), f, add); err != nil {
			return Recipients{}, err
		}
	}
	if r.IsZero() {
		return Recipients{}, recipientFault("there is none: an encrypted result needs one who can open it")
	}
	return r, nil
}

func addFile(name string, f io.Reader, add func(where, text string) error) error {
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\uFEFF"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := add(fmt.Sprintf("%s, line %d", name, n), line); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return errs.Local("reading recipients", name, err)
	}
	return nil
}

// parseRecipient reads one recipient.
func parseRecipient(s string) (r age.Recipient, quantum bool, err error) {
	const possible = "give a public key: age1…, age1pq…, ssh-ed25519 … or ssh-rsa …"
	switch {
	case strings.HasPrefix(s, "AGE-SECRET-KEY-"), strings.HasPrefix(s, "-----BEGIN"):
		return nil, false, errors.New("this is a private key, which opens files: " + possible)
	case strings.HasPrefix(s, "age1pq1"):
		r, err = age.ParseHybridRecipient(s)
		quantum = true
	case strings.HasPrefix(s, "age1"):
		r, err = age.ParseX25519Recipient(s)
	case strings.HasPrefix(s, "ssh-ed25519 "), strings.HasPrefix(s, "ssh-rsa "):
		r, err = agessh.ParseRecipient(s)
	default:
		return nil, false, errors.New("this is no recipient: " + possible)
	}
	if err != nil {
		return nil, false, fmt.Errorf("%.24s… is no whole key, or of a kind that cannot be used: %s", s, possible)
	}
	return r, quantum, nil
}

func recipientFault(format string, a ...any) error {
	return errs.Usage("recipients: " + fmt.Sprintf(format, a...))
}

// nameOf is a file's name, as *os.File tells it, or its place among the files.
func nameOf(f any, what string, i int) string {
	if named, ok := f.(interface{ Name() string }); ok {
		return named.Name()
	}
	return fmt.Sprintf("%s %d", what, i+1)
}

// IsZero reports whether there is no recipient.
func (r Recipients) IsZero() bool { return len(r.all) == 0 }

// Keys are the public keys as they were typed, or stood in a file: ParseRecipients reads them again.
func (r Recipients) Keys() []string { return r.keys }

// Encrypt begins a binary age file at w. It is whole once the writer that it returns is closed, which does not close w.
func (r Recipients) Encrypt(w io.Writer) (io.WriteCloser, error) {
	if r.IsZero() {
		return nil, recipientFault("there is none")
	}
	out, err := age.Encrypt(w, r.all...)
	if err != nil {
		return nil, recipientFault("encrypting to them: %s", err)
	}
	return out, nil
}

// WrapKey is a key of KeySize bytes as an armoured age file. That it succeeds proves that the recipients can be used.
func (r Recipients) WrapKey(key []byte) (string, error) {
	if len(key) != KeySize {
		return "", fmt.Errorf("a key of %d bytes is wrapped, not of %d", KeySize, len(key))
	}
	var b bytes.Buffer
	armoured := armor.NewWriter(&b)
	w, err := r.Encrypt(armoured)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(key); err != nil {
		return "", err
	}
	if err := errors.Join(w.Close(), armoured.Close()); err != nil {
		return "", err
	}
	return b.String(), nil
}
