package sandbox

import (
	"crypto/rand"
	"crypto/sha1"
	"fmt"
	"regexp"
)

// named derives a stable object id from a name: a UUID of version 5 in the tenant's own namespace.
func named(kind, name string) string {
	h := sha1.New()
	_, _ = fmt.Fprintf(h, "%s/%s/%s", TenantID, kind, name)
	return formatUUID([16]byte(h.Sum(nil)), 5)
}

// newID returns a fresh UUID of version 4.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return formatUUID(b, 4)
}

func formatUUID(b [16]byte, version byte) string {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func isGUID(s string) bool { return guid.MatchString(s) }
