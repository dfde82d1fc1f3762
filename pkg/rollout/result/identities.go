package result

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Identities open a file that was encrypted to their Recipients. The zero value opens none.
type Identities struct {
	all     []age.Identity
	refusal *error // what passphrase answered when it was asked for an SSH key: age does not hand it on
}

// largestIdentity is how long an identity file may be, in bytes. An encrypted one is much shorter.
const largestIdentity = 1 << 20

// ParseIdentities reads age identity files, also those that age -p encrypted, and private keys of SSH. passphrase is asked
// for the passphrase of an encrypted one, what being the file's name: of SSH only when a file turns out to be encrypted to that
// key. Its error comes back in the chain; where it is nil, nobody can be asked. Errors are of slug usage and quote nothing
// that a file holds.
func ParseIdentities(passphrase func(what string) ([]byte, error), files ...io.Reader) (Identities, error) {
	out := Identities{refusal: new(error)}
	for i, f := range files {
		name := nameOf(f, "identity file", i)
		content, err := io.ReadAll(io.LimitReader(f, largestIdentity))
		if err != nil {
			return Identities{}, errs.Local("reading an identity", name, err)
		}
		ask := func() (phrase []byte, err error) {
			defer func() { *out.refusal = err }()
			if passphrase == nil {
				return nil, identityFault(name, "it needs a passphrase, and there is nobody to ask")
			}
			return passphrase(name)
		}
		ids, err := parseIdentity(name, content, ask)
		if err != nil {
			return Identities{}, err
		}
		out.all = append(out.all, ids...)
	}
	if len(out.all) == 0 {
		return Identities{}, errs.Usage("an encrypted file is opened with an identity, and none was given")
	}
	return out, nil
}

func parseIdentity(name string, content []byte, ask func() ([]byte, error)) ([]age.Identity, error) {
	begin := bytes.TrimSpace(content)
	switch {
	case bytes.HasPrefix(begin, []byte(armor.Header)), bytes.HasPrefix(begin, []byte("age-encryption.org/")):
		return encryptedIdentity(name, content, ask)
	case bytes.HasPrefix(begin, []byte("-----BEGIN")):
		id, err := sshIdentity(name, begin, ask)
		return []age.Identity{id}, err
	}
	ids, err := age.ParseIdentities(bytes.NewReader(content))
	if err != nil {
		return nil, identityFault(name, "it is no age identity file and no private key of SSH")
	}
	return ids, nil
}

// encryptedIdentity opens an identity file that age -p made.
func encryptedIdentity(name string, content []byte, ask func() ([]byte, error)) ([]age.Identity, error) {
	phrase, err := ask()
	if err != nil {
		return nil, err
	}
	defer clear(phrase)
	id, err := age.NewScryptIdentity(string(phrase))
	if err != nil {
		return nil, identityFault(name, "the passphrase is empty")
	}
	r, err := age.Decrypt(unarmoured(bytes.NewReader(content)), id)
	if err != nil {
		return nil, identityFault(name, "the passphrase is wrong, or the file is not one that age -p made")
	}
	ids, err := age.ParseIdentities(r)
	if err != nil {
		return nil, identityFault(name, "there is no age identity in it")
	}
	return ids, nil
}

func sshIdentity(name string, pem []byte, ask func() ([]byte, error)) (age.Identity, error) {
	id, err := agessh.ParseIdentity(pem)
	if err == nil {
		return id, nil
	}
	var locked *ssh.PassphraseMissingError
	switch {
	case !errors.As(err, &locked):
		return nil, identityFault(name, "it is no private key of the kinds ssh-ed25519 and ssh-rsa")
	case locked.PublicKey == nil:
		return nil, identityFault(name, "its old format does not tell its public key: ssh-keygen -p -f FILE writes it anew")
	}
	id, err = agessh.NewEncryptedSSHIdentity(locked.PublicKey, pem, ask)
	if err != nil {
		return nil, identityFault(name, "it is no private key of the kinds ssh-ed25519 and ssh-rsa")
	}
	return id, nil
}

func identityFault(name, why string) error {
	return &errs.Error{Slug: errs.UsageFault, What: "reading an identity", Whom: name, Why: why}
}

// IsZero reports whether there is no identity.
func (i Identities) IsZero() bool { return len(i.all) == 0 }

// Decrypt opens an age file, armoured or binary. What it returns must be read to io.EOF: only then is it certain that nothing
// was cut off. A file that none of the identities opens is of slug usage; one that was changed or cut short is of
// slug local, here or while it is read.
func (i Identities) Decrypt(r io.Reader) (io.Reader, error) {
	if i.IsZero() {
		return nil, errs.Usage("an encrypted file is opened with an identity, and none was given")
	}
	*i.refusal = nil
	out, err := age.Decrypt(unarmoured(r), i.all...)
	if err != nil {
		return nil, i.opening(err)
	}
	return plain{out}, nil
}

// opening is the error of a file that is not opened.
func (i Identities) opening(err error) error {
	var none *age.NoIdentityMatchError
	switch {
	case *i.refusal != nil:
		return *i.refusal
	case errors.As(err, &none):
		return errs.Usage("the file is encrypted to somebody else: none of the identities opens it")
	}
	return &errs.Error{
		Slug: errs.LocalFault, What: "decrypting", Err: err,
		Why: fmt.Sprintf("the file is no age file, was changed or cut short, or the passphrase is wrong (%s)", err),
	}
}

// plain is what was decrypted, as far as it is proven.
type plain struct{ r io.Reader }

func (p plain) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if err != nil && err != io.EOF { // an error that wraps it is no end
		err = &errs.Error{Slug: errs.LocalFault, What: "decrypting", Why: "the file was changed or cut short", Err: err}
	}
	return n, err
}

// unarmoured reads the binary form of either form.
func unarmoured(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	if begin, _ := b.Peek(len(armor.Header)); string(begin) == armor.Header {
		return armor.NewReader(b)
	}
	return b
}
