package person

// Denied is the state of a consent that was refused or withdrawn, as in the API.
const Denied = 2

// Consent is what the person has said of a medium and purpose, if anything.
func (p *Person) Consent(medium, purpose int32) *Consent {
	for i := range p.Consents {
		if p.Consents[i].Medium == medium && p.Consents[i].Purpose == purpose {
			return &p.Consents[i]
		}
	}
	return nil
}

// SetConsent makes what the person has said of a medium and purpose something else; nil is nothing.
func (p *Person) SetConsent(medium, purpose int32, c *Consent) {
	var next []Consent
	replaced := false
	for _, old := range p.Consents {
		switch {
		case old.Medium != medium || old.Purpose != purpose:
			next = append(next, old)
		case c != nil:
			next, replaced = append(next, *c), true
		}
	}
	if c != nil && !replaced {
		next = append(next, *c)
	}
	p.Consents = next
}
