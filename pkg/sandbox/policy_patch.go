package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

// The bounds that Microsoft documents for any policy (graph.md section 2).
const (
	shortestCode, longestCode         = 8, 48
	shortestLifetime, longestLifetime = 10, 43200
)

// patchPassPolicy changes the properties that are sent; the others keep their value. The words of its refusals are
// our invention, in the manner of the ones known.
func patchPassPolicy(c *call) (reply, error) {
	was := c.latestPolicy()
	p := was
	if err := p.patch(c.body); err != nil {
		return reply{}, err
	}
	if err := p.check(c.directory, was); err != nil {
		return reply{}, err
	}
	return noContent, c.send(policyUpdated, p)
}

// setters are what sets the properties of p.
func (p *policy) setters() map[string]setter {
	return map[string]setter{
		"state":                    replace(&p.State, "microsoft.graph.authenticationMethodState"),
		"defaultLength":            replace(&p.DefaultLength, "Edm.Int32"),
		"defaultLifetimeInMinutes": replace(&p.DefaultLifetime, "Edm.Int32"),
		"minimumLifetimeInMinutes": replace(&p.MinimumLifetime, "Edm.Int32"),
		"maximumLifetimeInMinutes": replace(&p.MaximumLifetime, "Edm.Int32"),
		"isUsableOnce":             replace(&p.IsUsableOnce, "Edm.Boolean"),
		"includeTargets":           replace(&p.IncludeTargets, "Collection(microsoft.graph.authenticationMethodTarget)"),
		"excludeTargets":           replace(&p.ExcludeTargets, "Collection(microsoft.graph.excludeTarget)"),
	}
}

func (p *policy) patch(body []byte) error {
	typed := false
	var id *string
	setters := p.setters()
	setters["id"] = into(&id, "Edm.String")
	if err := decodeEntity(body, policyType, setters); err != nil {
		return err
	}
	var sent map[string]json.RawMessage
	if json.Unmarshal(body, &sent) == nil {
		_, typed = sent["@odata.type"]
	}
	switch {
	case !typed:
		return badRequest("The @odata.type '#%s' is required.", policyType)
	case id != nil && !strings.EqualFold(*id, "TemporaryAccessPass"):
		return badRequest("The id of an authentication method configuration cannot be changed.")
	}
	return nil
}

// replace sets *dst to a value of its type; null is none.
func replace[T any](dst *T, edm string) setter {
	return func(value json.RawMessage) error {
		var v *T
		if err := into(&v, edm)(value); err != nil {
			return err
		}
		if v == nil {
			return badRequest("A null value was found where the type '%s' was expected.", edm)
		}
		*dst = *v
		return nil
	}
}

// check holds p against Microsoft's bounds. A target that was there before may stay when its group is deleted: our
// invention, as is the refusal of a new one that does not exist.
func (p *policy) check(d *directory, was policy) error {
	within := func(name string, v, low, high int) error {
		if v < low || v > high {
			return badRequest("Invalid %s specified. The valid range between %d and %d.", name, low, high)
		}
		return nil
	}
	if p.State != stateEnabled && p.State != stateDisabled {
		return badRequest("Invalid State specified. The valid values are enabled and disabled.")
	}
	for _, err := range []error{
		within("DefaultLength", p.DefaultLength, shortestCode, longestCode),
		within("MinimumLifetimeInMinutes", p.MinimumLifetime, shortestLifetime, longestLifetime),
		within("MaximumLifetimeInMinutes", p.MaximumLifetime, p.MinimumLifetime, longestLifetime),
		within("DefaultLifetimeInMinutes", p.DefaultLifetime, p.MinimumLifetime, p.MaximumLifetime),
	} {
		if err != nil {
			return err
		}
	}
	return p.checkTargets(d, was)
}

func (p *policy) checkTargets(d *directory, was policy) error {
	known := func(targetType, id string, all bool) error {
		_, isGroup := d.group(id)
		_, isUser := d.byID[strings.ToLower(id)]
		if !slices.Contains([]string{"group", "user"}, targetType) {
			return badRequest("Invalid targetType '%s' specified. The valid values are group and user.", targetType)
		}
		if all && targetType == "group" && id == allUsers || isGroup && targetType == "group" || isUser && targetType == "user" {
			return nil
		}
		return badRequest("Invalid target '%s' of the type %s specified. It does not exist.", id, targetType)
	}
	for _, t := range p.IncludeTargets {
		old := slices.ContainsFunc(was.IncludeTargets, func(o include) bool { return o.ID == t.ID && o.TargetType == t.TargetType })
		if err := known(t.TargetType, t.ID, true); err != nil && !old {
			return err
		}
	}
	for _, t := range p.ExcludeTargets {
		if err := known(t.TargetType, t.ID, false); err != nil && !slices.Contains(was.ExcludeTargets, t) {
			return err
		}
	}
	return nil
}
