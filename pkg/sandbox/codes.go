package sandbox

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"strings"
)

const (
	plainCharacters   = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
	specialCharacters = "+&=!$%@-#*?" // graph.md section 1, and others of Microsoft's samples
	leadingCharacters = "+=-@"        // with these a spreadsheet takes a text for a formula
)

// newCode makes a passcode of so many characters, hostile on purpose: about half of them begin with a character that
// spreadsheets take for a formula, and most hold one that shells, URLs or HTML mangle.
func newCode(r *rand.Rand, length int) string {
	var b strings.Builder
	for b.Len() < length {
		alphabet := plainCharacters
		switch {
		case b.Len() == 0 && r.IntN(2) == 0:
			alphabet = leadingCharacters
		case r.IntN(4) == 0:
			alphabet = specialCharacters
		}
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

// source is where the nth passcode since the seed comes from: repeatable with a seed, unforeseeable without (0).
func source(seed int64, n int) *rand.Rand {
	var key [32]byte
	if seed == 0 {
		_, _ = crand.Read(key[:]) // never fails, says its documentation
	} else {
		binary.LittleEndian.PutUint64(key[:], uint64(seed))
		binary.LittleEndian.PutUint64(key[8:], uint64(n))
	}
	return rand.New(rand.NewChaCha8(key))
}
