package root

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// TestUnusable: the folder is named once, and the first hint fits what is wrong with it.
func TestUnusable(t *testing.T) {
	t.Parallel()
	const without = "TAP_SANDBOX_DIR=$(mktemp -d) tap --sandbox create adele.vance@contoso.com"
	for _, c := range []struct {
		err   error
		why   string
		hints []string
	}{
		{&fs.PathError{Op: "mkdir", Path: "/d i", Err: syscall.EACCES}, "mkdir: permission denied", []string{"chmod -R u+rwX '/d i'", without}},
		{fmt.Errorf("looking for a served sandbox: %w", &fs.PathError{Op: "open", Path: "/d i/serve.json", Err: syscall.ENOTDIR}), "open serve.json: not a directory", []string{"mv '/d i' '/d i.old'", without}},
		{errors.New("opening the sandbox folder /d i: /d i/log.jsonl is corrupt"), "log.jsonl is corrupt", []string{"mv '/d i' '/d i.old'", without}},
		{fmt.Errorf("opening the sandbox folder /d i: %w", sandbox.ErrBusy), "another process holds the sandbox folder", []string{without}},
	} {
		e := errs.Of(unusable("/d i", c.err))
		if want := "opening the sandbox: /d i: " + c.why; e.Error() != want || !slices.Equal(e.Hints, c.hints) || e.Slug != errs.LocalFault {
			t.Errorf("%s, hints %q;\nwant %s, hints %q", e, e.Hints, want, c.hints)
		}
	}
	if unusable("/d i", nil) != nil {
		t.Error("nothing is wrong")
	}
}
