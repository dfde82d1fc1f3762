package policy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
)

// resolver finds the groups that an order names, and the names of the targets that it touches.
type resolver struct {
	desk    *Desk
	current Policy
	names   Names
	// keepsDeleted takes a group by its id although the directory has it no more.
	keepsDeleted bool
}

// change is the order with object ids for everything that was typed.
func (r *resolver) change(ctx context.Context, o Order) (Change, error) {
	r.names = Names{}
	if o.File != nil {
		return r.file(ctx, o.File)
	}
	c := o.Change
	if !o.Include.asks() && !o.Exclude.asks() {
		return c, nil
	}
	if err := r.read(ctx); err != nil {
		return c, err
	}
	var err error
	if c.Include, err = r.list(ctx, "include", o.Include, r.current.Include); err != nil {
		return c, err
	}
	c.Exclude, err = r.list(ctx, "exclude", o.Exclude, r.current.Exclude)
	return c, err
}

func (o ListOrder) asks() bool { return o.Whole != nil || len(o.Add) > 0 || len(o.Remove) > 0 }

// read learns the names of the policy's targets.
func (r *resolver) read(ctx context.Context) error {
	names, err := r.desk.names(ctx, slices.Concat(r.current.Include, r.current.Exclude))
	maps.Copy(r.names, names)
	return err
}

func (r *resolver) list(ctx context.Context, verb string, o ListOrder, current []Target) (ListChange, error) {
	var c ListChange
	if o.Whole != nil {
		all, err := r.groups(ctx, "--"+verb, *o.Whole)
		if err != nil {
			return c, err
		}
		c.Whole = &all
	}
	var err error
	if c.Add, err = r.groups(ctx, "--add-"+verb, o.Add); err != nil {
		return c, err
	}
	for _, typed := range o.Remove {
		t, err := r.among(typed, verb, current)
		if err != nil {
			return c, err
		}
		c.Remove = append(c.Remove, t)
	}
	return c, nil
}

func (r *resolver) groups(ctx context.Context, flag string, typed []string) ([]Target, error) {
	out := []Target{}
	for _, s := range typed {
		if strings.EqualFold(s, Everybody) {
			out = append(out, All())
			continue
		}
		t, err := r.group(ctx, s)
		if err != nil {
			e := errs.Of(err)
			if len(typed) == 1 { // a hint takes the place of every flag of its name
				e = withFlag(e, flag)
			}
			return nil, e
		}
		out = append(out, t)
	}
	return out, nil
}

// ambiguous is the error of a name that several groups have.
type ambiguous struct{ ids []string }

func (a *ambiguous) Error() string { return strings.Join(a.ids, ", ") }

func withFlag(e *errs.Error, flag string) *errs.Error {
	var a *ambiguous
	if !errors.As(e, &a) {
		return e
	}
	c := *e
	for _, id := range a.ids {
		c.Hints = append(c.Hints, flag+" "+id)
	}
	return &c
}

// group finds the one group with this object id or display name.
func (r *resolver) group(ctx context.Context, typed string) (Target, error) {
	if guid.MatchString(typed) {
		return r.groupByID(ctx, typed)
	}
	if strings.TrimSpace(typed) == "" {
		return Target{}, errs.Usage("a group is named by its display name or its object id, not by nothing")
	}
	found, err := r.desk.Service.GroupsNamed(ctx, typed)
	if err != nil {
		return Target{}, lookup(errs.Of(err), typed)
	}
	switch len(found) {
	case 0:
		return Target{}, &errs.Error{Slug: errs.NotFound, What: "looking for a group", Whom: typed, Why: "the tenant has no group with this name"}
	case 1:
		return r.known(found[0]), nil
	}
	a := &ambiguous{}
	var list []string
	for _, g := range found {
		a.ids = append(a.ids, g.ID)
		list = append(list, fmt.Sprintf("%s (%s)", g.DisplayName, g.ID))
	}
	return Target{}, &errs.Error{
		Slug: errs.UsageFault, What: "looking for a group", Whom: typed, Err: a,
		Why: fmt.Sprintf("%d groups have this name, give the id of one: %s", len(found), strings.Join(list, ", ")),
	}
}

func (r *resolver) groupByID(ctx context.Context, id string) (Target, error) {
	g, err := r.desk.Service.Group(ctx, id)
	switch e := errs.Of(err); {
	case e == nil:
		return r.known(g), nil
	case e.Slug == errs.Denied:
		r.desk.Notice("groups may not be read with this sign-in (permission " + permission.ReadGroups.Least + "): whether there is one with the id " + id + " is for the service to say")
		return Target{ID: id, Type: GroupTarget}, nil
	case e.Slug == errs.NotFound && r.keepsDeleted:
		return r.known(Group{ID: id}), nil
	case e.Slug == errs.NotFound:
		c := *e
		c.Why = fmt.Sprintf("the tenant has no such group (the service: %s)", e.Why)
		return Target{}, lookup(&c, id)
	default:
		return Target{}, lookup(e, id)
	}
}

func (r *resolver) known(g Group) Target {
	r.names[strings.ToLower(g.ID)] = g.DisplayName
	return Target{ID: g.ID, Type: GroupTarget}
}

func lookup(e *errs.Error, typed string) error {
	if e.Slug == errs.Denied {
		c := *e
		c.Why += ": a group is found by its name only with the permission " + permission.ReadGroups.Least + "; its object id works without"
		e = &c
	}
	return e.For("looking for a group", typed)
}

// among finds what was typed among the targets of a list: a group that was deleted can still be taken off by its id.
func (r *resolver) among(typed, verb string, current []Target) (Target, error) {
	var found []Target
	for _, t := range unique(current) {
		name := r.names.Of(t)
		if strings.EqualFold(t.ID, typed) || name != "" && strings.EqualFold(name, typed) {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 0:
		return Target{}, notThere(verb, strconv.Quote(typed), current, r.names)
	case 1:
		return found[0], nil
	}
	e := errs.Usage(fmt.Sprintf("%d targets have the name %q, give the id of one: %s", len(found), typed, r.names.list(found)))
	for _, t := range found {
		e.Hints = append(e.Hints, "--remove-"+verb+" "+t.ID)
	}
	return Target{}, e
}

// file is a file's change: its targets with object ids.
func (r *resolver) file(ctx context.Context, f *File) (Change, error) {
	c := f.Change
	if f.Include == nil && f.Exclude == nil {
		return c, nil
	}
	if err := r.read(ctx); err != nil {
		return c, err
	}
	var err error
	if c.Include, err = r.fileList(ctx, f.Name, f.Include, r.current.Include); err != nil {
		return c, err
	}
	c.Exclude, err = r.fileList(ctx, f.Name, f.Exclude, r.current.Exclude)
	return c, err
}

// fileList asks the directory only for what the policy does not have already.
func (r *resolver) fileList(ctx context.Context, file string, list *[]FileTarget, current []Target) (ListChange, error) {
	var c ListChange
	if list == nil {
		return c, nil
	}
	whole := []Target{}
	c.Whole, c.Registration = &whole, map[string]bool{}
	for _, ft := range *list {
		t := ft.Target()
		_, there := holds(current, t)
		if ft.ID == "" || !there && !t.IsAll() && t.Type == GroupTarget {
			var err error
			if t, err = r.group(ctx, cmp.Or(ft.ID, ft.DisplayName)); err != nil {
				e := *errs.Of(err)
				e.Why, e.What, e.Whom = fmt.Sprintf("line %d: %s", ft.Line, e.Error()), "", ""
				return c, &e
			}
		}
		if name := r.names.Of(t); ft.ID != "" && ft.DisplayName != "" && name != "" && name != ft.DisplayName {
			r.desk.Notice(fmt.Sprintf("%s: line %d: %s is called %s and not %s: the id counts", file, ft.Line, t.ID, name, ft.DisplayName))
		}
		if key := strings.ToLower(t.ID); ft.Registration != nil {
			if _, said := c.Registration[key]; !said { // of a target that is named twice the first counts
				c.Registration[key] = *ft.Registration
			}
		}
		whole = append(whole, t)
	}
	return c, nil
}
