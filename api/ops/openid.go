package ops

import (
	"context"

	"guildhall/api/chat"
	"guildhall/store"
)

// The inputs and outputs of the commands about the providers that people sign in with.
type (
	// ProviderKey names a provider.
	ProviderKey struct {
		Key    string `json:"key"`
		Reason string `json:"reason,omitempty"`
	}
	// ProviderEdit sets a provider up, or changes what is there of one. Issuer is for those that are new. GroupRoles are "group=server:role".
	ProviderEdit struct {
		Key          string    `json:"key"`
		Issuer       string    `json:"issuer,omitempty"`
		Name         *string   `json:"name,omitempty"`
		ClientID     *string   `json:"client_id,omitempty"`
		Secret       *string   `json:"secret,omitempty"`
		Scopes       *[]string `json:"scopes,omitempty"`
		GroupsClaim  *string   `json:"groups_claim,omitempty"`
		GroupRoles   *[]string `json:"group_roles,omitempty"`
		Accounts     *string   `json:"accounts,omitempty"`
		EmailDomains *[]string `json:"email_domains,omitempty"`
		Reason       string    `json:"reason,omitempty"`
	}
	// Provider is a provider as the command line shows it: all but its secret. RedirectURI is the address that has to be registered with it.
	Provider struct {
		Key          string   `json:"key"`
		Name         string   `json:"name"`
		Issuer       string   `json:"issuer"`
		ClientID     string   `json:"client_id"`
		HasSecret    bool     `json:"has_secret"`
		Scopes       []string `json:"scopes"`
		GroupsClaim  string   `json:"groups_claim"`
		GroupRoles   []string `json:"group_roles"`
		Accounts     string   `json:"accounts"`
		EmailDomains []string `json:"email_domains"`
		RedirectURI  string   `json:"redirect_uri"`
	}
	// ProviderTest is what a provider says of itself.
	ProviderTest struct {
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		UserInfo      string `json:"userinfo_endpoint"`
		Keys          string `json:"jwks_uri"`
		PKCE          bool   `json:"pkce"`
	}
)

// The names of the commands about providers.
const (
	CommandProviderAdd    = "oidc.add"
	CommandProviderList   = "oidc.list"
	CommandProviderShow   = "oidc.show"
	CommandProviderEdit   = "oidc.edit"
	CommandProviderRemove = "oidc.remove"
	CommandProviderTest   = "oidc.test"
)

func (h *hallCommands) registerOpenID(commands *Commands) {
	Register(commands, CommandProviderAdd, h.providerAdd)
	Register(commands, CommandProviderList, h.providerList)
	Register(commands, CommandProviderShow, h.providerShow)
	Register(commands, CommandProviderEdit, h.providerEdit)
	Register(commands, CommandProviderRemove, h.providerRemove)
	Register(commands, CommandProviderTest, h.providerTest)
}

func (h *hallCommands) describeProvider(provider store.OpenIDProvider) Provider {
	shown := Provider{Key: provider.Key, Name: provider.Name, Issuer: provider.Issuer, ClientID: provider.ClientID, HasSecret: provider.SealedSecret != nil, Scopes: append([]string{}, provider.Scopes...),
		GroupsClaim: provider.GroupsClaim, GroupRoles: []string{}, Accounts: string(provider.Accounts), EmailDomains: append([]string{}, provider.EmailDomains...),
		RedirectURI: h.addresses().Guests + "/api/auth/oidc/" + provider.Key + "/callback"}
	for _, one := range provider.GroupRoles {
		shown.GroupRoles = append(shown.GroupRoles, one.Group+"="+one.GuildID.String()+":"+one.RoleID.String())
	}
	return shown
}

// change reads an edit as the rules take it.
func (e *ProviderEdit) change() (chat.ProviderEdit, error) {
	edit := chat.ProviderEdit{Name: e.Name, ClientID: e.ClientID, Secret: e.Secret, GroupsClaim: e.GroupsClaim, Scopes: e.Scopes, EmailDomains: e.EmailDomains, Accounts: (*store.OpenIDAccounts)(e.Accounts)}
	if e.GroupRoles == nil {
		return edit, nil
	}
	roles := make([]store.GroupRole, len(*e.GroupRoles))
	for i, text := range *e.GroupRoles {
		var err error
		if roles[i], err = chat.GroupRoleOf(text); err != nil {
			return edit, err
		}
	}
	edit.GroupRoles = &roles
	return edit, nil
}

func (h *hallCommands) providerAdd(ctx context.Context, input ProviderEdit) (Provider, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return Provider{}, err
	}
	edit, err := input.change()
	if err != nil {
		return Provider{}, err
	}
	provider, err := h.Providers.Add(ctx, caller, input.Key, input.Issuer, edit)
	return h.describeProvider(provider), err
}

func (h *hallCommands) providerList(ctx context.Context, _ struct{}) ([]Provider, error) {
	providers, err := h.Providers.All(ctx, console)
	if err != nil {
		return nil, err
	}
	shown := make([]Provider, len(providers))
	for i, one := range providers {
		shown[i] = h.describeProvider(one)
	}
	return shown, nil
}

func (h *hallCommands) providerShow(ctx context.Context, input ProviderKey) (Provider, error) {
	provider, err := h.Providers.Get(ctx, console, input.Key)
	return h.describeProvider(provider), err
}

func (h *hallCommands) providerEdit(ctx context.Context, input ProviderEdit) (Provider, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return Provider{}, err
	}
	if input.Issuer != "" {
		return Provider{}, &CommandError{WrongUsage, "the issuer of a provider cannot change: accounts are linked to it. Remove the provider and add another"}
	}
	edit, err := input.change()
	if err != nil {
		return Provider{}, err
	}
	provider, err := h.Providers.Edit(ctx, caller, input.Key, edit)
	return h.describeProvider(provider), err
}

func (h *hallCommands) providerRemove(ctx context.Context, input ProviderKey) (Provider, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return Provider{}, err
	}
	provider, err := h.Providers.Get(ctx, caller, input.Key)
	if err != nil {
		return Provider{}, err
	}
	return h.describeProvider(provider), h.Providers.Remove(ctx, caller, input.Key)
}

func (h *hallCommands) providerTest(ctx context.Context, input ProviderKey) (ProviderTest, error) {
	said, err := h.Providers.Test(ctx, console, input.Key)
	return ProviderTest{Authorization: said.AuthorizationEndpoint, Token: said.TokenEndpoint, UserInfo: said.UserInfoEndpoint, Keys: said.KeysEndpoint, PKCE: said.PKCE}, err
}
