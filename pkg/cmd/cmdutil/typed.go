package cmdutil

import (
	"strings"
	"unicode"

	"github.com/spf13/pflag"
)

// Typed is a flag that was typed, as it is typed.
func Typed(f *pflag.Flag) []string {
	if f.Value.Type() == "bool" {
		return []string{"--" + f.Name}
	}
	values := []string{f.Value.String()}
	if s, isSlice := f.Value.(pflag.SliceValue); isSlice {
		values = s.GetSlice()
	}
	var out []string
	for _, v := range values {
		out = append(out, "--"+f.Name, Quoted(v))
	}
	return out
}

// Quoted is an argument as a shell reads it.
func Quoted(arg string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("@%+=:,./-_", r) || unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	if arg != "" && strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
