package rollout

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/result"
)

// Users are the flags that name many users.
type Users struct{ File, Group string }

// Register declares them.
func (u *Users) Register(f *pflag.FlagSet) {
	f.StringVarP(&u.File, "file", "f", "", "the users of a roster, CSV or XLSX, - for stdin")
	f.StringVar(&u.Group, "group", "", "the users of a group, by name or object id")
}

// Many reports whether a roster or a group was named.
func (u *Users) Many() bool { return u.File != "" || u.Group != "" }

// Alone finds that users were named in two ways.
func (u *Users) Alone(users []string, help string) error {
	switch {
	case u.File != "" && u.Group != "":
		return errs.Usage("--file and --group both name the users: give one of them", help)
	case u.Many() && len(users) > 0:
		return errs.Usage("users were named as arguments and by --file or --group: name them in one way", help)
	}
	return nil
}

// Flags are what `tap create` takes for many users beside what it takes for one.
type Flags struct {
	Users
	Out            string
	Keyvault       string
	Recipients     []string
	RecipientsFile string
	Journal        string
	Restart        bool
	Rate           rollout.Rate
	Concurrency    int
	MaxFailures    int
	Expect, Limit  int
	Verify         bool
	Progress       progressKind
}

// NewUsersWait is how long a run waits for users whom the service does not know yet, unless --wait says otherwise.
const NewUsersWait = time.Minute

// Register declares the flags.
func (fl *Flags) Register(f *pflag.FlagSet) {
	fl.Users.Register(f)
	fl.register(f)
	f.BoolVar(&fl.Restart, "restart", false, "of many: begin anew, whatever an earlier run has done")
	f.IntVar(&fl.Expect, "expect", 0, "of many: how many users there have to be")
	f.IntVar(&fl.Limit, "limit", 0, "of many: only the first so many")
}

// register declares the flags that a run takes each time that it is worked on.
func (fl *Flags) register(f *pflag.FlagSet) {
	f.StringVar(&fl.Out, "out", "", "of many: the file for the result, .csv, .json or .xlsx, with .age encrypted; - for stdout")
	f.StringVar(&fl.Keyvault, "keyvault", "", "of many: the Azure Key Vault for the passes, https://NAME.vault.azure.net")
	f.StringSliceVar(&fl.Recipients, "recipient", nil, "of many: an age or SSH public key that can open the result")
	f.StringVar(&fl.RecipientsFile, "recipients-file", "", "of many: a file of such keys, one a line")
	f.StringVar(&fl.Journal, "journal", "", "of many: the folder for the run's journal; default: the state folder")
	f.Var(&fl.Rate, "rate", "of many: how fast")
	f.IntVar(&fl.Concurrency, "concurrency", 8, "of many: batches under way at once")
	f.IntVar(&fl.MaxFailures, "max-failures", 0, "of many: end the run after so many failures; 0: never")
	f.BoolVar(&fl.Verify, "verify", false, "of many: read all passes once more at the end")
	f.Var(&fl.Progress, "progress", "of many: how progress is told")
}

// ofMany are the flags that make sense for a roster or a group alone.
func ofMany() []string {
	return []string{"out", "keyvault", "recipient", "recipients-file", "journal", "restart", "rate", "concurrency", "max-failures", "expect", "limit", "verify", "progress"}
}

// Validate finds what contradicts itself. changed tells which flags were given.
func (fl *Flags) Validate(changed func(string) bool, dryRun bool) error {
	if !fl.Many() {
		for _, name := range ofMany() {
			if changed(name) {
				return errs.Usage("--"+name+" is for many users: name them with --file or --group", "--file new-hires.csv")
			}
		}
		return nil
	}
	if err := fl.limits(); err != nil {
		return err
	}
	switch {
	case fl.Expect < 0 || fl.Limit < 0:
		return errs.Usage("--expect and --limit are not negative", "tap create --help")
	case !dryRun && fl.Out == "" && fl.Keyvault == "":
		return errs.Usage("many passes need a place: a file, - for stdout, or a vault", "--out passes.csv.age --recipient age1…", "--out passes.csv", "--keyvault https://NAME.vault.azure.net")
	}
	return fl.checkOut()
}

// limits finds numbers that make no sense each time that a run is worked on.
func (fl *Flags) limits() error {
	switch {
	case fl.Concurrency < 1 || fl.Concurrency > 64:
		return errs.Usage("--concurrency lies between 1 and 64", "--concurrency 8")
	case fl.MaxFailures < 0:
		return errs.Usage("--max-failures is not negative", "--max-failures 0")
	}
	return nil
}

// checkOut holds the file's name against the recipients: a file is encrypted if and only if its name says so.
func (fl *Flags) checkOut() error {
	recipients := len(fl.Recipients) > 0 || fl.RecipientsFile != ""
	if fl.Out == "-" || fl.Out == "" {
		if recipients {
			return errs.Usage("--recipient is for a file whose name ends in .age, not for stdout or a vault", "--out passes.csv.age")
		}
		return nil
	}
	_, encrypted, err := result.FormatOf(fl.Out)
	switch {
	case err != nil:
		return err
	case encrypted && !recipients:
		return errs.Usage("a file whose name ends in .age is encrypted, and nobody is named who could open it", "--recipient age1…")
	case !encrypted && recipients:
		return errs.Usage("--recipient encrypts, and the file's name does not end in .age", "--out "+fl.Out+".age")
	}
	return nil
}
