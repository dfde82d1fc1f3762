package root

import (
	"path/filepath"
	"runtime"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// stateFolder is where runs and the sandbox lie: below the XDG state folder, on Windows below
// %LOCALAPPDATA%. The XDG variable wins everywhere. No library does it: the usual one reads
// files when the program starts.
func stateFolder(getenv func(string) string) (string, error) {
	if d := getenv("XDG_STATE_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "tap"), nil
	}
	if d := getenv("LOCALAPPDATA"); runtime.GOOS == "windows" && d != "" {
		return filepath.Join(d, "tap", "state"), nil
	}
	if d := getenv("HOME"); d != "" {
		return filepath.Join(d, ".local", "state", "tap"), nil
	}
	return "", &errs.Error{Slug: errs.LocalFault, What: "finding the state folder", Why: "neither HOME nor XDG_STATE_HOME is set", Hints: []string{"export XDG_STATE_HOME=/tmp"}}
}

// configFolder is where profiles lie: below the XDG config folder, on Windows below %LOCALAPPDATA%.
func configFolder(getenv func(string) string) (string, error) {
	if d := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "tap"), nil
	}
	if d := getenv("LOCALAPPDATA"); runtime.GOOS == "windows" && d != "" {
		return filepath.Join(d, "tap", "config"), nil
	}
	if d := getenv("HOME"); d != "" {
		return filepath.Join(d, ".config", "tap"), nil
	}
	return "", &errs.Error{Slug: errs.LocalFault, What: "finding the config folder", Why: "neither HOME nor XDG_CONFIG_HOME is set", Hints: []string{"export XDG_CONFIG_HOME=/tmp"}}
}

// cacheFolder is where it lies who is signed in: below the XDG cache folder, on Windows below %LOCALAPPDATA%; "" where there is none.
func cacheFolder(getenv func(string) string) string {
	if d := getenv("XDG_CACHE_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "tap")
	}
	if d := getenv("LOCALAPPDATA"); runtime.GOOS == "windows" && d != "" {
		return filepath.Join(d, "tap", "cache")
	}
	if d := getenv("HOME"); d != "" {
		return filepath.Join(d, ".cache", "tap")
	}
	return ""
}

// sandboxFolder is where the sandbox's state lies.
func sandboxFolder(getenv func(string) string) (string, error) {
	if d := getenv("TAP_SANDBOX_DIR"); d != "" {
		return filepath.Abs(d)
	}
	d, err := stateFolder(getenv)
	return filepath.Join(d, "sandbox"), err
}
