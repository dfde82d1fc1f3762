package root_test

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// plenty is more room than any run takes, in bytes.
const plenty = 1 << 30

// TestRunsSurviveAFullDisk: the disk is full after n bytes, for two n or more in each write of a run. The run says so and how to go on; with room
// again the same command, or the line that was told, ends the run as if nothing had been.
func TestRunsSurviveAFullDisk(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	met := map[string]int{}
	for n, run, whole := int64(0), 0, false; !whole && !t.Failed(); run++ {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, crashRows)
			s.files.Room(n)
			first := s.create("--if-exists", "replace")
			if whole = first.exit == 0; whole {
				return
			}
			path, b, fitted := s.files.Refused()
			phase := phaseOf(path, b)
			met[phase]++
			if fault := s.saysFull(first, phase, path); fault != "" {
				t.Errorf("%d bytes, %s: %s\n%s", n, phase, fault, last(first.stderr))
			}
			s.noPasscode(t)
			reported := map[string]string{}
			events(first.stderr, reported)
			s.files.Room(plenty)
			second := s.goOn(first, run%2 == 0)
			if second.exit != 0 {
				t.Errorf("%d bytes, %s: with room again: exit code %d\n%s", n, phase, second.exit, second.stderr)
			} else if err := s.judge(reported); err != nil {
				t.Errorf("%d bytes, %s: %v\nthe first:\n%s\nthe second:\n%s", n, phase, err, first.stderr, second.stderr)
			}
			switch half := (len(b) + 1) / 2; { // each write is met with no room for it, and with room for half
			case phase == "receipt" && met["complete"] < 2 && run < 500:
				n -= 60 // one run writes a little more or less than the next: the short line was stepped over
			case fitted < half:
				n += int64(half - fitted)
			default:
				n += int64(len(b) - fitted)
			}
		})
	}
	t.Logf("the disk was full during %v", met)
	for _, phase := range []string{"job", "key", "head", "intent", "outcome", "result", "complete", "receipt", "record", "recorded"} {
		if met[phase] < 2 {
			t.Errorf("it was full during the %s %d times", phase, met[phase])
		}
	}
}

// phaseOf says what a run was about to write.
func phaseOf(path string, b []byte) string {
	switch filepath.Base(path) {
	case ".job.json.tap-part":
		return "job"
	case ".passes.csv.tap-part":
		return "result"
	case ".receipt.tap-part":
		return "receipt"
	case "sandbox.jsonl":
		if bytes.Contains(b, []byte(`"phase":"intent"`)) {
			return "record"
		}
		return "recorded"
	case "journal":
		for _, phase := range []string{"head", "complete", "outcome", "intent"} {
			if bytes.Contains(b, []byte(`"`+phase)) {
				return phase
			}
		}
	}
	return filepath.Base(path)
}

// saysFull finds what is missing in what a run says that had no room: what, where, why, and, once a pass may have been made, the line that resumes.
func (s *site) saysFull(e ended, phase, path string) string {
	what := map[string]string{
		"job": "writing the run's job: ", "key": "beginning a run's journal: ", "head": "beginning a run's journal: ", "intent": "writing the run's journal: ",
		"outcome": "writing the run's journal: ", "result": "writing the result: /result/passes.csv: ", "complete": "writing the run's journal: ", "receipt": "writing: ",
		"record": "recording what is done: /state/tap/record: ", "recorded": "tap: warning: what was done could not be recorded in /state/tap/record: ",
	}[phase]
	id := filepath.Base(filepath.Dir(path))
	begun := !slices.Contains([]string{"job", "key", "head"}, phase)
	switch {
	case e.exit != 10:
		return fmt.Sprintf("exit code %d", e.exit)
	case what == "" || !strings.Contains(e.stderr, what):
		return "it is not said what"
	case phase != "result" && !strings.Contains(e.stderr, id):
		return "it is not said where"
	case !strings.Contains(e.stderr, "no space left on the device"):
		return "it is not said why"
	case begun && resumeLine(e) == nil:
		return "it is not said how to go on"
	}
	if held, err := s.held(); !begun && (err != nil || len(held) > 0) {
		return fmt.Sprintf("passes were made before there was a journal: %d, %v", len(held), err)
	}
	return ""
}

var resumes = regexp.MustCompile(`(?m)^tap: hint: tap (.*\brun resume .+)$`)

// resumeLine is the words of the line that resumes, as it was told.
func resumeLine(e ended) []string {
	m := resumes.FindStringSubmatch(e.stderr)
	if m == nil {
		return nil
	}
	return strings.Fields(m[1])
}

// goOn types the line that resumes, where one was told and it is to be typed, or the same command.
func (s *site) goOn(first ended, typed bool) ended {
	if line := resumeLine(first); typed && line != nil {
		return s.run(line...)
	}
	return s.create("--if-exists", "replace")
}
