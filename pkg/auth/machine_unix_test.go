//go:build !windows

package auth_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Each of these lets somebody else than the administrator say what is in the file.
func TestMachineSettingsOfAStranger(t *testing.T) {
	t.Parallel()
	const stranger = 12345
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		spoil func(m *auth.MachineFile, dir string)
		words string
	}{
		"the administrator is another":            {func(m *auth.MachineFile, _ string) { m.Owner = stranger }, "belongs to the user id"},
		"the file can be written to by the group": {func(m *auth.MachineFile, _ string) { must(os.Chmod(m.Path, 0o664)) }, "it can be written to by others (0664)"},
		"the file can be written to by all":       {func(m *auth.MachineFile, _ string) { must(os.Chmod(m.Path, 0o646)) }, "it can be written to by others (0646)"},
		"the folder can be written to by all":     {func(_ *auth.MachineFile, dir string) { must(os.Chmod(dir, 0o757)) }, "its folder "},
		"the folder is sticky":                    {func(_ *auth.MachineFile, dir string) { must(os.Chmod(dir, 0o777|os.ModeSticky)) }, "can be written to by others (0777)"},
		"the file is a link": {func(m *auth.MachineFile, dir string) {
			must(os.Rename(m.Path, filepath.Join(dir, "real.toml")))
			must(os.Symlink("real.toml", m.Path))
		}, "it is a link, or no file"},
		"the folder is a link": {func(m *auth.MachineFile, dir string) {
			must(os.Symlink(dir, dir+"-link"))
			m.Path = filepath.Join(dir+"-link", "tap.toml")
		}, "is a link"},
		"it is a pipe":                        {func(m *auth.MachineFile, _ string) { must(os.Remove(m.Path)); must(syscall.Mkfifo(m.Path, 0o600)) }, "it is a link, or no file"},
		"it is a folder":                      {func(m *auth.MachineFile, _ string) { must(os.Remove(m.Path)); must(os.Mkdir(m.Path, 0o700)) }, "it is a link, or no file"},
		"root: the file belongs to another":   {func(m *auth.MachineFile, _ string) { must(os.Chown(m.Path, stranger, 0)) }, "it belongs to the user id 12345"},
		"root: the folder belongs to another": {func(_ *auth.MachineFile, dir string) { must(os.Chown(dir, stranger, 0)) }, "its folder "},
	} {
		t.Run(name, func(t *testing.T) {
			if os.Getuid() != 0 && name[:4] == "root" {
				t.Skip("only root gives files away")
			}
			m := machineFile(t, "tenant = \"a.com\"\n")
			if _, err := m.Read(); err != nil {
				t.Fatalf("before: %v", err)
			}
			c.spoil(&m, filepath.Dir(m.Path))
			_, err := m.Read()
			e := wantError(t, err, errs.LocalFault, "reading the machine settings: "+m.Path, c.words, "only the administrator may own it and write to it")
			wantHint(t, e, "sudo chown root "+filepath.Dir(m.Path)+" "+m.Path+" && sudo chmod go-w "+filepath.Dir(m.Path)+" "+m.Path)
		})
	}
}

func TestMachineSettingsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	m := machineFile(t, "")
	if err := os.Chmod(m.Path, 0); err != nil {
		t.Fatal(err)
	}
	_, err := m.Read()
	wantError(t, err, errs.LocalFault, "permission denied")
}
