package auth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// elsewhere reports whether the last one who was asked is not the authority: a CI system, a machine's metadata service.
func (c *credential) elsewhere(x *exchange) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.host != "" && x.host != c.config.authority() && !slices.Contains(aliases(c.config.authority()), x.host)
}

// helpless says why somebody else than the authority was of no help.
func (c *credential) helpless(x *exchange) *errs.Error {
	f, _, failure := x.last()
	var strays *straysError
	switch {
	case errors.As(failure, &strays):
		return &errs.Error{Slug: errs.Auth, Why: "the sign-in led to " + plain(strays.host) + ", which has no part in it: nothing was sent there"}
	case c.config.Kind == ManagedIdentity:
		return c.noIdentity(f, failure)
	case failure != nil:
		why, cause := reason(failure)
		return &errs.Error{Slug: errs.Busy, Why: fmt.Sprintf("cannot reach %s, which gives this job its token: %s", plain(x.host), why), Err: cause}
	case c.config.Kind == AzurePipelines:
		return c.noPipelineToken(x.host, f)
	}
	return noGitHubToken(x.host, f)
}

func noGitHubToken(host string, f *fault) *errs.Error {
	e := &errs.Error{Slug: errs.Busy, Why: fmt.Sprintf("%s gives this job no token at the moment (status %d)", plain(host), f.status)}
	if f.status == http.StatusUnauthorized || f.status == http.StatusForbidden {
		e.Slug, e.Why = errs.Auth, fmt.Sprintf("%s refuses this job a token (status %d): its workflow needs `permissions: id-token: write`, and the job has to be running", plain(host), f.status)
		e.Hints = []string{"https://docs.github.com/actions/reference/security/oidc"}
	}
	return e
}

func (c *credential) noPipelineToken(host string, f *fault) *errs.Error {
	switch f.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusFound, http.StatusNonAuthoritativeInfo:
		return &errs.Error{
			Slug: errs.Auth, Why: fmt.Sprintf("%s does not accept SYSTEM_ACCESSTOKEN (status %d): it is this job's $(System.AccessToken), and ends with the job", plain(host), f.status),
			Hints: []string{"https://learn.microsoft.com/azure/devops/pipelines/build/variables#systemaccesstoken"},
		}
	case http.StatusBadRequest, http.StatusNotFound:
		return &errs.Error{
			Slug: errs.Auth, Why: fmt.Sprintf("%s knows no service connection %s that this pipeline may use (status %d)", plain(host), c.config.Job.Connection, f.status),
			Hints: []string{`az devops service-endpoint list --query "[].{name:name,id:id}" -o table`},
		}
	}
	return &errs.Error{Slug: errs.Busy, Why: fmt.Sprintf("%s gives this job no token at the moment (status %d)", plain(host), f.status)}
}
