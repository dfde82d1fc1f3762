package when_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"pgregory.net/rapid"

	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

var (
	_ pflag.Value = (*when.Duration)(nil)
	_ pflag.Value = (*when.Time)(nil)
)

func TestParseDuration(t *testing.T) {
	for typed, want := range map[string]struct {
		minutes       int
		string, human string
	}{
		"90m":        {90, "1h30m", "1h 30m"},
		"8h":         {480, "8h", "8h"},
		"3d":         {4320, "3d", "3d"},
		"1h30m":      {90, "1h30m", "1h 30m"},
		"1d12h":      {2160, "1d12h", "1d 12h"},
		"1d1m":       {1441, "1d1m", "1d 1m"},
		"2d3h4m":     {3064, "2d3h4m", "2d 3h 4m"},
		"0d8h":       {480, "8h", "8h"},
		"08h":        {480, "8h", "8h"},
		"PT8H":       {480, "8h", "8h"},
		"P1D":        {1440, "1d", "1d"},
		"P1DT12H":    {2160, "1d12h", "1d 12h"},
		"PT90M":      {90, "1h30m", "1h 30m"},
		"PT1H30M":    {90, "1h30m", "1h 30m"},
		"P1DT1M":     {1441, "1d1m", "1d 1m"},
		"480":        {480, "8h", "8h"},
		"1":          {1, "1m", "1m"},
		"153722867m": {153722867, "106751d23h47m", "106751d 23h 47m"}, // all that a time.Duration holds
	} {
		got, err := when.ParseDuration(typed)
		if err != nil {
			t.Errorf("ParseDuration(%q): %v", typed, err)
			continue
		}
		if got.Minutes() != want.minutes || got.String() != want.string || got.Human() != want.human {
			t.Errorf("ParseDuration(%q) = %d %q %q, want %v", typed, got.Minutes(), got.String(), got.Human(), want)
		}
		if got.IsZero() || got.Duration() != time.Duration(want.minutes)*time.Minute {
			t.Errorf("ParseDuration(%q).Duration() = %v, want %d minutes", typed, got.Duration(), want.minutes)
		}
	}
}

func TestParseDurationRefuses(t *testing.T) {
	const (
		forms = "write 90m, 8h, 3d, 1h30m, PT8H or 480 (minutes)"
		empty = "it must be at least 1m"
		long  = "it must be at most 106751d"
	)
	for typed, why := range map[string]string{
		"": forms, "P": forms, "PT": forms, "P1DT": forms, "T8H": forms, "PT8": forms, "m": forms, "eight": forms,
		"-8h": forms, "+8h": forms, "1.5h": forms, "1,5h": forms, "8 h": forms, " 8h": forms, "8h ": forms, "8h\n": forms, "1h 30m": forms,
		"30s": forms, "PT30S": forms, "1h30": forms, "30m1h": forms, "1h1h": forms, "P1W": forms, "P1M": forms, "P1Y": forms, "P8H": forms, "1w": forms,
		"8H": forms, "3D": forms, "90M": forms, "1d12H": forms, // the short form is in lower case,
		"pt8h": forms, "PT8h": forms, "p1D": forms, "Pt8H": forms, // ISO in upper case
		"0x10": forms, "1e3": forms, "1_000": forms, "٨h": forms, "８h": forms,
		"0": empty, "0m": empty, "0d0h0m": empty, "PT0H": empty,
		"153722868": long, "106752d": long, "106751d24h": long, "9223372036854775807m": long, "99999999999999999999": long,
		"PT9999999999999999999H": long,
	} {
		got, err := when.ParseDuration(typed)
		checkSyntax(t, "duration", typed, why, err)
		if !got.IsZero() {
			t.Errorf("ParseDuration(%q) = %v beside its error", typed, got)
		}
	}
}

// checkSyntax fails unless err is the SyntaxError for a text typed as a what.
func checkSyntax(t *testing.T, what, typed, why string, err error) {
	t.Helper()
	var syntax *when.SyntaxError
	if !errors.As(err, &syntax) || *syntax != (when.SyntaxError{What: what, Typed: typed, Why: why}) {
		t.Errorf("%s %q: got error %v, want: … %s", what, typed, err, why)
	}
}

func TestSyntaxErrorIsSafeToShow(t *testing.T) {
	_, err := when.ParseDuration("8h\x1b[31m\u202e\u200b\n")
	want := `"8h\x1b[31m\u202e\u200b\n" is not a duration: write 90m, 8h, 3d, 1h30m, PT8H or 480 (minutes)`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = when.ParseTime(strings.Repeat("ä", 1000))
	if err == nil || !strings.HasPrefix(err.Error(), `"`+strings.Repeat("ä", 60)+`"… is not a time: `) {
		t.Errorf("a long text should be cut: %v", err)
	}
}

func TestDurationZeroAndSet(t *testing.T) {
	var d when.Duration
	if !d.IsZero() || d.String() != "" || d.Human() != "" || d.Minutes() != 0 || d.Type() != "duration" {
		t.Errorf("the zero value should be empty: %#v", d)
	}
	if err := d.Set("2h"); err != nil || d.String() != "2h" {
		t.Errorf("Set(2h) = %v, then %q", err, d)
	}
	if err := d.Set("2 hours"); err == nil || d.String() != "2h" {
		t.Errorf("a refused Set should change nothing: %v, then %q", err, d)
	}
}

func TestHuman(t *testing.T) {
	for d, want := range map[time.Duration]string{
		8 * time.Hour: "8h", 90 * time.Minute: "1h 30m", 72 * time.Hour: "3d", 24*time.Hour + time.Minute: "1d 1m",
		2*time.Minute - 1: "1m", time.Minute: "1m", time.Minute - 1: "<1m", 1: "<1m", 0: "0m", -time.Hour: "0m",
		math.MaxInt64: "106751d 23h 47m",
	} {
		if got := when.Human(d); got != want {
			t.Errorf("Human(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestDurationPrintsWhatItReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(1, 153722867).Draw(t, "minutes")
		forms := map[string]string{
			"bare":  rapid.StringMatching(`0{0,3}`).Draw(t, "zeros") + itoa(minutes),
			"short": itoa(minutes/1440) + "d" + itoa(minutes/60%24) + "h" + itoa(minutes%60) + "m",
			"ISO":   "P" + itoa(minutes/1440) + "DT" + itoa(minutes/60%24) + "H" + itoa(minutes%60) + "M",
		}
		for name, typed := range forms {
			d, err := when.ParseDuration(typed)
			if err != nil || d.Minutes() != minutes {
				t.Fatalf("%s: ParseDuration(%q) = %d, %v, want %d", name, typed, d.Minutes(), err, minutes)
			}
			if again, err := when.ParseDuration(d.String()); err != nil || again != d {
				t.Fatalf("%s: %q reads back as %v, %v", name, d.String(), again, err)
			}
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"90m", "8h", "3d", "1d12h30m", "PT8H", "P1DT12H", "480", "PT", "-1h", "1.5h", "106752d", "99999999999999999999m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := when.ParseDuration(s)
		if err != nil {
			checkShown(t, err)
			return
		}
		if d.Minutes() <= 0 || d.Duration() <= 0 || strings.ContainsAny(s, "+-. \t\n") {
			t.Fatalf("ParseDuration(%q) = %d minutes", s, d.Minutes())
		}
		if again, err := when.ParseDuration(d.String()); err != nil || again != d {
			t.Fatalf("ParseDuration(%q) prints %q, which reads as %v, %v", s, d.String(), again, err)
		}
	})
}

// checkShown fails where the text of err could do something to a terminal.
func checkShown(t *testing.T, err error) {
	t.Helper()
	for _, r := range err.Error() {
		if r < ' ' || r == 0x7f || r == '\u202e' || r == '\u200b' {
			t.Fatalf("the error holds %U: %q", r, err)
		}
	}
}
