//go:build !linux && !windows && (!darwin || !cgo)

package auth

// SystemTokens is the store of this system, which has none that a program without C can use.
func SystemTokens() TokenStore {
	return NoTokens("this build of tap cannot use the system's keychain")
}
