package result_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
)

// pair is a recipient as typed and the file that opens what is encrypted to it.
type pair struct{ name, public, private string }

func ageKey(t *testing.T) pair {
	t.Helper()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return pair{"age1", k.Recipient().String(), "# created: today\n" + k.String() + "\n"}
}

func quantumKey(t *testing.T) pair {
	t.Helper()
	k, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return pair{"age1pq", k.Recipient().String(), k.String()}
}

// sshKey is a pair of SSH, its private key encrypted where there is a phrase.
func sshKey(t *testing.T, kind, phrase string) pair {
	t.Helper()
	var private crypto.Signer
	var err error
	if kind == "ssh-rsa" {
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		_, private, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if phrase == "" {
		block, err = ssh.MarshalPrivateKey(private, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(phrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))
	return pair{kind, line + " ada@contoso.com", string(pem.EncodeToMemory(block))}
}

func recipients(t *testing.T, typed ...string) result.Recipients {
	t.Helper()
	r, err := result.ParseRecipients(typed)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func encrypt(t *testing.T, content []byte, r result.Recipients) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := r.Encrypt(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func identities(t *testing.T, files ...string) result.Identities {
	t.Helper()
	var readers []io.Reader
	for _, f := range files {
		readers = append(readers, strings.NewReader(f))
	}
	ids, err := result.ParseIdentities(nil, readers...)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func decrypt(ids result.Identities, sealed []byte) ([]byte, error) {
	r, err := ids.Decrypt(bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestEncryption(t *testing.T) {
	pairs := []pair{ageKey(t), quantumKey(t), sshKey(t, "ssh-ed25519", ""), sshKey(t, "ssh-rsa", "")}
	key := bytes.Repeat([]byte{7, 0}, 16)
	for i, p := range pairs {
		to := recipients(t, p.public)
		wrapped, err := to.WrapKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(wrapped, armor.Header+"\n") || !strings.HasSuffix(wrapped, armor.Footer+"\n") {
			t.Errorf("%s: %s", p.name, wrapped)
		}
		for j, q := range pairs {
			opened, err := decrypt(identities(t, q.private), []byte(wrapped))
			switch {
			case i != j:
				usage(t, err, "none of the identities opens it")
			case err != nil || !bytes.Equal(opened, key):
				t.Errorf("%s: %q %v", p.name, opened, err)
			}
		}
		for _, f := range formats {
			opened, err := identities(t, pairs[(i+1)%4].private, p.private).Decrypt(bytes.NewReader(encrypt(t, write(t, f, every()), to)))
			if err != nil {
				t.Fatal(err)
			}
			file, err := result.Read(opened, f)
			if err != nil {
				t.Fatal(err)
			}
			if d := sameAs(every(), file); d != "" {
				t.Errorf("%s, %s: %s", p.name, f, d)
			}
		}
	}
}

// Several recipients, typed and from files: each opens it alone.
func TestSeveralRecipients(t *testing.T) {
	a, b, c := ageKey(t), sshKey(t, "ssh-ed25519", ""), sshKey(t, "ssh-rsa", "")
	to, err := result.ParseRecipients([]string{" " + a.public + "\n"}, strings.NewReader("\ufeff# the team\r\n\r\n  "+b.public+"\r\n"), strings.NewReader(c.public))
	if err != nil {
		t.Fatal(err)
	}
	sealed := encrypt(t, []byte("hello"), to)
	for _, p := range []pair{a, b, c} {
		if got, err := decrypt(identities(t, p.private), sealed); err != nil || string(got) != "hello" {
			t.Errorf("%s: %q %v", p.name, got, err)
		}
	}
}

func TestChangedCiphertext(t *testing.T) {
	k := ageKey(t)
	ids := identities(t, k.private)
	for _, f := range formats {
		sealed := encrypt(t, write(t, f, every()), recipients(t, k.public))
		read := func(b []byte) error {
			r, err := ids.Decrypt(bytes.NewReader(b))
			if err == nil {
				_, err = result.Read(r, f)
			}
			return err
		}
		if err := read(sealed); err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(sealed); n += 1 + n/40 {
			if err := read(sealed[:n]); err == nil {
				t.Errorf("%s: cut to %d of %d bytes it is read", f, n, len(sealed))
			}
			changed := bytes.Clone(sealed)
			changed[n] ^= 1
			if err := read(changed); err == nil {
				t.Errorf("%s: it is read with byte %d changed", f, n)
			}
		}
		fault(t, read(sealed[:len(sealed)-1]), errs.LocalFault, "the file was changed or cut short")
		fault(t, read([]byte("tenantId,userId")), errs.LocalFault, "the file is no age file")
		if err := read(append(bytes.Clone(sealed), 'x')); err == nil {
			t.Errorf("%s: it is read with a byte more", f)
		}
	}
	// Age seals pieces of 64 KiB: what ends at the end of one, and in the middle of the CSV's rows, is no whole file.
	table := every()
	for range 13 {
		table.Rows = append(table.Rows, table.Rows...)
		if len(table.Rows) > 2000 {
			break
		}
	}
	plain := write(t, result.CSV, table)
	sealed := encrypt(t, plain, recipients(t, k.public))
	const piece = 64<<10 + 16
	header := len(sealed) - len(plain) - 16*(len(plain)/(64<<10)+1)
	r, err := ids.Decrypt(bytes.NewReader(sealed[:header+2*piece]))
	if err != nil {
		t.Fatal(err)
	}
	_, err = result.Read(r, result.CSV)
	fault(t, err, errs.LocalFault, "the file was changed or cut short")
}

func TestRecipientsRefused(t *testing.T) {
	a, q, ed := ageKey(t), quantumKey(t), sshKey(t, "ssh-ed25519", "")
	secret := strings.TrimSpace(strings.Split(a.private, "\n")[1])
	for _, v := range []struct {
		args []string
		file string
		want string
	}{
		{nil, "", "there is none: an encrypted result needs one who can open it"},
		{nil, "# nobody\n\n", "there is none"},
		{[]string{""}, "", "recipient 1: this is no recipient: give a public key: age1…, age1pq…, ssh-ed25519 … or ssh-rsa …"},
		{[]string{a.public, "keys.txt"}, "", "recipient 2: this is no recipient"},
		{[]string{a.public[:20]}, "", "recipient 1: " + a.public[:20] + "… is no whole key"},
		{[]string{"age1pq1qqq"}, "", "is no whole key"},
		{[]string{"age1yubikey1qqq"}, "", "is no whole key, or of a kind that cannot be used"},
		{[]string{"ssh-rsa AAAA"}, "", "is no whole key"},
		{[]string{"ecdsa-sha2-nistp256 AAAA"}, "", "this is no recipient"},
		{[]string{secret}, "", "recipient 1: this is a private key, which opens files: give a public key"},
		{nil, "# one\n" + ed.private, "recipients file 1, line 2: this is a private key"},
		{[]string{a.public, q.public}, "", "post-quantum keys (age1pq…) and classic ones (age1…, ssh-…) cannot share a file"},
		{[]string{q.public}, ed.public, "cannot share a file"},
		{[]string{q.public, q.public, a.public}, "", "cannot share a file"},
	} {
		r, err := result.ParseRecipients(v.args, strings.NewReader(v.file))
		usage(t, err, v.want)
		if strings.Contains(err.Error(), secret[:30]) || !r.IsZero() {
			t.Errorf("%q, %v", err, r)
		}
	}
	if _, err := result.ParseRecipients([]string{q.public, q.public}); err != nil {
		t.Error(err)
	}
	_, err := (result.Recipients{}).Encrypt(io.Discard)
	usage(t, err, "there is none")
	_, err = (result.Recipients{}).WrapKey(make([]byte, 32))
	usage(t, err, "there is none")
	if _, err := recipients(t, a.public).WrapKey(make([]byte, 16)); err == nil || err.Error() != "a key of 32 bytes is wrapped, not of 16" {
		t.Error(err)
	}
	name := filepath.Join(t.TempDir(), "team.txt")
	if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = result.ParseRecipients(nil, f)
	usage(t, err, "recipients: "+name+", line 1: this is no recipient")
}

func TestPassphrases(t *testing.T) {
	const phrase = "correct horse"
	plain, locked := ageKey(t), sshKey(t, "ssh-ed25519", phrase)
	other := sshKey(t, "ssh-rsa", phrase)
	scrypt, err := age.NewScryptRecipient(phrase)
	if err != nil {
		t.Fatal(err)
	}
	scrypt.SetWorkFactor(10)
	var file bytes.Buffer
	armoured := armor.NewWriter(&file)
	w, err := age.Encrypt(armoured, scrypt)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, plain.private)
	if err := errors.Join(w.Close(), armoured.Close()); err != nil {
		t.Fatal(err)
	}
	sealed := encrypt(t, []byte("hello"), recipients(t, plain.public, locked.public))
	open := func(answer string, refusal error, files ...string) (asked []string, got []byte, err error) {
		var readers []io.Reader
		for _, f := range files {
			readers = append(readers, strings.NewReader(f))
		}
		ids, err := result.ParseIdentities(func(what string) ([]byte, error) {
			asked = append(asked, what)
			return []byte(answer), refusal
		}, readers...)
		if err == nil {
			got, err = decrypt(ids, sealed)
		}
		return asked, got, err
	}
	for _, private := range []string{locked.private, file.String()} {
		asked, got, err := open(phrase, nil, private)
		if err != nil || string(got) != "hello" || strings.Join(asked, ";") != "identity file 1" {
			t.Errorf("%q %v, asked %q", got, err, asked)
		}
		if _, _, err = open("wrong", nil, private); err == nil || !strings.Contains(err.Error(), "the passphrase is wrong") {
			t.Error(err)
		}
		refusal := errors.New("nobody is here")
		if _, _, err = open("", refusal, private); !errors.Is(err, refusal) {
			t.Error(err)
		}
	}
	// Whoever does not open the file is not asked for a passphrase.
	if asked, got, err := open(phrase, nil, other.private, locked.private); err != nil || string(got) != "hello" || strings.Join(asked, ";") != "identity file 2" {
		t.Errorf("%q %v, asked %q", got, err, asked)
	}
	ids, err := result.ParseIdentities(nil, strings.NewReader(locked.private))
	if err != nil {
		t.Fatal(err)
	}
	_, err = decrypt(ids, sealed)
	usage(t, err, "reading an identity: identity file 1: it needs a passphrase, and there is nobody to ask")
}

func TestIdentitiesRefused(t *testing.T) {
	k := ageKey(t)
	_, err := result.ParseIdentities(nil)
	usage(t, err, "an encrypted file is opened with an identity, and none was given")
	_, err = (result.Identities{}).Decrypt(strings.NewReader(""))
	usage(t, err, "none was given")
	for _, text := range []string{"", "# nothing\n", k.public, k.private + "x", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "AGE-SECRET-KEY-1QQQ"} {
		_, err := result.ParseIdentities(nil, strings.NewReader(text))
		usage(t, err, "reading an identity: identity file 1: it is no")
		if strings.Contains(err.Error(), "SECRET") {
			t.Error(err)
		}
	}
}
