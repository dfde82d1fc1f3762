package auth

import "strings"

// SandboxCloud is a sandbox that is served over TLS at this https address of this machine: it is its own authority. The cloud is named by the
// address, as no other is, so that who signs in there is remembered apart from all real accounts. GraphRoot is Graph's name in its tokens and
// nobody's address: what is asked of Graph goes to the sandbox.
func SandboxCloud(base string) Cloud {
	global := Clouds()[0]
	return Cloud{Name: base, Authority: base, GraphRoot: global.GraphRoot, SignIn: global.SignIn, PassVersion: beta, PolicyVersion: beta, Further: true}
}

// CloudFlagOf is the flag, with its value, that names a cloud by its name: --cloud, or --sandbox-url for a sandbox.
func CloudFlagOf(name string) string {
	if isSandbox(name) {
		return "--sandbox-url " + name
	}
	return "--cloud " + name
}

// IsSandbox reports whether somebody signed in to a sandbox.
func (a Account) IsSandbox() bool { return isSandbox(a.Cloud) }

func isSandbox(cloud string) bool { return strings.HasPrefix(cloud, "https://") }
