//go:build windows || plan9

package root

import "errors"

// dialSyslog says that there is none.
func dialSyslog(string) (func(line []byte) error, error) {
	return nil, errors.New("the machine settings ask for syslog, which this system does not have")
}
