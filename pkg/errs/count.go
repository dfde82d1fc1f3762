package errs

import (
	"fmt"
	"strings"
)

// Count is a number of things as people read it: 1 user, 2 users, 0 passes. what is one of them.
func Count(n int, what string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(what, "s"):
		what += "es"
	default:
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
