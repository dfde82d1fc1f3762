package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// operation is one call that the simulator answers: a method on a path, who may make it, and what it does.
type operation struct {
	method string
	path   string // below the version; {name} stands for one segment; compared without regard to case
	access *access
	handle func(*call) (reply, error)
}

// operations is all of Graph that is simulated, on /beta and /v1.0 alike. An error of a path that is not in it is a
// 501 that names the path, so that a gap of the simulator never passes for an answer of Graph.
var operations = append([]*operation{
	{"GET", "me", readMe, getMe},
	{"GET", "users", readUsers, listUsers},
	{"GET", "users/{user}", readUser, getUser},
	{"GET", "users/{user}/manager", readManager, getManager},
	{"GET", "users/{user}/transitiveMemberOf/microsoft.graph.directoryRole", readRoles, listRoles},
	{"GET", "users/{user}/transitiveMemberOf/microsoft.graph.group", readUserGroups, listUserGroups},
	{"GET", "users/{user}/transitiveMemberOf/microsoft.graph.administrativeUnit", readUnits, listUnits},
	{"GET", "users/{user}/ownedObjects/microsoft.graph.group", readOwned, listOwnedGroups},
	{"GET", "roleManagement/directory/roleAssignments", readAssignments, listAssignments},
	{"GET", "roleManagement/directory/roleEligibilityScheduleInstances", readEligible, listEligible},
	{"POST", "users/{user}/checkMemberGroups", checkMembership, checkMemberGroups},
	{"POST", "users/{user}/revokeSignInSessions", revokeSessions, revokeSignInSessions},
	{"GET", "users/{user}/authentication/methods", readMethods, listMethods},
	{"GET", "users/{user}/authentication/temporaryAccessPassMethods", readPasses, listPasses},
	{"POST", "users/{user}/authentication/temporaryAccessPassMethods", createPasses, createPass},
	{"GET", "users/{user}/authentication/temporaryAccessPassMethods/{pass}", readPasses, getPass},
	{"DELETE", "users/{user}/authentication/temporaryAccessPassMethods/{pass}", deletePasses, deletePass},
	{"GET", "groups", readGroups, listGroups},
	{"GET", "groups/{group}", readGroups, getGroup},
	{"GET", "groups/{group}/transitiveMembers", readMembers, listTransitiveMembers},
	{"GET", "groups/{group}/transitiveMembers/microsoft.graph.user", readMembers, listTransitiveUsers},
	{"GET", "policies/authenticationMethodsPolicy", readPolicy, getMethodsPolicy},
	{"GET", passPolicyPath, readPolicy, getPassPolicy},
	{"PATCH", passPolicyPath, changePolicy, patchPassPolicy},
	{"DELETE", passPolicyPath, changePolicy, deletePassPolicy},
	{"GET", "subscribedSkus", readLicences, listSkus},
	{"GET", "auditLogs/directoryAudits", readAudits, listAudits},
	{"GET", "auditLogs/signIns", readAudits, listSignIns},
	{"GET", "reports/authenticationMethods/userRegistrationDetails", readReport, listRegistrations},
	{"POST", batchPath, anybody, nil}, // calls of its own: answerBatch
}, methodDeletions()...)

const passPolicyPath = "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass"

// splitPath takes an escaped path apart into decoded segments. users('x') is users/x: Graph takes a key in
// parentheses, in single quotes with a quote in it doubled.
func splitPath(escaped string) []string {
	var segments []string
	for s := range strings.SplitSeq(strings.Trim(escaped, "/"), "/") {
		s, err := url.PathUnescape(s)
		if err != nil {
			return nil
		}
		open := strings.Index(s, "('")
		if open <= 0 || !strings.HasSuffix(s, "')") || open+2 > len(s)-2 {
			segments = append(segments, s)
			continue
		}
		segments = append(segments, s[:open], strings.ReplaceAll(s[open+2:len(s)-2], "''", "'"))
	}
	return segments
}

// match says whether the segments are of this path, and returns what stood in for its names.
func (o *operation) match(segments []string) (map[string]string, bool) {
	pattern := strings.Split(o.path, "/")
	if len(pattern) != len(segments) {
		return nil, false
	}
	params := map[string]string{}
	for i, p := range pattern {
		if name, isParam := strings.CutPrefix(p, "{"); isParam {
			params[strings.TrimSuffix(name, "}")] = segments[i]
		} else if !strings.EqualFold(p, canonicalCast(segments[i])) {
			return nil, false
		}
	}
	return params, true
}

// canonicalCast writes the namespace of a type cast in full: Microsoft's metadata gives microsoft.graph the
// alias "graph", and its SDKs send that.
func canonicalCast(segment string) string {
	const alias = "graph."
	if len(segment) > len(alias) && strings.EqualFold(segment[:len(alias)], alias) {
		return "microsoft." + segment
	}
	return segment
}

// bodiless says whether the call takes no body, and what comes as one is not looked at.
func (o *operation) bodiless() bool { return o.access == revokeSessions }

// route finds the operation of a request below the version.
func route(method string, segments []string, shown string) (*operation, map[string]string, error) {
	var allowed []string
	for _, o := range operations {
		params, matches := o.match(segments)
		switch {
		case matches && o.method == method:
			return o, params, nil
		case matches:
			allowed = append(allowed, o.method)
		}
	}
	if len(allowed) == 0 {
		return nil, nil, notSimulated(method, shown)
	}
	return nil, nil, notAllowed(method, shown, allowed)
}

func notSimulated(method, path string) error {
	return refuse(http.StatusNotImplemented, "notImplemented", "The sandbox does not simulate %s %s.", method, path)
}

func notAllowed(method, path string, allowed []string) error {
	slices.Sort(allowed)
	f := refuse(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method %s is not allowed for the request target %s.", method, path)
	f.header = http.Header{"Allow": {strings.Join(slices.Compact(allowed), ", ")}}
	return f
}
