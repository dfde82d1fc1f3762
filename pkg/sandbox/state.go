package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// state is what changes in a tenant. Users and roles do not: they follow from the population, and groups but for those
// that were deleted.
type state struct {
	Generation int                 `json:"-"`
	Population population          `json:"population"`
	Policy     policy              `json:"policy"`            // that shows
	Coming     *comingPolicy       `json:"coming,omitempty"`  // that was sent and shows later
	Waiting    *waiting            `json:"waiting,omitempty"` // what somebody else is going to do
	Deleted    []string            `json:"deleted,omitempty"` // groups, by object id
	Passes     map[string]pass     `json:"passes"`            // by the user's object id: one each
	Methods    map[string][]method `json:"methods"`           // registered since the seed, by the user's object id
	Removed    map[string][]string `json:"removed,omitempty"` // methods of the seed that are gone, by the user's object id
	Offset     time.Duration       `json:"offset"`            // of the sandbox's clock from the machine's
	Issued     int                 `json:"issued"`            // passes made since the seed

	Newcomers  []newcomer   `json:"newcomers,omitempty"`
	Members    []membership `json:"members,omitempty"`
	Conditions conditions   `json:"conditions,omitzero"`
	Late       []lateCall   `json:"late,omitempty"`
	Authority  *authority   `json:"authority,omitempty"` // nil: that of the seed
	Roles      []roleChange `json:"roles,omitempty"`     // since the seed
	Delays     delays       `json:"delays,omitzero"`

	Sittings       []sitting            `json:"sittings,omitempty"` // all since the seed, the oldest first
	SignIns        []attempt            `json:"signIns,omitempty"`  // the oldest first
	AccessPolicies []accessPolicy       `json:"accessPolicies,omitempty"`
	Audits         []audit              `json:"audits,omitempty"` // the oldest first
	Was            map[string][]holding `json:"was,omitempty"`    // what users held before each change, by their object ids; the oldest first

	people *directory // made from Population when first asked for
}

// population says who is in the directory beside the named people of Contoso.
type population struct {
	Users int   `json:"users"`
	Seed  int64 `json:"seed"`
}

func newState() *state {
	return &state{Policy: seedPolicy(), Passes: map[string]pass{}, Methods: map[string][]method{}}
}

// now is the sandbox's clock: the machine's, moved. It keeps running.
func (s *state) now() time.Time { return time.Now().Add(s.Offset).UTC().Round(0) }

func (s *state) directory() *directory {
	if s.people == nil {
		s.people = newDirectory(s.Population)
		s.extend(s.people)
		s.assign(s.people)
		s.people.groups = slices.DeleteFunc(s.people.groups, func(g *group) bool { return slices.Contains(s.Deleted, g.ID) })
	}
	return s.people
}

// event is one change of the state: a line of the log. The property that Kind names is set.
type event struct {
	Kind           string         `json:"kind"`
	At             time.Time      `json:"at"`
	User           string         `json:"user,omitempty"` // object id
	Pass           *pass          `json:"pass,omitempty"`
	Method         *method        `json:"method,omitempty"`
	Policy         *policy        `json:"policy,omitempty"`
	Shows          *time.Time     `json:"shows,omitempty"` // of a policy that shows later
	Group          string         `json:"group,omitempty"` // object id
	Waiting        *waiting       `json:"waiting,omitempty"`
	Population     *population    `json:"population,omitempty"`
	Offset         *time.Duration `json:"offset,omitempty"`
	Generation     int            `json:"generation,omitempty"`
	Newcomer       *newcomer      `json:"newcomer,omitempty"`
	Member         *membership    `json:"member,omitempty"`
	Conditions     *conditions    `json:"conditions,omitempty"`
	Late           *lateCall      `json:"late,omitempty"`
	Authority      *authority     `json:"authority,omitempty"`
	Role           *roleChange    `json:"role,omitempty"`
	Delays         *delays        `json:"delays,omitempty"`
	Session        *sitting       `json:"session,omitempty"`
	Attempt        *attempt       `json:"attempt,omitempty"`
	AccessPolicies []accessPolicy `json:"accessPolicies,omitempty"`
	Audit          *audit         `json:"audit,omitempty"` // the entry of the audit log that it leaves
}

// The kinds of events.
const (
	logBegun         = "logBegun"    // the first of each log: says of which generation it is
	passCreated      = "passCreated" // takes the place of the one the user had
	passDeleted      = "passDeleted"
	passUsed         = "passUsed" // Pass as it is then
	methodRegistered = "methodRegistered"
	methodRemoved    = "methodRemoved"
	policyChanged    = "policyChanged"
	policyRead       = "policyRead" // while something waits for it
	actionWaits      = "actionWaits"
	groupDeleted     = "groupDeleted"
	clockMoved       = "clockMoved"
	populated        = "populated"
	tenantReset      = "tenantReset"

	userMade              = "userMade"
	memberAdded           = "memberAdded"
	conditionsChanged     = "conditionsChanged"
	callPutOff            = "callPutOff"
	callTakenUp           = "callTakenUp"
	authorityChanged      = "authorityChanged"
	roleChanged           = "roleChanged"
	delaysChanged         = "delaysChanged"
	sessionOpened         = "sessionOpened"
	sessionsRevoked       = "sessionsRevoked"
	signInNoted           = "signInNoted"
	accessPoliciesChanged = "accessPoliciesChanged"
)

func (s *state) apply(e event) error {
	s.remember(e)
	s.log(e)
	switch e.Kind {
	case logBegun:
	case passCreated:
		s.Passes[e.User] = *e.Pass
		s.Issued++
	case passUsed:
		s.Passes[e.User] = *e.Pass
	case passDeleted:
		delete(s.Passes, e.User)
	case methodRegistered:
		s.register(e.User, *e.Method)
	case methodRemoved:
		s.remove(e.User, e.Method.ID)
	case policyChanged:
		s.changePolicy(e)
	case policyRead:
		return s.countRead(e.At)
	case actionWaits:
		s.Waiting = e.Waiting
	case groupDeleted, userMade, memberAdded, roleChanged:
		s.applyToDirectory(e)
	case clockMoved, conditionsChanged, delaysChanged, authorityChanged:
		s.applySettings(e)
	case populated:
		s.Population, s.people = *e.Population, nil
	case tenantReset:
		fresh := newState()
		fresh.Generation, fresh.Population = s.Generation, s.Population
		*s = *fresh
	case callPutOff:
		s.Late = append(s.Late, *e.Late)
	case callTakenUp:
		s.takeUp(e.Late)
	case sessionOpened, sessionsRevoked, signInNoted, accessPoliciesChanged:
		s.applySignIns(e)
	default:
		return fmt.Errorf("the sandbox's log holds an event %q that this version does not know", e.Kind)
	}
	return nil
}

// applyToDirectory changes who and what is in the tenant.
func (s *state) applyToDirectory(e event) {
	switch e.Kind {
	case groupDeleted:
		s.Deleted = append(s.Deleted, e.Group)
	case userMade:
		s.Newcomers = append(s.Newcomers, *e.Newcomer)
	case memberAdded:
		s.Members = append(s.Members, *e.Member)
	case roleChanged:
		s.Roles = append(s.Roles, *e.Role)
	}
	s.people = nil
}

// applySettings changes how the tenant behaves.
func (s *state) applySettings(e event) {
	switch e.Kind {
	case clockMoved:
		s.Offset = *e.Offset
	case conditionsChanged:
		s.Conditions = *e.Conditions
	case delaysChanged:
		s.Delays = *e.Delays
	case authorityChanged:
		s.Authority = e.Authority
	}
}

// populate makes the population the one that was asked for; zeros keep what is there.
func (x *tx) populate(users int, seed int64) error {
	want := x.Population
	if users != 0 {
		want.Users = users
	}
	if seed != 0 {
		want.Seed = seed
	}
	if want == x.Population {
		return nil
	}
	return x.emit(event{Kind: populated, Population: &want})
}
