package person

import "fmt"

// KeyKind is by what a user is looked up.
type KeyKind string

// A user principal name or object id names one user; a mail address or an employee id has to match exactly one.
const (
	ByRef        KeyKind = "user"
	ByMail       KeyKind = "mail"
	ByEmployeeID KeyKind = "employeeId"
)

// Key names a user in a roster.
type Key struct {
	Kind  KeyKind
	Value string // a ByRef passes ParseRef
}

// String names the user as a person reads it.
func (k Key) String() string {
	if k.Kind == ByRef {
		return k.Value
	}
	return fmt.Sprintf("%s %s", k.Kind, k.Value)
}
