package cmdutil

import (
	"errors"

	"github.com/spf13/pflag"
)

// SwitchVar defines a flag that is given or not. =false is refused: it would look like the contrary, which has a flag of its own.
func SwitchVar(fl *pflag.FlagSet, on *bool, name, usage string) {
	fl.Var((*given)(on), name, usage)
	fl.Lookup(name).NoOptDefVal = "true"
}

// given is the value of a switch.
type given bool

func (g *given) Set(s string) error {
	if s != "true" {
		return errors.New("it is given, or left out")
	}
	*g = true
	return nil
}

func (g *given) String() string {
	if *g {
		return "true"
	}
	return "false"
}

// Type is that of a flag without a value in the help.
func (g *given) Type() string { return "bool" }
