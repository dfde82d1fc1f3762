package entra

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// Certificate is a certificate with its RSA key.
type Certificate struct {
	*x509.Certificate
	Key *rsa.PrivateKey
}

// NewCertificate makes one for the host names, signed by the issuer, or by itself where that is nil. Then it can sign others.
func NewCertificate(issuer *Certificate, end time.Time, hosts ...string) (*Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "tap test"}, DNSNames: hosts,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: end, BasicConstraintsValid: true, IsCA: issuer == nil,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent, signer := c, key
	if issuer != nil {
		parent, signer = issuer.Certificate, issuer.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	return &Certificate{parsed, key}, err
}

// PEM is the certificate and its key, as one file has them.
func (c *Certificate) PEM() []byte {
	key, err := x509.MarshalPKCS8PrivateKey(c.Key)
	if err != nil {
		return nil
	}
	return append(c.Public(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
}

// Public is the certificate alone.
func (c *Certificate) Public() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// TLS is the certificate as a server has it.
func (c *Certificate) TLS() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: c.Key}
}
