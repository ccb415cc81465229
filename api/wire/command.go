package wire

import (
	"guildhall/api/chat/command"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// Command is an application command. Localizations are null for none, and left out of lists unless they are asked for, which show texts in a language of whoever asks instead (name_localized, description_localized), where there are some; guild_id and dm_permission stand in one of two: what is for a guild, and what goes
// everywhere.
type Command struct {
	ID                       id.ID                       `json:"id"`
	ApplicationID            id.ID                       `json:"application_id"`
	GuildID                  id.ID                       `json:"guild_id,omitempty"`
	Version                  id.ID                       `json:"version"`
	Type                     store.CommandType           `json:"type"`
	Name                     string                      `json:"name"`
	NameLocalizations        *map[string]string          `json:"name_localizations,omitempty"`
	NameLocalized            string                      `json:"name_localized,omitempty"`
	Description              string                      `json:"description"`
	DescriptionLocalized     string                      `json:"description_localized,omitempty"`
	DescriptionLocalizations *map[string]string          `json:"description_localizations,omitempty"`
	Options                  []CommandOption             `json:"options,omitempty"`
	DefaultMemberPermissions *perm.Set                   `json:"default_member_permissions"`
	DMPermission             *bool                       `json:"dm_permission,omitempty"`
	NSFW                     bool                        `json:"nsfw"`
	Contexts                 *[]store.InteractionContext `json:"contexts"`
	IntegrationTypes         []int                       `json:"integration_types"`
}

// CommandOption is an option of a command. What says nothing is left out.
type CommandOption struct {
	Type                     store.CommandOptionType `json:"type"`
	Name                     string                  `json:"name"`
	NameLocalizations        *map[string]string      `json:"name_localizations,omitempty"`
	NameLocalized            string                  `json:"name_localized,omitempty"`
	Description              string                  `json:"description"`
	DescriptionLocalized     string                  `json:"description_localized,omitempty"`
	DescriptionLocalizations *map[string]string      `json:"description_localizations,omitempty"`
	Required                 bool                    `json:"required,omitempty"`
	Choices                  []CommandChoice         `json:"choices,omitempty"`
	ChannelTypes             []store.ChannelType     `json:"channel_types,omitempty"`
	MinValue                 *float64                `json:"min_value,omitempty"`
	MaxValue                 *float64                `json:"max_value,omitempty"`
	MinLength                *int                    `json:"min_length,omitempty"`
	MaxLength                *int                    `json:"max_length,omitempty"`
	Autocomplete             bool                    `json:"autocomplete,omitempty"`
	Options                  []CommandOption         `json:"options,omitempty"`
}

// CommandChoice is one of what can be given for an option.
type CommandChoice struct {
	Name              string             `json:"name"`
	NameLocalizations *map[string]string `json:"name_localizations,omitempty"`
	NameLocalized     string             `json:"name_localized,omitempty"`
	// Value is a text or a number.
	Value any `json:"value"`
}

// Translations says which translations of commands are shown: all of them (nil), or of each text the one in the first of some locales that there is.
type Translations []string

// TranslatedInto shows texts in the first of some locales that there is.
func TranslatedInto(locales []string) Translations { return append(Translations{}, locales...) }

// of gives translations for an answer: all, an object that may be null, or one, which may be empty.
func (t Translations) of(texts map[string]string) (all *map[string]string, one string) {
	if t == nil {
		return &texts, ""
	}
	return nil, command.Translated(texts, t)
}

// NewCommand shows a command with some of its translations.
func NewCommand(c store.Command, translations Translations) Command {
	shown := Command{ID: c.ID, ApplicationID: c.ApplicationID, GuildID: c.GuildID, Version: c.Version, Type: c.Type, Name: c.Name, Description: c.Description, Options: newCommandOptions(c.Options, translations),
		DefaultMemberPermissions: (*perm.Set)(c.DefaultMemberPermissions), NSFW: c.NSFW, IntegrationTypes: list(c.IntegrationTypes)}
	shown.NameLocalizations, shown.NameLocalized = translations.of(c.NameLocalizations)
	shown.DescriptionLocalizations, shown.DescriptionLocalized = translations.of(c.DescriptionLocalizations)
	if c.Contexts != nil {
		shown.Contexts = &c.Contexts
	}
	if c.GuildID == 0 {
		inDirect := c.Contexts == nil
		for _, one := range c.Contexts {
			inDirect = inDirect || one == store.ContextBotDM
		}
		shown.DMPermission = &inDirect
	}
	return shown
}

// NewCommands shows several commands.
func NewCommands(commands []store.Command, translations Translations) []Command {
	shown := make([]Command, len(commands))
	for i := range commands {
		shown[i] = NewCommand(commands[i], translations)
	}
	return shown
}

func newCommandOptions(options []store.CommandOption, translations Translations) []CommandOption {
	shown := make([]CommandOption, len(options))
	for i, o := range options {
		shown[i] = CommandOption{Type: o.Type, Name: o.Name, Description: o.Description, Required: o.Required, ChannelTypes: o.ChannelTypes, MinValue: o.MinValue, MaxValue: o.MaxValue,
			MinLength: o.MinLength, MaxLength: o.MaxLength, Autocomplete: o.Autocomplete, Options: newCommandOptions(o.Options, translations)}
		shown[i].NameLocalizations, shown[i].NameLocalized = translations.of(o.NameLocalizations)
		shown[i].DescriptionLocalizations, shown[i].DescriptionLocalized = translations.of(o.DescriptionLocalizations)
		for _, choice := range o.Choices {
			one := CommandChoice{Name: choice.Name, Value: choice.Number}
			one.NameLocalizations, one.NameLocalized = translations.of(choice.NameLocalizations)
			if o.Type == store.OptionString {
				one.Value = choice.Text
			}
			shown[i].Choices = append(shown[i].Choices, one)
		}
	}
	return shown
}

// CommandEdit is a command in the bodies of the routes that make and change commands.
type CommandEdit struct {
	ID                       *id.ID                               `json:"id"`
	Type                     *store.CommandType                   `json:"type"`
	Name                     *string                              `json:"name"`
	NameLocalizations        Optional[map[string]*string]         `json:"name_localizations"`
	Description              *string                              `json:"description"`
	DescriptionLocalizations Optional[map[string]*string]         `json:"description_localizations"`
	Options                  Optional[[]CommandOptionEdit]        `json:"options"`
	DefaultMemberPermissions Optional[perm.Set]                   `json:"default_member_permissions"`
	DMPermission             *bool                                `json:"dm_permission"`
	NSFW                     *bool                                `json:"nsfw"`
	Contexts                 Optional[[]store.InteractionContext] `json:"contexts"`
	IntegrationTypes         Optional[[]int]                      `json:"integration_types"`
}

// CommandOptionEdit is an option of a CommandEdit.
type CommandOptionEdit struct {
	Type                     store.CommandOptionType `json:"type"`
	Name                     string                  `json:"name"`
	NameLocalizations        map[string]*string      `json:"name_localizations"`
	Description              string                  `json:"description"`
	DescriptionLocalizations map[string]*string      `json:"description_localizations"`
	Required                 bool                    `json:"required"`
	Choices                  []CommandChoiceEdit     `json:"choices"`
	ChannelTypes             []store.ChannelType     `json:"channel_types"`
	MinValue                 *float64                `json:"min_value"`
	MaxValue                 *float64                `json:"max_value"`
	MinLength                *int                    `json:"min_length"`
	MaxLength                *int                    `json:"max_length"`
	Autocomplete             bool                    `json:"autocomplete"`
	Options                  []CommandOptionEdit     `json:"options"`
}

// CommandChoiceEdit is a choice of a CommandOptionEdit.
type CommandChoiceEdit struct {
	Name              string             `json:"name"`
	NameLocalizations map[string]*string `json:"name_localizations"`
	Value             any                `json:"value"`
}

// Draft gives the command as it is checked.
func (e *CommandEdit) Draft() command.Draft {
	draft := command.Draft{Type: e.Type, Name: e.Name, NameLocalizations: localizationsChange(e.NameLocalizations), Description: e.Description,
		DescriptionLocalizations: localizationsChange(e.DescriptionLocalizations), DirectMessages: e.DMPermission, NSFW: e.NSFW, Contexts: e.Contexts.Pointer(), IntegrationTypes: e.IntegrationTypes.Pointer()}
	if e.ID != nil {
		draft.ID = *e.ID
	}
	if e.Options.Present {
		draft.Options = new(commandOptionDrafts(e.Options.Value))
	}
	if e.DefaultMemberPermissions.Present {
		draft.DefaultMemberPermissions = new(*uint64)
		if !e.DefaultMemberPermissions.Null {
			*draft.DefaultMemberPermissions = new(uint64(e.DefaultMemberPermissions.Value))
		}
	}
	if e.Contexts.Null {
		draft.Contexts = nil // as good as left out, for those who say it in the older way
	}
	return draft
}

func localizationsChange(given Optional[map[string]*string]) *map[string]string {
	if !given.Present {
		return nil
	}
	return new(localizations(given.Value))
}

// localizations gives translations without those that are null.
func localizations(given map[string]*string) map[string]string {
	var texts map[string]string
	for locale, text := range given {
		if text != nil {
			if texts == nil {
				texts = make(map[string]string, len(given))
			}
			texts[locale] = *text
		}
	}
	return texts
}

func commandOptionDrafts(given []CommandOptionEdit) []command.Option {
	drafts := make([]command.Option, len(given))
	for i, o := range given {
		drafts[i] = command.Option{Options: commandOptionDrafts(o.Options), CommandOption: store.CommandOption{Type: o.Type, Name: o.Name, NameLocalizations: localizations(o.NameLocalizations), Description: o.Description,
			DescriptionLocalizations: localizations(o.DescriptionLocalizations), Required: o.Required, ChannelTypes: o.ChannelTypes, MinValue: o.MinValue, MaxValue: o.MaxValue, MinLength: o.MinLength,
			MaxLength: o.MaxLength, Autocomplete: o.Autocomplete}}
		for _, choice := range o.Choices {
			drafts[i].Choices = append(drafts[i].Choices, command.Choice{Name: choice.Name, NameLocalizations: localizations(choice.NameLocalizations), Value: choice.Value})
		}
	}
	return drafts
}

// CommandPermissions are what is set for a guild about a command or, by its id, an application; also the payload of APPLICATION_COMMAND_PERMISSIONS_UPDATE.
type CommandPermissions struct {
	ID            id.ID               `json:"id"`
	ApplicationID id.ID               `json:"application_id"`
	GuildID       id.ID               `json:"guild_id"`
	Permissions   []CommandPermission `json:"permissions"`
}

// CommandPermission says whether a command can be used by somebody, or somewhere.
type CommandPermission struct {
	ID         id.ID                       `json:"id"`
	Type       store.CommandPermissionType `json:"type"`
	Permission bool                        `json:"permission"`
}

// NewCommandPermissions shows what is set about a command.
func NewCommandPermissions(set store.CommandPermissions) CommandPermissions {
	shown := CommandPermissions{ID: set.TargetID, ApplicationID: set.ApplicationID, GuildID: set.GuildID, Permissions: make([]CommandPermission, len(set.Permissions))}
	for i, one := range set.Permissions {
		shown.Permissions[i] = CommandPermission{ID: one.ID, Type: one.Type, Permission: one.Allow}
	}
	return shown
}

// CommandPermissionsEdit is the body of the route that sets them.
type CommandPermissionsEdit struct {
	Permissions []CommandPermission `json:"permissions"`
}

// CommandIndex is what somebody can use somewhere.
type CommandIndex struct {
	Applications []CommandApplication `json:"applications"`
	Commands     []Command            `json:"application_commands"`
	Version      id.ID                `json:"version"`
}

// CommandApplication is an application in a CommandIndex.
type CommandApplication struct {
	ID          id.ID   `json:"id"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Icon        *string `json:"icon"`
	Flags       uint64  `json:"flags"`
	BotID       id.ID   `json:"bot_id"`
	Bot         User    `json:"bot"`
}

// NewCommandApplication shows an application whose commands can be used.
func NewCommandApplication(bot store.Bot, user store.User) CommandApplication {
	return CommandApplication{ID: bot.UserID, Name: user.Username, Description: bot.Description, Icon: TextOrNull(user.Avatar.Name()), Flags: bot.Flags, BotID: bot.UserID, Bot: NewUser(user)}
}
