package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

func (c *client) batch(parts ...string) answer {
	c.t.Helper()
	return c.do("POST", "/beta/$batch", `{"requests":[`+strings.Join(parts, ",")+`]}`)
}

func read(id, url string, more ...string) string {
	return fmt.Sprintf(`{"id":%q,"method":"GET","url":%q%s}`, id, url, strings.Join(more, ""))
}

func create(id, user string, more ...string) string {
	return fmt.Sprintf(`{"id":%q,"method":"POST","url":"/users/%s/authentication/temporaryAccessPassMethods","headers":{"Content-Type":"application/json"},"body":{}%s}`,
		id, user, strings.Join(more, ""))
}

// TestBatch: each part has its own status, headers and body, which keep the contract of the call that it is.
func TestBatch(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.create(megan, `{}`).ok(201)
	id := c.get(passesOf(megan)).values()[0]["id"].(string)
	search := "/users?$search=" + `\"displayName:Adele\"` + "&$select=id&$count=true"
	a := c.do("POST", "/Beta/$BATCH", `{"requests":[`+strings.Join([]string{
		create("1", adele),
		read("2", "users('"+megan+"')/authentication/temporaryAccessPassMethods"),
		`{"id":"3","method":"delete","url":"/users/` + megan + `/authentication/temporaryAccessPassMethods/` + id + `"}`,
		create("4", admin),
		read("five", "/users/nobody@contoso.com"),
		read("6", "me/messages"),
		`{"id":"7","method":"PUT","url":"/users","headers":{"content-type":"application/json"},"body":{}}`,
		`{"id":"8","method":"GET","url":"` + search + `","headers":{"ConsistencyLevel":"eventual"}}`,
		`{"id":"9","method":"POST","url":"/users/` + adele + `/checkMemberGroups","headers":{"Content-Type":"application/json"},"body":{"groupIds":["` + groupNamed(c, "Helpdesk") + `"]},"unknown":true}`,
		read("10", "users?$select=id&$filter=accountEnabled eq true&$top=1"), // as Microsoft's example, with spaces
	}, ",")+`]}`).ok(200)
	for id, want := range map[string]struct {
		status int
		path   string
	}{
		"1": {201, "POST " + passesOf(adele)}, "2": {200, "GET " + passesOf(megan)}, "3": {204, "DELETE " + passesOf(megan) + "/" + id}, "4": {403, "POST " + passesOf(admin)},
		"five": {404, "GET /beta/users/nobody@contoso.com"}, "6": {501, "GET /beta/me/messages"}, "7": {405, "PUT /beta/users"}, "8": {200, "GET /beta/users?$select=id&$count=true"},
		"10": {200, "GET /beta/users?$select=id&$top=1"},
		"9":  {200, "POST /beta/users/" + adele + "/checkMemberGroups"},
	} {
		method, target, _ := strings.Cut(want.path, " ")
		p := a.part(id).ok(want.status).holds(t, method, target)
		if len(p.header.Get("request-id")) != 36 || p.header.Get("request-id") == a.header.Get("request-id") {
			t.Errorf("%s: request-id %q", id, p.header.Get("request-id"))
		}
	}
	var held []map[string]any
	c.get("/sandbox/passes").ok(200).decode(&held)
	if len(held) != 1 || held[0]["temporaryAccessPass"] != a.part("1").text("temporaryAccessPass") {
		t.Errorf("held %v", held)
	}
	if link := a.part("7").header.Get("Allow"); link != "GET" {
		t.Errorf("Allow %q", link)
	}
	if n, _ := a.part("8").object["@odata.count"].(float64); n != 1 {
		t.Errorf("search: %s", a.part("8").body)
	}
}

// TestBatchPaging: a link inside a batch is one for a call of its own.
func TestBatchPaging(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	link := c.batch(read("1", "/users?$top=2&$select=id")).ok(200).part("1").text("@odata.nextLink")
	path, found := strings.CutPrefix(link, "http://127.0.0.1:4010")
	if got := len(c.get(path).values()); !found || got != 2 {
		t.Errorf("%s: %d users", link, got)
	}
}

func TestMalformedBatches(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	const malformed = "Invalid batch payload format."
	twentyOne := strings.TrimSuffix(strings.TrimPrefix(batchOfReads(21), `{"requests":[`), `]}`)
	noBody := `{"id":"1","method":"POST","url":"/users/x/checkMemberGroups","headers":{"Content-Type":"application/json"}}`
	noType := `{"id":"1","method":"PATCH","url":"/users/x","body":{}}`
	for parts, want := range map[string]string{
		``:                                    malformed,
		`1`:                                   malformed,
		twentyOne:                             "Number of requests inside batch exceed the limit.",
		`{"id":1,"method":"GET","url":"/me"}`: malformed,
		`{"method":"GET","url":"/me"}`:        malformed,
		`{"id":"1","url":"/me"}`:              malformed,
		`{"id":"1","method":"GET"}`:           malformed,
		read("a", "/me") + "," + read("A", "/me"): "Request Id A has to be unique in a batch.",
		noBody: "Write request id : 1 does not contain Content-Type header or body.",
		noType: "Write request id : 1 does not contain Content-Type header or body.",
		`{"id":"1","method":"GET","url":"/me","body":{}}`:                                     "Write request id : 1 does not contain Content-Type header or body.",
		read("1", "https://graph.microsoft.com/beta/me"):                                      "The url of the request with the id 1 is not relative to the version: 'https://graph.microsoft.com/beta/me'.",
		read("1", "//graph.microsoft.com/me"):                                                 "The url of the request with the id 1 is not relative to the version: '//graph.microsoft.com/me'.",
		read("1", "/me", `,"dependsOn":["2"]`):                                                "The request with the id 1 depends on 2, which is not in the batch.",
		read("1", "/me", `,"dependsOn":["1"]`):                                                "Requests of the batch depend on each other in a circle.",
		read("1", "/me", `,"dependsOn":["2"]`) + "," + read("2", "/me", `,"dependsOn":["1"]`): "Requests of the batch depend on each other in a circle.",
	} {
		c.batch(parts).fails(400, "BadRequest", want)
	}
	for _, body := range []string{`{}`, `{"requests":null}`, `[]`, `{"requests":{}}`, `{"requests":[]} x`, `"`} {
		c.do("POST", "/beta/$batch", body).fails(400, "BadRequest", malformed)
	}
	c.do("POST", "/beta/$batch", `{"requests":[]}`, "Content-Type: text/plain").fails(400, "BadRequest", "Entity only allows writes with a JSON Content-Type header.")
	c.caller("").do("POST", "/beta/$batch", `{}`).fails(401, "InvalidAuthenticationToken", "Access token is empty.")
	if n := len(c.batch(strings.Split(batchOfReads(20), `[`)[1][:len(strings.Split(batchOfReads(20), `[`)[1])-2]).ok(200).object["responses"].([]any)); n != 20 {
		t.Errorf("%d answers to 20 requests", n)
	}
}

// TestPartsThatAreRefused: they do not spoil the batch.
func TestPartsThatAreRefused(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	a := c.batch(read("1", "/v1.0/me"), `{"id":"2","method":"POST","url":"$batch","headers":{"Content-Type":"application/json"},"body":{}}`,
		`{"id":"3","method":"POST","url":"/users/`+adele+`/checkMemberGroups","headers":{"Content-Type":"text/plain"},"body":"aGk="}`, read("4", "/me?$select=id")).ok(200)
	a.part("1").fails(400, "BadRequest", "Resource not found for the segment 'v1.0'.")
	a.part("2").fails(400, "BadRequest", "A batch cannot be part of a batch.")
	a.part("3").fails(400, "BadRequest", "Entity only allows writes with a JSON Content-Type header.")
	a.part("4").ok(200)
}

// TestEachPartIsAuthorized: under the token of the batch, whatever its own headers say.
func TestEachPartIsAuthorized(t *testing.T) {
	t.Parallel()
	c := contoso(t).caller("norole")
	own := strings.Replace(create("1", adele), `"headers":{`, `"headers":{"Authorization":"Bearer sandbox-helpdesk",`, 1)
	a := c.batch(own, read("2", "/users/"+adele)).ok(200)
	a.part("1").fails(403, "accessDenied", "Request Authorization failed")
	a.part("2").ok(200)
	if n := c.made(); n != 0 {
		t.Errorf("%d passes", n)
	}
}

// TestDependsOn: in the order that it asks for; what depends on a failure is not executed, nor what depends on that.
func TestDependsOn(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	a := c.batch(read("after", "/users/"+adele+"/authentication/temporaryAccessPassMethods", `,"dependsOn":["POST"]`), create("post", adele)).ok(200)
	if v := a.part("after").ok(200).values(); len(v) != 1 || v[0]["id"] != a.part("post").ok(201).text("id") {
		t.Errorf("read before the create: %v", v)
	}
	a = c.batch(create("1", external), create("2", adele, `,"dependsOn":["1"]`), create("3", adele, `,"dependsOn":["2"]`), read("4", "/me", `,"dependsOn":[]`)).ok(200)
	a.part("1").ok(400)
	a.part("2").holds(t, "POST", passesOf(adele)).fails(424, "FailedDependency", "The request was not executed: the request with the id 1 failed.")
	a.part("3").fails(424, "FailedDependency", "The request was not executed: the request with the id 2 failed.")
	a.part("4").ok(200)
	if n := c.made(); n != 1 {
		t.Errorf("%d passes", n)
	}
	c.faults(`[{` + onCreate + `,"status":503,"times":1}]`)
	a = c.batch(create("1", adele), read("2", "/me", `,"dependsOn":["1"]`)).ok(200)
	a.part("1").ok(503)
	a.part("2").ok(424)
}

// TestBatchOrder: the answers come in another order than the requests, the same one with the same seed.
func TestBatchOrder(t *testing.T) {
	t.Parallel()
	order := func(seed int64) string {
		c := open(t, t.TempDir(), sandbox.Options{Seed: seed})
		var batch struct{ Responses []struct{ ID string } }
		c.do("POST", "/beta/$batch", batchOfReads(20)).ok(200).decode(&batch)
		return fmt.Sprint(batch.Responses)
	}
	seven := order(7)
	if again := order(7); again != seven {
		t.Errorf("the same seed: %s, %s", seven, again)
	}
	if other := order(8); other == seven {
		t.Errorf("another seed: %s", other)
	}
	if order(0) == order(0) {
		t.Error("without a seed the order is the same")
	}
}

// TestBatchInTheLog: a line for the batch, then one for each part, without bodies.
func TestBatchInTheLog(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	a := c.do("POST", "/beta/$batch", `{"requests":[`+create("a", adele)+`,`+read("b", "users/nobody?$select=id", `,"headers":{"client-request-id":"own"}`)+`,`+read("c", "me", `,"dependsOn":["b"]`)+`]}`, "client-request-id: mine").ok(200)
	var got []string
	for _, l := range c.log() {
		b, err := json.Marshal([]any{l["method"], l["path"], l["query"], l["status"], l["batch"], l["part"], l["caller"], l["clientRequestId"]})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	want := []string{
		`["POST","/beta/$batch",null,200,true,null,"helpdesk","mine"]`,
		`["POST","` + passesOf(adele) + `",null,201,null,"a","helpdesk","mine"]`,
		`["GET","/beta/users/nobody","$select=id",404,null,"b","helpdesk","own"]`,
		`["GET","/beta/me",null,424,null,"c","helpdesk","mine"]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if a.part("b").header.Get("client-request-id") != "own" {
		t.Errorf("part b: %v", a.part("b").header)
	}
}

// TestALostPartLosesTheBatch: the others are done all the same.
func TestALostPartLosesTheBatch(t *testing.T) {
	t.Parallel()
	c := contoso(t)
	c.faults(`[{"match":"POST /users/` + megan + `/authentication/temporaryAccessPassMethods","drop":"before","times":1}]`)
	batch := `{"requests":[` + create("1", adele) + `,` + create("2", megan) + `,` + create("3", newHire) + `]}`
	if _, err := c.send("POST", "/beta/$batch", batch); err == nil {
		t.Error("the connection was not cut")
	}
	if n := c.made(); n != 2 {
		t.Errorf("%d passes", n)
	}
	statuses := []any{}
	for _, l := range c.log() {
		statuses = append(statuses, l["status"])
	}
	if diff := cmp.Diff([]any{0.0, 201.0, 0.0, 201.0}, statuses); diff != "" {
		t.Error(diff)
	}
}

// FuzzBatch: whatever comes, the answer is a 200 or a 400 that keeps the contract.
func FuzzBatch(f *testing.F) {
	for _, body := range []string{batchOf, batchOfReads(3), `{"requests":[` + read("1", "/me", `,"dependsOn":["1"]`) + `]}`, `{"requests":[{}]}`, `[`} {
		f.Add(body)
	}
	tenant, err := sandbox.Open(f.TempDir(), sandbox.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		req := httptest.NewRequest("POST", "http://localhost/beta/$batch", strings.NewReader(body))
		req.Header = http.Header{"Authorization": {"Bearer sandbox-helpdesk"}, "Content-Type": {"application/json"}}
		rec := httptest.NewRecorder()
		tenant.Handler().ServeHTTP(rec, req)
		if rec.Code != 200 && rec.Code != 400 {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		checkContract(t, req, answer{t: t, what: "batch", status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()})
	})
}
