package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// Machine is what the administrator of this machine settled for everybody on it.
type Machine struct {
	File    string // where it was said
	Values  Values // what counts where nobody says anything else
	Locked  Values // what counts whatever else is said
	Require []string
	Strict  bool              // an application refuses a user whose roles cannot be read
	Presets map[string]Values // by name: request flags by theirs
	Clouds  []Cloud
	// Syslog is the socket of the syslog that has the local record, too: "" for the system's own; nil: none has.
	Syslog *string
}

// MachineFile is where the settings of the machine are. The zero value is nowhere.
type MachineFile struct {
	Path string
	// Owner is the id of the user who may own the file and its folder; 0 is root. Windows does not look at it: there it
	// is Administrators or SYSTEM.
	Owner int
	// Lost is why nobody can tell where the file is: then nobody knows either what it settles. Nil where that is known.
	Lost error
}

// keeper is who alone may have a hand in a file: the owner by id, 0 being root, and with self whoever runs tap. Windows looks at no id:
// there it is Administrators or SYSTEM.
type keeper struct {
	owner int
	self  bool
}

// largestSettings is more than anybody writes by hand.
const largestSettings = 1 << 20

// Read reads the settings. A file that is absent, or nowhere, settles nothing. A file that somebody else than the administrator
// could have written, or that says what it must not, is errs.LocalFault.
func (m MachineFile) Read() (*Machine, error) {
	if m.Lost != nil {
		return nil, errs.Local("finding the machine settings", "", m.Lost)
	}
	b, err := m.open()
	switch {
	case m.Path == "", errors.Is(err, fs.ErrNotExist):
		return &Machine{}, nil
	case err != nil:
		return nil, errs.Local("reading the machine settings", m.Path, err, m.mends(err)...)
	}
	parsed, err := parseMachine(m.Path, b)
	if err != nil {
		e := *errs.Of(err)
		e.Slug, e.What, e.Hints = errs.LocalFault, "reading the machine settings", []string{EditByAdministrator(m.Path), "tap help settings"}
		return nil, &e
	}
	return parsed, nil
}

// errUnsafe is a file or a folder that is not the administrator's alone.
var errUnsafe = errors.New("only the administrator may own it and write to it")

// mends are the commands by which an administrator makes the file trustworthy, or shorter.
func (m MachineFile) mends(err error) []string {
	switch {
	case errors.Is(err, errUnsafe):
		return secureCommands(filepath.Dir(m.Path), m.Path)
	case errors.Is(err, errLong):
		return []string{EditByAdministrator(m.Path)}
	}
	return nil
}

// open reads the file, if it and its folder are the administrator's alone. The file that was looked at is the one that is read.
func (m MachineFile) open() ([]byte, error) {
	if m.Path == "" {
		return nil, nil
	}
	there, err := os.Lstat(m.Path)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(m.Path)
	folder, err := os.Lstat(dir)
	switch {
	case err != nil:
		return nil, err
	case !folder.IsDir():
		return nil, fmt.Errorf("its folder %s is a link: %w", dir, errUnsafe)
	case !there.Mode().IsRegular():
		return nil, fmt.Errorf("it is a link, or no file: %w", errUnsafe)
	}
	f, err := os.Open(m.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := f.Stat()
	if err != nil || !os.SameFile(there, file) {
		return nil, errors.Join(errors.New("it was replaced while it was read"), err)
	}
	admin := keeper{owner: m.Owner}
	if why := admin.stranger(dir, folder); why != "" {
		return nil, fmt.Errorf("its folder %s %s: %w", dir, why, errUnsafe)
	}
	if why := admin.stranger(m.Path, file); why != "" {
		return nil, fmt.Errorf("it %s: %w", why, errUnsafe)
	}
	return bounded(f, largestSettings)
}

// parseMachine reads what a file of machine settings says.
func parseMachine(path string, b []byte) (*Machine, error) {
	keys := shape(names()...)
	fields := make([]reflect.StructField, 0, keys.NumField()+5)
	for n := range keys.NumField() {
		fields = append(fields, keys.Field(n))
	}
	fields = append(fields,
		field("Locked", "locked", keys), field("Require", "require", reflect.TypeFor[[]string]()), field("Guard", "guard", text), field("Syslog", "syslog", anything),
		field("Presets", "presets", tables(keyNames(PresetKeys())...)), field("Clouds", "clouds", reflect.MapOf(text, reflect.TypeFor[furtherCloud]())))
	into := reflect.New(reflect.StructOf(fields))
	if err := decode(path, b, into.Interface()); err != nil {
		return nil, err
	}
	v := into.Elem()
	m := &Machine{File: path, Presets: map[string]Values{}, Require: v.FieldByName("Require").Interface().([]string)}
	if err := m.fill(v); err != nil {
		return nil, wrongValue(path, b, err)
	}
	return m, nil
}

// fill takes over what was decoded.
func (m *Machine) fill(v reflect.Value) (err error) {
	if m.Values, err = valuesOf(v, Keys()); err != nil {
		return err
	}
	if m.Locked, err = valuesOf(v.FieldByName("Locked"), Keys(), "locked"); err != nil {
		return fmt.Errorf("locked: %w", err)
	}
	for _, r := range m.Require {
		if !slices.Contains(Requirements(), r) {
			return fmt.Errorf("require: %q is none of %s", r, strings.Join(Requirements(), ", "))
		}
	}
	switch guard := v.FieldByName("Guard").String(); guard {
	case "", "strict":
		m.Strict = guard != ""
	default:
		return fmt.Errorf("guard: %q is not strict", guard)
	}
	if m.Syslog, err = readSyslog(v.FieldByName("Syslog").Interface()); err != nil {
		return fmt.Errorf("syslog: %w", err)
	}
	for name, values := range v.FieldByName("Presets").Seq2() {
		if m.Presets[name.String()], err = valuesOf(values, PresetKeys(), "presets", name.String()); err != nil {
			return fmt.Errorf("the preset %s: %w", name, err)
		}
	}
	for name, said := range v.FieldByName("Clouds").Seq2() {
		c, err := said.Interface().(furtherCloud).cloud(name.String())
		if err != nil {
			return fmt.Errorf("the cloud %s: %w", name, err)
		}
		m.Clouds = append(m.Clouds, c)
	}
	slices.SortFunc(m.Clouds, func(a, b Cloud) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// readSyslog reads the key syslog: a switch, or the whole path of a socket on this machine. A record leaves the machine by what the
// administrator made of its syslog, not by tap.
func readSyslog(said any) (*string, error) {
	switch v := said.(type) {
	case nil:
		return nil, nil
	case bool:
		if !v {
			return nil, nil
		}
		return new(string), nil
	case string:
		if filepath.IsAbs(v) {
			return &v, nil
		}
	}
	return nil, errors.New("this is neither true nor the whole path of a socket")
}

// Requirements are the flags that can be required of each write.
func Requirements() []string { return []string{"ticket", "reason"} }

// Preset returns the request flags of a preset by their names.
func (m *Machine) Preset(name string) (Values, error) {
	v, ok := m.Presets[name]
	if ok {
		return v, nil
	}
	known := slices.Sorted(maps.Keys(m.Presets))
	if len(known) == 0 {
		return nil, errs.Usage(fmt.Sprintf("there is no preset %q: the machine settings name none", name))
	}
	return nil, errs.Usage(fmt.Sprintf("there is no preset %q: choose from %s", name, strings.Join(known, ", ")), "--preset "+known[0])
}

// PresetKeys are what a preset can say: what a pass is asked to be, never whose it is or what consent is given.
func PresetKeys() []Key {
	return []Key{
		{Name: "start", read: readTime},
		{Name: "until", read: readTime},
		{Name: "lifetime", read: readLifetime},
		{Name: "one-time", Switch: true, read: readSwitch},
		{Name: "multi-use", Switch: true, read: readSwitch},
		{Name: "wait", read: readSpan},
		{Name: "tz", read: readZone},
	}
}

func keyNames(keys []Key) (all []string) {
	for _, k := range keys {
		all = append(all, k.Name)
	}
	return all
}

func readTime(s string) (string, error) {
	var t when.Time
	err := t.Set(s)
	return s, err
}

func readSpan(s string) (string, error) {
	var d when.Span
	err := d.Set(s)
	return d.String(), err
}
