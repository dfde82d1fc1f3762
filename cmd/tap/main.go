// Command tap manages Microsoft Entra Temporary Access Passes. It must hold nothing but the call.
package main

import (
	"os"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

func main() {
	os.Exit(root.Main(&root.Process{Args: os.Args[1:], Streams: terminal.System(), Getenv: os.Getenv, Machine: auth.MachineSettings()}))
}
