package root

import (
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
)

// settingsTopic is `tap help settings`.
func settingsTopic() string {
	var keys, presets []string
	for _, k := range auth.Keys() {
		keys = append(keys, k.Name)
	}
	for _, k := range auth.PresetKeys() {
		presets = append(presets, k.Name)
	}
	lines := []string{
		"What stands first wins: a locked setting of the machine, a flag, a preset, a variable, a profile, a setting of the machine, for an application's sign-in " +
			"an AZURE_ variable, the default. " +
			"tap profile show --effective tells which it was.",
		"A profile is chosen by --profile, by TAP_PROFILE, or at a terminal by tap profile use. Profiles lie in profiles.toml in the config folder, " +
			"written by tap profile set. The keys: " + strings.Join(keys, ", ") + ". A command that has --all-profiles takes several: a row names its profile, and a tenant that fails is a row.",
		"A write without a terminal has to say in which tenant: by a --profile that has one, by --tenant or their variables. TAP_TENANT beside another tenant " +
			"of a --profile or TAP_PROFILE, or either of them beside another one of the AZURE_ variables by which the sign-in goes, is exit code 2 for a write, a name beside an id " +
			"not; --tenant settles it. Into a protected one the tenant's name is typed, " +
			"at a terminal when asked, elsewhere by --tenant in the command itself.",
		"The machine's settings are /etc/tap/tap.toml, on Windows tap\\tap.toml in the folder ProgramData. Only the administrator may own and write the file and " +
			"its folder, else every command that goes by it ends with exit code 10. It takes the keys of a profile, and [locked] with keys that nothing else may contradict; " +
			"require = [" + quotedList(auth.Requirements()) + "]; guard = \"strict\", by which an application refuses a user whose roles cannot be read; " +
			"syslog = true, or the whole path of a socket, by which each line of the local record is sent there, too; " +
			"[presets.NAME] with " + strings.Join(presets, ", ") + " for tap create --preset NAME; " +
			"and [clouds.NAME] with " + strings.Join(auth.CloudKeys(), ", ") + ".",
		"The sandbox is a target of its own: there only tz, output, lifetime and one-time of a profile count.",
	}
	for n, l := range lines {
		lines[n] = hung(l, 0)
	}
	return strings.Join(lines, "\n\n")
}

func quotedList(words []string) string { return `"` + strings.Join(words, `", "`) + `"` }
