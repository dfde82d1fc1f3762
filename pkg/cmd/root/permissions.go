package root

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// tableName is a command as the table of permissions names it: "policy show" for `tap policy show`.
func tableName(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}

// asked is what a person's sign-in asks for.
type asked struct {
	all    []string
	needed []string // what it makes do with where nobody consented to all; none: whatever was consented to
}

// permissions are what a person's sign-in asks for to run the command that was typed.
func (o *opener) permissions() asked {
	name, typed := tableName(o.process.cmd), o.process.cmd.Flags().Changed
	return asked{permission.Asked(name, typed, o.flags.least), permission.Required(name, typed, o.flags.least)}
}

// loginPermissions are what a sign-in asks for that is not for one command.
func (o *opener) loginPermissions() asked {
	all, needed := permission.AtLogin(o.flags.least)
	return asked{all, needed}
}

// whoPermissions are what asks who is signed in.
func whoPermissions() asked { return asked{all: []string{permission.ReadUser.Least}} }

// ask makes a sign-in ask for these permissions, and returns their scopes. That it had to make do with less is told.
func (o *opener) ask(cfg *auth.Config, a asked) []string {
	needed := a.needed
	if len(needed) == 0 {
		needed = []string{".default"}
	}
	wanted := auth.Scopes(cfg.Kind, cfg.Cloud, a.all)
	cfg.Less = &auth.Less{Wanted: wanted, Enough: auth.Scopes(cfg.Kind, cfg.Cloud, needed), Told: func() {
		o.say.Notice("nobody has consented to all of " + strings.Join(a.all, ", ") + ": going on with what was consented to")
	}}
	return wanted
}

// leastPrivilege refuses --least-privilege where it would be an empty promise. Microsoft Graph Command Line Tools carries what
// anybody in the tenant ever consented to for it (graph.md section 4), and an application what it was given.
func leastPrivilege(cfg auth.Config) error {
	switch {
	case cfg.Kind.Application():
		return errs.Usage("--least-privilege is for people: an application carries the permissions that an administrator consented to, all of them", "tap help permissions")
	case cfg.ClientID == "" || strings.EqualFold(cfg.ClientID, auth.DefaultClientID):
		return errs.Usage("--least-privilege needs a client of your own: Microsoft Graph Command Line Tools carries every permission that anybody in the tenant ever consented to for it", "--client-id CLIENT_ID")
	}
	return nil
}

// addPermissions adds to the help of each command what it takes.
func addPermissions(c *cobra.Command) {
	if uses := permission.Of(tableName(c)); uses != nil {
		c.Long = strings.TrimRight(c.Long, "\n") + "\n\nPERMISSIONS\n\n" + permissionSection(tableName(c), uses)
	}
	for _, sub := range c.Commands() {
		addPermissions(sub)
	}
}

// permissionSection is what a command takes, in the order of what it means to the command.
func permissionSection(command string, uses []permission.Use) string {
	var b strings.Builder
	for _, part := range []struct {
		title  string
		weight permission.Weight
	}{{"Needed:", permission.Needed}, {"Informing; without it the command goes on, and says once what it could not see:", permission.Informing}, {"Asked for, and not done: whether the sign-in carries it is what is judged:", permission.Judged}} {
		begun := false
		for _, u := range uses {
			if u.Weight != part.weight {
				continue
			}
			if !begun {
				fmt.Fprintf(&b, "    %s\n", part.title)
				begun = true
			}
			fmt.Fprintf(&b, "      %s%s\n          %s\n", u.Does, condition(u), u.Least)
			if len(u.Roles) > 0 {
				fmt.Fprintf(&b, "          role: %s\n", u.RoleNames())
			}
		}
	}
	var why []string
	for _, u := range uses {
		if u.Weight == permission.Explaining && !slices.Contains(why, u.Least) {
			why = append(why, u.Least)
		}
	}
	purpose := "to name the cause of a refusal"
	if !slices.ContainsFunc(uses, func(u permission.Use) bool { return u.Weight == permission.Needed }) {
		purpose = "to look at more"
	}
	fmt.Fprintf(&b, "    Never asked for, and used where a sign-in carries it, %s:\n          %s\n", purpose, hung(strings.Join(why, ", "), 10))
	b.WriteString(requestLines(command))
	return strings.TrimRight(b.String(), "\n")
}

// condition says when a command uses an operation, "" for always.
func condition(u permission.Use) string {
	switch {
	case u.Application:
		return ", as an application"
	case u.With != "" && u.Unless != "":
		return ", with --" + u.With + " and not --" + u.Unless
	case u.With != "":
		return ", with --" + u.With
	case u.Unless != "":
		return ", unless --" + u.Unless
	}
	return ""
}

// requestLines say what a person's sign-in asks for, and where the narrower permission would do.
func requestLines(command string) string {
	plain := func(string) bool { return false }
	asked, least := permission.Asked(command, plain, false), permission.Asked(command, plain, true)
	if len(asked) == 0 {
		return ""
	}
	text := fmt.Sprintf("    A person's sign-in asks for\n          %s\n", strings.Join(asked, " "))
	if !slices.Equal(asked, least) {
		text += fmt.Sprintf("    The narrower one would do. --least-privilege, with a client of your own, asks for\n          %s\n", strings.Join(least, " "))
	}
	return text
}

// permissionsTopic is the table for people.
func permissionsTopic() string {
	var b strings.Builder
	b.WriteString("A person needs the permission and, active now, one of the roles. An application needs the permission\n" +
		"alone, as an application permission with an administrator's consent, and no role holds it back.\n" +
		"The first permission of each is Microsoft's least; each of the others is enough, too.\n")
	for _, o := range permission.Operations() {
		fmt.Fprintf(&b, "\n  %s\n    %s\n", o.Does, hung(strings.Join(o.Serving(true), ", "), 4))
		if o.Asked != "" {
			fmt.Fprintf(&b, "    asked for by default: %s; %s would do\n", o.Asked, o.Least)
		}
		if len(o.AlsoPeople) > 0 {
			fmt.Fprintf(&b, "    enough for a person, and not for an application: %s\n", strings.Join(o.AlsoPeople, ", "))
		}
		if len(o.Partly) > 0 {
			fmt.Fprintf(&b, "    names alone: %s\n", strings.Join(o.Partly, ", "))
		}
		if o.OnlyPeople {
			b.WriteString("    people only: no permission lets an application do it\n")
		}
		if len(o.Roles) > 0 {
			fmt.Fprintf(&b, "    role: %s\n", hung(o.RoleNames(), 10))
		}
		if o.Reach != "" {
			fmt.Fprintf(&b, "    %s\n", hung(o.Reach, 4))
		}
		fmt.Fprintf(&b, "    used by tap %s\n", hung(strings.Join(permission.UsedBy(o), ", "), 12))
	}
	b.WriteString("\nWhat a command takes stands in its help. " +
		"A person's sign-in asks for what the command needs and for what informs\nit, " +
		"never for what only explains a refusal. --least-privilege asks for the least, with a client of your own.\n")
	return b.String()
}
