package vaultbox

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Version is one version of a secret, as it was written.
type Version struct {
	Name, Version      string
	ID                 string // its address
	Value, ContentType string
	Enabled            bool
	NotBefore, Expires time.Time // zero: none
	Created            time.Time
	Tags               map[string]string
}

// entry is a secret with all its versions, the oldest first.
type entry struct {
	versions []Version
	deleted  bool
	busy     string // the inner code of what is being done with it; else empty
}

// Log is every version that was ever written, in order.
func (b *Box) Log() []Version {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.log)
}

// Written is every version of one secret, the oldest first. Names are compared without regard to case.
func (b *Box) Written(name string) []Version {
	return slices.DeleteFunc(b.Log(), func(v Version) bool { return !strings.EqualFold(v.Name, name) })
}

// Delete deletes a secret softly: its name is taken until it is recovered.
func (b *Box) Delete(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at(name).deleted = true
}

// Occupy answers each change of the secret with the inner code, "ObjectIsBeingDeleted" or "ObjectIsBeingRecovered"; "" ends that.
func (b *Box) Occupy(name, inner string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at(name).busy = inner
}

func (b *Box) at(name string) *entry {
	key := strings.ToLower(name)
	if b.secrets[key] == nil {
		b.secrets[key] = &entry{}
	}
	return b.secrets[key]
}

// wanted is the body of a PUT. https://learn.microsoft.com/rest/api/keyvault/secrets/set-secret/set-secret
type wanted struct {
	Value       *string `json:"value"`
	ContentType string  `json:"contentType"`
	Attributes  struct {
		Enabled *bool  `json:"enabled"`
		Nbf     *int64 `json:"nbf"`
		Exp     *int64 `json:"exp"`
	} `json:"attributes"`
	Tags map[string]string `json:"tags"`
}

// fault says what is wrong with a body.
// https://learn.microsoft.com/azure/key-vault/secrets/about-secrets
func (s wanted) fault() *refusal {
	const largest, mostTags, longestTag, longestType = 25 << 10, 15, 256, 255
	switch {
	case s.Value == nil:
		return badParameter("Property value is required")
	case len(*s.Value) > largest:
		return badParameter("the value is longer than %d bytes", largest)
	case utf8.RuneCountInString(s.ContentType) > longestType:
		return badParameter("contentType is longer than %d characters", longestType)
	case len(s.Tags) > mostTags:
		return badParameter("there are more than %d tags", mostTags)
	}
	for k, v := range s.Tags {
		if k == "" || utf8.RuneCountInString(k) > longestTag || utf8.RuneCountInString(v) > longestTag {
			return badParameter("a tag is empty or longer than %d characters", longestTag)
		}
	}
	return nil
}

func (b *Box) put(name, contentType string, body []byte) (any, *refusal) {
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "BadParameter", "", "the body is no application/json")
	}
	var s wanted
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil || d.More() {
		return nil, badParameter("the body cannot be read")
	}
	if no := s.fault(); no != nil {
		return nil, no
	}
	e := b.at(name)
	switch {
	case e.busy != "":
		return nil, refuse(http.StatusConflict, "Conflict", e.busy, "Secret "+name+" is currently being changed.")
	case e.deleted:
		return nil, refuse(http.StatusConflict, "Conflict", "ObjectIsDeletedButRecoverable", "Secret "+name+" is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.")
	}
	v := Version{
		Name: name, Version: newID(), Value: *s.Value, ContentType: s.ContentType, Enabled: s.Attributes.Enabled == nil || *s.Attributes.Enabled,
		NotBefore: intDate(s.Attributes.Nbf), Expires: intDate(s.Attributes.Exp), Created: time.Now().UTC().Truncate(time.Second), Tags: s.Tags,
	}
	v.ID = "https://" + b.host + "/secrets/" + name + "/" + v.Version
	e.versions = append(e.versions, v)
	b.log = append(b.log, v)
	return v.bundle(true), nil
}

// intDate reads seconds since 1970.
func intDate(n *int64) time.Time {
	if n == nil {
		return time.Time{}
	}
	return time.Unix(*n, 0).UTC()
}

// bundle is a version as the service shows it, with or without its value.
func (v Version) bundle(value bool) map[string]any {
	attributes := map[string]any{"enabled": v.Enabled, "created": v.Created.Unix(), "updated": v.Created.Unix(), "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90}
	for k, t := range map[string]time.Time{"nbf": v.NotBefore, "exp": v.Expires} {
		if !t.IsZero() {
			attributes[k] = t.Unix()
		}
	}
	out := map[string]any{"id": v.ID, "attributes": attributes}
	if value {
		out["value"] = v.Value
	}
	if v.ContentType != "" {
		out["contentType"] = v.ContentType
	}
	if len(v.Tags) > 0 {
		out["tags"] = v.Tags
	}
	return out
}

// find returns a secret that is there.
func (b *Box) find(name string) (*entry, *refusal) {
	e := b.secrets[strings.ToLower(name)]
	if e == nil || e.deleted || len(e.versions) == 0 {
		return nil, refuse(http.StatusNotFound, "SecretNotFound", "", "A secret with (name/id) "+name+" was not found in this key vault.")
	}
	return e, nil
}

// get returns one version, "": the latest.
func (b *Box) get(name, version string) (any, *refusal) {
	e, no := b.find(name)
	if no != nil {
		return nil, no
	}
	i := len(e.versions) - 1
	if version != "" {
		i = slices.IndexFunc(e.versions, func(v Version) bool { return v.Version == version })
	}
	switch {
	case i < 0:
		return nil, refuse(http.StatusNotFound, "SecretNotFound", "", "A secret with (name/id) "+name+"/"+version+" was not found in this key vault.")
	case !e.versions[i].Enabled:
		return nil, refuse(http.StatusForbidden, "Forbidden", "SecretDisabled", "Operation get is not allowed on a disabled secret.")
	}
	return e.versions[i].bundle(true), nil
}

// list returns all versions without their values, on one page.
func (b *Box) list(name string) (any, *refusal) {
	e, no := b.find(name)
	if no != nil {
		return nil, no
	}
	items := []any{}
	for _, v := range e.versions {
		items = append(items, v.bundle(false))
	}
	return map[string]any{"value": items, "nextLink": nil}, nil
}

// remove deletes a secret softly.
func (b *Box) remove(name string) (any, *refusal) {
	e, no := b.find(name)
	if no != nil {
		return nil, no
	}
	e.deleted = true
	out := e.versions[len(e.versions)-1].bundle(false)
	out["recoveryId"] = "https://" + b.host + "/deletedsecrets/" + name
	out["deletedDate"], out["scheduledPurgeDate"] = time.Now().Unix(), time.Now().AddDate(0, 0, 90).Unix()
	return out, nil
}
