package wire

import (
	"encoding/json"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Contexts of interactions, with the numbers of upstream: where they were.
const (
	contextGuild  = 0
	contextBotDM  = 1
	interactionV1 = 1
)

// Interaction is the payload of INTERACTION_CREATE, and the body of what is sent to applications that have an address for it.
type Interaction struct {
	ID            id.ID           `json:"id"`
	ApplicationID id.ID           `json:"application_id"`
	Type          int             `json:"type"`
	Data          json.RawMessage `json:"data,omitempty"`
	GuildID       *id.ID          `json:"guild_id,omitempty"`
	// Guild is left out between people, Channel in a ping.
	Guild     *InteractionGuild   `json:"guild,omitempty"`
	ChannelID *id.ID              `json:"channel_id,omitempty"`
	Channel   *InteractionChannel `json:"channel,omitempty"`
	// Member stands in guilds, User between people.
	Member         *InteractionMember `json:"member,omitempty"`
	User           *User              `json:"user,omitempty"`
	Token          string             `json:"token"`
	Version        int                `json:"version"`
	Message        *Message           `json:"message,omitempty"`
	AppPermissions perm.Set           `json:"app_permissions"`
	Locale         string             `json:"locale,omitempty"`
	GuildLocale    string             `json:"guild_locale,omitempty"`
	Entitlements   []json.RawMessage  `json:"entitlements"`
	// AuthorizingIntegrationOwners has under "0" the guild that the application was let into, or 0 between people.
	AuthorizingIntegrationOwners map[string]id.ID `json:"authorizing_integration_owners"`
	Context                      int              `json:"context"`
	// AttachmentSizeLimit is in bytes.
	AttachmentSizeLimit int64 `json:"attachment_size_limit"`
}

// InteractionGuild is the guild of an interaction.
type InteractionGuild struct {
	ID       id.ID    `json:"id"`
	Locale   string   `json:"locale"`
	Features []string `json:"features"`
}

// InteractionChannel is a channel in an interaction, with what the person may do there.
type InteractionChannel struct {
	ID               id.ID             `json:"id"`
	Type             store.ChannelType `json:"type"`
	GuildID          *id.ID            `json:"guild_id,omitempty"`
	Name             *string           `json:"name,omitempty"`
	ParentID         *id.ID            `json:"parent_id,omitempty"`
	Topic            *string           `json:"topic,omitempty"`
	Position         int               `json:"position"`
	NSFW             bool              `json:"nsfw"`
	RateLimitPerUser int               `json:"rate_limit_per_user"`
	LastMessageID    *id.ID            `json:"last_message_id"`
	Flags            uint64            `json:"flags"`
	ThreadMetadata   *ThreadMetadata   `json:"thread_metadata,omitempty"`
	Permissions      perm.Set          `json:"permissions"`
}

// InteractionMember is a member in an interaction, with what they may do in the channel.
type InteractionMember struct {
	Member
	Permissions perm.Set `json:"permissions"`
}

// ResolvedData is what an interaction names, by ids.
type ResolvedData struct {
	Users       map[id.ID]User               `json:"users,omitempty"`
	Members     map[id.ID]InteractionMember  `json:"members,omitempty"`
	Roles       map[id.ID]Role               `json:"roles,omitempty"`
	Channels    map[id.ID]InteractionChannel `json:"channels,omitempty"`
	Messages    map[id.ID]Message            `json:"messages,omitempty"`
	Attachments map[id.ID]Attachment         `json:"attachments,omitempty"`
}

// NewPing is what an address is asked with whether it takes interactions of an application.
func NewPing(interactionID, applicationID id.ID, user store.User) Interaction {
	shown := NewUser(user)
	return Interaction{ID: interactionID, ApplicationID: applicationID, Type: event.InteractionPing, User: &shown, Version: interactionV1, Entitlements: []json.RawMessage{},
		AuthorizingIntegrationOwners: map[string]id.ID{}}
}

// NewInteraction shows an interaction to its application. The links are for files.
func NewInteraction(e event.InteractionCreated, links Links) (Interaction, error) {
	shown := Interaction{
		ID: e.ID, ApplicationID: e.ApplicationID, Type: e.Type, GuildID: IDOrNull(e.GuildID), ChannelID: &e.Channel.ID, Token: e.Token, Version: interactionV1,
		AppPermissions: perm.Set(e.BotPermissions), Locale: e.User.Locale, GuildLocale: e.GuildLocale, Entitlements: []json.RawMessage{}, AttachmentSizeLimit: e.FileLimit,
		AuthorizingIntegrationOwners: map[string]id.ID{"0": e.GuildID}, Context: contextGuild,
	}
	channel := newInteractionChannel(e.Channel, e.Permissions)
	shown.Channel = &channel
	if e.GuildID != 0 && e.Member != nil {
		shown.Guild = &InteractionGuild{ID: e.GuildID, Locale: e.GuildLocale, Features: list(e.GuildFeatures)}
		shown.Member = &InteractionMember{Member: NewMember(*e.Member, e.User), Permissions: perm.Set(e.Permissions)}
	} else {
		user := NewUser(e.User)
		shown.User, shown.Context = &user, contextBotDM
	}
	if e.Message != nil {
		message := NewMessage(*e.Message, links)
		shown.Message = &message
	}
	data, err := withResolved(e.Data, newResolved(&e, links))
	shown.Data = data
	return shown, err
}

// withResolved adds what was named to what was done.
func withResolved(data []byte, resolved *ResolvedData) (json.RawMessage, error) {
	if resolved == nil {
		return data, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	text, err := json.Marshal(resolved)
	if err != nil {
		return nil, err
	}
	fields["resolved"] = text
	return json.Marshal(fields)
}

func newResolved(e *event.InteractionCreated, links Links) *ResolvedData {
	named := &e.Resolved
	if len(named.Users)+len(named.Roles)+len(named.Channels)+len(named.Messages)+len(named.Attachments) == 0 {
		return nil
	}
	shown := &ResolvedData{
		Users: make(map[id.ID]User), Members: make(map[id.ID]InteractionMember), Roles: make(map[id.ID]Role), Channels: make(map[id.ID]InteractionChannel),
		Messages: make(map[id.ID]Message), Attachments: make(map[id.ID]Attachment),
	}
	for _, user := range named.Users {
		shown.Users[user.ID] = NewUser(user)
	}
	for _, one := range named.Members {
		shown.Members[one.Member.UserID] = InteractionMember{Member: NewPartialMember(one.Member), Permissions: perm.Set(one.Permissions)}
	}
	for _, role := range named.Roles {
		shown.Roles[role.ID] = NewRole(role)
	}
	for _, one := range named.Channels {
		shown.Channels[one.Channel.ID] = newInteractionChannel(one.Channel, one.Permissions)
	}
	for _, message := range named.Messages {
		shown.Messages[message.Message.ID] = NewMessage(message, links)
	}
	for _, file := range newAttachments(e.Channel.ID, named.Attachments, links) {
		shown.Attachments[file.ID] = file
	}
	return shown
}

func newInteractionChannel(channel store.Channel, permissions uint64) InteractionChannel {
	shown := InteractionChannel{
		ID: channel.ID, Type: channel.Type, GuildID: IDOrNull(channel.GuildID), Name: TextOrNull(channel.Name), ParentID: IDOrNull(channel.ParentID), Topic: TextOrNull(channel.Topic), Position: channel.Position,
		NSFW: channel.NSFW, RateLimitPerUser: channel.RateLimitPerUser, Flags: uint64(channel.Flags), Permissions: perm.Set(permissions),
	}
	if channel.Thread != nil {
		metadata := NewThread(channel, nil).Metadata
		shown.ThreadMetadata = &metadata
	}
	return shown
}

// InteractionCallback is the body of POST /interactions/{id}/{token}/callback. Data depends on the type: a message, its changes, choices or a form.
type InteractionCallback struct {
	Type int             `json:"type"`
	Data json.RawMessage `json:"data"`
}

// CallbackChoices is the data of an answer to an option that is being filled in.
type CallbackChoices struct {
	Choices json.RawMessage `json:"choices"`
}

// CallbackModal is the data of an answer with a form.
type CallbackModal struct {
	CustomID   string          `json:"custom_id"`
	Title      string          `json:"title"`
	Components json.RawMessage `json:"components"`
}

// CallbackResponse is the answer to a callback that asks for one (with_response).
type CallbackResponse struct {
	Interaction CallbackInteraction `json:"interaction"`
	Resource    *CallbackResource   `json:"resource,omitempty"`
}

// CallbackInteraction says which interaction was answered.
type CallbackInteraction struct {
	ID                       id.ID  `json:"id"`
	Type                     int    `json:"type"`
	ResponseMessageID        *id.ID `json:"response_message_id,omitempty"`
	ResponseMessageLoading   *bool  `json:"response_message_loading,omitempty"`
	ResponseMessageEphemeral *bool  `json:"response_message_ephemeral,omitempty"`
	ChannelID                *id.ID `json:"channel_id,omitempty"`
	GuildID                  *id.ID `json:"guild_id,omitempty"`
}

// CallbackResource is what the answer made.
type CallbackResource struct {
	Type    int      `json:"type"`
	Message *Message `json:"message"`
}

// InteractionUse is the body of POST /interactions: what a person does with an application. Data depends on the type.
type InteractionUse struct {
	Type          int             `json:"type"`
	ApplicationID id.ID           `json:"application_id"`
	GuildID       *id.ID          `json:"guild_id"`
	ChannelID     id.ID           `json:"channel_id"`
	SessionID     string          `json:"session_id"`
	Nonce         *Nonce          `json:"nonce"`
	MessageID     *id.ID          `json:"message_id"`
	Data          json.RawMessage `json:"data"`
}

// ComponentUse is the data of an InteractionUse of type 3.
type ComponentUse struct {
	ComponentType int      `json:"component_type"`
	CustomID      string   `json:"custom_id"`
	Values        []string `json:"values"`
}

// CommandUse is the data of an InteractionUse of type 2 or 4.
type CommandUse struct {
	ID          id.ID             `json:"id"`
	Name        string            `json:"name"`
	Type        store.CommandType `json:"type"`
	TargetID    *id.ID            `json:"target_id"`
	Options     []GivenOption     `json:"options"`
	Attachments []AttachmentDraft `json:"attachments"`
}

// GivenOption is what is given for an option of a command. That of a file is the id of one of the attachments.
type GivenOption struct {
	Name    string                  `json:"name"`
	Type    store.CommandOptionType `json:"type"`
	Value   json.RawMessage         `json:"value"`
	Options []GivenOption           `json:"options"`
	Focused bool                    `json:"focused"`
}

// ModalUse is the data of an InteractionUse of type 5; ID is the interaction that the form came with.
type ModalUse struct {
	ID         id.ID           `json:"id"`
	CustomID   string          `json:"custom_id"`
	Components json.RawMessage `json:"components"`
	// Attachments are files that were uploaded to the channel; fields name them by their numbers here.
	Attachments []AttachmentDraft `json:"attachments"`
}

// InteractionProgress is the payload of INTERACTION_CREATE, INTERACTION_SUCCESS and INTERACTION_FAILURE for who did it.
type InteractionProgress struct {
	ID    id.ID  `json:"id"`
	Nonce *Nonce `json:"nonce"`
	// ReasonCode says why it failed: 2, the application did not answer in time.
	ReasonCode int `json:"reason_code,omitempty"`
}

// ReasonTimeout is InteractionProgress.ReasonCode of an interaction that was not answered in time.
const ReasonTimeout = 2

// AutocompleteResponse is the payload of APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE.
type AutocompleteResponse struct {
	Choices json.RawMessage `json:"choices"`
	Nonce   *Nonce          `json:"nonce"`
}

// InteractionModal is the payload of INTERACTION_MODAL_CREATE.
type InteractionModal struct {
	ID          id.ID                  `json:"id"`
	ChannelID   id.ID                  `json:"channel_id"`
	Application InteractionApplication `json:"application"`
	CustomID    string                 `json:"custom_id"`
	Title       string                 `json:"title"`
	Components  json.RawMessage        `json:"components"`
	Nonce       *Nonce                 `json:"nonce"`
}

// InteractionApplication names an application.
type InteractionApplication struct {
	ID id.ID `json:"id"`
}

// NewInteractionProgress shows to the one who did it how an interaction goes: the name of the dispatch and its payload.
func NewInteractionProgress(e event.InteractionProgressed) (name string, payload any) {
	nonce := storedNonce(e.Nonce)
	progress := InteractionProgress{ID: e.InteractionID, Nonce: nonce}
	switch e.Stage {
	case event.InteractionStarted:
		return "INTERACTION_CREATE", progress
	case event.InteractionFailed:
		progress.ReasonCode = ReasonTimeout
		return "INTERACTION_FAILURE", progress
	case event.InteractionChoices:
		return "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE", AutocompleteResponse{Choices: e.Choices, Nonce: nonce}
	case event.InteractionModalShown:
		return "INTERACTION_MODAL_CREATE", InteractionModal{
			ID: e.InteractionID, ChannelID: e.ChannelID, Application: InteractionApplication{ID: e.ApplicationID}, CustomID: e.Modal.CustomID, Title: e.Modal.Title, Components: e.Modal.Components, Nonce: nonce,
		}
	}
	return "INTERACTION_SUCCESS", progress
}

// InteractionMetadata says of a message what it answers.
type InteractionMetadata struct {
	ID                            id.ID                `json:"id"`
	Type                          int                  `json:"type"`
	User                          User                 `json:"user"`
	AuthorizingIntegrationOwners  map[string]id.ID     `json:"authorizing_integration_owners"`
	Name                          string               `json:"name,omitempty"`
	OriginalResponseMessageID     id.ID                `json:"original_response_message_id,omitempty"`
	TargetUser                    *User                `json:"target_user,omitempty"`
	TargetMessageID               id.ID                `json:"target_message_id,omitempty"`
	InteractedMessageID           id.ID                `json:"interacted_message_id,omitempty"`
	TriggeringInteractionMetadata *InteractionMetadata `json:"triggering_interaction_metadata,omitempty"`
}

// MessageInteraction is the older form of InteractionMetadata, for commands alone.
type MessageInteraction struct {
	ID   id.ID  `json:"id"`
	Type int    `json:"type"`
	Name string `json:"name"`
	User User   `json:"user"`
}

// showInteraction says of a message what it answers.
func (m *Message) showInteraction(interaction *store.MessageInteraction, guildID id.ID, users []store.User) {
	if interaction == nil {
		return
	}
	m.InteractionMetadata = newInteractionMetadata(&interaction.InteractionOrigin, guildID, users)
	if interaction.Trigger != nil {
		m.InteractionMetadata.TriggeringInteractionMetadata = newInteractionMetadata(interaction.Trigger, guildID, users)
	}
	if interaction.Type == event.InteractionCommand {
		m.Interaction = &MessageInteraction{ID: interaction.ID, Type: interaction.Type, Name: interaction.Name, User: m.InteractionMetadata.User}
	}
}

func newInteractionMetadata(origin *store.InteractionOrigin, guildID id.ID, users []store.User) *InteractionMetadata {
	shown := &InteractionMetadata{
		ID: origin.ID, Type: origin.Type, User: userAmong(users, origin.UserID), AuthorizingIntegrationOwners: map[string]id.ID{"0": guildID}, Name: origin.Name, OriginalResponseMessageID: origin.ResponseID,
		TargetMessageID: origin.TargetMessageID, InteractedMessageID: origin.InteractedID,
	}
	if origin.TargetUserID != 0 {
		target := userAmong(users, origin.TargetUserID)
		shown.TargetUser = &target
	}
	return shown
}

// userAmong shows one of some accounts.
func userAmong(users []store.User, userID id.ID) User {
	for _, user := range users {
		if user.ID == userID {
			return NewUser(user)
		}
	}
	return NewUser(store.User{ID: userID}) // cannot be: the rules give all that a message names
}
