package store

import (
	"context"
	"reflect"
	"slices"

	"guildhall/store/id"
)

// CommandType is where an application command is used, with the numbers of the wire contract.
type CommandType int

// The types of application commands.
const (
	// CommandChatInput is written: a slash command.
	CommandChatInput CommandType = 1
	// CommandUser is used on an account, CommandMessage on a message.
	CommandUser    CommandType = 2
	CommandMessage CommandType = 3
)

// CommandOptionType is what an option of a command takes, with the numbers of the wire contract.
type CommandOptionType int

// The types of options.
const (
	OptionSubcommand      CommandOptionType = 1
	OptionSubcommandGroup CommandOptionType = 2
	OptionString          CommandOptionType = 3
	OptionInteger         CommandOptionType = 4
	OptionBoolean         CommandOptionType = 5
	OptionUser            CommandOptionType = 6
	OptionChannel         CommandOptionType = 7
	OptionRole            CommandOptionType = 8
	OptionMentionable     CommandOptionType = 9
	OptionNumber          CommandOptionType = 10
	OptionAttachment      CommandOptionType = 11
)

// InteractionContext is where commands can be used, with the numbers of the wire contract.
type InteractionContext int

// The contexts of interactions.
const (
	ContextGuild InteractionContext = 0
	// ContextBotDM is the conversation with the application's own bot, ContextPrivate are conversations with others.
	ContextBotDM   InteractionContext = 1
	ContextPrivate InteractionContext = 2
)

// Command is an application command: something that people can use of an application, and that it is told of.
type Command struct {
	ID, ApplicationID id.ID
	// GuildID is the guild that the command is for; zero for one that goes with the application everywhere.
	GuildID id.ID
	Type    CommandType
	// Name is the command's own: an application has no two of one name and type that go everywhere, nor that are for one guild.
	Name string
	// NameLocalizations and DescriptionLocalizations are by locale; nil for none.
	NameLocalizations map[string]string
	// Description is empty for commands that are used on something.
	Description              string
	DescriptionLocalizations map[string]string
	Options                  []CommandOption
	// DefaultMemberPermissions are what members need who are allowed nothing else; nil for nothing, zero for administrators alone.
	DefaultMemberPermissions *uint64
	NSFW                     bool
	// Contexts are where it can be used, ascending; nil where nothing was said: everywhere.
	Contexts []InteractionContext
	// IntegrationTypes are how its application must be installed: 0 in guilds, 1 for a person; ascending, never empty.
	IntegrationTypes []int
	// Version is another id whenever the command changes.
	Version id.ID
}

// CommandOption is something that can be given along with a command, or a part of a command.
type CommandOption struct {
	Type                     CommandOptionType
	Name                     string
	NameLocalizations        map[string]string
	Description              string
	DescriptionLocalizations map[string]string
	Required                 bool
	// Choices are all that can be given; empty for no such list.
	Choices []CommandChoice
	// ChannelTypes are the types of channels that can be given; empty for all.
	ChannelTypes []ChannelType
	// MinValue and MaxValue bound numbers, MinLength and MaxLength texts; nil for no bound.
	MinValue, MaxValue   *float64
	MinLength, MaxLength *int
	// Autocomplete says that the application is asked what could be given.
	Autocomplete bool
	// Options are those of a subcommand, or the subcommands of a group.
	Options []CommandOption
}

// CommandChoice is one of what can be given for an option.
type CommandChoice struct {
	Name              string
	NameLocalizations map[string]string
	// Text is what is given for OptionString, Number for OptionInteger (a whole number of less than 2^53 either way) and OptionNumber.
	Text   string
	Number float64
}

// CommandPermissionType is what a permission of a command is about, with the numbers of the wire contract.
type CommandPermissionType int

// The types of commands' permissions.
const (
	CommandForRole    CommandPermissionType = 1
	CommandForUser    CommandPermissionType = 2
	CommandForChannel CommandPermissionType = 3
)

// CommandPermission says whether a command can be used by somebody, or somewhere.
type CommandPermission struct {
	// ID is that of the role, account or channel. That of the guild stands for @everyone, one less for all channels.
	ID    id.ID
	Type  CommandPermissionType
	Allow bool
}

// CommandPermissions are what was set for a guild about one command, or about all commands of an application that have nothing of their own.
type CommandPermissions struct {
	GuildID, ApplicationID id.ID
	// TargetID is the command, or the application for all of its commands.
	TargetID    id.ID
	Permissions []CommandPermission
}

// CommandLimits are how many commands of each type an application can have everywhere, and as many again in each guild.
type CommandLimits map[CommandType]int

// Commands keeps application commands, and who may use them. They go with their application and their guild; those that are for one guild, and what is set there, go when the application is taken out of it.
//
// A guild is one of an application while the application is installed there or its bot is a member.
type Commands interface {
	// PutCommand stores a command, in place of the one of its name and type if there is one, which keeps its id, and its Version when nothing else changed. ErrNotFound when there is no such application, or
	// the guild is none of its; a *LimitError when there are as many of its type already. It tells whether the command is new.
	PutCommand(ctx context.Context, command Command, most CommandLimits) (stored Command, made bool, err error)
	// ReplaceCommands stores commands as all that an application has everywhere (guildID zero) or for a guild, in one step, and gives them in the order given. One with the id and type of a command that was
	// there takes its place, and so does one of its name and type, which keeps its id; versions are as for PutCommand. The others that were there are gone. No two of commands may have one name and type: a *ConflictError ("name"). Errors otherwise as for PutCommand.
	ReplaceCommands(ctx context.Context, applicationID, guildID id.ID, commands []Command, most CommandLimits) ([]Command, error)
	Command(ctx context.Context, commandID id.ID) (Command, error)
	// ApplicationCommands gives the commands of an application that go everywhere (guildID zero), or those for a guild, in ascending order of id.
	ApplicationCommands(ctx context.Context, applicationID, guildID id.ID) ([]Command, error)
	// UpdateCommand applies change to a command, atomically (see UpdateUser for the rules of change); its ids and type stay, and its Version when nothing else changed. A *ConflictError ("name").
	UpdateCommand(ctx context.Context, commandID id.ID, change func(*Command) error) (Command, error)
	// DeleteCommand deletes a command with what is set about it, and gives what it was.
	DeleteCommand(ctx context.Context, commandID id.ID) (Command, error)

	// SetCommandPermissions stores what is set for a guild about a command or an application, in place of what was; without permissions nothing is. ErrNotFound when the guild is none of the application's,
	// or the target is neither the application nor a command of it that goes everywhere or is for the guild.
	SetCommandPermissions(ctx context.Context, permissions CommandPermissions) error
	// CommandPermissions gives all that is set for a guild about an application and its commands, in ascending order of the targets' ids.
	CommandPermissions(ctx context.Context, guildID, applicationID id.ID) ([]CommandPermissions, error)
}

// Same tells whether two commands say the same, whatever their ids and versions.
func (c *Command) Same(other *Command) bool {
	one, two := *c, *other
	one.ID, one.Version, two.ID, two.Version = 0, 0, 0, 0
	return reflect.DeepEqual(one, two)
}

// ReplacedCommand finds, of the commands that there are, the one in whose place another comes: that of its id and type, otherwise its namesake; nil for none.
func ReplacedCommand(there []Command, command *Command) *Command {
	at := slices.IndexFunc(there, func(other Command) bool { return other.ID == command.ID && other.Type == command.Type })
	if at < 0 {
		return Namesake(there, command)
	}
	return &there[at]
}

// Namesake finds the command that has the name and type of another; nil for none.
func Namesake(there []Command, command *Command) *Command {
	at := slices.IndexFunc(there, func(other Command) bool { return other.Type == command.Type && other.Name == command.Name })
	if at < 0 {
		return nil
	}
	return &there[at]
}

// Room makes sure that there are not more commands of any type than there may be; otherwise it gives a *LimitError.
func (l CommandLimits) Room(commands []Command) error {
	counts := make(map[CommandType]int)
	for i := range commands {
		of := commands[i].Type
		if counts[of]++; counts[of] > l[of] {
			return &LimitError{What: "commands", Max: l[of]}
		}
	}
	return nil
}

// Settle gives a command the id of the one that it replaces, and its version where nothing else changes.
func (c *Command) Settle(before *Command) {
	c.ID = before.ID
	if c.Same(before) {
		c.Version = before.Version
	}
}
