package graph

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// $batch carries up to 20 calls in one request, each with an answer of its own in any order. The SDK's type throws away the
// answers that it has when a later call fails, and does not look at a part's Retry-After: the parts are the SDK's, the batch is ours.
// https://learn.microsoft.com/graph/json-batching

// part is one call of a batch as it is sent.
type part struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"` // relative to the version
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// newPart makes a part of a request that the SDK has built.
func (c *Client) newPart(n int, info *abstractions.RequestInformation) (part, error) {
	info.PathParameters["baseurl"] = c.adapter.GetBaseUrl()
	u, err := info.GetUri()
	if err != nil {
		return part{}, err
	}
	base, err := url.Parse(c.adapter.GetBaseUrl())
	if err != nil {
		return part{}, err
	}
	p := part{ID: strconv.Itoa(n), Method: info.Method.String(), URL: strings.TrimPrefix(u.EscapedPath(), base.EscapedPath())}
	if u.RawQuery != "" {
		p.URL += "?" + strings.ReplaceAll(u.RawQuery, "%24", "$") // as the SDK's handler of names writes it
	}
	if len(info.Content) > 0 {
		p.Body, p.Headers = info.Content, map[string]string{"Content-Type": "application/json"}
	}
	return p, nil
}

// partAnswer is what one part came to: its answer, or why there is none.
type partAnswer struct {
	*answer
	err error
}

// sendBatch sends the parts as one request and returns their answers in the parts' order. Parts that the service did not execute because it
// asks for another token are sent once more with that. repeats tells that the parts may be sent twice.
func (c *Client) sendBatch(ctx context.Context, parts []part, repeats bool) []partAnswer {
	answers := c.sendOnce(ctx, parts, repeats)
	var which []int
	var again []part
	claims := ""
	for i, a := range answers {
		if a.err == nil && a.status == http.StatusUnauthorized {
			which, again, claims = append(which, i), append(again, parts[i]), cmp.Or(claims, challenge(a.answer))
		}
	}
	if len(again) > 0 {
		for k, a := range c.sendOnce(context.WithValue(ctx, claimsKey{}, claims), again, repeats) {
			answers[which[k]] = a
		}
	}
	return answers
}

// sendOnce sends the parts as one request. An answer that is lost as a whole is lost for each part.
func (c *Client) sendOnce(ctx context.Context, parts []part, repeats bool) []partAnswer {
	answers := make([]partAnswer, len(parts))
	responses, whole, err := c.postBatch(ctx, parts, repeats)
	for i, p := range parts {
		answers[i] = partAnswer{err: err}
		if err != nil {
			continue
		}
		a, there := responses[p.ID]
		if !there {
			answers[i].err = &errs.Error{Slug: errs.Busy, Why: "the service's answer to a batch lacks a part", RequestID: whole.requestID()}
			if !repeats {
				answers[i].err = lost(answers[i].err, whole.sent, nil)
			}
			continue
		}
		if a.header.Get("Date") == "" {
			a.header.Set("Date", whole.header.Get("Date"))
		}
		a.sent = whole.sent
		answers[i].answer = a
	}
	return answers
}

// postBatch returns the answers by the ids of the parts, and the answer to the batch.
func (c *Client) postBatch(ctx context.Context, parts []part, repeats bool) (map[string]*answer, *answer, error) {
	body, err := json.Marshal(map[string][]part{"requests": parts})
	if err != nil {
		return nil, nil, err
	}
	var whole answer
	ctx = listen(ctx, &whole)
	if repeats {
		ctx = context.WithValue(ctx, readsKey{}, true)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.adapter.GetBaseUrl()+"/$batch", bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := c.wire.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	_ = resp.Body.Close() // it was read to its end
	if whole.status == http.StatusTooManyRequests {
		responses := map[string]*answer{}
		for _, p := range parts {
			responses[p.ID] = &whole
		}
		return responses, &whole, nil
	}
	responses, err := parseBatch(whole.body)
	if err != nil {
		err = &errs.Error{Slug: errs.Busy, Why: "the service's answer to a batch cannot be read", Err: err, RequestID: whole.requestID()}
		if !repeats {
			err = lost(err, whole.sent, nil)
		}
		return nil, nil, err
	}
	return responses, &whole, nil
}

type readsKey struct{}

// parseBatch reads the parts of an answer. One that is no JSON is text, mostly in base64.
func parseBatch(b []byte) (map[string]*answer, error) {
	var batch struct {
		Responses []struct {
			ID      string
			Status  int
			Headers map[string]string
			Body    json.RawMessage
		}
	}
	if err := json.Unmarshal(b, &batch); err != nil {
		return nil, err
	}
	if batch.Responses == nil {
		return nil, io.ErrUnexpectedEOF
	}
	out := map[string]*answer{}
	for _, r := range batch.Responses {
		a := &answer{status: r.Status, header: http.Header{}, body: r.Body}
		for name, v := range r.Headers {
			a.header.Set(name, v)
		}
		var text string
		if json.Unmarshal(r.Body, &text) == nil {
			a.body = []byte(text)
			if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
				a.body = decoded
			}
		}
		out[r.ID] = a
	}
	return out, nil
}

// outcome says what a part came to: nil for a success, and whether it may be sent again. A create that may have been executed is lost.
func (p partAnswer) outcome(creates bool) (again bool, err error) {
	if p.err != nil {
		l := (*LostError)(nil)
		return errs.Of(p.err).Slug == errs.Busy && (!creates || !errors.As(p.err, &l)), p.err
	}
	if p.status >= 200 && p.status <= 299 {
		return false, nil
	}
	e := refused(p.answer)
	switch maybe := (attempt{answer: p.answer}).maybeExecuted(); {
	case p.status == http.StatusTooManyRequests, maybe && !creates:
		return true, e
	case maybe:
		return false, lost(e, p.answer.sent, p.answer)
	}
	return false, e
}

// answerOf is a part's answer with its value decoded.
func answerOf[T any](p partAnswer, creates bool, decode func(*answer) (T, error)) rollout.Answer[T] {
	again, err := p.outcome(creates)
	out := rollout.Answer[T]{Again: again}
	if p.answer != nil {
		out.At = p.at()
		out.After = retryAfter(p.header)
	}
	if err == nil {
		out.Value, err = decode(p.answer)
		out.Again = err != nil && !creates // a read may be answered better another time
	}
	var l *LostError
	if errors.As(err, &l) {
		out.After, out.Sent = max(out.After, l.after), l.Sent
		e := *errs.Of(err)
		e.Err = errors.Join(err, pass.ErrUnseen)
		err = &e
	}
	if err != nil {
		out.Err = errs.Of(err)
	}
	return out
}

// repeated sends parts that may be sent twice until each has an answer that counts, the throttled ones after what they ask for.
func repeated[T any](ctx context.Context, c *Client, parts []part, decode func(*answer) (T, error)) []rollout.Answer[T] {
	out := make([]rollout.Answer[T], len(parts))
	left := make([]int, len(parts))
	for i := range parts {
		left[i] = i
	}
	for n := 1; len(left) > 0; n++ {
		var now []part
		for _, i := range left {
			now = append(now, parts[i])
		}
		var again []int
		wait := time.Duration(0)
		for k, p := range c.sendBatch(ctx, now, true) {
			i := left[k]
			out[i] = answerOf(p, false, decode)
			if p.err == nil && out[i].Again && n < mostAttempts {
				again, wait = append(again, i), max(wait, pause(p.answer, n))
			}
		}
		left = again
		if len(left) == 0 {
			break
		}
		if err := c.wire.wait(ctx, wait, out[left[0]].Err); err != nil {
			for _, i := range left {
				if ctx.Err() != nil {
					out[i].Err = errs.Of(err) // the command ends: that is why
				}
			}
			break
		}
	}
	return out
}

// partsOf builds a part for each of the things; what cannot be built has its error.
func partsOf[S any](c *Client, things []S, build func(S) (*abstractions.RequestInformation, error)) ([]part, error) {
	parts := make([]part, len(things))
	for i, s := range things {
		info, err := build(s)
		if err == nil {
			parts[i], err = c.newPart(i, info)
		}
		if err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// all is the same error for every call.
func all[T any](n int, err error) []rollout.Answer[T] {
	return slices.Repeat([]rollout.Answer[T]{{Err: errs.Of(err)}}, n)
}
