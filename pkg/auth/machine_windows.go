package auth

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// MachineSettings is where this machine's settings are. The folder is asked of the system: %ProgramData% is a variable, and no
// variable moves it.
func MachineSettings() MachineFile {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return MachineFile{Lost: fmt.Errorf("Windows does not tell where ProgramData is: %w", err)}
	}
	return MachineFile{Path: filepath.Join(dir, "tap", "tap.toml")}
}

// writes are the rights by which a file, or what is in a folder, can be changed.
const writes = windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA | windows.FILE_WRITE_EA | windows.FILE_WRITE_ATTRIBUTES | deleteChild |
	windows.DELETE | windows.WRITE_DAC | windows.WRITE_OWNER | windows.GENERIC_WRITE | windows.GENERIC_ALL

// deleteChild is FILE_DELETE_CHILD: https://learn.microsoft.com/windows/win32/fileio/file-access-rights-constants
const deleteChild = 0x40

// stranger says who else than the keeper, Administrators and SYSTEM has a hand in a file or folder, "" for nobody.
func (k keeper) stranger(path string, _ fs.FileInfo) string {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Sprintf("does not tell who owns it (%v)", err)
	}
	owner, _, err := sd.Owner()
	if err != nil || !k.includes(owner) {
		return fmt.Sprintf("belongs to %s", owner)
	}
	list, _, err := sd.DACL()
	if err != nil || list == nil {
		return "can be written to by everybody"
	}
	for n := range uint32(list.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, n, &ace); err != nil {
			return fmt.Sprintf("does not tell who may write to it (%v)", err)
		}
		if ace.Header.AceType == windows.ACCESS_DENIED_ACE_TYPE || ace.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0 || ace.Mask&writes == 0 {
			continue
		}
		if ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE {
			return "has an entry of a kind that is not known in its access control list"
		}
		if sid := (*windows.SID)(unsafe.Pointer(&ace.SidStart)); !k.includes(sid) { //nolint:gosec // the entry ends with the SID, of which this is the begin
			return fmt.Sprintf("can be written to by %s", sid)
		}
	}
	return ""
}

// includes reports whether it is one of the keepers.
func (k keeper) includes(sid *windows.SID) bool {
	if administrator(sid) {
		return true
	}
	if !k.self || sid == nil {
		return false
	}
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	return err == nil && me.User.Sid.Equals(sid)
}

// administrator reports whether it is one of those who can do everything anyway.
func administrator(sid *windows.SID) bool {
	return sid != nil && (sid.IsWellKnown(windows.WinBuiltinAdministratorsSid) || sid.IsWellKnown(windows.WinLocalSystemSid) || sid.String() == trustedInstaller)
}

// trustedInstaller owns what Windows itself brings:
// https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers
const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

func secureCommands(dir, path string) []string {
	return []string{fmt.Sprintf(`icacls "%s" /inheritance:r /grant:r *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX && icacls "%s" /reset && icacls "%s" /setowner *S-1-5-32-544`, dir, path, path)}
}

// ownCommands make a file, or a folder, that of whoever runs tap alone.
func ownCommands(path string) []string {
	return []string{fmt.Sprintf(`icacls "%s" /inheritance:r /grant:r "%%USERNAME%%:(OI)(CI)F"`, path)}
}

// editCommand opens a file of one's own in an editor.
func editCommand(path string) string { return fmt.Sprintf(`notepad "%s"`, path) }

// EditByAdministrator is the command by which an administrator opens a file in an editor.
func EditByAdministrator(path string) string {
	return fmt.Sprintf(`powershell -Command "Start-Process notepad '%s' -Verb RunAs"`, path)
}
