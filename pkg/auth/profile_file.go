package auth

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// Profiles are the saved targets of a person.
type Profiles struct {
	Use   string // the one that counts at terminals, "" for none
	Named map[string]Values
}

// Names lists the profiles, sorted.
func (p *Profiles) Names() []string { return slices.Sorted(maps.Keys(p.Named)) }

// Find returns the profile of this name. One that is not there is errs.NotFound.
func (p *Profiles) Find(name string) (Values, error) {
	v, ok := p.Named[name]
	if !ok {
		return nil, &errs.Error{Slug: errs.NotFound, What: "finding the profile", Whom: name, Why: "there is no profile of this name", Hints: []string{"tap profile list"}}
	}
	return v, nil
}

// ProfileStore is the file where the profiles lie: 0600, in a folder 0700, and never written in part.
type ProfileStore struct {
	Files journal.FS
	Path  string
}

// Load reads the profiles. A file that is absent holds none. What is wrong in it is errs.UsageFault with the line; a file that
// others could have written is errs.LocalFault: a profile says to whom secrets are shown.
func (s ProfileStore) Load() (*Profiles, error) {
	if err := s.guarded(); err != nil {
		return nil, err
	}
	b, err := s.Files.ReadFile(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Profiles{Named: map[string]Values{}}, nil
	case err != nil:
		return nil, errs.Local("reading the profiles", s.Path, err)
	}
	return parseProfiles(s.Path, b)
}

// guarded finds that somebody else can write the file, or replace it. A link is followed: the folder that it is in is one's own. A file
// system that stands for this machine's has nobody else.
func (s ProfileStore) guarded() error {
	if s.Files != journal.OS() {
		return nil
	}
	for _, path := range []string{filepath.Dir(s.Path), s.Path} {
		info, err := os.Stat(path)
		if err != nil {
			continue // the read tells
		}
		if why := (keeper{self: true}).stranger(path, info); why != "" {
			return errs.Local("reading the profiles", path, errors.New("it "+why+": nobody else may write there"), ownCommands(path)...)
		}
	}
	return nil
}

// Change loads the profiles, lets f change them, and writes them, with no other tap between.
func (s ProfileStore) Change(f func(*Profiles) error) error {
	if err := journal.MakeFolder(s.Files, filepath.Dir(s.Path)); err != nil {
		return errs.Local("making the folder of the profiles", filepath.Dir(s.Path), err)
	}
	unlock, err := s.Files.Lock(s.Path + ".lock")
	if err != nil {
		e := errs.Local("changing the profiles", s.Path, err)
		if errors.Is(err, journal.ErrLocked) {
			e.Slug, e.Why = errs.Busy, "another tap is changing them"
		}
		return e
	}
	defer func() { _ = unlock() }()
	p, err := s.Load()
	if err != nil {
		return err
	}
	if err := f(p); err != nil {
		return err
	}
	b, err := p.toml()
	if err != nil {
		return err
	}
	_, _, err = journal.WriteWhole(s.Files, s.Path, func(w io.Writer) error { _, err := w.Write(b); return err })
	return err
}

func parseProfiles(path string, b []byte) (*Profiles, error) {
	into := reflect.New(reflect.StructOf([]reflect.StructField{field("Use", "use", text), field("Profiles", "profiles", tables(names()...))}))
	err := decode(path, b, into.Interface())
	if err != nil {
		return nil, err
	}
	p := &Profiles{Use: into.Elem().Field(0).String(), Named: map[string]Values{}}
	for name, values := range into.Elem().Field(1).Seq2() {
		if err := CheckProfileName(name.String()); err != nil {
			return nil, wrong(path, lineOf(b, []string{"profiles", name.String()}), errs.Of(err).Why)
		}
		if p.Named[name.String()], err = valuesOf(values, Keys(), "profiles", name.String()); err != nil {
			return nil, wrongValue(path, b, fmt.Errorf("the profile %s: %w", name, err))
		}
	}
	if _, ok := p.Named[p.Use]; p.Use != "" && !ok {
		p.Use = "" // somebody deleted it by hand
	}
	return p, nil
}

// toml writes the profiles: keys in alphabetical order, so that the same profiles are the same file.
func (p *Profiles) toml() ([]byte, error) {
	file := struct {
		Use      string                    `toml:"use,omitempty"`
		Profiles map[string]map[string]any `toml:"profiles,omitempty"`
	}{Use: p.Use, Profiles: map[string]map[string]any{}}
	for name, values := range p.Named {
		file.Profiles[name] = map[string]any{}
		for key, value := range values {
			file.Profiles[name][key] = value
			if k, _ := FindKey(key); k.Switch {
				file.Profiles[name][key] = value == "true"
			}
		}
	}
	return toml.Marshal(file)
}
