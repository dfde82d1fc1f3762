package pass

import (
	"slices"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// The objects within the answer of `tap show`, as JSON has them.
type (
	managerObject struct {
		ID                any `json:"id"`
		DisplayName       any `json:"displayName"`
		UserPrincipalName any `json:"userPrincipalName"`
	}
	passObject struct {
		ID           any `json:"id"`
		State        any `json:"state"`
		Created      any `json:"createdDateTime"`
		Start        any `json:"startDateTime"`
		End          any `json:"endDateTime"`
		Lifetime     any `json:"lifetimeInMinutes"`
		IsUsableOnce any `json:"isUsableOnce"`
		LastUsed     any `json:"lastUsedDateTime"`
	}
	methodObject struct {
		ID           string `json:"id"`
		Type         string `json:"type"`
		DisplayName  any    `json:"displayName"`
		Created      any    `json:"createdDateTime"`
		Passwordless bool   `json:"passwordless"`
	}
	changeObject struct {
		At          any        `json:"activityDateTime"`
		Event       pass.Event `json:"event"`
		MethodID    any        `json:"methodId"`
		MethodType  any        `json:"methodType"`
		DisplayName any        `json:"displayName"`
	}
	signInObject struct {
		ID        string   `json:"id"`
		At        any      `json:"createdDateTime"`
		App       any      `json:"appDisplayName"`
		IP        any      `json:"ipAddress"`
		Location  any      `json:"location"`
		Method    any      `json:"authenticationMethod"`
		Code      int      `json:"errorCode"`
		Reason    any      `json:"failureReason"`
		BlockedBy []string `json:"blockedBy"`
		Words     string   `json:"explanation"`
	}
)

// subjects is the columns of `tap show`, documented in docs/output.md.
func (v view) subjects() output.Schema[pass.Subject] {
	return slices.Concat(who(v, func(s pass.Subject) person.Person { return s.Person }), v.record(), v.evidence(), v.verdict())
}

// record is what the directory says.
func (v view) record() output.Schema[pass.Subject] {
	type S = pass.Subject
	text := func(name, doc string, of func(S) string) output.Column[S] {
		return output.Column[S]{Name: name, Type: "string", Doc: doc, Value: func(s S) any { return null(of(s)) }}
	}
	seen := func(name, kind, doc string, of func(S) any) output.Column[S] {
		return output.Column[S]{Name: name, Type: kind, Doc: doc + "; null where the directory was not seen", Value: func(s S) any {
			if !s.Seen {
				return nil
			}
			return of(s)
		}}
	}
	return output.Schema[S]{
		text("jobTitle", "the job", func(s S) string { return s.JobTitle }),
		text("department", "the department", func(s S) string { return s.Department }),
		text("officeLocation", "the office", func(s S) string { return s.Office }),
		text("employeeId", "the employee id", func(s S) string { return s.EmployeeID }),
		text("mail", "the mail address", func(s S) string { return s.Mail }),
		text("mobilePhone", "the mobile phone on record", func(s S) string { return s.MobilePhone }),
		seen("businessPhones", "array", "the other phones on record, each a string", func(s S) any { return append([]string{}, s.BusinessPhones...) }),
		text("preferredLanguage", "the language, such as `fi-FI`", func(s S) string { return s.PreferredLanguage }),
		{Name: "manager", Type: "object", Doc: "`id`, `displayName` and `userPrincipalName` of the manager; null where there is none, or none was seen", Value: func(s S) any { return manager(s.Manager) }},
		{Name: "createdDateTime", Type: "date-time", Doc: "when the account was created", Value: func(s S) any { return timestamp(s.Created) }},
		{Name: "lastPasswordChangeDateTime", Type: "date-time", Doc: "when the password was last changed", Value: func(s S) any { return timestamp(s.PasswordChanged) }},
		seen("accountEnabled", "boolean", "false where the directory says that the account is disabled", func(s S) any { return !s.Disabled }),
		seen("userType", "string", "`Member` or `Guest`", func(s S) any { return userType(s) }),
		seen("isExternalGuest", "boolean", "whether the user is an external (B2B) guest, who cannot hold a pass", func(s S) any { return s.External }),
		{Name: "roles", Type: "array", Doc: "the names of the directory roles that are active for the user; null where they were not seen", Value: func(s S) any { return listOrNull(s.Roles) }},
	}
}

// evidence is what there is of passes, methods and sign-ins.
func (v view) evidence() output.Schema[pass.Subject] {
	type S = pass.Subject
	return output.Schema[S]{
		{Name: "passes", Type: "array", Doc: "the pass that the user holds, if any: `id`, `state`, `createdDateTime`, `startDateTime`, `endDateTime`, `lifetimeInMinutes`, `isUsableOnce` and `lastUsedDateTime` as `tap list` has them; null where it was not seen", Value: passObjects},
		{Name: "methods", Type: "array", Doc: "the other methods: `id`, `type` (Graph's, such as `fido2`), `displayName` (or phone number, or mail address), `createdDateTime`, `passwordless`; null where they were not seen", Value: methodObjects},
		{Name: "changes", Type: "array", Doc: "what happened in the last 7 days, the latest first, as far as what is there tells it: `activityDateTime`, `event` (`accountCreated`, `passwordChanged`, `methodRegistered`, `passCreated`, `passUsed`), and of a method `methodId`, `methodType`, `displayName`", Value: changeObjects},
		{Name: "signIns", Type: "array", Doc: "with `--sign-ins` the sign-ins of the last 7 days that failed, the latest first: `id`, `createdDateTime`, `appDisplayName`, `ipAddress`, `location`, `authenticationMethod`, `errorCode`, `failureReason` (the service's words), `blockedBy` (policies of conditional access), `explanation`; else null", Value: signInObjects},
	}
}

// verdict is what follows from it.
func (v view) verdict() output.Schema[pass.Subject] {
	type S = pass.Subject
	return output.Schema[S]{
		{Name: "code", Type: "string", Doc: "what a code of the user is good for, and why not, in words; null where the passes were not seen", Value: func(s S) any { return null(s.Code(time.UTC)) }},
		{Name: "canIssue", Type: "boolean", Doc: "whether who is signed in can issue a pass for the user; null where something that could speak against it was not seen, and nothing that was does", Value: func(s S) any {
			if s.Verdict.Answer == pass.Unsure {
				return nil
			}
			return s.Verdict.Answer == pass.Yes
		}},
		{Name: "reason", Type: "string", Doc: "the rule behind a false `canIssue`, null where it is the permission or the role of who is signed in; `holds_pass` where a pass would end another; from a closed list", Value: func(s S) any { return null(string(s.Verdict.Reason)) }},
		{Name: "findings", Type: "array", Doc: "what speaks against it or has to be known, each in words", Value: func(s S) any { return append([]string{}, s.Verdict.Words...) }},
		{Name: "unknown", Type: "array", Doc: "what cannot be told, each in words with the permission that it takes", Value: func(s S) any { return append([]string{}, s.Verdict.Unknown...) }},
		{Name: "hint", Type: "string", Doc: "the command to type; null where none helps", Value: func(s S) any { return null(v.command(s)) }},
		{Name: "readDateTime", Type: "date-time", Doc: "the service's time of what is shown", Value: func(s S) any { return timestamp(s.At) }},
	}
}

// command is what to type next, as it is typed here.
func (v view) command(s pass.Subject) string {
	if s.Verdict.Command == "" {
		return ""
	}
	return v.hint(&errs.Error{Hints: []string{s.Verdict.Command}})
}

func userType(s pass.Subject) string {
	if s.Guest {
		return "Guest"
	}
	return "Member"
}

func manager(p *person.Person) any {
	if p == nil {
		return nil
	}
	return managerObject{null(p.ID), null(p.DisplayName), null(p.UserPrincipalName)}
}

func listOrNull(list []string) any {
	if list == nil {
		return nil
	}
	return list
}

func passObjects(s pass.Subject) any {
	if s.Passes == nil {
		return nil
	}
	out := []passObject{}
	for _, p := range s.Passes.Passes {
		out = append(out, passObject{
			null(p.ID), null(string(p.StateAt(s.At))), timestamp(p.Created), timestamp(p.Start), timestamp(end(p)), minutes(p), oneTime(p), timestamp(p.LastUsed),
		})
	}
	return out
}

func methodObjects(s pass.Subject) any {
	if s.Methods == nil {
		return nil
	}
	out := []methodObject{}
	for _, m := range others(s.Methods) {
		out = append(out, methodObject{m.ID, m.Type, null(m.Name), timestamp(m.Created), m.Passwordless()})
	}
	return out
}

// others are the methods beside the pass.
func others(all []person.Method) []person.Method {
	return slices.DeleteFunc(slices.Clone(all), func(m person.Method) bool { return m.Type == person.TemporaryAccessPass })
}

func changeObjects(s pass.Subject) any {
	out := []changeObject{}
	for _, c := range s.Changes() {
		out = append(out, changeObject{timestamp(c.At), c.Event, null(c.Method.ID), null(c.Method.Type), null(c.Method.Name)})
	}
	return out
}

func signInObjects(s pass.Subject) any {
	if s.SignIns == nil {
		return nil
	}
	out := []signInObject{}
	for _, i := range s.SignIns {
		out = append(out, signInObject{
			i.ID, timestamp(i.At), null(i.App), null(i.IP), null(i.Location), null(i.Method), i.Code, null(i.Reason), append([]string{}, i.Policies...), s.WhyFailed(i),
		})
	}
	return out
}
