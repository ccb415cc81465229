package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// Integration is an application that was let into a guild. Its id is that of the application.
type Integration struct {
	ID      id.ID  `json:"id"`
	Type    string `json:"type"`
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
	// User is who let it in last; left out for the command line, and when the account is gone.
	User        *User                  `json:"user,omitempty"`
	Account     IntegrationAccount     `json:"account"`
	Application IntegrationApplication `json:"application"`
	Scopes      []string               `json:"scopes"`
}

// IntegrationAccount names an integration once more.
type IntegrationAccount struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
}

// IntegrationApplication is what a guild may know of an application.
type IntegrationApplication struct {
	ID          id.ID   `json:"id"`
	Name        string  `json:"name"`
	Icon        *string `json:"icon"`
	Description string  `json:"description"`
	Summary     string  `json:"summary"`
	Type        *int    `json:"type"`
	Bot         *User   `json:"bot,omitempty"`
}

// NewIntegration shows an application in a guild: installation, the application's account, what it says of itself, and who let it in, nil for nobody who can be named.
func NewIntegration(installation store.Installation, user store.User, description string, installer *store.User) Integration {
	shown := Integration{ID: user.ID, Type: "discord", Name: user.Username, Enabled: true, Account: IntegrationAccount{ID: user.ID, Name: user.Username}, Scopes: []string{"applications.commands"},
		Application: IntegrationApplication{ID: user.ID, Name: user.Username, Icon: TextOrNull(user.Avatar.Name()), Description: description}}
	if installation.RoleID != 0 {
		shown.Scopes = []string{"bot", "applications.commands"}
		shown.Application.Bot = new(NewUser(user))
	}
	if installer != nil {
		shown.User = new(NewUser(*installer))
	}
	return shown
}
