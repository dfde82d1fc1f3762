package doctor

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Step is a part of the way to a host.
type Step string

// The steps, in their order.
const (
	Through    Step = "proxy" // to the proxy, and what it says
	Name       Step = "name"
	Connection Step = "connection"
	Handshake  Step = "tls"
	Answer     Step = "answer"
)

// Route is how far the way to a host goes.
type Route struct {
	Proxy  string // host and port; "": none stands between
	Broken Step   // where it ends; "": there was an answer
	Why    string // not ours
	TLS    bool
	// Issuer is who signed the host's certificate: the organisation, else the common name. Not ours; "" where none was shown.
	Issuer string
	// Untrusted says that this machine does not trust who signed it.
	Untrusted bool
	Date      time.Time // the answer's; zero: it had none
	Off       time.Duration
}

// issuers are the organisations that sign the certificates of Microsoft's hosts, as their certificates spell them.
// https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details
func issuers() []string { return []string{"Microsoft Corporation", "DigiCert Inc", "DigiCert, Inc."} }

// intercepted reports whether somebody else than Microsoft's issuers signed the certificate. It goes by a name that anybody can
// give himself: it finds proxies that read along, not forgers.
func (r Route) intercepted() bool {
	return r.TLS && r.Issuer != "" && !slices.ContainsFunc(issuers(), func(i string) bool { return strings.EqualFold(i, r.Issuer) })
}

func (x *exam) authority(ctx context.Context) outcome {
	if x.Authority == "" {
		return said(Finding{ID: "authority", Status: OK, Words: "none is needed: the sandbox takes no real sign-in"})
	}
	return x.reached("authority", x.Authority, x.Network.Reach(ctx, x.Authority))
}

func (x *exam) reachGraph(ctx context.Context) outcome {
	x.graph = x.Network.Reach(ctx, x.Graph)
	return x.reached("graph", x.Graph, x.graph)
}

// reached judges the way to a host.
func (x *exam) reached(id, address string, r Route) outcome {
	host := hostOf(address)
	f := Finding{ID: id, Status: OK}
	way := ""
	if r.Proxy != "" {
		way = " through the proxy " + r.Proxy
	}
	if r.Broken != "" {
		f.Status, f.Words = Fail, fmt.Sprintf("%s cannot be reached%s: %s", host, way, r.Why)
		x.mend(&f, host, address, r)
		return broken(f)
	}
	f.Words = host + " answers" + way
	if r.TLS {
		f.Words += ", with a certificate by " + r.Issuer
	}
	if x.Authority != "" && r.intercepted() {
		f.Status = Warn
		f.Words = fmt.Sprintf("%s answers%s with a certificate by %s, who does not sign for Microsoft: somebody in between can read tokens and passcodes", host, way, r.Issuer)
		f.Remedy = fmt.Sprintf("ask whoever runs this network to exempt %s from TLS inspection", host)
	}
	return said(f)
}

// mend says what repairs a way that ends early.
func (x *exam) mend(f *Finding, host, address string, r Route) {
	f.Command = "curl -sSI " + address
	switch {
	case r.Untrusted && r.Issuer != "":
		f.Words += fmt.Sprintf(" (signed by %s)", r.Issuer)
		f.Remedy = fmt.Sprintf("if %s inspects your own network's TLS, trust its root certificate; if not, do not sign in here", r.Issuer)
		f.Command = "export SSL_CERT_FILE=CERTIFICATE"
	case r.Broken == Through && r.Proxy == "":
		f.Remedy, f.Command = "it looks like http://proxy.contoso.com:8080", "unset HTTPS_PROXY"
	case r.Broken == Through:
		f.Remedy = fmt.Sprintf("check HTTPS_PROXY, and ask whoever runs the proxy to let %s:443 through; or go without it where that is possible", host)
		f.Command = "export NO_PROXY=" + host
	case x.Authority == "" && !r.TLS:
		f.Command = "tap sandbox serve --listen " + host
	case r.Broken == Name:
		f.Remedy = "check the name server of this machine, and --cloud"
	case r.Broken == Answer:
		f.Remedy = "something on the way hangs up: try again, then ask whoever runs this network"
	default:
		f.Remedy = fmt.Sprintf("a firewall has to let %s:443 through, or HTTPS_PROXY has to name the proxy that does", host)
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// From when on a clock is wrong. The authority refuses assertions and tokens that are five minutes off.
const (
	clockDoubt  = time.Minute
	clockBroken = 5 * time.Minute
)

// clock holds this machine's clock against the service's Date, which has whole seconds.
func (x *exam) clock(context.Context) outcome {
	f := Finding{ID: "clock", Status: OK}
	off, way := x.graph.Off, "behind"
	if off < 0 {
		off, way = -off, "ahead of"
	}
	switch {
	case x.graph.Date.IsZero():
		f.Status, f.Words = Skip, "the service told no time"
		return said(f)
	case off >= clockBroken:
		f.Status = Fail
	case off >= clockDoubt:
		f.Status = Warn
	default:
		f.Words = "this machine's clock agrees with the service's"
		return said(f)
	}
	f.Words = fmt.Sprintf("this machine's clock is %s %s the service's", minutes(off), way)
	f.Remedy, f.Command = "set this machine's clock", setClock()
	if x.Authority == "" {
		f.Remedy, f.Command = "the sandbox's clock was moved; it can be put back", "tap sandbox clock --reset"
	}
	return said(f)
}

// setClock sets the clock of this system by the network's time.
func setClock() string {
	switch runtime.GOOS {
	case "windows":
		return "w32tm /resync"
	case "darwin":
		return "sudo sntp -sS time.apple.com"
	}
	return "sudo timedatectl set-ntp true"
}
