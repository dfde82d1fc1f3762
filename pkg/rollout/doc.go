// Package rollout holds the rules of many passes: what becomes of each row of a roster, in which order the service is asked,
// how fast, and what a run that was cut off goes on with. It must not know HTTP, the SDK, a terminal or a
// clock of its own.
package rollout
