package onboarding

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// sums is the columns of `tap report --sum`, documented in docs/output.md.
func (v view) sums() output.Schema[sum] {
	count := func(name, head, doc string, drop int, of func(sum) int) output.Column[sum] {
		return output.Column[sum]{Name: name, Type: "integer", Doc: doc, Value: func(s sum) any { return of(s) }, Head: head, Cell: func(s sum) string { return fmt.Sprint(of(s)) }, Drop: drop}
	}
	part := func(name, head, doc string, of func(sum) int) output.Schema[sum] {
		unseen := func(s sum) bool { return name == "registered" && s.Blind() }
		return output.Schema[sum]{
			{
				Name: name, Type: "integer", Doc: doc, Value: func(s sum) any { return unless(unseen(s), of(s)) }, Head: head,
				Cell: func(s sum) string {
					if unseen(s) {
						return "not seen"
					}
					return fmt.Sprintf("%d (%.0f%%)", of(s), s.Percent(of(s)))
				},
			},
			{Name: name + "Percent", Type: "number", Doc: "that, of `users`, to one decimal", Value: func(s sum) any { return unless(unseen(s), math.Round(10*s.Percent(of(s)))/10) }},
		}
	}
	return slices.Concat(output.Schema[sum]{
		{Name: "tenantId", Type: "string", Doc: "the tenant's id", Exact: true, Value: func(sum) any { return cmdutil.Optional(v.tenant) }},
		{Name: "by", Type: "string", Doc: "the column of the roster by which this sums; null in the sum of all", Value: func(s sum) any { return cmdutil.Optional(s.by) }},
		{Name: "value", Type: "string", Doc: "what the users have in that column, `\"\"` for nothing; null in the sum of all", Value: func(s sum) any { return unless(s.by == "", s.Value) }, Head: v.head(), Cell: sum.name, Cut: true},
		count("users", "USERS", "how many users there are", 0, func(s sum) int { return s.Users }),
		count("notIssued", "NOT ISSUED", "at that stage", 2, func(s sum) int { return s.NotIssued }),
	},
		part("issued", "ISSUED", "at that stage or a further one", func(s sum) int { return s.Issued }),
		part("used", "USED", "at that stage or a further one", func(s sum) int { return s.Used }),
		part("registered", "REGISTERED", "at that stage; null where no methods may be read", func(s sum) int { return s.Registered }),
		output.Schema[sum]{
			count("failed", "FAILED", "of whom nothing could be read", 1, func(s sum) int { return s.Failed }),
			{Name: "unseen", Type: "integer", Doc: "whose methods may not be read: they may have come further than `used`", Value: func(s sum) any { return s.Unseen }},
			{Name: "asOfDateTime", Type: "date-time", Doc: "when it was so, by the service's clock", Value: func(sum) any { return timestamp(v.at) }},
		})
}

// head is the head of the first column of sums: what they are by.
func (v view) head() string {
	if v.by == "" {
		return "SUM"
	}
	return strings.ToUpper(v.safe(v.by))
}

// sum is one row of sums.
type sum struct {
	onboarding.Sum
	by string // "": of all
}

// name is what the users have in common.
func (s sum) name() string {
	switch {
	case s.by == "":
		return "all"
	case s.Value == "":
		return "(none)"
	}
	return s.Value
}

func unless(unknown bool, v any) any {
	if unknown {
		return nil
	}
	return v
}
