//go:build !windows && !plan9

package root

import (
	"fmt"
	"log/syslog"
)

// dialSyslog opens the syslog of this machine, or the one at the socket.
func dialSyslog(socket string) (send func(line []byte) error, err error) {
	network := ""
	if socket != "" {
		network = "unixgram"
	}
	w, err := syslog.Dial(network, socket, syslog.LOG_NOTICE|syslog.LOG_AUTHPRIV, "tap")
	if err != nil {
		return nil, fmt.Errorf("reaching the syslog that the machine settings ask for: %w", err)
	}
	return func(line []byte) error {
		_, err := w.Write(line)
		return err
	}, nil
}
