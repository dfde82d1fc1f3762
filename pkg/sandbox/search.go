package sandbox

import (
	"slices"
	"strings"
	"unicode"
)

// parseSearch reads $search on directory objects: "property:value" clauses in double quotes, joined by AND and OR
// (AND binds closer, our invention). In a clause a backslash escapes a quote and a backslash. displayName and
// description are matched word by word, each by its beginning; other properties by their beginning
// (learn.microsoft.com, Use the $search query parameter).
func parseSearch(k *kind, text string) (predicate, error) {
	var alternatives [][]predicate
	for text = strings.TrimSpace(text); ; {
		clause, rest, err := searchClause(text)
		if err != nil {
			return nil, err
		}
		match, err := searchPredicate(k, clause)
		if err != nil {
			return nil, err
		}
		if alternatives == nil {
			alternatives = [][]predicate{nil}
		}
		last := len(alternatives) - 1
		alternatives[last] = append(alternatives[last], match)
		text = strings.TrimSpace(rest)
		switch {
		case text == "":
			return anyOfAll(alternatives), nil
		case strings.HasPrefix(text, "OR "):
			alternatives = append(alternatives, nil)
			text = strings.TrimSpace(text[3:])
		case strings.HasPrefix(text, "AND "):
			text = strings.TrimSpace(text[4:])
		default:
			return nil, invalidSearch(text)
		}
	}
}

func anyOfAll(alternatives [][]predicate) predicate {
	return func(e entity) bool {
		return slices.ContainsFunc(alternatives, func(all []predicate) bool {
			return !slices.ContainsFunc(all, func(p predicate) bool { return !p(e) })
		})
	}
}

func invalidSearch(near string) error {
	return invalid("Request_BadRequest", "Invalid $search expression near '%s': clauses have the form \"property:value\".", near)
}

// searchClause takes a clause in double quotes off the front of text.
func searchClause(text string) (clause, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", invalidSearch(text)
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:], nil
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		b.WriteByte(text[i])
	}
	return "", "", invalidSearch(text)
}

func searchPredicate(k *kind, clause string) (predicate, error) {
	name, value, found := strings.Cut(clause, ":")
	if !found || value == "" {
		return nil, invalidSearch(clause)
	}
	if !slices.Contains(k.searchable, name) {
		return nil, invalid("Request_UnsupportedQuery", "Property '%s' of resource '%s' does not support $search.", name, shortName(k))
	}
	if name == "displayName" || name == "description" {
		wanted := words(value)
		return func(e entity) bool {
			v, _ := e.property(name)
			s, _ := v.(string)
			return len(wanted) > 0 && containsWords(words(s), wanted)
		}, nil
	}
	value = strings.ToLower(value)
	return func(e entity) bool {
		v, _ := e.property(name)
		s, _ := v.(string)
		return strings.HasPrefix(strings.ToLower(s), value)
	}, nil
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsSymbol(r) })
}

func containsWords(have, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(w string) bool {
		return !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, w) })
	})
}
