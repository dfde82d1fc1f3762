package sandbox

import "net/netip"

// place is where somebody signs in from.
type place struct {
	Address string `json:"address"`
	City    string `json:"city,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166
}

// seedPlaces are the networks whose place the sandbox knows: those that are kept for documentation (RFC 5737, RFC 3849). The
// first is Contoso's own.
var seedPlaces = []struct{ network, city, country string }{
	{"192.0.2.0/24", "Helsinki", "FI"},
	{"198.51.100.0/24", "Berlin", "DE"},
	{"203.0.113.0/24", "Valparaíso", "CL"},
	{"2001:db8::/32", "Wellington", "NZ"},
}

// usualAddress is where people are who do not say.
const usualAddress = "192.0.2.10"

// placeOf finds the place of an address; of one outside the seed's networks nothing more is known.
func placeOf(address string) (place, error) {
	if address == "" {
		address = usualAddress
	}
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" {
		return place{}, invalid("badRequest", "%q is no IP address: it looks like 203.0.113.7.", address)
	}
	p := place{Address: a.String()}
	for _, s := range seedPlaces {
		if netip.MustParsePrefix(s.network).Contains(a) {
			p.City, p.Country = s.city, s.country
		}
	}
	return p, nil
}
