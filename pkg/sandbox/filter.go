package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// predicate says whether an entity is wanted.
type predicate func(entity) bool

// parseFilter reads the part of OData's $filter that is simulated: eq and startswith on the properties that the kind
// can be filtered by, ge and le on times, any on lists, and, or, parentheses. Strings are in single quotes, a quote in them doubled, and compared
// without regard to case, as Graph's directory does.
func parseFilter(k *kind, text string) (predicate, error) {
	tokens, err := filterTokens(text)
	if err != nil {
		return nil, err
	}
	p := &filterParser{kind: k, tokens: tokens}
	match, err := p.or(0)
	if err == nil && len(p.tokens) > 0 {
		err = invalidFilter("there is an unexpected '%s'", p.tokens[0].text)
	}
	return match, err
}

const (
	deepestFilter = 50
	orAtOnce      = 15 // clauses that one "or" joins: what the directory says of more was seen in the field
)

type filterToken struct {
	text   string
	quoted bool // text is what was between the quotes
}

func invalidFilter(format string, args ...any) error {
	return invalid("BadRequest", "Invalid filter clause: %s.", fmt.Sprintf(format, args...))
}

func filterTokens(text string) ([]filterToken, error) {
	var tokens []filterToken
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeft(text, " \t") {
		switch {
		case text[0] == '\'':
			value, rest, err := quotedText(text)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, filterToken{value, true})
			text = rest
		case strings.IndexByte("(),", text[0]) >= 0:
			tokens = append(tokens, filterToken{text[:1], false})
			text = text[1:]
		default:
			end := strings.IndexAny(text, "(), \t'")
			if end < 0 {
				end = len(text)
			}
			tokens = append(tokens, filterToken{text[:end], false})
			text = text[end:]
		}
	}
	return tokens, nil
}

// quotedText takes a string literal off the front of text; two quotes in it stand for one.
func quotedText(text string) (value, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '\'' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 == len(text) || text[i+1] != '\'' {
			return b.String(), text[i+1:], nil
		}
		b.WriteByte('\'')
		i++
	}
	return "", "", invalidFilter("there is an unterminated string literal")
}

type filterParser struct {
	kind   *kind
	tokens []filterToken
}

// take removes the next token when it is this word or sign.
func (p *filterParser) take(word string) bool {
	if len(p.tokens) == 0 || p.tokens[0].quoted || p.tokens[0].text != word {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *filterParser) expect(word string) error {
	if !p.take(word) {
		return invalidFilter("'%s' is expected", word)
	}
	return nil
}

func (p *filterParser) next() (filterToken, error) {
	if len(p.tokens) == 0 {
		return filterToken{}, invalidFilter("it ends too early")
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t, nil
}

func (p *filterParser) or(depth int) (predicate, error) {
	left, err := p.and(depth)
	for n := 2; err == nil && p.take("or"); n++ {
		if n > orAtOnce {
			return nil, invalid("BadRequest", "Too many child clauses specified in search filter expression containing 'OR' operators: %d. Max allowed: %d.", n, orAtOnce)
		}
		var right predicate
		a := left
		right, err = p.and(depth)
		left = func(e entity) bool { return a(e) || right(e) }
	}
	return left, err
}

func (p *filterParser) and(depth int) (predicate, error) {
	left, err := p.primary(depth)
	for err == nil && p.take("and") {
		var right predicate
		a := left
		right, err = p.primary(depth)
		left = func(e entity) bool { return a(e) && right(e) }
	}
	return left, err
}

func (p *filterParser) primary(depth int) (predicate, error) {
	switch {
	case depth > deepestFilter:
		return nil, invalidFilter("it is nested too deeply")
	case p.take("("):
		match, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return match, p.expect(")")
	case p.take("startswith"):
		return p.startsWith()
	}
	if len(p.tokens) > 0 && !p.tokens[0].quoted {
		if list, of, found := strings.Cut(p.tokens[0].text, "/any"); found && of == "" {
			p.tokens = p.tokens[1:]
			return p.any(list)
		}
	}
	return p.compares()
}

func (p *filterParser) startsWith() (predicate, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	name, err := p.property()
	if err != nil {
		return nil, err
	}
	if p.kind.prefixed != nil && !slices.Contains(p.kind.prefixed, name) {
		return nil, p.unsupported(name)
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	t, err := p.next()
	if err != nil || !t.quoted {
		return nil, invalidFilter("startswith takes a property and a string")
	}
	match := func(e entity) bool {
		v, _ := e.property(name)
		s, isText := v.(string)
		return isText && len(s) >= len(t.text) && strings.EqualFold(s[:len(t.text)], t.text)
	}
	return match, p.expect(")")
}

func (p *filterParser) compares() (predicate, error) {
	name, err := p.property()
	if err != nil {
		return nil, err
	}
	operator, err := p.next()
	if err != nil {
		return nil, err
	}
	isTime := slices.Contains(p.kind.ranged, name)
	if operator.quoted || operator.text != "eq" && !(isTime && (operator.text == "ge" || operator.text == "le")) {
		return nil, p.unsupported(name)
	}
	if isTime {
		return p.compareTimes(name, operator.text)
	}
	return p.equals(name)
}

// compareTimes compares the text of times, which have all of their digits in logs and reports.
func (p *filterParser) compareTimes(name, operator string) (predicate, error) {
	t, err := p.next()
	if err != nil {
		return nil, err
	}
	at, err := parseDateTimeOffset(t.text)
	if err != nil || t.quoted {
		return nil, invalidFilter("'%s' is no Edm.DateTimeOffset", t.text)
	}
	want := fullStamp(at)
	return func(e entity) bool {
		v, _ := e.property(name)
		has, _ := v.(string)
		return operator != "le" && has == want || operator == "ge" && has > want || operator == "le" && has <= want
	}, nil
}

// any reads what follows list/any: (x:x eq 'value'), (x:x/id eq 'value') or (x:startswith(x/displayName,'value')).
func (p *filterParser) any(list string) (predicate, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	t, err := p.next()
	variable, path, hasColon := strings.Cut(t.text, ":")
	if err == nil && path == "" {
		t, err = p.next()
		path = t.text
	}
	prefix := path == "startswith" && p.take("(")
	if err == nil && prefix {
		t, err = p.next()
		path = t.text
	}
	rest, ofVariable := strings.CutPrefix(path, variable)
	name := list + rest
	switch {
	case err != nil:
		return nil, err
	case !hasColon || !ofVariable || rest != "" && rest[0] != '/':
		return nil, invalidFilter("any takes a variable and a comparison of it")
	case !slices.Contains(p.kind.lists, name) || prefix && !slices.Contains(p.kind.prefixed, name):
		return nil, p.unsupported(name)
	case prefix && !p.take(",") || !prefix && !p.take("eq"):
		return nil, p.unsupported(name)
	}
	value, err := p.next()
	if err != nil || !value.quoted || prefix && !p.take(")") {
		return nil, invalidFilter("any compares with a string")
	}
	return anyOf(name, value.text, prefix), p.expect(")")
}

func anyOf(name, want string, prefix bool) predicate {
	return func(e entity) bool {
		v, _ := e.property(name)
		all, _ := v.([]string)
		return slices.ContainsFunc(all, func(s string) bool {
			if prefix && len(s) > len(want) {
				s = s[:len(want)]
			}
			return strings.EqualFold(s, want)
		})
	}
}

func (p *filterParser) unsupported(name string) error {
	return invalid("Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", name, shortName(p.kind))
}

func (p *filterParser) equals(name string) (predicate, error) {
	t, err := p.next()
	if err != nil {
		return nil, err
	}
	if t.quoted {
		return func(e entity) bool {
			v, _ := e.property(name)
			s, isText := v.(string)
			return isText && strings.EqualFold(s, t.text)
		}, nil
	}
	literals := map[string]any{"true": true, "false": false, "null": nil}
	want, known := literals[t.text]
	if n, err := strconv.Atoi(t.text); err == nil {
		want, known = n, true
	}
	if !known {
		return nil, invalidFilter("'%s' is no literal", t.text)
	}
	return func(e entity) bool {
		v, _ := e.property(name)
		switch v.(type) {
		case nil, bool, string, int:
			return v == want
		}
		return false
	}, nil
}

func (p *filterParser) property() (string, error) {
	t, err := p.next()
	if err != nil {
		return "", err
	}
	if t.quoted || !p.kind.declares(t.text) {
		return "", invalidFilter("could not find a property named '%s' on type '%s'", t.text, p.kind.name)
	}
	if !slices.Contains(p.kind.filterable, t.text) {
		return "", p.unsupported(t.text)
	}
	return t.text, nil
}

// shortName is how the directory's messages call a type: User, Group.
func shortName(k *kind) string {
	s := strings.TrimPrefix(k.name, "microsoft.graph.")
	return strings.ToUpper(s[:1]) + s[1:]
}
