package sandbox

import (
	"fmt"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// faults is the value of --fault, which is given once for each.
type faults struct{ list *[]sandbox.Fault }

// Set reads one fault.
func (v *faults) Set(s string) error {
	f, err := sandbox.ParseFault(s)
	if err == nil {
		*v.list = append(*v.list, f)
	}
	return err
}

func (v *faults) String() string { return "" }

// Type is what the help calls the value.
func (v *faults) Type() string { return "json" }

// limits is the value of --throttle, which is given once for each.
type limits struct{ list *[]sandbox.Limit }

// Set reads one limit.
func (v *limits) Set(s string) error {
	l, err := sandbox.ParseLimit(s)
	if err == nil {
		*v.list = append(*v.list, l)
	}
	return err
}

func (v *limits) String() string {
	if v.list == nil {
		return ""
	}
	return strings.Trim(fmt.Sprint(*v.list), "[]")
}

// Type is what the help calls the value.
func (v *limits) Type() string { return "calls/window" }
