// Package errs is the one vocabulary of failure: what went wrong, to whom,
// why, and the command that mends it, with the slug that decides the exit code.
// It must not print, exit, or know a command.
package errs

import (
	"errors"
	"io/fs"
	"strings"
)

// Error is a failure that a person can act on. Its text is "what: to whom: why".
type Error struct {
	Slug      Slug     // the class, which decides the exit code
	Reason    Reason   // the rule behind it, where one is known; else empty
	What      string   // the act that failed, e.g. "creating a pass"; may be empty
	Whom      string   // the user, file or address it was for; may be empty
	Why       string   // the cause in plain words; falls back to Err's text
	Causes    []string // what it may come from, in plain words: the proven first, then what cannot be told
	Hints     []string // commands that mend it, each one can be typed
	RequestID string   // the service's request-id, for its support
	Err       error    // the cause, for errors.As; may be nil
}

// Error returns "what: to whom: why", without the parts that are empty, and the causes after it.
func (e *Error) Error() string {
	if len(e.Causes) == 0 {
		return e.Headline()
	}
	return e.Headline() + ": " + strings.Join(e.Causes, "; ")
}

// Headline is Error without the causes, which stand on lines of their own where people read.
func (e *Error) Headline() string {
	why := e.Why
	if why == "" && e.Err != nil {
		why = e.Err.Error()
	}
	var parts []string
	for _, p := range []string{e.What, e.Whom, why} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// For returns a copy that names the act and the one it was for, where they are not named yet.
func (e *Error) For(what, whom string) *Error {
	c := *e
	if c.What == "" {
		c.What = what
	}
	if c.Whom == "" {
		c.Whom = whom
	}
	return &c
}

// Hint returns a copy with one more command that mends the failure.
func (e *Error) Hint(command string) *Error {
	c := *e
	c.Hints = append(append([]string(nil), e.Hints...), command)
	return &c
}

// Of returns the Error in err's chain. Any other error becomes one of slug Internal, nil stays nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Slug: Internal, Err: err}
}

// Usage says that a flag, an argument or a file is wrong and that nothing was sent.
func Usage(why string, hints ...string) *Error {
	return &Error{Slug: UsageFault, Why: why, Hints: hints}
}

// Local says that a file, folder or device of this machine cannot be used. The error does not name whom a second time.
func Local(what, whom string, err error, hints ...string) *Error {
	if path, ok := err.(*fs.PathError); ok && path.Path == whom { //nolint:errorlint // one that is wrapped says more
		err = path.Err
	}
	return &Error{Slug: LocalFault, What: what, Whom: whom, Err: err, Hints: hints}
}
