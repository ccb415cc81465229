package openid

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"golang.org/x/oauth2"

	"guildhall/api/chat"
)

// Bounds of what is taken of somebody's claims.
const (
	maxGroups = 2000
	maxGroup  = 256
	maxText   = 320
)

// claimSet is what a provider says of somebody: claims by name.
type claimSet map[string]json.RawMessage

func parseClaims(text []byte) (claimSet, error) {
	var set claimSet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, err
	}
	return set, nil
}

// payload reads the claims of a token whose signature was checked.
func payload(token string) (claimSet, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("not a token")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, err
	}
	return parseClaims(text)
}

// text reads a claim that is a text; empty for any other.
func (s claimSet) text(name string) string {
	var text string
	if json.Unmarshal(s[name], &text) != nil || len(text) > maxText {
		return ""
	}
	return text
}

// truth reads a claim that is true or false. Some providers write it as a text.
func (s claimSet) truth(name string) bool {
	value := strings.ToLower(strings.TrimSpace(string(s[name])))
	return value == "true" || value == `"true"`
}

// find finds a claim by its name; one that is within others has dots between their names ("realm_access.roles"), if there is none of the whole name.
func (s claimSet) find(name string) (json.RawMessage, bool) {
	if value, there := s[name]; there {
		return value, true
	}
	outer, inner, found := strings.Cut(name, ".")
	if !found {
		return nil, false
	}
	within, err := parseClaims(s[outer])
	if err != nil {
		return nil, false
	}
	return within.find(inner)
}

// groups reads a list of texts, or one text. What else is in it is left out. known is false where the claim is not there.
func (s claimSet) groups(name string) (groups []string, known bool) {
	value, known := s.find(name)
	if !known {
		return nil, false
	}
	var list []any
	if json.Unmarshal(value, &list) != nil {
		var single any
		_ = json.Unmarshal(value, &single) // it is part of what could be read
		list = []any{single}
	}
	for _, one := range list {
		if text, ok := one.(string); ok && text != "" && len(text) <= maxGroup && len(groups) < maxGroups {
			groups = append(groups, text)
		}
	}
	return groups, true
}

// elsewhere tells whether a provider says that a claim is to be had in another place: Microsoft's does where somebody is in very many groups.
func (s claimSet) elsewhere(name string) bool {
	names, err := parseClaims(s["_claim_names"])
	_, there := names[name]
	return err == nil && there
}

// read takes what is of use from claims, where it is not known yet.
func (s claimSet) read(into *chat.OpenIDClaims, groupsClaim string, groupsKnown *bool) {
	if into.Email == "" {
		if into.Email = s.text("email"); into.Email != "" {
			into.EmailVerified = s.truth("email_verified")
		}
	}
	for name, text := range map[string]*string{"name": &into.Name, "preferred_username": &into.Username} {
		if *text == "" {
			*text = s.text(name)
		}
	}
	if groupsClaim == "" || *groupsKnown {
		return
	}
	into.Groups, *groupsKnown = s.groups(groupsClaim)
	into.GroupsUnknown = !*groupsKnown && (into.GroupsUnknown || s.elsewhere(groupsClaim))
}

// claims gathers who somebody is: from the ID token, and, for what is not in it, from where the provider tells more.
func (p *provider) claims(ctx context.Context, client chat.OpenIDClient, raw string, token *oauth2.Token) (chat.OpenIDClaims, error) {
	set, err := payload(raw)
	if err != nil {
		return chat.OpenIDClaims{}, refused("%v", plain(err))
	}
	claims, groupsKnown := chat.OpenIDClaims{Subject: set.text("sub")}, false
	if claims.Subject == "" {
		return chat.OpenIDClaims{}, refused("the token says nobody's name")
	}
	set.read(&claims, client.GroupsClaim, &groupsKnown)
	complete := claims.Email != "" && (claims.Name != "" || claims.Username != "") && (groupsKnown || client.GroupsClaim == "")
	if complete || p.UserInfoEndpoint() == "" {
		return claims, nil
	}
	more, err := p.userInfo(ctx, token, claims.Subject)
	switch {
	case err == nil:
		more.read(&claims, client.GroupsClaim, &groupsKnown)
	case errors.Is(err, chat.ErrOpenIDRefused):
		return chat.OpenIDClaims{}, err
	case client.NeedsEmail && claims.Email == "", client.GroupsClaim != "" && !groupsKnown:
		return chat.OpenIDClaims{}, err
	}
	return claims, nil
}

// userInfo asks what else a provider tells of somebody. It must be about the same person as the token.
func (p *provider) userInfo(ctx context.Context, token *oauth2.Token, subject string) (claimSet, error) {
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, away("asking for more about somebody", err)
	}
	if info.Subject != subject {
		return nil, refused("it tells of somebody else")
	}
	var set claimSet
	if err := info.Claims(&set); err != nil {
		return nil, away("asking for more about somebody", err)
	}
	return set, nil
}
