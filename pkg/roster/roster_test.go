package roster_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/roster"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

const (
	adaID  = "0f2c1b7e-5a0d-4c52-8f7e-2f3b6a7c9d10"
	fineID = "1a2c1b7e-5a0d-4c52-8f7e-2f3b6a7c9d11"
)

// shown is a roster in words, one row a line.
func shown(r *roster.Roster) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q\n", r.Columns)
	for _, row := range r.Rows {
		fmt.Fprintf(&b, "%d %s", row.Line, row.Who)
		for _, w := range row.Also {
			fmt.Fprintf(&b, " = %s", w)
		}
		for _, v := range []string{row.Start.String(), row.End.String(), row.Lifetime.String()} {
			fmt.Fprintf(&b, " [%s]", v)
		}
		if row.OneTime != nil {
			fmt.Fprintf(&b, " one-time=%v", *row.OneTime)
		}
		if row.Zone != nil {
			fmt.Fprintf(&b, " %s", row.Zone)
		}
		fmt.Fprintf(&b, " %q\n", row.Carried)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"one column":   {"user\nada@contoso.com\n", "[]\n2 ada@contoso.com [] [] [] []\n"},
		"no last line": {"UPN\nada@contoso.com", "[]\n2 ada@contoso.com [] [] [] []\n"},
		"everything": {
			"Name,userPrincipalName, START ,end,timezone,lifetime,OneTime,Desk\n" +
				"Ada, ada@contoso.com ,2026-12-01 08:00,,Europe/Helsinki,8h,yes, a \n" +
				"Bo,bo@contoso.com,,+2h,,,0,\n",
			`["Name" "Desk"]` + "\n" +
				`2 ada@contoso.com [2026-12-01 08:00] [] [8h] one-time=true Europe/Helsinki ["Ada" " a "]` + "\n" +
				`3 bo@contoso.com [] [+2h] [] one-time=false ["Bo" ""]` + "\n",
		},
		"every kind of name": {
			"employeeId;mail;upn;objectId\n0042;;;\n;ada.l@contoso.com;;\n7;b@c.de;bo@contoso.com;" + strings.ToUpper(adaID) + "\n",
			"[]\n2 employeeId 0042 [] [] [] []\n3 mail ada.l@contoso.com [] [] [] []\n" +
				"4 " + adaID + " = bo@contoso.com = mail b@c.de = employeeId 7 [] [] [] []\n",
		},
		"an object id in both columns": {
			"user,objectId\n" + adaID + "," + strings.ToUpper(adaID) + "\n", "[]\n2 " + adaID + " [] [] [] []\n",
		},
		"a user by object id": {"user\n" + adaID + "\n", "[]\n2 " + adaID + " [] [] [] []\n"},
		"mail and user alike are two names": {
			"user,mail\na@b.de,c@b.de\nc@b.de,a@b.de\n", "[]\n2 a@b.de = mail c@b.de [] [] [] []\n3 c@b.de = mail a@b.de [] [] [] []\n",
		},
		"empty rows count":     {"\n,\nuser,x\n\n , \na@b.de,1\n\n,,,\nb@b.de,2\n", `["x"]` + "\n6 a@b.de [] [] [] [\"1\"]\n9 b@b.de [] [] [] [\"2\"]\n"},
		"lines inside cells":   {"x,user\n\"1\n2\r\n3\",a@b.de\n4,b@b.de\n", `["x"]` + "\n2 a@b.de [] [] [] [\"1\\n2\\n3\"]\n3 b@b.de [] [] [] [\"4\"]\n"},
		"CR LF":                {"user\ta\r\na@b.de\t1\r\n", `["a"]` + "\n2 a@b.de [] [] [] [\"1\"]\n"},
		"short and long rows":  {"user,a,b,,\na@b.de\nb@b.de,1,2,,,\n", `["a" "b"]` + "\n2 a@b.de [] [] [] [\"\" \"\"]\n3 b@b.de [] [] [] [\"1\" \"2\"]\n"},
		"separator in quotes":  {"\"a,b,c,d\";user\n1;a@b.de\n", `["a,b,c,d"]` + "\n2 a@b.de [] [] [] [\"1\"]\n"},
		"separator by meaning": {"a, b, c;user;x\n1;a@b.de;2\n", `["a, b, c" "x"]` + "\n2 a@b.de [] [] [] [\"1\" \"2\"]\n"},
		"a time with offset":   {"user,start\na@b.de,2026-12-01T08:00:00+02:00\n", "[]\n2 a@b.de [2026-12-01T08:00:00+02:00] [] [] []\n"},
		"bounds of a lifetime": {"user,lifetime\na@b.de,10m\nb@b.de,30d\n", "[]\n2 a@b.de [] [] [10m] []\n3 b@b.de [] [] [30d] []\n"},
		"one-time words":       {"user,oneTime\na@b.de,TRUE\nb@b.de,No\nc@b.de,1\nd@b.de,false\ne@b.de, \n", "[]\n2 a@b.de [] [] [] one-time=true []\n3 b@b.de [] [] [] one-time=false []\n4 c@b.de [] [] [] one-time=true []\n5 d@b.de [] [] [] one-time=false []\n6 e@b.de [] [] [] []\n"},
		"UTF-8 with BOM":       {"\xEF\xBB\xBFuser,ä\na@b.de,ö\n", `["ä"]` + "\n2 a@b.de [] [] [] [\"ö\"]\n"},
		"UTF-16 LE":            {utf16Text("user;ä😀\na@b.de;ö\n", false), `["ä😀"]` + "\n2 a@b.de [] [] [] [\"ö\"]\n"},
		"UTF-16 BE":            {utf16Text("user\tä😀\na@b.de\tö\n", true), `["ä😀"]` + "\n2 a@b.de [] [] [] [\"ö\"]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := roster.Read("new-hires.csv", iotest.OneByteReader(strings.NewReader(c.file)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, shown(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// checkFaults fails unless err is a usage error with this text and Faults in its chain.
func checkFaults(t *testing.T, err error, want string) {
	t.Helper()
	var e *errs.Error
	var f *roster.Faults
	if !errors.As(err, &e) || e.Slug != errs.UsageFault || !errors.As(err, &f) || len(f.All) == 0 {
		t.Fatalf("got %v, want a usage error with faults", err)
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

const timeForms = `write 2026-12-01T08:00:00Z, "2026-12-01 08:00", "monday 08:00", +2h or now`

func TestFaults(t *testing.T) {
	const who = "user (or upn, userPrincipalName), objectId, mail, employeeId"
	long := strings.Repeat("x", 300)
	for file, want := range map[string]string{
		"":                          "1 fault\nit is empty: the first row names the columns, one of them " + who,
		"\n , \n\n":                 "1 fault\nit is empty: the first row names the columns, one of them " + who,
		"user,start\n\n":            "1 fault\nit has a header and no rows",
		"name,start\na@b.de,now\n":  "1 fault\nrow 1: no column says who: name one " + who,
		"\na@b.de,now\nb@b.de,now":  "1 fault\nrow 2: there is no header: the first row names the columns, and here it holds \"a@b.de\"",
		"user,a,A \na@b.de":         "1 fault\nrow 1, A: the column is there twice",
		"user,UPN\na@b.de":          "1 fault\nrow 1, UPN: the column says the same as user: keep one of them",
		"start,user,Start\n,a@b.de": "1 fault\nrow 1, Start: the column is there twice",
		"user,,a\na@b.de,1,2":       "1 fault\nrow 1: column 2 has no name",
		"user" + strings.Repeat(",a", 256) + "\na@b.de": "1 fault\nrow 1: it has more than 256 columns",
		"user,a\na@b.de,1,2\n":                          "1 fault\nrow 2: it has 3 cells, the header 2: put a cell that holds the separator in quotes",
		"user,a\n,1\n":                                  "1 fault\nrow 2, user: is empty",
		"User,mail,a\n,,1\n":                            "1 fault\nrow 2: names nobody: User, mail are empty",
		"user\n../me\n":                                 "1 fault\nrow 2, user: \"../me\" is neither an object id nor a user principal name such as user@contoso.com",
		"user\na@b@c.de\n":                              "1 fault\nrow 2, user: \"a@b@c.de\" is neither an object id nor a user principal name such as user@contoso.com",
		"user\na b@b.de\n":                              "1 fault\nrow 2, user: \"a b@b.de\" is not a user principal name: before the @ stand letters, digits and '.-_!#^~",
		"user\n" + long + "\n":                          "1 fault\nrow 2, user: \"" + long[:60] + "\"… is too long",
		"user\n" + long[:90] + "\n":                     "1 fault\nrow 2, user: \"" + long[:60] + "\"… is neither an object id nor a user principal name such as user@contoso.com",
		"objectId\na@b.de\n":                            "1 fault\nrow 2, objectId: \"a@b.de\" is not an object id",
		"objectId,user\n" + adaID + ",x\n":              "1 fault\nrow 2, user: \"x\" is neither an object id nor a user principal name such as user@contoso.com",
		"mail\na\n":                                     "1 fault\nrow 2, mail: \"a\" is not a mail address such as user@contoso.com",
		"mail\na b@c\n":                                 "1 fault\nrow 2, mail: \"a b@c\" is not a mail address such as user@contoso.com",
		"employeeId\n#N/A\n":                            "1 fault\nrow 2, employeeId: \"#N/A\" is the error of a formula",
		"employeeId\n12345678901234567\n":               "1 fault\nrow 2, employeeId: \"12345678901234567\" is not an employee id: they have at most 16 characters",
		"employeeId\n1\u200b2\n":                        "1 fault\nrow 2, employeeId: \"1\\u200b2\" is not an employee id: it holds a character that cannot be seen",
		"user,start\na@b.de,1.12.2026\n":                "1 fault\nrow 2, start: \"1.12.2026\" is not a time: " + timeForms,
		"user,end\na@b.de,2026-12-01\n":                 "1 fault\nrow 2, end: \"2026-12-01\" is not a time: " + timeForms,
		"user,timeZone\na@b.de,europe/helsinki\n":       "1 fault\nrow 2, timeZone: \"europe/helsinki\" is not a time zone: did you mean Europe/Helsinki",
		"user,start,timeZone\na@b.de,2026-03-29 03:30,Europe/Helsinki\n": "1 fault\nrow 2, start: \"2026-03-29 03:30\" does not exist in Europe/Helsinki, where clocks are set forward: " +
			"the nearest times are 2026-03-29T02:59:00+02:00 and 2026-03-29T04:00:00+03:00",
		"user,lifetime\na@b.de,8 h\n":                                 "1 fault\nrow 2, lifetime: \"8 h\" is not a duration: write 90m, 8h, 3d, 1h30m, PT8H or 480 (minutes)",
		"user,lifetime\na@b.de,9m\n":                                  "1 fault\nrow 2, lifetime: a lifetime of 9m is outside of what Microsoft Graph knows, 10 minutes to 30 days",
		"user,lifetime\na@b.de,43201\n":                               "1 fault\nrow 2, lifetime: a lifetime of 30d 1m is outside of what Microsoft Graph knows, 10 minutes to 30 days",
		"user,end,Lifetime\na@b.de,+2h,8h\n":                          "1 fault\nrow 2, Lifetime: end and Lifetime both say when the pass ends: give one of them",
		"user,oneTime\na@b.de,ja\n":                                   "1 fault\nrow 2, oneTime: \"ja\" is not true, false, yes, no, 1 or 0",
		"user\na@b.de\n\nA@B.de\na@b.DE\n":                            "2 faults\nrow 4, user: \"A@B.de\" is in row 2 already\nrow 5, user: \"a@b.DE\" is in row 2 already",
		"objectId,upn\n" + adaID + ",a@b.de\n" + fineID + ",A@b.de\n": "1 fault\nrow 3, upn: \"A@b.de\" is in row 2 already",
		"user,a\na@b.de,1\x002\n":                                     "1 fault\nrow 2, a: holds a NUL character: save the file as CSV UTF-8",
		"user,a\na@b.de,M\xfcller\nx,\n":                              "2 faults\nrow 2, a: is not UTF-8: save the file as CSV UTF-8\nrow 3, user: \"x\" is neither an object id nor a user principal name such as user@contoso.com",
		"us\x00er\na@b.de\n":                                          "1 fault\nrow 1: column 1 holds a NUL character: save the file as CSV UTF-8",
		utf16Text("user,a\na@b.de,1", false) + "\x00\xD8\x00":         "1 fault\nrow 2, a: is not UTF-8: save the file as CSV UTF-8",
		utf16Text("user,a\na@b.de,1", false) + "\x00\xD82\x00":        "1 fault\nrow 2, a: is not UTF-8: save the file as CSV UTF-8",
		utf16Text("user,a\na@b.de,1", true) + "x":                     "1 fault\nrow 2, a: is not UTF-8: save the file as CSV UTF-8",
		"user\ra@b.de\rb@b.de\r":                                      "1 fault\nits lines end in CR alone: save it as CSV UTF-8",
		"user,a\na@b.de,5\" wide\nx,\n":                               "2 faults\nrow 2: a quotation mark stands where none can: put the cell in quotes, double those inside it, and close it\nrow 3, user: \"x\" is neither an object id nor a user principal name such as user@contoso.com",
		"user,a\na@b.de,\"1\n2\"3\nx,\n":                              "2 faults\nrow 2: a quotation mark stands where none can: put the cell in quotes, double those inside it, and close it\nrow 3, user: \"x\" is neither an object id nor a user principal name such as user@contoso.com",
		"user,a\na@b.de,\"1\n2\n3\n":                                  "1 fault\nrow 2: a quotation mark stands where none can: put the cell in quotes, double those inside it, and close it",
		"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1x":                           "1 fault\nit is an .xls workbook, or one with a password: save it as .xlsx without a password, or as CSV UTF-8",
		"a,b\nuser,start,lifetime,oneTime":                            "1 fault\nrow 1: no column says who: name one " + who,
		"user,start,lifetime,oneTime,user\nx,y,z,q\n": "5 faults\nrow 1, user: the column is there twice\n" +
			"row 2, user: \"x\" is neither an object id nor a user principal name such as user@contoso.com\n" +
			"row 2, start: \"y\" is not a time: " + timeForms + "\n" +
			"row 2, lifetime: \"z\" is not a duration: write 90m, 8h, 3d, 1h30m, PT8H or 480 (minutes)\n" +
			"row 2, oneTime: \"q\" is not true, false, yes, no, 1 or 0",
	} {
		_, err := roster.Read("new-hires.csv", strings.NewReader(file))
		t.Run(want, func(t *testing.T) { checkFaults(t, err, "new-hires.csv: "+want) })
	}
}

// TestEncrypted: what age wrote, in bytes and in letters, is told from a text without a header, under any name.
func TestEncrypted(t *testing.T) {
	for _, file := range []string{"age-encryption.org/v1\n-> X25519 a\n", "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n"} {
		for _, name := range []string{"o.csv.age", "o.xlsx", "-"} {
			if _, err := roster.Read(name, strings.NewReader(file)); !errors.Is(err, roster.ErrEncrypted) || errs.Of(err).Slug != errs.UsageFault {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := roster.Read("-", strings.NewReader("age-group,user\nold,a@b.de\n")); err != nil {
		t.Error(err)
	}
}

// All faults are kept, the text lists 20 of them.
func TestManyFaults(t *testing.T) {
	file := "user,timeZone\n"
	for i := range 150 {
		file += fmt.Sprintf("a%d@b.de,Nowhere/N%d\n", i, i)
	}
	_, err := roster.Read("-", strings.NewReader(file))
	var f *roster.Faults
	if !errors.As(err, &f) || len(f.All) != 150 {
		t.Fatalf("got %v", err)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 22 || lines[0] != "standard input: 150 faults" || lines[21] != "and 130 more" {
		t.Errorf("got %d lines:\n%v", len(lines), err)
	}
	want := roster.Fault{Line: 102, Column: "timeZone", Text: `"Nowhere/N100" was not looked up: 100 others are not time zones`}
	if f.All[100] != want {
		t.Errorf("got %v", f.All[100])
	}
	if got := (roster.Fault{Line: 3, Column: "a: \x1b[31m", Text: "is empty"}).String(); got != `row 3, "a: \x1b[31m": is empty` {
		t.Error(got)
	}
}

func TestLimits(t *testing.T) {
	rows := func(n int) io.Reader {
		var b strings.Builder
		b.WriteString("user\n")
		for i := range n {
			fmt.Fprintf(&b, "u%d@contoso.com\n", i)
		}
		return strings.NewReader(b.String())
	}
	if r, err := roster.Read("a.csv", rows(roster.MostRows)); err != nil || len(r.Rows) != roster.MostRows {
		t.Error(err)
	}
	_, err := roster.Read("a.csv", rows(roster.MostRows+1))
	checkFaults(t, err, "a.csv: 1 fault\nrow 100002: it has more than 100000 rows: split it")
	_, err = roster.Read("a.csv", io.MultiReader(strings.NewReader("user,x\na@b.de,\""), endless{}))
	checkFaults(t, err, "a.csv: 1 fault\nit is larger than 64 MiB: split it")
	tooMuch := io.LimitReader(endless{}, roster.LargestFile) // that there is too much is said also after a fault of the same row
	_, err = roster.Read("a.csv", io.MultiReader(strings.NewReader("user,x\na@b.de,\"\"x"), tooMuch, strings.NewReader("\nb@b.de,\n")))
	checkFaults(t, err, "a.csv: 2 faults\nrow 2: a quotation mark stands where none can: put the cell in quotes, double those inside it, and close it\nit is larger than 64 MiB: split it")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestReaderFails(t *testing.T) {
	for _, begin := range []string{"", "user\na@b.de\n", "PK\x03\x04", "\xFF\xFEu\x00"} {
		_, err := roster.Read("a.csv", io.MultiReader(strings.NewReader(begin), iotest.ErrReader(errors.New("the disk is gone"))))
		var e *errs.Error
		if !errors.As(err, &e) || e.Slug != errs.LocalFault || err.Error() != "reading the roster: a.csv: the disk is gone" {
			t.Errorf("%q: got %v", begin, err)
		}
	}
}

func TestFromUsers(t *testing.T) {
	r, err := roster.FromUsers([]string{"ada@contoso.com", strings.ToUpper(adaID), "ADA@contoso.com"})
	if err != nil || shown(r) != "[]\n1 ada@contoso.com [] [] [] []\n2 "+adaID+" [] [] [] []\n" {
		t.Errorf("got %v, %v", r, err)
	}
	_, err = roster.FromUsers([]string{"ada@contoso.com", "me", ""})
	checkFaults(t, err, "2 faults\nuser 2: \"me\" is neither an object id nor a user principal name such as user@contoso.com\nuser 3: no user was given: name one by user principal name or object id")
	_, err = roster.FromUsers(nil)
	checkFaults(t, err, "1 fault\nno user was named")
	many := make([]string, roster.MostRows+1)
	for i := range many {
		many[i] = fmt.Sprintf("u%d@contoso.com", i)
	}
	_, err = roster.FromUsers(many)
	checkFaults(t, err, "1 fault\nmore than 100000 users: take them in parts")
}

func TestWish(t *testing.T) {
	yes := true
	at := func(s string) when.Time { v, _ := when.ParseTime(s); return v }
	for8h, _ := when.ParseDuration("8h")
	for1h, _ := when.ParseDuration("1h")
	flags := pass.Wish{Start: at("now"), Lifetime: for8h, Zone: time.UTC}
	until := pass.Wish{Start: at("now"), Until: at("+2h")}
	zone := time.FixedZone("X", 3600)
	for name, c := range map[string]struct {
		row        roster.Row
		base, want pass.Wish
	}{
		"nothing":  {roster.Row{}, flags, flags},
		"start":    {roster.Row{Start: at("+1h")}, flags, pass.Wish{Start: at("+1h"), Lifetime: for8h, Zone: time.UTC}},
		"end":      {roster.Row{End: at("+3h")}, flags, pass.Wish{Start: at("now"), Until: at("+3h"), Zone: time.UTC}},
		"lifetime": {roster.Row{Lifetime: for1h}, until, pass.Wish{Start: at("now"), Lifetime: for1h}},
		"one-time": {roster.Row{OneTime: &yes}, until, pass.Wish{Start: at("now"), Until: at("+2h"), OneTime: &yes}},
		"zone":     {roster.Row{Zone: zone}, flags, pass.Wish{Start: at("now"), Lifetime: for8h, Zone: zone}},
	} {
		if got := c.row.Wish(c.base); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
