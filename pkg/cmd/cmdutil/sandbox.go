package cmdutil

import "net/http"

// Sandbox is the control plane of a sandbox: of the one that the flags name, or of the one that is embedded.
type Sandbox struct {
	URL    string // where its HTTP is, without a slash at the end
	Client *http.Client
}
