package store

import "encoding/hex"

// Picture is a picture that somebody or something shows: an account, a guild, a member, a role, a group, an emoji, a webhook. The record that has it names its bytes (see Files), in the write that gives it the
// picture; they are let go in the write that gives it another one or none, or takes the record itself away. A picture is never changed: a record gets a new one.
type Picture struct {
	File
	// Animated tells that it moves.
	Animated bool
}

// Name is what clients know the picture by, 32 hexadecimal digits of the sum of its bytes, with "a_" before them when it moves (wire contract, CDN); empty for none.
func (p *Picture) Name() string {
	if p == nil {
		return ""
	}
	name := hex.EncodeToString(p.Hash[:16])
	if p.Animated {
		return "a_" + name
	}
	return name
}
