package sandbox

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// entity is an object with named properties: the value as it goes into JSON, and whether there is such a property.
type entity interface {
	property(name string) (any, bool)
}

// kind is what OData knows of a type of entity.
type kind struct {
	name       string   // with its namespace
	defaults   []string // sent without $select
	basic      []string // shown to who may only read the basic profile; nil: everything
	filterable []string
	searchable []string

	// Of logs and reports, which take other options than the directory.
	options   []string // nil: those of the directory
	ranged    []string // times: filtered by ge and le as well
	prefixed  []string // filtered by startswith as well; nil: all that are filterable
	lists     []string // filtered by any
	orderable []string
	page      int // the largest page, and that without $top; 0: as the directory
}

// objectKind is a directoryObject of a mixed collection: each says with @odata.type what it is.
var objectKind = &kind{name: "microsoft.graph.directoryObject"}

func (k *kind) declares(name string) bool {
	var samples []entity
	switch k {
	case signInKinds["beta"], signInKinds["v1.0"]:
		samples = []entity{&attemptRow{kind: k, policies: true}}
	case auditKind:
		samples = []entity{&auditRow{}}
	case registrationKind:
		samples = []entity{&reportRow{u: &user{}}}
	case userKind:
		samples = []entity{&user{}}
	case groupKind:
		samples = []entity{&group{}}
	case roleKind:
		samples = []entity{&role{}}
	case unitKind:
		samples = []entity{&unit{}}
	case assignmentKind, eligibleKind:
		samples = []entity{&assignment{role: &role{}}}
	default:
		samples = []entity{&user{}, &group{}}
	}
	return slices.ContainsFunc(samples, func(e entity) bool { _, ok := e.property(name); return ok })
}

func kindOf(e entity) *kind {
	switch e := e.(type) {
	case *user:
		return userKind
	case *group:
		return groupKind
	case *unit:
		return unitKind
	case *assignment:
		return assignmentKind
	case *attemptRow:
		return e.kind
	case *auditRow:
		return auditKind
	case *reportRow:
		return registrationKind
	}
	return roleKind
}

const (
	defaultPage = 100 // of GET /users and its like: learn.microsoft.com, Paging
	largestPage = 999
)

// query is the system query options of a request to the directory.
type query struct {
	selected []string
	manager  *query // $expand=manager(…)
	filter   predicate
	search   predicate
	count    bool
	order    func(a, b entity) int
	top      int
	skip     int // what the $skiptoken stands for
}

// parseQuery reads the options that a collection, or with single a single object, of this kind takes. Others that
// begin with $ are refused; those that do not are not OData's and ignored, as Graph does.
func parseQuery(k *kind, values url.Values, eventual, single bool) (query, error) {
	q := query{top: k.pageSize()}
	for name, v := range values {
		if !strings.HasPrefix(name, "$") {
			continue
		}
		if len(v) > 1 {
			return q, invalid("BadRequest", "Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
		if single && name != "$select" && name != "$expand" {
			return q, invalid("BadRequest", "The query specified in the URI is not valid. Query option '%s' is not allowed.", name)
		}
		if k.options != nil && !slices.Contains(k.options, name) {
			return q, invalid("BadRequest", "The query specified in the URI is not valid. Query option '%s' is not supported.", name)
		}
		if err := q.option(k, name, v[0], eventual); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (q *query) option(k *kind, name, value string, eventual bool) (err error) {
	switch name {
	case "$select":
		q.selected, err = parseSelect(k, value)
	case "$expand":
		q.manager, err = parseExpand(k, value)
	case "$filter":
		q.filter, err = parseFilter(k, value)
	case "$search":
		if !eventual {
			return invalid("Request_UnsupportedQuery", "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
		}
		q.search, err = parseSearch(k, value)
	case "$count":
		q.count = eventual && strings.EqualFold(value, "true")
	case "$top":
		q.top, err = strconv.Atoi(value)
		most := max(k.page, largestPage)
		if err != nil || q.top < 1 || q.top > most {
			return invalid("Request_BadRequest", "Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", value, most)
		}
	case "$skiptoken":
		q.skip, _, err = parseSkipToken(value)
	case "$orderby":
		q.order, err = parseOrder(k, value)
	default:
		return invalid("BadRequest", "The query specified in the URI is not valid. Query option '%s' is not supported.", name)
	}
	return err
}

func parseSelect(k *kind, value string) ([]string, error) {
	names := strings.Split(value, ",")
	for i, n := range names {
		names[i] = strings.TrimSpace(n)
		if !k.declares(names[i]) || strings.Contains(names[i], "/") {
			return nil, invalid("BadRequest", "Parsing OData Select and Expand failed: Could not find a property named '%s' on type '%s'.", names[i], k.name)
		}
	}
	return names, nil
}

// parseExpand reads manager, with or without ($select=…) and ($levels=1): all that is expanded here.
func parseExpand(k *kind, value string) (*query, error) {
	name, nested, has := strings.Cut(strings.TrimSpace(value), "(")
	if k != userKind || name != "manager" || has && !strings.HasSuffix(nested, ")") {
		return nil, invalid("BadRequest", "Parsing OData Select and Expand failed: Could not expand '%s' on type '%s'.", value, k.name)
	}
	q := &query{}
	for _, option := range strings.FieldsFunc(strings.TrimSuffix(nested, ")"), func(r rune) bool { return r == ';' }) {
		n, v, _ := strings.Cut(option, "=")
		switch {
		case n == "$select":
			selected, err := parseSelect(userKind, v)
			if err != nil {
				return nil, err
			}
			q.selected = selected
		case n != "$levels" || v != "1":
			return nil, invalid("BadRequest", "Parsing OData Select and Expand failed: option '%s' of 'manager' is not supported.", option)
		}
	}
	return q, nil
}

// pageSize is that without $top.
func (k *kind) pageSize() int {
	if k.page > 0 {
		return k.page
	}
	return defaultPage
}

// collection is an OData collection answer.
type collection struct {
	Context  string `json:"@odata.context"`
	Count    *int   `json:"@odata.count,omitempty"`
	NextLink string `json:"@odata.nextLink,omitempty"`
	Value    any    `json:"value"`
}

// list answers a page of the entities, by the query options of the request.
func (c *call) list(k *kind, set string, all []entity) (reply, error) {
	return c.listAt(k, set, all, time.Time{})
}

// listAt is list of a moment.
func (c *call) listAt(k *kind, set string, all []entity, moment time.Time) (reply, error) {
	q, err := parseQuery(k, c.query, strings.EqualFold(c.header.Get("ConsistencyLevel"), "eventual"), false)
	if err != nil {
		return reply{}, err
	}
	var found []entity
	for _, e := range all {
		if (q.filter == nil || q.filter(e)) && (q.search == nil || q.search(e)) {
			found = append(found, e)
		}
	}
	if q.order != nil {
		slices.SortStableFunc(found, q.order)
	}
	out := collection{Context: c.context(set + selection(q.selected))}
	if q.count {
		n := len(found)
		out.Count = &n
	}
	page := found[min(q.skip, len(found)):]
	if len(page) > q.top {
		page = page[:q.top]
		next := url.Values{}
		for name, v := range c.query {
			next[name] = v
		}
		next.Set("$skiptoken", skipToken(q.skip+q.top, moment))
		out.NextLink = c.base + c.path + "?" + next.Encode()
	}
	values := make([]map[string]any, len(page))
	for i, e := range page {
		values[i] = c.render(k, e, q)
	}
	out.Value = values
	return ok(out), nil
}

// one answers a single entity.
func (c *call) one(k *kind, set string, e entity) (reply, error) {
	q, err := parseQuery(k, c.query, false, true)
	if err != nil {
		return reply{}, err
	}
	object := c.render(k, e, q)
	collectionName, suffix, _ := strings.Cut(set, "/")
	object["@odata.context"] = c.context(collectionName + selection(q.selected) + "/" + suffix)
	return ok(object), nil
}

func selection(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "(" + strings.Join(names, ",") + ")"
}

func (c *call) render(k *kind, e entity, q query) map[string]any {
	object := map[string]any{}
	own := kindOf(e)
	names := q.selected
	if len(names) == 0 {
		names = own.defaults
	}
	for _, name := range names {
		v, declared := e.property(name)
		if !declared {
			continue // of another type in a mixed collection
		}
		if c.basic && own.basic != nil && !slices.Contains(own.basic, name) {
			continue // a list cannot be null by the contract; that a single value is left out, too, is our invention
		}
		object[name] = v
	}
	if k == objectKind {
		object["@odata.type"] = "#" + own.name
	}
	if u, isUser := e.(*user); isUser && q.manager != nil && u.manager != nil && !c.basic {
		manager := c.render(objectKind, u.manager, *q.manager)
		object["manager"] = manager
	}
	return object
}
