//go:build !windows

package auth

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// MachineSettings is where this machine's settings are. No variable moves it.
func MachineSettings() MachineFile { return MachineFile{Path: "/etc/tap/tap.toml"} }

// stranger says who else than the keeper has a hand in a file or folder, "" for nobody. Where an access control list
// lets others write, the group's bits say so.
func (k keeper) stranger(_ string, info fs.FileInfo) string {
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return "does not tell who owns it"
	case int(owner.Uid) != k.owner && (!k.self || int(owner.Uid) != os.Getuid()):
		return fmt.Sprintf("belongs to the user id %d", owner.Uid)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Sprintf("can be written to by others (%04o)", info.Mode().Perm())
	}
	return ""
}

func secureCommands(dir, path string) []string {
	return []string{fmt.Sprintf("sudo chown root %s %s && sudo chmod go-w %s %s", dir, path, dir, path)}
}

// ownCommands make a file, or a folder, that of whoever runs tap alone.
func ownCommands(path string) []string {
	return []string{fmt.Sprintf("chmod go-w %s", quote(path)), fmt.Sprintf("sudo chown \"$(id -un)\" %s", quote(path))}
}

// editCommand opens a file of one's own in an editor.
func editCommand(path string) string { return "${EDITOR:-vi} " + quote(path) }

// EditByAdministrator is the command by which an administrator opens a file in an editor.
func EditByAdministrator(path string) string { return "sudoedit " + quote(path) }
