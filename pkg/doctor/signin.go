package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

func (x *exam) signIn(ctx context.Context) outcome {
	t, err := x.Open(ctx)
	if err != nil {
		return broken(failed("sign-in", errs.Of(err)))
	}
	x.tenant = t
	who := "a person"
	if t.Application {
		who = "an application"
	}
	return said(Finding{ID: "sign-in", Status: OK, Words: fmt.Sprintf("%s, by %s: %s", who, t.Kind, t.Title)})
}

// claims is by what the permissions of a sign-in are judged.
const claims = "by the token's claims, which are a hint"

// permissions holds what the token shows against what each command takes.
func (x *exam) permissions(context.Context) outcome {
	if x.tenant.Permissions == nil {
		return said(Finding{ID: "permissions", Status: Skip, Words: "the token does not say what it carries"})
	}
	var found []Finding
	var fine []string
	for _, command := range permission.Commands() {
		if slices.Contains([]string{"doctor", "whoami", "run resume"}, command) {
			continue // two go without what they may not see, the third goes on with a create
		}
		if f, missing := x.command(command); missing {
			found = append(found, f)
		} else {
			fine = append(fine, command)
		}
	}
	if len(fine) > 0 {
		all := Finding{ID: "permissions", Status: OK, Words: fmt.Sprintf("nothing is missing for %s (%s)", strings.Join(fine, ", "), claims)}
		found = append([]Finding{all}, found...)
	}
	if more := permission.Surplus(x.tenant.Application, x.tenant.Permissions); len(more) > 0 {
		found = append(found, Finding{ID: "permissions.surplus", Status: OK, Words: fmt.Sprintf("more than any command takes: %s (%s)", strings.Join(more, ", "), claims)})
	}
	return said(found...)
}

// command finds what of the permissions of a command is missing.
func (x *exam) command(name string) (Finding, bool) {
	var needed, informing []string
	var missing []*permission.Operation
	for _, u := range permission.Of(name) {
		if u.With != "" || u.Application && !x.tenant.Application || u.ServedBy(x.tenant.Application, x.tenant.Permissions...) {
			continue
		}
		switch u.Weight {
		case permission.Needed:
			needed, missing = append(needed, u.Does), append(missing, u.Operation)
		case permission.Informing:
			informing, missing = append(informing, u.Does), append(missing, u.Operation)
		}
	}
	if len(missing) == 0 {
		return Finding{}, false
	}
	least := leastOf(x.tenant.Application, missing)
	f := Finding{ID: "permissions." + strings.ReplaceAll(name, " ", "-"), Status: severity(name), Command: "tap help permissions"}
	f.Words = fmt.Sprintf("tap %s cannot %s: no %s (%s)", name, strings.Join(append(needed, informing...), ", "), strings.Join(least, ", "), claims)
	if len(needed) == 0 {
		f.Status = milder(f.Status)
		f.Words = fmt.Sprintf("tap %s works, and cannot %s: no %s (%s)", name, strings.Join(informing, ", "), strings.Join(least, ", "), claims)
	}
	if f.Status != OK {
		f.Remedy = x.consent(least)
	}
	return f, true
}

// leastOf are the permissions that serve a person or an application for all of the operations, none that another of them covers.
func leastOf(application bool, missing []*permission.Operation) (least []string) {
	for _, o := range missing {
		covered := slices.ContainsFunc(missing, func(p *permission.Operation) bool { return p.Least != o.Least && o.ServedBy(application, p.Least) })
		if !covered && !slices.Contains(least, o.Least) {
			least = append(least, o.Least)
		}
	}
	return least
}

// consent is the click that gives a sign-in permissions.
func (x *exam) consent(names []string) string {
	kind := "delegated"
	if x.tenant.Application {
		kind = "application"
	}
	return fmt.Sprintf("Entra admin center, App registrations, API permissions: add as %s permission %s, then grant admin consent", kind, strings.Join(names, ", "))
}

// severity is what it means that a sign-in cannot do a command. Passes are what tap is for; who issues them need not set the policy,
// nor look into what came of them.
func severity(command string) Status {
	switch command {
	case "create", "run resume", "list", "delete":
		return Fail
	case "policy show", "policy diff", "policy check":
		return Warn
	}
	return OK
}

// milder is what it means that a command works and cannot see all.
func milder(s Status) Status {
	if s == Fail {
		return Warn
	}
	return s
}
