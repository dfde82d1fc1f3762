package sandbox

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
)

// keyFile has the key that signs the tokens of this folder. It is made when first needed, and nothing removes it.
const keyFile = "authority.pem"

// signer is the key of the folder. Whoever asks holds the folder exclusively.
func (s *store) signer() (*rsa.PrivateKey, error) {
	if s.key != nil {
		return s.key, nil
	}
	path := filepath.Join(s.dir, keyFile)
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.key, err = makeSigner(path)
		return s.key, err
	case err != nil:
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s is corrupt: remove the file to sign with another key", path)
	}
	s.key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	return s.key, err
}

func makeSigner(path string) (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return key, replaceFile(path, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func keyID(key *rsa.PublicKey) string {
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(key))
	return base64.RawURLEncoding.EncodeToString(sum[:20])
}

// publishedKeys is the JWK set with which anybody can check a token.
func publishedKeys(s *signing) (reply, error) {
	key, err := s.store.signer()
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID(&key.PublicKey), "issuer": s.issuer(),
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}}), nil
}

// sign makes a JWT of claims, signed with RS256.
func (x *tx) sign(claims any) (string, error) {
	key, err := x.store.signer()
	if err != nil {
		return "", err
	}
	header, _ := json.Marshal(map[string]string{"typ": "JWT", "alg": "RS256", "kid": keyID(&key.PublicKey)})
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), err
}

// open reads claims that sign signed; false says that it did not.
func (x *tx) open(token string, claims any) (bool, error) {
	key, err := x.store.signer()
	if err != nil {
		return false, err
	}
	j, readable := readJWT(token)
	return readable && j.header.Alg == "RS256" && j.signedBy(&key.PublicKey) && json.Unmarshal(j.payload, claims) == nil, nil
}

// jwt is a signed JWT (RFC 7519) that was not checked yet.
type jwt struct {
	header struct {
		Alg, Kid, X5t string
		X5tS256       string `json:"x5t#S256"`
	}
	payload   []byte
	signed    string // what the signature is over
	signature []byte
}

func readJWT(token string) (*jwt, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, false
	}
	j := &jwt{signed: parts[0] + "." + parts[1]}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil || json.Unmarshal(header, &j.header) != nil {
		return nil, false
	}
	if j.payload, err = base64.RawURLEncoding.DecodeString(parts[1]); err != nil {
		return nil, false
	}
	j.signature, err = base64.RawURLEncoding.DecodeString(parts[2])
	return j, err == nil
}

// signedBy checks the signature with the algorithms that MSAL uses.
func (j *jwt) signedBy(key *rsa.PublicKey) bool {
	sum := sha256.Sum256([]byte(j.signed))
	switch j.header.Alg {
	case "RS256":
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], j.signature) == nil
	case "PS256":
		return rsa.VerifyPSS(key, crypto.SHA256, sum[:], j.signature, nil) == nil
	}
	return false
}

// sameBytes compares what some clients encode as base64 and others as base64url, as the certificate's thumbprint.
func sameBytes(encoded string, want []byte) bool {
	plain := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(encoded)
	b, err := base64.RawURLEncoding.DecodeString(plain)
	return err == nil && bytes.Equal(b, want)
}
