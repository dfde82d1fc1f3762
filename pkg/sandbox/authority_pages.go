package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// submitScript sends the form of a page at once. It is the one script that a page may run.
const submitScript = "document.forms[0].submit()"

// htmlPage is a page of the authority. Nothing of it comes from elsewhere, and no other page may frame it. body is HTML.
func htmlPage(status int, title, body string) reply {
	sum := sha256.Sum256([]byte(submitScript))
	text := "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + html.EscapeString(title) + " - Contoso sandbox</title></head>\n<body><h1>" +
		html.EscapeString(title) + "</h1>\n" + body + "\n</body></html>\n"
	return reply{status: status, body: raw{"text/html; charset=utf-8", []byte(text)}, header: http.Header{
		"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"},
		"Referrer-Policy":         {"same-origin"},
		"X-Content-Type-Options":  {"nosniff"},
	}}
}

// shown tells a refusal to whoever looks at the page.
func (s *signing) shown(err error) reply {
	var r *refusal
	if !errors.As(err, &r) {
		return s.refused(err)
	}
	return htmlPage(http.StatusBadRequest, "Sorry, but we're having trouble signing you in.", "<p>"+html.EscapeString(s.described(r))+"</p>")
}

// formPost is the page that sends the values to the client by itself: response_mode=form_post.
// https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
func formPost(to string, values url.Values) reply {
	var b strings.Builder
	fmt.Fprintf(&b, `<form method="POST" action="%s">`, html.EscapeString(to))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&b, `<input type="hidden" name="%s" value="%s"/>`, html.EscapeString(name), html.EscapeString(values.Get(name)))
	}
	b.WriteString(`<noscript><button>Continue</button></noscript></form><script>` + submitScript + `</script>`)
	return htmlPage(http.StatusOK, "Working", b.String())
}

// shownPeople is how many a page lists: a population can be large, and login_hint reaches all.
const shownPeople = 100

// peoplePage asks who signs in.
func peoplePage(s *signing) reply {
	var b strings.Builder
	b.WriteString("<p>The sandbox asks for no password: who signs in?</p>\n<ul>\n")
	link := func(choice, text string) {
		q := s.request.URL.Query()
		q.Set("sandbox_choice", choice)
		fmt.Fprintf(&b, "<li><a href=\"?%s\">%s</a></li>\n", html.EscapeString(q.Encode()), html.EscapeString(text))
	}
	for _, u := range s.users[:min(len(s.users), shownPeople)] {
		link(u.UserPrincipalName, printed(u.DisplayName)+" <"+u.UserPrincipalName+">")
	}
	link("decline", "Nobody: decline")
	b.WriteString("</ul>")
	return htmlPage(http.StatusOK, "Pick an account", b.String())
}

// printed is a name without what would change how the page around it reads.
func printed(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, name)
}

// devicePage asks for the code that a device shows, and for who signs in.
func devicePage(s *signing) (reply, error) {
	var b strings.Builder
	fmt.Fprintf(&b, `<form method="POST"><p><label>Code <input name="otc" value="%s"></label></p><p><label>User <select name="user">`, html.EscapeString(s.form.Get("otc")))
	for _, u := range s.users[:min(len(s.users), shownPeople)] {
		fmt.Fprintf(&b, `<option value="%s">%s</option>`, html.EscapeString(u.UserPrincipalName), html.EscapeString(printed(u.DisplayName)))
	}
	b.WriteString(`</select></label></p><p><button>Sign in</button> <button name="decline" value="1">Decline</button></p></form>`)
	return htmlPage(http.StatusOK, "Enter code", b.String()), nil
}
