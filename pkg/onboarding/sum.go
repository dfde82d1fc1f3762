package onboarding

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Sum counts users by how far they have come: who is further counts for what lies before, too.
type Sum struct {
	Value      string // of the column that they share, without surrounding blanks; in a sum of all ""
	Users      int
	NotIssued  int
	Issued     int
	Used       int
	Registered int
	Failed     int // of whom nothing could be read
	Unseen     int // whose methods may not be read: they may have come further than Used
}

// Add counts one.
func (s *Sum) Add(one Standing) {
	s.Users++
	if one.Unseen {
		s.Unseen++
	}
	switch one.Stage {
	case "":
		s.Failed++
	case NotIssued:
		s.NotIssued++
	case Registered:
		s.Registered++
		fallthrough
	case Used:
		s.Used++
		fallthrough
	case Issued:
		s.Issued++
	}
}

// Blind reports whether nobody's methods could be seen: then Registered says nothing.
func (s Sum) Blind() bool { return s.Unseen > 0 && s.Unseen == s.Users-s.Failed }

// Percent is a part of the users, 0 to 100; 0 of nobody.
func (s Sum) Percent(part int) float64 {
	if s.Users == 0 {
		return 0
	}
	return 100 * float64(part) / float64(s.Users)
}

// All counts all of them.
func All(standings []Standing) (all Sum) {
	for _, s := range standings {
		all.Add(s)
	}
	return all
}

// By counts them by the cell that they carry in a column: a sum a value, in the order of the values, those without one last.
func By(standings []Standing, column int) []Sum {
	sums := map[string]*Sum{}
	for _, s := range standings {
		value := strings.TrimSpace(s.Carried[column])
		if sums[value] == nil {
			sums[value] = &Sum{Value: value}
		}
		sums[value].Add(s)
	}
	var out []Sum
	for _, s := range slices.SortedFunc(maps.Values(sums), func(a, b *Sum) int {
		switch {
		case a.Value == "":
			return 1
		case b.Value == "":
			return -1
		}
		return cmp.Or(cmp.Compare(strings.ToLower(a.Value), strings.ToLower(b.Value)), cmp.Compare(a.Value, b.Value))
	}) {
		out = append(out, *s)
	}
	return out
}
