package journal

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// keySize is that of a run's key, in bytes: AES-256.
const keySize = 32

// seal closes and opens the passcodes of one run.
type seal struct {
	run  string
	aead cipher.AEAD
}

func newSeal(run string, key []byte) (*seal, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block) // 96 bits: 2^32 passcodes a key
	return &seal{run: run, aead: aead}, err
}

// place binds a sealed passcode to its run and row: at another one it does not open.
func (s *seal) place(row int) []byte { return fmt.Appendf(nil, "tap run %q row %d", s.run, row) }

// close returns the nonce, the sealed passcode and its tag; nothing for no passcode.
func (s *seal) close(row int, t secret.Text) []byte {
	if t.IsEmpty() {
		return nil
	}
	return s.aead.Seal(nil, nil, []byte(t.Reveal()), s.place(row)) //nolint:gosec // NewGCMWithRandomNonce takes no nonce: it makes one
}

func (s *seal) open(row int, b []byte) (secret.Text, error) {
	if len(b) == 0 {
		return secret.Text{}, nil
	}
	clear, err := s.aead.Open(nil, nil, b, s.place(row))
	if err != nil {
		return secret.Text{}, fmt.Errorf("row %d: the passcode does not open: it was sealed with another key, or for another run or row", row)
	}
	return secret.New(string(clear)), nil
}

// sealed is an Outcome as it stands in the journal.
type sealed struct {
	Row       int          `json:"row"`
	Confirm   time.Time    `json:"confirm,omitzero"`
	Ref       person.Ref   `json:"ref,omitempty"`
	Person    personEntry  `json:"person,omitzero"`
	Outcome   pass.Outcome `json:"outcome"`
	DryRun    bool         `json:"dryRun,omitempty"`
	Pass      passEntry    `json:"pass,omitzero"`
	Passcode  []byte       `json:"sealed,omitempty"`
	At        time.Time    `json:"at,omitzero"`
	Warnings  []string     `json:"warnings,omitempty"`
	Reason    errs.Reason  `json:"reason,omitempty"`
	Err       *errorEntry  `json:"error,omitempty"`
	RequestID string       `json:"requestId,omitempty"`
}

// personEntry and passEntry have the fields of person.Person and pass.Pass. A field that is new there ends the compiling here.
type personEntry struct {
	ID                string `json:"id,omitempty"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
	DisplayName       string `json:"displayName,omitempty"`
	Disabled          bool   `json:"disabled,omitempty"`
	External          bool   `json:"external,omitempty"`
}

type passEntry struct {
	ID        string        `json:"id,omitempty"`
	Created   time.Time     `json:"createdDateTime,omitzero"`
	Start     time.Time     `json:"startDateTime,omitzero"`
	Lifetime  time.Duration `json:"lifetimeInNanoseconds,omitempty"`
	OneTime   bool          `json:"isUsableOnce,omitempty"`
	LastUsed  time.Time     `json:"lastUsedDateTime,omitzero"`
	Usability string        `json:"methodUsabilityReason,omitempty"`
}

// errorEntry is an errs.Error without its cause: of that stays the text, where it is the error's, and whether it was pass.ErrUnseen.
type errorEntry struct {
	Slug      errs.Slug   `json:"slug"`
	Reason    errs.Reason `json:"reason,omitempty"`
	What      string      `json:"what,omitempty"`
	Whom      string      `json:"whom,omitempty"`
	Why       string      `json:"why,omitempty"`
	Causes    []string    `json:"causes,omitempty"`
	Hints     []string    `json:"hints,omitempty"`
	RequestID string      `json:"requestId,omitempty"`
	Unseen    bool        `json:"unseen,omitempty"`
}

// close is the outcome with its passcode sealed.
func (o Outcome) close(s *seal) sealed {
	r := o.Result
	return sealed{
		Row: o.Row, Confirm: o.Confirm,
		Ref: r.Ref, Person: personEntry(r.Person), Outcome: r.Outcome, DryRun: r.DryRun, Pass: passEntry(r.Pass), Passcode: s.close(o.Row, r.Passcode),
		At: r.At, Warnings: r.Warnings, Reason: r.Reason, Err: errorOf(r.Err), RequestID: r.RequestID,
	}
}

// open is the outcome again; without a seal its passcode is empty.
func (c sealed) open(s *seal) (Outcome, error) {
	o := Outcome{Row: c.Row, Confirm: c.Confirm, Result: pass.Result{
		Ref: c.Ref, Person: person.Person(c.Person), Outcome: c.Outcome, DryRun: c.DryRun, Pass: pass.Pass(c.Pass),
		At: c.At, Warnings: c.Warnings, Reason: c.Reason, Err: c.Err.error(), RequestID: c.RequestID,
	}}
	var err error
	if s != nil {
		o.Result.Passcode, err = s.open(c.Row, c.Passcode)
	}
	return o, err
}
