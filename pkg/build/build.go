// Package build says which tap this is. It must not read a file: the linker
// and the Go tool put everything in.
package build

import "runtime/debug"

// version and date are set by the release build (-ldflags "-X …/pkg/build.version=1.2.3").
var version, date string

// Info is what `tap version` prints.
type Info struct {
	Version string // "1.2.3", or "dev"
	Commit  string // the full hash, "" where the build does not know
	Date    string // the commit's date, RFC 3339, "" where the build does not know
	Go      string // the Go release, e.g. "go1.26.8"
}

// Read returns the facts of this build.
func Read() Info {
	i := Info{Version: version, Date: date}
	if bi, ok := debug.ReadBuildInfo(); ok {
		i.Go = bi.GoVersion
		for _, s := range bi.Settings {
			switch s.Key {
			case "vcs.revision":
				i.Commit = s.Value
			case "vcs.time":
				if i.Date == "" {
					i.Date = s.Value
				}
			}
		}
		if v := bi.Main.Version; i.Version == "" && v != "" && v != "(devel)" {
			i.Version = v
		}
	}
	if i.Version == "" {
		i.Version = "dev"
	}
	return i
}
