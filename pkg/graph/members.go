package graph

import (
	"context"
	"fmt"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// memberQuery are the query options of a request for the users of a group.
type memberQuery struct {
	Select []string `uriparametername:"%24select"`
}

// Members lists the users of a group, those of groups within it, too.
func (b Batches) Members(ctx context.Context, group string) (rollout.Group, error) {
	g, err := b.groupOf(ctx, group)
	if err != nil {
		return rollout.Group{}, errs.Of(err).For("reading the members", "group "+group)
	}
	out := rollout.Group{ID: g.ID, Name: g.DisplayName}
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		abstractions.GET, "{+baseurl}/groups/{group%2Did}/transitiveMembers/graph.user{?%24select}", map[string]string{"group%2Did": g.ID})
	info.AddQueryParameters(memberQuery{Select: userProperties()})
	info.Headers.TryAdd("Accept", "application/json")
	err = eachPage(ctx, b.Client, info, "a list of members", func(page []user) error {
		for _, u := range page {
			p, err := u.person()
			if err != nil {
				return err
			}
			out.Users = append(out.Users, p)
		}
		return nil
	})
	if err != nil {
		return rollout.Group{}, errs.Of(err).For("reading the members", "group "+group)
	}
	return out, nil
}

// groupOf finds the one group with an object id or a name.
func (b Batches) groupOf(ctx context.Context, group string) (policy.Group, error) {
	if person.Ref(group).IsID() {
		return b.Group(ctx, group)
	}
	found, err := b.GroupsNamed(ctx, group)
	switch {
	case err != nil:
		return policy.Group{}, err
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return policy.Group{}, &errs.Error{Slug: errs.NotFound, Why: "the tenant has no group of this name"}
	}
	var ids []string
	for _, g := range found {
		ids = append(ids, g.ID)
	}
	return policy.Group{}, errs.Usage(fmt.Sprintf("%d groups have this name: %s", len(found), strings.Join(ids, ", ")), "--group "+ids[0])
}
