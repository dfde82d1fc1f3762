package policy

import (
	"strconv"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// Graph's names of the properties.
const (
	State           = "state"
	DefaultLength   = "defaultLength"
	MinimumLifetime = "minimumLifetimeInMinutes"
	DefaultLifetime = "defaultLifetimeInMinutes"
	MaximumLifetime = "maximumLifetimeInMinutes"
	IsUsableOnce    = "isUsableOnce"
	IncludeTargets  = "includeTargets"
	ExcludeTargets  = "excludeTargets"
)

// The values of the property state.
const (
	enabled  = "enabled"
	disabled = "disabled"
)

// Property is a property of the policy that is no list.
type Property struct {
	Name  string // Graph's
	Words string // as people say it
	Doc   string // one line for the documents
	Type  string // of its value in JSON
	Value func(Policy) any
	Human func(Policy) string
}

// Properties lists the properties that are no lists, in the order in which they are shown.
func Properties() []Property {
	onOff := func(on bool) string {
		if on {
			return "on"
		}
		return "off"
	}
	return []Property{
		{
			State, "state", "`enabled` or `disabled`: whether there are passes at all", "string",
			func(p Policy) any { return p.state() }, Policy.state,
		},
		{
			IsUsableOnce, "one-time", "whether every pass works once, whatever was asked for", "boolean",
			func(p Policy) any { return p.OneTime }, func(p Policy) string { return onOff(p.OneTime) },
		},
		lifetime(DefaultLifetime, "default lifetime", "how long a pass works where nothing was asked for", func(p Policy) time.Duration { return p.DefaultLifetime }),
		lifetime(MinimumLifetime, "minimum lifetime", "the shortest lifetime that may be asked for", func(p Policy) time.Duration { return p.MinimumLifetime }),
		lifetime(MaximumLifetime, "maximum lifetime", "the longest lifetime that may be asked for", func(p Policy) time.Duration { return p.MaximumLifetime }),
		{
			DefaultLength, "length", "how many characters a passcode has, 8 to 48", "integer",
			func(p Policy) any { return p.DefaultLength }, func(p Policy) string { return strconv.Itoa(p.DefaultLength) + " characters" },
		},
	}
}

func lifetime(name, words, doc string, of func(Policy) time.Duration) Property {
	return Property{
		name, words, doc, "integer",
		func(p Policy) any { return int(of(p) / time.Minute) }, func(p Policy) string { return when.Human(of(p)) },
	}
}

func (p Policy) state() string {
	if p.Enabled {
		return enabled
	}
	return disabled
}

// typed is a duration as a flag takes it.
func typed(d time.Duration) string { return strings.ReplaceAll(when.Human(d), " ", "") }
