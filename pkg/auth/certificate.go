package auth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"golang.org/x/crypto/pkcs12"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// maxCertificate bounds a file with a certificate, its chain and its key, in bytes.
const maxCertificate = 1 << 20

func (c *credential) newClientCertificate(ctx context.Context) (azcore.TokenCredential, error) {
	certs, key, err := c.readCertificate(ctx)
	if err != nil {
		return nil, err
	}
	return azidentity.NewClientCertificateCredential(c.config.Tenant, c.config.ClientID, certs, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: c.options(), DisableInstanceDiscovery: c.config.DisableInstanceDiscovery})
}

// readCertificate reads the file, which nobody else may read, for it holds the key.
func (c *credential) readCertificate(ctx context.Context) ([]*x509.Certificate, crypto.PrivateKey, error) {
	file := c.config.Certificate
	data, err := await(ctx, func() ([]byte, error) { return readPrivate(file, maxCertificate) })
	var open *tooOpenError
	switch {
	case errors.As(err, &open):
		return nil, nil, unusable(file, err, "chmod 600 "+quote(file))
	case err != nil && ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil:
		return nil, nil, unusable(file, err, "--client-certificate FILE")
	}
	var certs []*x509.Certificate
	var key crypto.PrivateKey
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		certs, key, err = openPEM(file, data)
	} else {
		certs, key, err = c.openPFX(ctx, data)
	}
	if err != nil {
		return nil, nil, err
	}
	return certs, key, fits(file, certs, key)
}

// openPEM looks for what azidentity cannot read before azidentity does, whose words do not tell them apart.
func openPEM(file string, data []byte) ([]*x509.Certificate, crypto.PrivateKey, error) {
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			return nil, nil, unusable(file, errors.New("its key is encrypted, which is not read from PEM: an old-style PFX is, with its password"), toOldPFX(file))
		case block.Type == "EC PRIVATE KEY":
			return nil, nil, notRSA(file)
		}
	}
	certs, key, err := azidentity.ParseCertificates(data, nil)
	if err != nil {
		return nil, nil, unusable(file, fmt.Errorf("it holds no certificate with its key: %s", plain(err.Error())), together(file))
	}
	return certs, key, nil
}

// openPFX tries without a password first, and asks for one only where that does not open the file.
func (c *credential) openPFX(ctx context.Context, data []byte) ([]*x509.Certificate, crypto.PrivateKey, error) {
	file := c.config.Certificate
	certs, key, err := azidentity.ParseCertificates(data, nil)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) && c.config.Password != nil {
		password, asked := c.config.Password(ctx)
		if asked != nil {
			return nil, nil, asked
		}
		c.secrets = append(c.secrets, password)
		certs, key, err = azidentity.ParseCertificates(data, []byte(password.Reveal()))
	}
	var unknown pkcs12.NotImplementedError
	switch {
	case err == nil:
		return certs, key, nil
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		e := errs.Of(OfCertificate().missing("the password does not open it"))
		return nil, nil, e.For("", file)
	case errors.As(err, &unknown):
		return nil, nil, unusable(file, errors.New("it is a PFX with AES or SHA-256, as OpenSSL 3 and newer Windows write it: of PFX only 3DES with SHA-1 is read"), toPEM(file))
	}
	return nil, nil, unusable(file, errors.New("it is neither PEM nor a PFX that can be read"), toPEM(file))
}

// fits finds a key that cannot sign in, and one that belongs to none of the certificates.
func fits(file string, certs []*x509.Certificate, key crypto.PrivateKey) error {
	k, isRSA := key.(*rsa.PrivateKey)
	if !isRSA {
		return notRSA(file)
	}
	for _, cert := range certs {
		if k.PublicKey.Equal(cert.PublicKey) {
			return nil
		}
	}
	return unusable(file, errors.New("its key belongs to none of its certificates"), together(file))
}

func notRSA(file string) error {
	return unusable(file, errors.New("its key is not RSA, and no other can sign in"),
		"openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=tap -keyout tap.key -out tap.crt")
}

func unusable(file string, err error, hints ...string) error {
	return errs.Local("reading the client certificate", file, err, hints...)
}

// together, toPEM and toOldPFX are the commands that make a file of another that is read here.
func together(file string) string {
	return fmt.Sprintf("(umask 077; cat %s KEY > tap.pem)", quote(file))
}

func toPEM(file string) string {
	return fmt.Sprintf("(umask 077; openssl pkcs12 -in %s -nodes -out tap.pem)", quote(file))
}

func toOldPFX(file string) string {
	return fmt.Sprintf("(umask 077; openssl pkcs12 -export -in %s -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -out tap.pfx)", quote(file))
}
