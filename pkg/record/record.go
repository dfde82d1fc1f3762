// Package record is the local record: what tap did on this machine, to whom, in whose name and why, kept in files of the state folder
// as lines of JSON. Each write has a line before its request is sent, the intent, and one after, the outcome. It must not know HTTP,
// Graph, a terminal or the clock, and never a passcode: none of its types has a place for one.
//
// The folder is 0700, its files 0600:
//
//	NAME.jsonl         the newest lines; each is one append, so that processes do not tear each other's
//	NAME-000001.jsonl  older ones, full; the lowest number is the oldest
//	NAME.lock          held by the process that begins a new file
//
// Why it is there, and what it is good for: docs/adr/0012-the-local-record.md.
package record

import (
	"sync"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// The names of records. A rehearsal in the sandbox has one of its own, so that it never pushes out what was done to a tenant.
const (
	Real      = "record"
	Rehearsal = "sandbox"
)

// Act is what was done.
type Act string

// The acts.
const (
	CreatePass   Act = "create"
	DeletePass   Act = "delete"
	ChangePolicy Act = "policy"
	DeleteMethod Act = "deleteMethod"
	EndSessions  Act = "endSessions"
	OpenResult   Act = "open" // an encrypted result, with a key
)

// Outcome is what became of it.
type Outcome string

// The outcomes. Gone is what was not there any more: a deletion is repeated until it is answered, so that a try whose answer was lost may have
// deleted it, or somebody else. Refused is what policy, state or a guard of tap forbade. Unknown is what was sent and never answered, or has no
// outcome in the record: the process died, or is still at work. Postponed was not carried out and is tried again, with lines of its own.
const (
	Created   Outcome = "created"
	Deleted   Outcome = "deleted"
	Changed   Outcome = "changed"
	Ended     Outcome = "ended"
	Opened    Outcome = "opened"
	Gone      Outcome = "gone"
	Refused   Outcome = "refused"
	Failed    Outcome = "failed"
	Unknown   Outcome = "unknown"
	Postponed Outcome = "postponed"
)

// Scene is the same for all that one command does.
type Scene struct {
	Profile         string   `json:"profile,omitempty"`
	TenantID        string   `json:"tenantId,omitempty"`
	Cloud           string   `json:"cloud,omitempty"` // "sandbox" for one
	Identity        Identity `json:"identity"`
	LocalUser       string   `json:"localUser,omitempty"` // who runs tap on this machine
	Command         string   `json:"command"`             // "create", "run resume": no argument
	Ticket          string   `json:"ticketNumber,omitempty"`
	Justification   string   `json:"justification,omitempty"` // what --reason says
	AllowPrivileged bool     `json:"allowPrivileged,omitempty"`
}

// Identity is who is signed in, as the token says it; zero where nobody is.
type Identity struct {
	Name string `json:"name,omitempty"`
	ID   string `json:"id,omitempty"`   // object id
	Kind string `json:"kind,omitempty"` // of the sign-in, "sandbox" for one
}

// Item is one user, policy or file of a line. What the outcome says is empty in an intent.
type Item struct {
	UserID            string      `json:"userId,omitempty"`
	UserPrincipalName string      `json:"userPrincipalName,omitempty"`
	PassID            string      `json:"passId,omitempty"`
	Method            string      `json:"method,omitempty"` // its type, as Graph names it
	MethodID          string      `json:"methodId,omitempty"`
	File              string      `json:"file,omitempty"`
	Changes           []string    `json:"changes,omitempty"` // of the policy, in words
	Outcome           Outcome     `json:"outcome,omitempty"`
	Slug              errs.Slug   `json:"slug,omitempty"`   // the class of the failure
	Reason            errs.Reason `json:"reason,omitempty"` // the rule behind a refusal
	Error             string      `json:"error,omitempty"`
	RequestID         string      `json:"requestId,omitempty"`
}

// line is one line of a file. The marker, with which each begins, stands nowhere else in one.
type line struct {
	Version int       `json:"v"`
	Time    time.Time `json:"time"` // UTC, by this machine's clock
	ID      string    `json:"id"`   // the same for an intent and its outcome
	Phase   string    `json:"phase"`
	Act     Act       `json:"act"`
	Scene
	Items []Item `json:"items"`
}

// The phases of a line. An event has neither intent nor outcome: it was over when it was written.
const (
	intent  = "intent"
	outcome = "outcome"
	event   = "event"
)

const (
	version = 1
	marker  = `{"v":1,`
)

// Store is where a record lies.
type Store struct {
	Files journal.FS
	Dir   string // "" where this machine has no state folder
	Name  string
}

// Log is a record to which one command adds. It is safe for concurrent use.
type Log struct {
	Store
	Scene
	Now func() time.Time
	// Also is sent each line, too, without its line feed. Nil: nobody.
	Also func(line []byte) error
	// Warn is told what could not be recorded of what is done already.
	Warn func(string)

	mu    sync.Mutex
	known sync.Map // person.Ref, as its Key is, to the person.Person that was read
}
