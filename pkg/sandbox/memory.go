package sandbox

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// memoryServer is an HTTP server whose connections are pipes in memory. It starts with the first connection.
type memoryServer struct {
	mu      sync.Mutex
	conns   chan net.Conn
	done    chan struct{}
	server  *http.Server
	closed  bool
	stopped chan struct{}
}

func (m *memoryServer) dial(ctx context.Context, h http.Handler) (net.Conn, error) {
	m.mu.Lock()
	if m.closed { // a client dials in the background, for a request that was answered meanwhile
		m.mu.Unlock()
		return nil, net.ErrClosed
	}
	if m.server == nil {
		m.conns, m.done, m.stopped = make(chan net.Conn), make(chan struct{}), make(chan struct{})
		m.server = newServer(h)
		go func(s *http.Server, l net.Listener, stopped chan struct{}) {
			defer close(stopped)
			_ = s.Serve(l)
		}(m.server, &pipeListener{conns: m.conns, done: m.done}, m.stopped)
	}
	conns, done := m.conns, m.done
	m.mu.Unlock()
	ours, theirs := net.Pipe()
	select {
	case conns <- theirs:
		return ours, nil
	case <-done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memoryServer) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.server == nil {
		return nil
	}
	err := m.server.Close()
	<-m.stopped
	m.server = nil
	return err
}

// pipeListener hands the server the ends of pipes.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
