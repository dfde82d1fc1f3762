package main_test

import (
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// The layers of docs/project-layout.md. .golangci.yml holds the same rules, import by import, with their reasons.
const module = "github.com/seed-5ddf9a5e/tap/"

var (
	leaves  = []string{"pkg/secret", "pkg/errs", "pkg/terminal", "pkg/output", "pkg/when", "pkg/build", "pkg/runner", "pkg/workbook", "pkg/permission"}
	rules   = []string{"pkg/person", "pkg/denial", "pkg/policy", "pkg/pass", "pkg/onboarding", "pkg/roster", "pkg/rollout/journal", "pkg/rollout/journal/memfs", "pkg/rollout/result", "pkg/rollout", "pkg/record", "pkg/audit", "pkg/deliver", "pkg/doctor"} // downwards: each may import those before it
	outside = []string{"pkg/graph", "pkg/auth", "pkg/keyvault", "pkg/reach"}

	// homes are the only packages that may import what begins with the key; a home that ends in / holds all below it.
	homes = map[string][]string{
		"github.com/spf13/cobra/doc":                       {"cmd/gen-docs"},
		"github.com/spf13/":                                {"pkg/cmd/", "cmd/gen-docs"},
		"github.com/microsoftgraph/":                       {"pkg/graph"},
		"github.com/microsoft/kiota":                       {"pkg/graph"},
		"github.com/Azure/azure-sdk-for-go/sdk/azidentity": {"pkg/auth"},
		"github.com/AzureAD/":                              {"pkg/auth"},
		"github.com/Azure/azure-sdk-for-go/sdk/security/":  {"pkg/keyvault"},
		"github.com/pelletier/":                            {"pkg/auth"},
		"filippo.io/age":                                   {"pkg/rollout/result"},
		"golang.org/x/crypto/ssh":                          {"pkg/rollout/result"},
		"github.com/getkin/kin-openapi":                    {"pkg/graph/contract"},
		"github.com/rogpeppe/go-internal":                  nil, // nil: only tests
		"github.com/google/go-cmp":                         nil,
		"github.com/xuri/excelize":                         nil,
		"github.com/creack/pty":                            nil,
		"go.uber.org/goleak":                               nil,
		"pgregory.net/rapid":                               nil,
		"testing":                                          nil,
		module + "pkg/graph/contract":                      nil,
		module + "pkg/auth/entra":                          nil,
		"golang.org/x/crypto/pkcs12":                       {"pkg/auth"},
		"log/syslog":                                       {"pkg/cmd/root"},
		module + "pkg/rollout/journal/memfs":               nil,
		module + "pkg/keyvault/vaultbox":                   nil,
	}

	// barred is what a rule must not import, nor pkg/workbook, which has no place for a temporary file.
	barred = []string{"net/http", "os", "os/", "golang.org/x/term", module + "pkg/terminal", module + "pkg/output", module + "pkg/runner"}
)

// lent is what a rule may import all the same: the file system of a machine, in one file behind an interface, and the columns of a result.
var lent = map[string]string{"pkg/rollout/journal": "os", "pkg/rollout/result": module + "pkg/output"}

// layerFaults finds imports that the layers forbid, in a map of packages without their tests.
func layerFaults(imports map[string][]string) []string {
	var faults []string
	for _, path := range slices.Sorted(maps.Keys(imports)) {
		from := strings.TrimPrefix(path, module)
		if layer(from) == "" {
			faults = append(faults, from+" has no layer: give it one here and in .golangci.yml")
		}
		for _, to := range imports[path] {
			if ours, ok := strings.CutPrefix(to, module); ok && !mayImport(from, ours) || !atHome(from, to) {
				faults = append(faults, from+" must not import "+to)
			}
		}
	}
	return faults
}

func layer(p string) string {
	switch {
	case strings.HasPrefix(p, "cmd/"), strings.HasPrefix(p, "pkg/cmd/"):
		return "surface"
	case slices.Contains(outside, p):
		return "outside"
	case slices.Contains(rules, p):
		return "rules"
	case slices.Contains(leaves, p):
		return "leaves"
	case p == "pkg/sandbox", p == "pkg/graph/contract", p == "pkg/auth/entra", p == "pkg/keyvault/vaultbox":
		return "apart"
	}
	return ""
}

func mayImport(from, to string) bool {
	switch layer(from) {
	case "surface":
		return true
	case "outside":
		return layer(to) == "rules" || layer(to) == "leaves"
	case "rules":
		return layer(to) == "leaves" || slices.Contains(rules[:slices.Index(rules, from)], to)
	case "leaves":
		return layer(to) == "leaves"
	}
	return false
}

// atHome reports whether from may import to, as far as homes and barred know.
func atHome(from, to string) bool {
	if (layer(from) == "rules" || from == "pkg/workbook") && lent[from] != to && slices.ContainsFunc(barred, func(b string) bool { return to == b || strings.HasSuffix(b, "/") && strings.HasPrefix(to, b) }) {
		return false
	}
	longest := ""
	for begin := range homes {
		if strings.HasPrefix(to, begin) && len(begin) > len(longest) {
			longest = begin
		}
	}
	return longest == "" || slices.ContainsFunc(homes[longest], func(h string) bool {
		return from == h || strings.HasSuffix(h, "/") && strings.HasPrefix(from, h)
	})
}

func TestLayers(t *testing.T) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		imports := map[string][]string{}
		for _, line := range goList(t, system, "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...") {
			words := strings.Fields(line)
			imports[words[0]] = words[1:]
		}
		for _, fault := range layerFaults(imports) {
			t.Errorf("%s: %s", system, fault)
		}
	}
}

// Each line is an import that somebody could write by mistake.
func TestLayersBite(t *testing.T) {
	for _, planted := range []string{
		"pkg/secret pkg/pass", "pkg/permission pkg/person", "pkg/denial pkg/policy", "pkg/denial net/http", "pkg/when pkg/graph", "pkg/output pkg/cmd/cmdutil",
		"pkg/person pkg/pass", "pkg/policy pkg/graph", "pkg/pass pkg/cmd/pass", "pkg/pass pkg/sandbox",
		"pkg/pass pkg/onboarding", "pkg/onboarding pkg/rollout", "pkg/onboarding pkg/output", "pkg/pass net/http", "pkg/policy os", "pkg/person os/exec", "pkg/pass golang.org/x/term", "pkg/pass pkg/terminal", "pkg/pass pkg/output", "pkg/policy pkg/runner", "pkg/runner pkg/pass",
		"pkg/graph pkg/auth", "pkg/auth pkg/cmd/root", "pkg/graph pkg/sandbox", "pkg/graph pkg/graph/contract", "pkg/cmd/root pkg/graph/contract", "pkg/reach pkg/auth", "pkg/doctor pkg/reach", "pkg/doctor net/http",
		"pkg/sandbox pkg/errs", "pkg/graph/contract pkg/graph",
		"pkg/keyvault pkg/auth", "pkg/keyvault pkg/keyvault/vaultbox", "pkg/cmd/root pkg/keyvault/vaultbox", "pkg/keyvault/vaultbox pkg/rollout", "pkg/keyvault/vaultbox pkg/keyvault", "pkg/rollout pkg/keyvault",
		"pkg/cmd/root github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets", "pkg/keyvault/vaultbox github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets",
		"pkg/pass github.com/spf13/cobra", "pkg/when github.com/spf13/pflag", "cmd/tap github.com/spf13/cobra", "pkg/cmd/root github.com/spf13/cobra/doc",
		"pkg/cmd/pass github.com/microsoftgraph/msgraph-sdk-go/users", "pkg/auth github.com/microsoft/kiota-http-go", "pkg/graph/contract github.com/microsoft/kiota-http-go",
		"pkg/cmd/root github.com/Azure/azure-sdk-for-go/sdk/azidentity", "pkg/graph github.com/getkin/kin-openapi/openapi3", "pkg/cmd/pass github.com/google/go-cmp/cmp",
		"pkg/cmd/root github.com/pelletier/go-toml/v2", "pkg/sandbox testing", "pkg/util strings", "pkg/pass pkg/roster", "pkg/roster os",
		"pkg/rollout/result os", "pkg/rollout/result pkg/terminal", "pkg/rollout/result pkg/rollout", "pkg/rollout pkg/output", "pkg/workbook github.com/xuri/excelize/v2", "pkg/roster github.com/xuri/excelize/v2", "pkg/rollout/result github.com/xuri/excelize/v2", "pkg/workbook pkg/roster", "pkg/workbook os", "pkg/rollout filippo.io/age/agessh", "pkg/auth golang.org/x/crypto/ssh", "pkg/rollout/result golang.org/x/crypto/pkcs12", "pkg/auth pkg/auth/entra", "pkg/cmd/root pkg/auth/entra", "pkg/auth/entra pkg/auth", "pkg/auth/entra pkg/errs",
		"pkg/rollout os", "pkg/rollout/journal os/exec", "pkg/rollout/journal net/http", "pkg/rollout/journal pkg/rollout", "pkg/rollout pkg/rollout/journal/memfs", "pkg/rollout pkg/record", "pkg/record os", "pkg/record pkg/graph", "pkg/record log/syslog", "pkg/record pkg/audit", "pkg/audit net/http",
	} {
		from, to, _ := strings.Cut(planted, " ")
		if strings.HasPrefix(to, "pkg/") {
			to = module + to
		}
		if len(layerFaults(map[string][]string{module + from: {to}})) == 0 {
			t.Errorf("%s may import %s, and nobody minds", from, to)
		}
	}
	for _, fine := range []string{"pkg/pass pkg/person", "pkg/terminal pkg/secret", "pkg/graph pkg/pass", "pkg/cmd/root pkg/sandbox", "cmd/tap pkg/cmd/root", "pkg/roster pkg/pass", "pkg/roster pkg/workbook", "pkg/rollout/result pkg/workbook", "pkg/rollout/result pkg/output", "pkg/rollout pkg/rollout/result", "pkg/rollout pkg/rollout/journal", "pkg/rollout/journal os", "pkg/keyvault pkg/rollout", "pkg/cmd/root pkg/keyvault", "pkg/denial pkg/permission", "pkg/policy pkg/denial", "pkg/reach pkg/doctor", "pkg/graph pkg/doctor"} {
		from, to, _ := strings.Cut(fine, " ")
		if to != "os" {
			to = module + to
		}
		if faults := layerFaults(map[string][]string{module + from: {to}}); len(faults) > 0 {
			t.Errorf("%s: %v", fine, faults)
		}
	}
}

// What takes minutes to compile stays away from the tests of rules and leaves, and what tests need from the program.
func TestWhatIsCompiled(t *testing.T) {
	const sdk = "github.com/microsoftgraph/"
	present := func(rooms []string) (out []string) {
		for _, r := range rooms {
			if files, _ := filepath.Glob(filepath.Join("../..", r, "*.go")); len(files) > 0 {
				out = append(out, "./"+r)
			}
		}
		return out
	}
	closure := func(args ...string) string {
		return "\n" + strings.Join(goList(t, "", append([]string{"-deps"}, args...)...), "\n")
	}
	if strings.Contains(closure(append([]string{"-test"}, present(slices.Concat(rules, leaves))...)...), "\n"+sdk) {
		t.Errorf("the tests of the rules or leaves compile %s", sdk)
	}
	program := closure("./cmd/tap")
	if !strings.Contains(program, "\n"+sdk) {
		t.Errorf("tap does not seem to use %s: this test looks in the wrong place", sdk)
	}
	for begin, home := range homes {
		if (home == nil || begin == "github.com/getkin/kin-openapi" || begin == "github.com/spf13/cobra/doc") && strings.Contains(program, "\n"+begin) {
			t.Errorf("tap carries %s", begin)
		}
	}
}

// goList runs go list at the top of the module, for a system ("": this one).
func goList(t *testing.T, system string, args ...string) []string {
	t.Helper()
	for _, where := range []string{"cmd/*/*.go", "pkg/*/*.go", "pkg/*/*/*.go", "pkg/*/*/*/*.go"} {
		_, _ = filepath.Glob(filepath.Join("../..", where)) // go test sees what is looked at, and not what a child reads
	}
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if system != "" {
		cmd.Env = append(cmd.Env, "GOOS="+system)
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestPackageComments(t *testing.T) {
	for _, line := range goList(t, "", "-f", "{{.ImportPath}} {{.Name}} {{.Dir}}", "./...") {
		words := strings.SplitN(line, " ", 3)
		if fault := commentFault(words[1], filepath.Base(words[0]), packageComment(t, words[2])); fault != "" {
			t.Errorf("%s: %s", strings.TrimPrefix(words[0], module), fault)
		}
	}
}

func packageComment(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	comment := ""
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		comment += f.Doc.Text()
	}
	return comment
}

var sentenceEnd = regexp.MustCompile(`[\pL\d)"'/]{2,}[.!?](\s|$)`)

// commentFault says what is wrong with a package comment: it tells what the package is, then what it must not do.
func commentFault(name, base, comment string) string {
	begin := "Package " + name + " "
	if name == "main" {
		begin = "Command " + base + " "
	}
	switch {
	case !strings.HasPrefix(comment, begin):
		return "the package comment begins with " + begin
	case len(sentenceEnd.FindAllString(comment, -1)) < 2:
		return "the package comment has one sentence: say what the package is, then what it must not do"
	}
	return ""
}

func TestPackageCommentsBite(t *testing.T) {
	for comment, want := range map[string]string{
		"": "begins", "Rules of passes. They know no HTTP.": "begins", "Package passes has rules. It knows no HTTP.": "begins",
		"Package pass has rules.": "one sentence", "Package pass has rules, e.g. of states. ": "one sentence",
		"Package pass has rules. It must know no HTTP.": "",
	} {
		if got := commentFault("pass", "pass", comment); got == "" != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q", comment, got)
		}
	}
	if got := commentFault("main", "tap", "Command tap manages passes. It holds one call."); got != "" {
		t.Error(got)
	}
}

// tree is the command tree of tap, without a world around it.
func tree() *cobra.Command {
	return root.NewCmd(&root.Process{
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard},
		Getenv:  func(string) string { return "" },
	})
}

// commands are c and all commands below it.
func commands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, commands(sub)...)
	}
	return all
}

func TestHelp(t *testing.T) {
	all := commands(tree())
	if len(all) < 5 {
		t.Fatalf("the tree has %d commands", len(all))
	}
	for _, c := range all {
		for _, fault := range helpFaults(c) {
			t.Errorf("%s: %s", c.CommandPath(), fault)
		}
	}
}

// helpFaults says what is wrong with the help of one command.
func helpFaults(c *cobra.Command) (faults []string) {
	switch first, _ := utf8.DecodeRuneInString(c.Short); {
	case !unicode.IsUpper(first):
		faults = append(faults, "Short begins with a capital")
	case strings.HasSuffix(c.Short, "."):
		faults = append(faults, "Short has no full stop")
	}
	if c.Runnable() && !c.HasSubCommands() && strings.TrimSpace(c.Example) == "" {
		faults = append(faults, "a command shows an Example")
	}
	see := func(f *pflag.Flag) {
		if f.Usage == "" || strings.HasSuffix(f.Usage, ".") {
			faults = append(faults, "--"+f.Name+" says in some words what it does, without a full stop")
		}
	}
	c.LocalNonPersistentFlags().VisitAll(see)
	c.PersistentFlags().VisitAll(see)
	return faults
}

func TestHelpBites(t *testing.T) {
	good := func() *cobra.Command {
		return &cobra.Command{Use: "create", Short: "Create a pass", Example: "  tap create", Run: func(*cobra.Command, []string) {}}
	}
	for want, spoil := range map[string]func(*cobra.Command){
		"":                            func(*cobra.Command) {},
		"Short begins with a capital": func(c *cobra.Command) { c.Short = "create a pass" },
		"Short has no full stop":      func(c *cobra.Command) { c.Short = "Create a pass." },
		"a command shows an Example":  func(c *cobra.Command) { c.Example = "\n" },
		"--start says":                func(c *cobra.Command) { c.Flags().String("start", "", "") },
		"--until says":                func(c *cobra.Command) { c.PersistentFlags().String("until", "", "The end.") },
	} {
		c := good()
		spoil(c)
		if got := strings.Join(helpFaults(c), "; "); got == "" != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%q: %q", want, got)
		}
	}
}

// What only says what tap is reads no file and opens no socket.
func TestFirstWordsTouchNothing(t *testing.T) {
	need(t, "strace")
	for _, line := range []string{"version", "--help", "create --help", "completion bash"} {
		log := filepath.Join(t.TempDir(), "trace")
		cmd := exec.Command("strace", append([]string{"-f", "-e", "trace=%file,%network", "-o", log, "tap"}, strings.Fields(line)...)...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
		trace, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(trace), "execve(") {
			t.Fatalf("%s traced nothing:\n%s", cmd, trace)
		}
		for _, fault := range traceFaults(string(trace)) {
			t.Errorf("tap %s: %s", line, fault)
		}
	}
}

// need skips a test where a program is missing, but not on the machine that judges.
func need(t *testing.T, program string) {
	t.Helper()
	switch _, err := exec.LookPath(program); {
	case runtime.GOOS == "windows":
		t.Skip("runs on Linux and macOS")
	case err == nil:
	case os.Getenv("CI") == "true" && runtime.GOOS == "linux":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

var (
	tracedCall = regexp.MustCompile(`^(?:\d+\s+)?(\w+)\((.*)`)
	tracedPath = regexp.MustCompile(`"([^"]*)"`)
	// The Go runtime and the dynamic linker; no path: a file that is open already.
	runtimeFile = regexp.MustCompile(`^(|/sys/kernel/mm/transparent_hugepage/hpage_pmd_size|/sys/fs/cgroup/.*|/proc/self/.*|/proc/sys/kernel/.*|/sys/devices/system/cpu/.*|/etc/ld\.so\..*|(/usr)?/lib.*\.so.*)$`)
)

// traceFaults finds, in what strace wrote, sockets and files that are not the runtime's.
func traceFaults(trace string) (faults []string) {
	for line := range strings.Lines(trace) {
		m := tracedCall.FindStringSubmatch(line)
		if m == nil || m[1] == "execve" {
			continue
		}
		path := tracedPath.FindStringSubmatch(m[2])
		if path == nil || !runtimeFile.MatchString(path[1]) {
			faults = append(faults, strings.TrimSpace(line))
		}
	}
	return faults
}

func TestTraceBites(t *testing.T) {
	for line, want := range map[string]bool{
		`12 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3`:                            true,
		`12 connect(3, {sa_family=AF_UNIX, sun_path="/run/nscd"}, 110) = -1 ENOENT`:               true,
		`12 openat(AT_FDCWD, "/root/.config/tap/config.toml", O_RDONLY|O_CLOEXEC) = -1 ENOENT`:    true,
		`12 newfstatat(AT_FDCWD, "/etc/localtime", 0x0, 0) = 0`:                                   true,
		`12 readlinkat(AT_FDCWD, "/proc/self/exe", "/tap", 128) = 4`:                              false,
		`12 openat(AT_FDCWD, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", O_RDONLY) = 3`: false,
		`12 execve("/usr/local/bin/tap", ["tap", "version"], 0x7ffd) = 0`:                         false,
		`12 newfstatat(3, "", {st_mode=S_IFREG|0644, st_size=33519}, AT_EMPTY_PATH) = 0`:          false,
		`12 --- SIGURG {si_signo=SIGURG, si_code=SI_TKILL} ---`:                                   false,
	} {
		if got := len(traceFaults(line)) > 0; got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}
