package auth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

func TestClouds(t *testing.T) {
	t.Parallel()
	want := []auth.Cloud{ // graph.md, section 3
		{Name: "global", GraphRoot: "https://graph.microsoft.com", Authority: "https://login.microsoftonline.com", PassVersion: "beta", PolicyVersion: "beta", VaultSuffix: "vault.azure.net", SignIn: "https://aka.ms/mysecurityinfo"},
		{Name: "usgov", GraphRoot: "https://graph.microsoft.us", Authority: "https://login.microsoftonline.us", PassVersion: "v1.0", PolicyVersion: "beta", VaultSuffix: "vault.usgovcloudapi.net", SignIn: "https://mysignins.azure.us"},
		{Name: "usgov-dod", GraphRoot: "https://dod-graph.microsoft.us", Authority: "https://login.microsoftonline.us", PassVersion: "v1.0", PolicyVersion: "beta", VaultSuffix: "vault.usgovcloudapi.net"},
		{Name: "china", GraphRoot: "https://microsoftgraph.chinacloudapi.cn", Authority: "https://login.chinacloudapi.cn", PassVersion: "beta", PolicyVersion: "beta", VaultSuffix: "vault.azure.cn"},
	}
	got := auth.Clouds()
	if len(got) != len(want) {
		t.Fatalf("%d clouds, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("cloud %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestParseCloud(t *testing.T) {
	t.Parallel()
	names := map[string]string{
		"global":    "global Global public PUBLIC AzureCloud azurecloud AzurePublicCloud GCC gcc",
		"usgov":     "usgov USGov AzureUSGovernment AzureUSGovernmentCloud USGovernment usgovernmentl4 USGovHigh gcch GCCH gcc-high l4 L4",
		"usgov-dod": "usgov-dod USGovDoD usgovdod usgovernmentl5 dod DoD l5 L5",
		"china":     "china China AzureChinaCloud 21vianet 21Vianet",
	}
	for want, spellings := range names {
		for _, s := range strings.Fields(spellings) {
			if c, err := auth.ParseCloud(s); err != nil || c.Name != want {
				t.Errorf("ParseCloud(%q) = %q, %v; want %q", s, c.Name, err, want)
			}
		}
	}
	for _, s := range []string{"", "germany", "gcc high", "https://graph.microsoft.com"} {
		_, err := auth.ParseCloud(s)
		wantError(t, err, errs.UsageFault, "no cloud is called", s,
			"global (also public,", "usgov (also", "gcc-high", "usgov-dod (also", "l5", "china (also", "21vianet")
	}
}

func TestCloudFlag(t *testing.T) {
	t.Parallel()
	var c auth.Cloud
	f := auth.CloudFlag{Cloud: &c}
	if f.String() != "" || f.Type() != "cloud" {
		t.Errorf("an unset flag is %q of type %q", f, f.Type())
	}
	if err := f.Set("L5"); err != nil || c.GraphRoot != "https://dod-graph.microsoft.us" || f.String() != "usgov-dod" {
		t.Errorf("Set(L5): %v, %+v, %q", err, c, f)
	}
	if err := f.Set("mars"); err == nil || c.Name != "usgov-dod" {
		t.Errorf("Set(mars): %v, and the cloud is %q; want an error and the old one", err, c.Name)
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for _, k := range auth.Kinds() {
		var got auth.Kind
		f := (*auth.KindFlag)(&got)
		if err := f.Set(strings.ToUpper(string(k))); err != nil || got != k || f.String() != string(k) || f.Type() != "kind" {
			t.Errorf("Set(%s): %v, %q, %q, %q", k, err, got, f, f.Type())
		}
		if person := slices.Contains([]auth.Kind{auth.Auto, auth.Browser, auth.DeviceCode}, k); k.Application() == person {
			t.Errorf("%s.Application() = %t", k, k.Application())
		}
	}
	_, err := auth.ParseKind("password")
	wantError(t, err, errs.UsageFault, `"password"`, "browser, device-code, client-secret")
}
