// Package sandbox holds the commands about the embedded Contoso tenant. They speak to its control
// plane over HTTP, as anybody could, and must never look into its state.
package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// Serve holds the sandbox's folder and serves it on a listener until the context ends.
type Serve func(sandbox.Options) (func(context.Context, net.Listener) error, error)

// NewCmd returns `tap sandbox`.
func NewCmd(f *cmdutil.Factory, serve Serve) *cobra.Command {
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Work on the embedded Contoso tenant",
		Long: `The sandbox is a Microsoft Graph simulator with a tenant called Contoso. --sandbox runs any
command against it; these commands play the rest of the world: the user who signs in, the
clock, a server for other Graph clients. Its state lies in the state folder, or in TAP_SANDBOX_DIR.`,
		Args: cobra.ArbitraryArgs,
		RunE: cmdutil.Group,
	}
	c.AddCommand(
		NewCmdServe(f, serve, nil), NewCmdUsers(f, nil), NewCmdSignIn(f, nil), NewCmdRegister(f, nil), NewCmdSessions(f, nil), NewCmdClock(f, nil), NewCmdReset(f, nil),
	)
	return c
}

// call sends one request to the control plane and decodes the answer into out, where out is not nil.
func call(ctx context.Context, f *cmdutil.Factory, method, path string, in, out any) error {
	s, err := f.Sandbox(ctx)
	if err != nil {
		return err
	}
	req, err := request(ctx, method, s.URL+"/sandbox"+path, in)
	if err != nil {
		return err
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return errs.Of(context.Cause(ctx))
		}
		return &errs.Error{Slug: errs.Busy, What: "reaching the sandbox", Whom: s.URL, Err: err, Hints: []string{"tap sandbox serve"}}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode > 299 {
		return refused(resp.StatusCode, body)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(body, out)
}

func request(ctx context.Context, method, url string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err == nil && in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, err
}

func refused(status int, body []byte) error {
	var o struct{ Error struct{ Message string } }
	if json.Unmarshal(body, &o) != nil || o.Error.Message == "" {
		return &errs.Error{Slug: errs.Internal, Why: fmt.Sprintf("the sandbox answered %d", status)}
	}
	why := strings.TrimSuffix(o.Error.Message, ".")
	if status == http.StatusBadRequest || status == http.StatusNotFound {
		return errs.Usage(why)
	}
	return &errs.Error{Slug: errs.Internal, Why: why}
}
