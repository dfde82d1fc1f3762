package root

import (
	"strings"
	"testing"
)

func TestRetyped(t *testing.T) {
	for _, c := range []struct{ args, hint, whom, want string }{
		{"create a@contoso.com --lifetime 9m", "--lifetime 8h", "", "tap create a@contoso.com --lifetime 8h"},
		{"create a@contoso.com --lifetime=9m -o json", "--lifetime 8h", "", "tap create a@contoso.com -o json --lifetime 8h"},
		{"create a@contoso.com --until +5m", "--lifetime 8h", "", "tap create a@contoso.com --lifetime 8h"},
		{"create --multi-use a@contoso.com", "--one-time", "", "tap create a@contoso.com --one-time"},
		{"create --if-exists refuse a@contoso.com --one-time", "--replace", "a@contoso.com", "tap create a@contoso.com --one-time --replace"},
		{"create a@contoso.com b@contoso.com c@contoso.com --one-time", "--replace", "b@contoso.com", "tap create b@contoso.com --one-time --replace"},
		{"create o'neil@contoso.com --start|monday 08:00", "--tz Europe/Helsinki", "", `tap create 'o'\''neil@contoso.com' --start 'monday 08:00' --tz Europe/Helsinki`},
		{"--sandbox create -- a@contoso.com", "--replace", "", "tap --sandbox create a@contoso.com --replace"},
		{"delete a@contoso.com b@contoso.com", "--yes", "", "tap delete a@contoso.com b@contoso.com --yes"},
	} {
		var args []string
		for _, a := range strings.Fields(c.args) {
			if name, rest, ok := strings.Cut(a, "|"); ok {
				args = append(args, name, rest+" 08:00")
			} else if a != "08:00" {
				args = append(args, a)
			}
		}
		if got := retyped(args, c.hint, c.whom); got != c.want {
			t.Errorf("retyped(%q, %q, %q)\n got %s\nwant %s", args, c.hint, c.whom, got, c.want)
		}
	}
}
