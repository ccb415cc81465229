package chat

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// Bounds of providers.
const (
	maxProviders    = 16
	maxProviderKey  = 32
	maxProviderName = 40
	maxIssuer       = 255
	maxClientID     = 255
	maxClientSecret = 1024
	maxScopes       = 20
	maxClaimName    = 128
	maxGroupRoles   = 200
	maxEmailDomains = 50
)

var (
	providerKey = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// scopeForm is a scope-token of RFC 6749 (section 3.3).
	scopeForm  = regexp.MustCompile(`^[!#-\[\]-~]{1,128}$`)
	domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)
)

// ProviderEdit changes what is not nil of a provider. An empty Secret takes it away; GroupRoles and the lists replace what there is.
type ProviderEdit struct {
	Name, ClientID, Secret, GroupsClaim *string
	Scopes, EmailDomains                *[]string
	GroupRoles                          *[]store.GroupRole
	Accounts                            *store.OpenIDAccounts
}

// check cleans an edit.
func (e *ProviderEdit) check(wrong *fieldErrors) {
	if e.Name != nil {
		name := wrong.name("name", *e.Name, 1, maxProviderName)
		e.Name = &name
	}
	for _, one := range []struct {
		path        string
		value       *string
		least, most int
	}{{"client_id", e.ClientID, 1, maxClientID}, {"secret", e.Secret, 0, maxClientSecret}, {"groups_claim", e.GroupsClaim, 0, maxClaimName}} {
		if one.value == nil {
			continue
		}
		if length := len(*one.value); length < one.least || length > one.most {
			wrong.length(one.path, one.least, one.most)
		} else if printable(*one.value) != *one.value {
			wrong.add(one.path, "BASE_TYPE_BAD_TEXT", "Must not contain control characters.")
		}
	}
	if e.Accounts != nil && !slices.Contains([]store.OpenIDAccounts{store.OpenIDNoAccounts, store.OpenIDInviteAccounts, store.OpenIDOpenAccounts}, *e.Accounts) {
		wrong.add("accounts", "BASE_TYPE_CHOICES", "Must be none, invite or open.")
	}
	if e.Scopes != nil {
		scopes := slices.DeleteFunc(unique(*e.Scopes), func(scope string) bool { return scope == "openid" }) // it is always asked for
		e.Scopes = &scopes
		if len(scopes) > maxScopes || slices.ContainsFunc(scopes, func(scope string) bool { return !scopeForm.MatchString(scope) }) {
			wrong.add("scopes", "BASE_TYPE_BAD_TEXT", "Must be at most %d words.", maxScopes)
		}
	}
	if e.EmailDomains != nil {
		domains := make([]string, len(*e.EmailDomains))
		for i, domain := range *e.EmailDomains {
			domains[i] = strings.ToLower(strings.TrimSpace(domain))
		}
		domains = unique(domains)
		e.EmailDomains = &domains
		if len(domains) > maxEmailDomains || slices.ContainsFunc(domains, func(domain string) bool { return len(domain) > 253 || !domainForm.MatchString(domain) }) {
			wrong.add("email_domains", "BASE_TYPE_BAD_TEXT", "Must be at most %d domains, such as example.org.", maxEmailDomains)
		}
	}
	if e.GroupRoles != nil && (len(*e.GroupRoles) > maxGroupRoles || slices.ContainsFunc(*e.GroupRoles, func(one store.GroupRole) bool { return one.Group == "" || len(one.Group) > 256 })) {
		wrong.add("group_roles", "BASE_TYPE_BAD_TEXT", "Must be at most %d, each of a group with 1 to 256 characters.", maxGroupRoles)
	}
}

// unique gives the values of a list, each once, in the order in which they came.
func unique(list []string) []string {
	var kept []string
	for _, one := range list {
		if !slices.Contains(kept, one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// checkGroupRoles asks whether the roles that are to go with groups are there and can be given.
func (p *Providers) checkGroupRoles(ctx context.Context, edit *ProviderEdit) error {
	if edit.GroupRoles == nil {
		return nil
	}
	for _, one := range *edit.GroupRoles {
		view, err := p.views.Guild(ctx, one.GuildID)
		if err != nil {
			return err
		}
		role, found := view.Role(one.RoleID)
		if !found {
			return &Error{Kind: UnknownRole, Message: "The server " + one.GuildID.String() + " has no role " + one.RoleID.String() + "."}
		}
		if role.ID == one.GuildID || role.Managed {
			return invalid("group_roles", "ROLE_FIXED", "The role %s cannot be given or taken by hand.", one.RoleID)
		}
	}
	return nil
}

func (p *Providers) apply(provider *store.OpenIDProvider, edit ProviderEdit) {
	setIfGiven(&provider.Name, edit.Name)
	setIfGiven(&provider.ClientID, edit.ClientID)
	setIfGiven(&provider.GroupsClaim, edit.GroupsClaim)
	setIfGiven(&provider.Scopes, edit.Scopes)
	setIfGiven(&provider.EmailDomains, edit.EmailDomains)
	setIfGiven(&provider.GroupRoles, edit.GroupRoles)
	setIfGiven(&provider.Accounts, edit.Accounts)
	if edit.Secret == nil {
		return
	}
	if provider.SealedSecret = nil; *edit.Secret != "" {
		provider.SealedSecret = p.sealer.seal(providerPlace(provider.Key), []byte(*edit.Secret))
	}
}

// checkIssuer demands an address as the specification has it (OpenID Connect Discovery 1.0, section 2). Plain HTTP is for providers on this machine alone: elsewhere whoever is between could sign in as anybody.
func (f *fieldErrors) checkIssuer(issuer string) {
	parsed, err := url.Parse(issuer)
	switch {
	case err != nil, len(issuer) > maxIssuer, parsed.Host == "", parsed.User != nil, parsed.RawQuery != "", parsed.Fragment != "", strings.ContainsAny(issuer, "?# "), printable(issuer) != issuer:
		f.add("issuer", "URL_TYPE_INVALID_URL", "Must be the address of a provider, such as https://login.example.org/realms/people, as it writes it itself.")
	case parsed.Scheme == "https", parsed.Scheme == "http" && isThisMachine(parsed.Hostname()):
	default:
		f.add("issuer", "URL_TYPE_INVALID_SCHEME", "Must begin with https://; http:// is only for a provider on this machine (localhost).")
	}
}

func isThisMachine(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// Add sets a provider up, from the command line. Name, ClientID and Accounts must be there.
func (p *Providers) Add(ctx context.Context, caller Caller, key, issuer string, edit ProviderEdit) (store.OpenIDProvider, error) {
	if !caller.Console {
		return store.OpenIDProvider{}, fail(MissingPermission)
	}
	var wrong fieldErrors
	if len(key) > maxProviderKey || !providerKey.MatchString(key) {
		wrong.add("key", "BASE_TYPE_BAD_TEXT", "Must be at most %d of a to z, 0 to 9 and -.", maxProviderKey)
	}
	wrong.checkIssuer(issuer)
	edit.Name, edit.ClientID, edit.Accounts = cmp.Or(edit.Name, new(string)), cmp.Or(edit.ClientID, new(string)), cmp.Or(edit.Accounts, new(store.OpenIDAccounts))
	edit.check(&wrong)
	if err := wrong.err(); err != nil {
		return store.OpenIDProvider{}, err
	}
	if err := p.checkGroupRoles(ctx, &edit); err != nil {
		return store.OpenIDProvider{}, err
	}
	provider := store.OpenIDProvider{Key: key, Issuer: issuer, CreatedAt: p.Now().UTC().Truncate(time.Millisecond)}
	p.apply(&provider, edit)
	if err := p.Store.CreateOpenIDProvider(ctx, provider, maxProviders); err != nil {
		return store.OpenIDProvider{}, providerError(err)
	}
	return hideSecret(provider), p.recordHall(ctx, caller, store.HallOpenIDAdded, 0, map[string]string{"provider": key, "issuer": issuer})
}

func providerError(err error) error {
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok {
		if conflict.Field == "issuer" {
			return invalid("issuer", "ALREADY_KNOWN", "Another provider has this issuer.")
		}
		return invalid("key", "ALREADY_KNOWN", "There is a provider of this key already.")
	}
	if _, ok := errors.AsType[*store.LimitError](err); ok {
		return &Error{Kind: Invalid, Message: "There are as many providers as there can be."}
	}
	if errors.Is(err, store.ErrNotFound) {
		return unknownProvider()
	}
	return internal("keep a provider", err)
}

// sealedMark stands for a secret where it is not shown.
var sealedMark = []byte("sealed")

// hideSecret shows of a provider's secret only whether there is one.
func hideSecret(provider store.OpenIDProvider) store.OpenIDProvider {
	if provider.SealedSecret != nil {
		provider.SealedSecret = sealedMark
	}
	return provider
}

// Edit changes a provider, from the command line.
func (p *Providers) Edit(ctx context.Context, caller Caller, key string, edit ProviderEdit) (store.OpenIDProvider, error) {
	if !caller.Console {
		return store.OpenIDProvider{}, fail(MissingPermission)
	}
	var wrong fieldErrors
	edit.check(&wrong)
	if err := wrong.err(); err != nil {
		return store.OpenIDProvider{}, err
	}
	if err := p.checkGroupRoles(ctx, &edit); err != nil {
		return store.OpenIDProvider{}, err
	}
	provider, err := p.Store.UpdateOpenIDProvider(ctx, key, func(provider *store.OpenIDProvider) error {
		p.apply(provider, edit)
		return nil
	})
	if err != nil {
		return store.OpenIDProvider{}, providerError(err)
	}
	return hideSecret(provider), p.recordHall(ctx, caller, store.HallOpenIDChanged, 0, map[string]string{"provider": key})
}

// Remove forgets a provider, from the command line. Who people are there is kept: with the same issuer, they are known again.
func (p *Providers) Remove(ctx context.Context, caller Caller, key string) error {
	if !caller.Console {
		return fail(MissingPermission)
	}
	if err := p.Store.DeleteOpenIDProvider(ctx, key); err != nil {
		return providerError(err)
	}
	return p.recordHall(ctx, caller, store.HallOpenIDRemoved, 0, map[string]string{"provider": key})
}

// Get gives a provider to the command line.
func (p *Providers) Get(ctx context.Context, caller Caller, key string) (store.OpenIDProvider, error) {
	if !caller.Console {
		return store.OpenIDProvider{}, fail(MissingPermission)
	}
	provider, err := p.provider(ctx, key)
	return hideSecret(provider), err
}

// All gives all providers to the command line.
func (p *Providers) All(ctx context.Context, caller Caller) ([]store.OpenIDProvider, error) {
	if !caller.Console {
		return nil, fail(MissingPermission)
	}
	all, err := p.Store.OpenIDProviders(ctx)
	if err != nil {
		return nil, internal("list providers", err)
	}
	for i := range all {
		all[i] = hideSecret(all[i])
	}
	return all, nil
}

// ProviderButton is what everybody sees of a provider.
type ProviderButton struct{ Key, Name string }

// Buttons gives what can be signed in with, to everybody, by name.
func (p *Providers) Buttons(ctx context.Context) ([]ProviderButton, error) {
	all, err := p.Store.OpenIDProviders(ctx)
	if err != nil {
		return nil, internal("list providers", err)
	}
	buttons := make([]ProviderButton, len(all))
	for i, one := range all {
		buttons[i] = ProviderButton{one.Key, one.Name}
	}
	slices.SortStableFunc(buttons, func(a, b ProviderButton) int { return cmp.Compare(a.Name, b.Name) })
	return buttons, nil
}

// Test asks a provider what it says of itself, for the command line. The error has the cause: the administrator can mend it.
func (p *Providers) Test(ctx context.Context, caller Caller, key string) (OpenIDMetadata, error) {
	if !caller.Console {
		return OpenIDMetadata{}, fail(MissingPermission)
	}
	provider, err := p.provider(ctx, key)
	if err != nil {
		return OpenIDMetadata{}, err
	}
	hall, err := p.client(&provider)
	if err != nil {
		return OpenIDMetadata{}, err
	}
	metadata, err := p.openID.Discover(ctx, hall)
	if err != nil {
		return OpenIDMetadata{}, &Error{Kind: Unavailable, Message: provider.Name + " cannot be signed in with", Cause: err}
	}
	return metadata, nil
}

// GroupRoleOf reads "group=guild:role". The group may have = in it.
func GroupRoleOf(text string) (store.GroupRole, error) {
	at := strings.LastIndex(text, "=")
	guild, role, found := strings.Cut(text[at+1:], ":")
	guildID, guildErr := id.Parse(guild)
	roleID, roleErr := id.Parse(role)
	if at < 1 || !found || guildErr != nil || roleErr != nil {
		return store.GroupRole{}, invalid("group_roles", "BASE_TYPE_BAD_TEXT", "Must be written as group=server:role, with the ids of both, not as %q.", clip(text, 64))
	}
	return store.GroupRole{Group: text[:at], GuildID: guildID, RoleID: roleID}, nil
}

// noOpenID is for a hall that asks nobody.
type noOpenID struct{}

func (noOpenID) Discover(context.Context, OpenIDClient) (OpenIDMetadata, error) {
	return OpenIDMetadata{}, ErrOpenIDAway
}

func (noOpenID) Authorization(context.Context, OpenIDClient, OpenIDRequest) (string, error) {
	return "", ErrOpenIDAway
}

func (noOpenID) Redeem(context.Context, OpenIDClient, OpenIDAnswer) (OpenIDClaims, error) {
	return OpenIDClaims{}, ErrOpenIDAway
}
