package person

import (
	"fmt"
	"regexp"
	"strings"
)

// Ref names one user as an operator does: by object id or by user principal name.
// It is safe as one segment of a Graph path.
type Ref string

var (
	objectID = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	// The characters of https://learn.microsoft.com/graph/api/resources/user (userPrincipalName).
	localPart = regexp.MustCompile(`^[A-Za-z0-9'.\-_!#^~]+$`)
	domain    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)
)

// ParseRef accepts a GUID or a user principal name of at most 256 characters: Microsoft's limit for members is
// 113, an external guest's name holds a whole address more.
func ParseRef(s string) (Ref, error) {
	if objectID.MatchString(s) {
		return Ref(strings.ToLower(s)), nil
	}
	local, host, ok := strings.Cut(s, "@")
	switch {
	case s == "":
		return "", fmt.Errorf("no user was given: name one by user principal name or object id")
	case !ok || strings.Contains(host, "@"):
		return "", fmt.Errorf("%q is neither an object id nor a user principal name such as user@contoso.com", s)
	case len(s) > 256 || len(local) == 0 || !localPart.MatchString(local) || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, ".."):
		return "", fmt.Errorf("%q is not a user principal name: before the @ stand letters, digits and '.-_!#^~", s)
	case !domain.MatchString(host):
		return "", fmt.Errorf("%q is not a user principal name: %q is not a domain", s, host)
	}
	return Ref(s), nil
}

// IsID reports whether r is an object id.
func (r Ref) IsID() bool { return objectID.MatchString(string(r)) }

// Key is the same for two names of one user that differ in case alone.
func (r Ref) Key() Ref { return Ref(strings.ToLower(string(r))) }

// Typed is how the user is typed in a shell: in quotes where a character is one that shells read.
func (r Ref) Typed() string {
	if !strings.ContainsAny(string(r), "'!#~^") {
		return string(r)
	}
	return "'" + strings.ReplaceAll(string(r), "'", `'\''`) + "'"
}
