package policy

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// LargestFile is the most bytes of a policy file that are read: ten thousand targets are less.
const LargestFile = 1 << 20

// File is a policy file (docs/policy.schema.json): Graph's property names, in YAML or JSON. What it leaves out is nil.
type File struct {
	Name    string // of the file, for messages
	Change         // its properties
	Include *[]FileTarget
	Exclude *[]FileTarget
}

// FileTarget is a target as a file names it: by object id, or by the display name of a group.
type FileTarget struct {
	ID, DisplayName, Type string
	Registration          *bool
	Line                  int
}

// ParseFile reads a policy file. Everything that it does not know is refused with its line: a word that is
// misspelled would else be a setting that is silently not made.
func ParseFile(name string, content []byte) (*File, error) {
	f := &File{Name: name}
	root, err := parse(content)
	if err == nil {
		err = f.read(root)
	}
	if err != nil {
		return nil, errs.Usage(err.Error()).For("reading the policy file", name)
	}
	return f, nil
}

// parse returns the one mapping of a document.
func parse(content []byte) (*yaml.Node, error) {
	if len(content) > LargestFile {
		return nil, fmt.Errorf("it is larger than %d bytes", LargestFile)
	}
	if n := fromJSON(content); n != nil {
		return single(n)
	}
	d := yaml.NewDecoder(strings.NewReader(string(content)))
	var doc yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var more yaml.Node
	if d.Decode(&more) == nil {
		return nil, at(&more, "there is a second document")
	}
	return single(doc.Content[0])
}

// single takes the policy out of the array that `tap policy show -o json` prints.
func single(n *yaml.Node) (*yaml.Node, error) {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	if n.Kind != yaml.MappingNode {
		return nil, at(n, "a policy is written as property: value")
	}
	return n, nil
}

func at(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("line %d: %s", max(1, n.Line), fmt.Sprintf(format, args...))
}

// field is a property of a mapping and what reads it.
type field struct {
	name string
	read func(*yaml.Node) error
}

// fields reads a mapping whose keys are among those named.
func fields(n *yaml.Node, what string, known ...field) error {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		found := slices.IndexFunc(known, func(f field) bool { return key.Kind == yaml.ScalarNode && f.name == key.Value })
		switch {
		case found < 0:
			return at(key, "%s is no property of %s: it has %s", shown(key), what, namesOf(known))
		case seen[key.Value]:
			return at(key, "%s is there twice", key.Value)
		}
		seen[key.Value] = true
		if err := known[found].read(value); err != nil {
			return err
		}
	}
	return nil
}

func namesOf(known []field) string {
	var names []string
	for _, f := range known {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}

func (f *File) read(n *yaml.Node) error {
	ignored := func(*yaml.Node) error { return nil }
	err := fields(n, "a policy",
		field{State, f.readState},
		field{IsUsableOnce, flag(&f.OneTime)},
		field{DefaultLifetime, minutes(&f.DefaultLifetime)},
		field{MinimumLifetime, minutes(&f.MinimumLifetime)},
		field{MaximumLifetime, minutes(&f.MaximumLifetime)},
		field{DefaultLength, number(&f.DefaultLength, "characters")},
		field{IncludeTargets, targets(&f.Include, true)},
		field{ExcludeTargets, targets(&f.Exclude, false)},
		field{"tenantId", ignored}, // stands in what `tap policy show -o json` prints
		field{schemaKey, ignored},
	)
	if err == nil && (len(n.Content) == 0 || len(n.Content) == 2 && n.Content[0].Value == schemaKey) {
		return errors.New("it says nothing of the policy")
	}
	return err
}

// schemaKey tells an editor where the schema of a JSON file is.
const schemaKey = "$schema"

func (f *File) readState(n *yaml.Node) error {
	var s string
	if text(&s)(n) != nil || s != enabled && s != disabled {
		return at(n, "%s is %s or %s, not %s", State, enabled, disabled, shown(n))
	}
	on := s == enabled
	f.Enabled = &on
	return nil
}

func text(into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
			return at(n, "a text is expected here, not %s", shown(n))
		}
		*into = n.Value
		return nil
	}
}

// optional takes null, as JSON has a name that is not known.
func optional(read func(*yaml.Node) error) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
			return nil
		}
		return read(n)
	}
}

func flag(into **bool) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
			return at(n, "true or false is expected here, not %s", shown(n))
		}
		on := strings.EqualFold(n.Value, "true")
		*into = &on
		return nil
	}
}

func number(into **int, unit string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil {
			return at(n, "a whole number of %s is expected here, not %s", unit, shown(n))
		}
		*into = &v
		return nil
	}
}

func minutes(into **time.Duration) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		var v *int
		if err := number(&v, "minutes")(n); err != nil {
			return err
		}
		most := int(LongestLifetime / time.Minute)
		if *v < 1 || *v > 10*most { // what lies between is told in plain words later
			return at(n, "%d minutes are outside of what Microsoft allows, %d to %d", *v, int(ShortestLifetime/time.Minute), most)
		}
		d := time.Duration(*v) * time.Minute
		*into = &d
		return nil
	}
}

// guid is an object id.
var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func targets(into **[]FileTarget, included bool) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode {
			return at(n, "a list of targets is expected here, not %s", shown(n))
		}
		all := []FileTarget{}
		for _, entry := range n.Content {
			t, err := fileTarget(entry, included)
			if err != nil {
				return err
			}
			all = append(all, t)
		}
		*into = &all
		return nil
	}
}

func fileTarget(n *yaml.Node, included bool) (FileTarget, error) {
	t := FileTarget{Type: GroupTarget, Line: max(1, n.Line)}
	if n.Kind != yaml.MappingNode {
		return t, at(n, "a target is written as id, displayName, targetType, not %s", shown(n))
	}
	known := []field{{"id", text(&t.ID)}, {"displayName", optional(text(&t.DisplayName))}, {"targetType", text(&t.Type)}}
	if included {
		known = append(known, field{"isRegistrationRequired", flag(&t.Registration)})
	}
	if err := fields(n, "a target", known...); err != nil {
		return t, err
	}
	all := included && t.Target().IsAll()
	switch {
	case t.Type != GroupTarget && t.Type != UserTarget:
		return t, at(n, "targetType is %s or %s, not %s", GroupTarget, UserTarget, strconv.Quote(t.Type))
	case t.ID == "" && (t.DisplayName == "" || t.Type == UserTarget):
		return t, at(n, "a target needs the id, or the displayName of a group")
	case t.ID != "" && !guid.MatchString(t.ID) && !(all && t.Type == GroupTarget):
		return t, at(n, "%s is no object id", strconv.Quote(t.ID))
	}
	return t, nil
}

// Target is what the file names by id.
func (t FileTarget) Target() Target { return Target{ID: t.ID, Type: t.Type} }

// shown is a value as a message names it, in one line and not too long.
func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode:
		if n.ShortTag() == "!!null" {
			return "nothing"
		}
		if r := []rune(n.Value); len(r) > 60 {
			return strconv.Quote(string(r[:60]) + "…")
		}
		return strconv.Quote(n.Value)
	}
	return "this"
}
