package denial

import (
	"context"
	"sync"
)

// Remember is a Directory that asks for the roles of one principal once, however many rows of a run are refused. What it was
// told it tells again, refusals too; it is good for one command.
func Remember(d Directory) Directory { return &remembered{Directory: d} }

type remembered struct {
	Directory
	active             memo[Role]
	assigned, eligible memo[Holding]
}

func (r *remembered) Active(ctx context.Context, user string) ([]Role, error) {
	return r.active.of(user, func() ([]Role, error) { return r.Directory.Active(ctx, user) })
}

func (r *remembered) Assigned(ctx context.Context, principal string) ([]Holding, error) {
	return r.assigned.of(principal, func() ([]Holding, error) { return r.Directory.Assigned(ctx, principal) })
}

func (r *remembered) Eligible(ctx context.Context, principal string) ([]Holding, error) {
	return r.eligible.of(principal, func() ([]Holding, error) { return r.Directory.Eligible(ctx, principal) })
}

// memo keeps what each key was answered. Its zero value is empty.
type memo[T any] struct {
	mu    sync.Mutex
	known map[string]func() ([]T, error)
}

func (m *memo[T]) of(key string, ask func() ([]T, error)) ([]T, error) {
	m.mu.Lock()
	if m.known == nil {
		m.known = map[string]func() ([]T, error){}
	}
	answer, there := m.known[key]
	if !there {
		answer = sync.OnceValues(ask)
		m.known[key] = answer
	}
	m.mu.Unlock()
	return answer()
}
