package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// For how many guilds, and for how many applications in guilds, it is kept in memory which commands there are.
const (
	maxCommandGuilds = 4096
	maxCommandLists  = 16384
)

// Commands is about application commands: what applications say that can be done with them, and who may.
type Commands struct {
	Deps
	views *Views
	users *Users
	bots  *Bots
}

// commandCaches are what Views know of application commands.
type commandCaches struct {
	// installed are the applications of guilds, lists the commands of applications in a guild, or everywhere, and sets what is set about them in a guild.
	installed *cache[id.ID, []id.ID]
	lists     *cache[commandsKey, []store.Command]
	sets      *cache[commandsKey, commandSets]
}

// commandsKey is an application in a guild, or everywhere.
type commandsKey struct{ applicationID, guildID id.ID }

// commandSets are what is set about commands, by the command or, for all of them, the application.
type commandSets map[id.ID][]store.CommandPermission

func newCommandCaches() *commandCaches {
	return &commandCaches{installed: newCache[id.ID, []id.ID](maxCommandGuilds), lists: newCache[commandsKey, []store.Command](maxCommandLists), sets: newCache[commandsKey, commandSets](maxCommandLists)}
}

// receive takes an event from the bus.
func (c *commandCaches) receive(e event.Event) {
	switch e := e.(type) {
	case event.CommandsChanged:
		c.lists.drop(commandsKey{e.ApplicationID, e.GuildID})
	case event.CommandPermissionsChanged:
		c.sets.drop(commandsKey{e.Permissions.ApplicationID, e.Permissions.GuildID})
	case event.InstallationChanged:
		c.uninstalled(e.Installation.GuildID, e.Installation.ApplicationID)
	case event.MemberRemoved:
		if e.User.Bot {
			c.uninstalled(e.GuildID, e.User.ID)
		}
	}
}

// uninstalled is called when an application came into a guild or is no longer in it: it makes the next question about an application in a guild read it anew.
func (c *commandCaches) uninstalled(guildID, applicationID id.ID) {
	c.installed.drop(guildID)
	c.lists.drop(commandsKey{applicationID, guildID})
	c.sets.drop(commandsKey{applicationID, guildID})
}

func (c *commandCaches) forget() {
	c.installed.clear()
	c.lists.clear()
	c.sets.clear()
}

// applicationsOf gives the applications that are in a guild, in ascending order. Nobody may write to it.
func (c *Commands) applicationsOf(ctx context.Context, guildID id.ID) ([]id.ID, error) {
	applicationIDs, found, epoch := c.views.commands.installed.get(guildID)
	if found {
		return applicationIDs, nil
	}
	installations, err := c.Store.GuildInstallations(ctx, guildID)
	if err != nil {
		return nil, internal("listing installations", err)
	}
	applicationIDs = make([]id.ID, len(installations))
	for i := range installations {
		applicationIDs[i] = installations[i].ApplicationID
	}
	c.views.commands.installed.fill(guildID, applicationIDs, epoch)
	return applicationIDs, nil
}

// inGuild tells whether the commands of an application can be used in a guild.
func (c *Commands) inGuild(ctx context.Context, guildID, applicationID id.ID) (bool, error) {
	applicationIDs, err := c.applicationsOf(ctx, guildID)
	if err != nil {
		return false, err
	}
	if _, found := slices.BinarySearch(applicationIDs, applicationID); found {
		return true, nil
	}
	// Bots that came before there were installations are in it by being members. That an account is a bot's is asked by those who look for its commands.
	_, err = c.views.Member(ctx, guildID, applicationID)
	if KindOf(err) == UnknownMember {
		return false, nil
	}
	return err == nil, err
}

// of gives the commands that an application has everywhere (guildID zero), or for a guild. Nobody may write to them.
func (c *Commands) of(ctx context.Context, applicationID, guildID id.ID) ([]store.Command, error) {
	key := commandsKey{applicationID, guildID}
	commands, found, epoch := c.views.commands.lists.get(key)
	if found {
		return commands, nil
	}
	commands, err := c.Store.ApplicationCommands(ctx, applicationID, guildID)
	if err != nil {
		return nil, internal("listing commands", err)
	}
	c.views.commands.lists.fill(key, commands, epoch)
	return commands, nil
}

// setsOf gives what is set for a guild about an application and its commands. Nobody may write to it.
func (c *Commands) setsOf(ctx context.Context, applicationID, guildID id.ID) (commandSets, error) {
	key := commandsKey{applicationID, guildID}
	sets, found, epoch := c.views.commands.sets.get(key)
	if found {
		return sets, nil
	}
	stored, err := c.Store.CommandPermissions(ctx, guildID, applicationID)
	if err != nil {
		return nil, internal("reading the permissions of commands", err)
	}
	sets = make(commandSets, len(stored))
	for _, set := range stored {
		sets[set.TargetID] = set.Permissions
	}
	c.views.commands.sets.fill(key, sets, epoch)
	return sets, nil
}

// Usable gives the commands of an application that the caller may use in a channel, those that go everywhere first. An application that is not there has none. Nobody may write to what the commands hold.
//
// Personal installations are not built: only in guilds that an application is in, and in the conversation with its own bot, are there commands.
func (c *Commands) Usable(ctx context.Context, caller Caller, channelID, applicationID id.ID) ([]store.Command, error) {
	a, channel, held, err := c.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return nil, err
	}
	if channel.GuildID == 0 {
		return c.inConversation(ctx, caller, channel, applicationID)
	}
	return c.usableIn(ctx, a, channel, held, applicationID)
}

// Use gives a command that the caller is about to use in a channel. What is not there, or cannot be used there, is an UnknownCommand; MissingPermission means that it is not for the caller.
func (c *Commands) Use(ctx context.Context, caller Caller, channelID, applicationID, commandID id.ID) (store.Command, error) {
	a, channel, held, err := c.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return store.Command{}, err
	}
	if channel.GuildID == 0 {
		commands, err := c.inConversation(ctx, caller, channel, applicationID)
		return pickCommand(commands, commandID, err)
	}
	there, err := c.thereIn(ctx, channel.GuildID, applicationID)
	if err != nil {
		return store.Command{}, err
	}
	command, err := pickCommand(there, commandID, nil)
	if err != nil {
		return store.Command{}, err
	}
	if err := cmp.Or(need(held, perm.UseApplicationCommands), a.awake(held)); err != nil {
		return store.Command{}, err
	}
	sets, err := c.setsOf(ctx, applicationID, channel.GuildID)
	if err != nil {
		return store.Command{}, err
	}
	switch {
	case command.NSFW && !ageRestricted(a.view, channel):
		return store.Command{}, &Error{Kind: MissingPermission, Message: "This command can be used in age-restricted channels only."}
	case mayUseCommand(a, channel, sets, &command):
		return command, nil
	case mayUseCommand(a.standing(), channel, sets, &command):
		return store.Command{}, errUnproven()
	}
	return store.Command{}, &Error{Kind: MissingPermission, Message: "You may not use this command here."}
}

// pickCommand finds a command by its id.
func pickCommand(commands []store.Command, commandID id.ID, err error) (store.Command, error) {
	if err != nil {
		return store.Command{}, err
	}
	at := slices.IndexFunc(commands, func(command store.Command) bool { return command.ID == commandID })
	if at < 0 {
		return store.Command{}, fail(UnknownCommand)
	}
	return commands[at], nil
}

// inConversation gives the commands of an application in a conversation: it must be the one with its own bot.
func (c *Commands) inConversation(ctx context.Context, caller Caller, channel *store.Channel, applicationID id.ID) ([]store.Command, error) {
	if channel.Type != store.ChannelDM || caller.UserID == applicationID || !slices.Contains(channel.Recipients, applicationID) {
		return nil, nil
	}
	if bot, err := c.users.lookup(ctx, applicationID); err != nil || !bot.Bot {
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return nil, err
	}
	all, err := c.of(ctx, applicationID, 0)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(command store.Command) bool {
		return command.Contexts != nil && !slices.Contains(command.Contexts, store.ContextBotDM)
	}), nil
}

// thereIn gives the commands of an application in a guild that it is in, whoever may use them.
func (c *Commands) thereIn(ctx context.Context, guildID, applicationID id.ID) ([]store.Command, error) {
	if in, err := c.inGuild(ctx, guildID, applicationID); err != nil || !in {
		return nil, err
	}
	everywhere, err := c.of(ctx, applicationID, 0)
	if err != nil {
		return nil, err
	}
	local, err := c.of(ctx, applicationID, guildID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Concat(everywhere, local), func(command store.Command) bool {
		return command.Contexts != nil && !slices.Contains(command.Contexts, store.ContextGuild) || !slices.Contains(command.IntegrationTypes, 0)
	}), nil
}

// usableIn gives the commands of an application that somebody may use in a channel of a guild; without a channel, somewhere in it.
func (c *Commands) usableIn(ctx context.Context, a access, channel *store.Channel, held perm.Set, applicationID id.ID) ([]store.Command, error) {
	if awake := a.awake(held) == nil; !awake || !held.Has(perm.UseApplicationCommands) {
		return nil, nil
	}
	guildID := a.view.Guild.ID
	commands, err := c.thereIn(ctx, guildID, applicationID)
	if err != nil || len(commands) == 0 {
		return nil, err
	}
	sets, err := c.setsOf(ctx, applicationID, guildID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(commands, func(command store.Command) bool {
		return channel != nil && command.NSFW && !ageRestricted(a.view, channel) || !mayUseCommand(a, channel, sets, &command)
	}), nil
}

// ageRestricted tells whether a channel is for adults; a thread is when its channel is.
func ageRestricted(view *View, channel *store.Channel) bool {
	if channel.Thread != nil {
		if parent, found := view.Channel(channel.ParentID); found {
			return parent.NSFW
		}
	}
	return channel.NSFW
}

// mayUseCommand tells whether somebody may use a command in a channel of a guild, or without a channel somewhere in it, by what is set there. Administrators may in any case. What is set about the command
// itself goes before what is set about all of the application's, and what is set about the channel before what is set about all channels; a channel that it is not for closes the command to everybody.
// Then what is set about somebody's account goes before their roles, one that allows before one that does not, and these before @everyone. Where nothing about the command says so, the application must not be
// closed to them, and they need what the command asks of members (DefaultMemberPermissions).
func mayUseCommand(a access, channel *store.Channel, sets commandSets, command *store.Command) bool {
	if a.member == nil {
		return true
	}
	held := a.inGuild()
	if channel != nil {
		held = a.usable(perm.InChannel(perm.Base(&a.view.Guild, a.view.Roles, a.member), overwritesOf(a.view, channel), a.member, a.view.now()))
	}
	if held.Has(perm.Administrator) {
		return true
	}
	own, all := sets[command.ID], sets[command.ApplicationID]
	guildID := a.view.Guild.ID
	if channel != nil {
		channelID := channel.ID
		if channel.Thread != nil {
			channelID = channel.ParentID
		}
		if allowed, set := firstSet(store.CommandForChannel, []id.ID{channelID, guildID - 1}, own, all); set && !allowed {
			return false
		}
	}
	if allowed, set := setForMember(own, guildID, a.member); set {
		return allowed
	}
	if allowed, set := setForMember(all, guildID, a.member); set && !allowed {
		return false
	}
	switch wanted := command.DefaultMemberPermissions; {
	case wanted == nil:
		return true
	case *wanted == 0:
		return false // administrators alone
	default:
		return held.Has(perm.Set(*wanted))
	}
}

// overwritesOf gives what a channel allows and denies; a thread has what its channel has.
func overwritesOf(view *View, channel *store.Channel) []store.PermissionOverwrite {
	if channel.Thread != nil {
		if parent, found := view.Channel(channel.ParentID); found {
			return parent.Overwrites
		}
	}
	return channel.Overwrites
}

// firstSet looks for the first of some ids in each of some sets, one set after the other.
func firstSet(about store.CommandPermissionType, ids []id.ID, sets ...[]store.CommandPermission) (allowed, set bool) {
	for _, permissions := range sets {
		for _, wanted := range ids {
			for _, one := range permissions {
				if one.Type == about && one.ID == wanted {
					return one.Allow, true
				}
			}
		}
	}
	return false, false
}

// setForMember tells what is set about a member.
func setForMember(permissions []store.CommandPermission, guildID id.ID, member *store.Member) (allowed, set bool) {
	if allowed, set := firstSet(store.CommandForUser, []id.ID{member.UserID}, permissions); set {
		return allowed, true
	}
	for _, one := range permissions {
		if one.Type == store.CommandForRole && slices.Contains(member.RoleIDs, one.ID) {
			set = true
			allowed = allowed || one.Allow
		}
	}
	if set {
		return allowed, true
	}
	return firstSet(store.CommandForRole, []id.ID{guildID}, permissions)
}

// CommandUsage tells people in a line how a command is used: what is in square brackets may be left out, and of what is between bars one is chosen.
func CommandUsage(command *store.Command) string {
	switch command.Type {
	case store.CommandUser:
		return "on a person"
	case store.CommandMessage:
		return "on a message"
	}
	return "/" + command.Name + optionUsage(command.Options)
}

func optionUsage(options []store.CommandOption) string {
	var parts []string
	chosen := false
	for i := range options {
		option := &options[i]
		switch {
		case option.Type == store.OptionSubcommand || option.Type == store.OptionSubcommandGroup:
			chosen = true
			parts = append(parts, option.Name+optionUsage(option.Options))
		case option.Required:
			parts = append(parts, option.Name)
		default:
			parts = append(parts, "["+option.Name+"]")
		}
	}
	switch {
	case len(parts) == 0:
		return ""
	case chosen && len(parts) > 1:
		return " (" + strings.Join(parts, " | ") + ")"
	}
	return " " + strings.Join(parts, " ")
}
