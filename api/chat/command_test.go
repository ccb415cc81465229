package chat_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/chat/command"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// commanded is a hall with a guild that a bot is installed in, which has a command.
type commanded struct {
	*testing.T
	*chattest.Hall
	guild      *chattest.Guild
	owner, bot chat.Caller
	command    store.Command
}

func openCommanded(t *testing.T) *commanded {
	t.Helper()
	hall, owner := openOwned(t, chattest.Options{})
	c := &commanded{T: t, Hall: hall, guild: hall.Guild(owner), owner: owner, bot: hall.Bot("helper", owner)}
	c.must(hall.Bots.AddToGuild(t.Context(), owner, c.bot.UserID, c.guild.ID, 0))
	c.command = c.put(0, command.Draft{Name: new("echo"), Description: new("Says")})
	return c
}

func (c *commanded) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *commanded) put(guildID id.ID, draft command.Draft) store.Command {
	c.Helper()
	made, _, err := c.Commands.Put(c.Context(), c.bot, c.bot.UserID, guildID, draft)
	c.must(err)
	return made
}

func (c *commanded) set(targetID id.ID, permissions ...store.CommandPermission) {
	c.Helper()
	_, err := c.Commands.SetPermissions(c.Context(), c.owner, store.CommandPermissions{GuildID: c.guild.ID, ApplicationID: c.bot.UserID, TargetID: targetID, Permissions: permissions})
	c.must(err)
}

// may asks whether somebody may use the command in a channel. Whether they find it among those that they may use must agree.
func (c *commanded) may(caller chat.Caller, channelID id.ID) bool {
	c.Helper()
	_, err := c.Commands.Use(c.Context(), caller, channelID, c.bot.UserID, c.command.ID)
	if kind := chat.KindOf(err); err != nil && kind != chat.MissingPermission && kind != chat.UnknownCommand {
		c.Fatal(err)
	}
	usable, listErr := c.Commands.Usable(c.Context(), caller, channelID, c.bot.UserID)
	c.must(listErr)
	listed := slices.ContainsFunc(usable, func(one store.Command) bool { return one.ID == c.command.ID })
	index, listErr := c.Commands.ChannelIndex(c.Context(), caller, channelID)
	c.must(listErr)
	indexed := slices.ContainsFunc(index.Commands, func(one store.Command) bool { return one.ID == c.command.ID })
	if listed != (err == nil) || indexed != listed {
		c.Errorf("it is listed: %t, in the index: %t, and using it gives %v", listed, indexed, err)
	}
	return err == nil
}

func TestWhoMayUseACommand(t *testing.T) {
	c := openCommanded(t)
	ben, adam := c.guild.Member("ben"), c.guild.Member("adam")
	c.guild.Role("Administrators", 5, perm.Administrator, adam)
	red, blue := c.guild.Role("Red", 1, 0, ben).ID, c.guild.Role("Blue", 1, 0, ben).ID
	green := c.guild.Role("Green", 1, 0).ID
	general, everyone, everywhere := c.guild.General, c.guild.ID, c.guild.ID-1
	role := func(roleID id.ID, allow bool) store.CommandPermission {
		return store.CommandPermission{ID: roleID, Type: store.CommandForRole, Allow: allow}
	}
	user := func(allow bool) store.CommandPermission {
		return store.CommandPermission{ID: ben.UserID, Type: store.CommandForUser, Allow: allow}
	}
	channel := func(channelID id.ID, allow bool) store.CommandPermission {
		return store.CommandPermission{ID: channelID, Type: store.CommandForChannel, Allow: allow}
	}
	type sets []store.CommandPermission
	none := func(*command.Draft) {}
	asks := func(permissions perm.Set) func(*command.Draft) {
		return func(draft *command.Draft) { draft.DefaultMemberPermissions = new(new(uint64(permissions))) }
	}
	for name, one := range map[string]struct {
		draft    func(*command.Draft)
		own, all sets
		may      bool
	}{
		"nothing is said":                            {none, nil, nil, true},
		"it asks for a permission":                   {asks(perm.BanMembers), nil, nil, false},
		"it asks for one that he has":                {asks(perm.SendMessages), nil, nil, true},
		"it asks for two, of which he has one":       {asks(perm.SendMessages | perm.BanMembers), nil, nil, false},
		"it is for administrators":                   {asks(0), nil, nil, false},
		"his role may":                               {asks(perm.BanMembers), sets{role(red, true)}, nil, true},
		"his role may what is for administrators":    {asks(0), sets{role(red, true)}, nil, true},
		"everybody may":                              {asks(0), sets{role(everyone, true)}, nil, true},
		"everybody may not":                          {none, sets{role(everyone, false)}, nil, false},
		"everybody may not, but his role":            {none, sets{role(everyone, false), role(red, true)}, nil, true},
		"one role may, another may not":              {none, sets{role(blue, false), role(red, true)}, nil, true},
		"his roles may not, everybody may":           {none, sets{role(blue, false), role(everyone, true)}, nil, false},
		"a role may not that is not his":             {none, sets{role(green, false)}, nil, true},
		"he may, his role may not":                   {none, sets{role(red, false), user(true)}, nil, true},
		"he may not, his role may":                   {none, sets{role(red, true), user(false)}, nil, false},
		"the application is closed to him":           {none, nil, sets{user(false)}, false},
		"the application is closed to everybody":     {none, nil, sets{role(everyone, false)}, false},
		"the application is closed, the command not": {none, sets{role(everyone, true)}, sets{role(everyone, false)}, true},
		"the application is open, the command asks":  {asks(perm.BanMembers), nil, sets{role(everyone, true)}, false},
		"the channel is closed":                      {none, sets{channel(general, false)}, nil, false},
		"the channel is closed, he may":              {none, sets{channel(general, false), user(true)}, nil, false},
		"all channels are closed":                    {none, sets{channel(everywhere, false)}, nil, false},
		"all channels are closed but this":           {none, sets{channel(everywhere, false), channel(general, true)}, nil, true},
		"another channel is closed":                  {none, sets{channel(c.guild.Lounge, false)}, nil, true},
		"the channel is closed to the application":   {none, nil, sets{channel(general, false)}, false},
		"and open to the command":                    {none, sets{channel(general, true)}, sets{channel(general, false)}, true},
		"all are open to the command":                {none, sets{channel(everywhere, true)}, sets{channel(general, false)}, true},
		"it goes into conversations alone":           {func(d *command.Draft) { d.Contexts = &[]store.InteractionContext{store.ContextBotDM} }, sets{user(true)}, nil, false},
		"it is for people's own installations":       {func(d *command.Draft) { d.IntegrationTypes = &[]int{1} }, sets{user(true)}, nil, false},
		"it is for adults":                           {func(d *command.Draft) { d.NSFW = new(true) }, sets{user(true)}, nil, false},
	} {
		draft := command.Draft{Name: new("echo"), Description: new("Says")}
		one.draft(&draft)
		c.put(0, draft)
		c.set(c.command.ID, one.own...)
		c.set(c.bot.UserID, one.all...)
		if got := c.may(ben, general); got != one.may {
			t.Errorf("where %s, ben may: %t", name, got)
		}
		if ever := draft.Contexts == nil && draft.IntegrationTypes == nil && draft.NSFW == nil; c.may(adam, general) != ever || c.may(c.owner, general) != ever {
			t.Errorf("where %s, administrators may not what they always may", name)
		}
	}
}

func TestACommandIsUsedWhereOneMayUseCommands(t *testing.T) {
	c := openCommanded(t)
	ctx, ben := t.Context(), c.guild.Member("ben")
	side := c.guild.Channel("side", store.ChannelText)
	hidden := c.guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: c.guild.ID, Deny: uint64(perm.ViewChannel)})
	thread, _, err := c.Threads.Start(ctx, ben, side, chat.ThreadDraft{Name: "thread", Type: new(store.ChannelPublicThread)})
	c.must(err)
	if !c.may(ben, side) || !c.may(ben, thread.ID) {
		t.Error("ben may not use it where all may")
	}
	use := func(caller chat.Caller, channelID, applicationID, commandID id.ID) chat.Kind {
		_, err := c.Commands.Use(ctx, caller, channelID, applicationID, commandID)
		if err == nil {
			t.Error("it was used")
		}
		return chat.KindOf(err)
	}
	stranger := c.Person("stranger")
	for want, got := range map[chat.Kind]chat.Kind{
		chat.UnknownCommand: use(ben, side, c.bot.UserID, 7), chat.MissingAccess: use(ben, hidden, c.bot.UserID, c.command.ID), chat.UnknownChannel: use(stranger, side, c.bot.UserID, c.command.ID),
	} {
		if got != want {
			t.Errorf("it fails with %d instead of %d", got, want)
		}
	}
	if got := use(ben, side, ben.UserID, c.command.ID); got != chat.UnknownCommand {
		t.Errorf("another's command: %d", got)
	}
	c.set(c.command.ID, store.CommandPermission{ID: side, Type: store.CommandForChannel})
	if c.may(ben, side) || c.may(ben, thread.ID) || !c.may(ben, c.guild.General) {
		t.Error("a channel is closed to a command with its threads, and no other")
	}
	c.set(c.command.ID)
	c.guild.Overwrite(side, c.guild.ID, store.OverwriteRole, 0, perm.UseApplicationCommands)
	if c.may(ben, side) || c.may(ben, thread.ID) || !c.may(ben, c.guild.General) {
		t.Error("who may not use commands in a channel uses them")
	}
	until := c.Clock.Now().Add(time.Hour)
	_, err = c.Members.Update(ctx, c.owner, c.guild.ID, ben.UserID, chat.MemberEdit{TimedOutUntil: &until})
	c.must(err)
	if c.may(ben, c.guild.General) {
		t.Error("who is timed out uses commands")
	}
}

func TestCommandsInConversations(t *testing.T) {
	c := openCommanded(t)
	ctx, ben := t.Context(), c.guild.Member("ben")
	ada := c.guild.Member("ada")
	with := func(other chat.Caller) id.ID {
		conversation, err := c.Directs.Open(ctx, ben, other.UserID)
		c.must(err)
		return conversation.ID
	}
	bots, adas := with(c.bot), with(ada)
	if !c.may(ben, bots) || c.may(ben, adas) {
		t.Error("commands can be used with their bot, and with nobody else")
	}
	if c.may(c.bot, bots) {
		t.Error("the bot uses its own commands")
	}
	c.put(0, command.Draft{Name: new("echo"), Description: new("Says"), Contexts: &[]store.InteractionContext{store.ContextGuild}})
	if c.may(ben, bots) {
		t.Error("a command for servers was used in a conversation")
	}
	if got, err := c.Commands.Usable(ctx, ben, bots, ada.UserID); err != nil || len(got) > 0 {
		t.Errorf("of a person there are %v, %v", got, err)
	}
}

func TestCommandsGoWithTheirApplicationAtOnce(t *testing.T) {
	for name, takeOut := range map[string]func(context.Context, *commanded) error{
		"its owner takes it out": func(ctx context.Context, c *commanded) error {
			return c.Bots.Uninstall(ctx, c.owner, c.guild.ID, c.bot.UserID)
		},
		"it is kicked": func(ctx context.Context, c *commanded) error {
			return c.Members.Kick(ctx, c.owner, c.guild.ID, c.bot.UserID)
		},
		"it is banned": func(ctx context.Context, c *commanded) error {
			return c.Bans.Ban(ctx, c.owner, c.guild.ID, c.bot.UserID, 0)
		},
		"it leaves": func(ctx context.Context, c *commanded) error { return c.Guilds.Leave(ctx, c.bot, c.guild.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			c := openCommanded(t)
			ben := c.guild.Member("ben")
			everywhere := c.command
			c.command = c.put(c.guild.ID, command.Draft{Name: new("local"), Description: new("Here")})
			c.set(everywhere.ID, store.CommandPermission{ID: ben.UserID, Type: store.CommandForUser})
			if !c.may(ben, c.guild.General) {
				t.Fatal("it cannot be used")
			}
			c.must(takeOut(t.Context(), c))
			if c.may(ben, c.guild.General) {
				t.Error("it can be used without its application")
			}
			if _, err := c.Commands.List(t.Context(), c.bot, c.bot.UserID, c.guild.ID); chat.KindOf(err) != chat.MissingAccess {
				t.Errorf("its commands there: %v", err)
			}
			if err := c.Bans.Unban(t.Context(), c.owner, c.guild.ID, c.bot.UserID); err != nil && chat.KindOf(err) != chat.UnknownBan {
				t.Fatal(err)
			}
			c.must(c.Bots.AddToGuild(t.Context(), c.owner, c.bot.UserID, c.guild.ID, 0))
			there, err := c.Commands.List(t.Context(), c.bot, c.bot.UserID, c.guild.ID)
			c.must(err)
			if len(there) > 0 {
				t.Errorf("let in again it has %v", there)
			}
			c.command = everywhere
			if !c.may(ben, c.guild.General) {
				t.Error("what was set about its commands is set after it came again")
			}
		})
	}
}

func TestWhoLooksAfterCommands(t *testing.T) {
	c := openCommanded(t)
	ctx, ben := t.Context(), c.guild.Member("ben")
	other := c.Bot("other", c.owner)
	for name, one := range map[string]struct {
		caller chat.Caller
		may    bool
	}{"the bot": {c.bot, true}, "its owner": {c.owner, true}, "the command line": {chattest.Console, true}, "somebody": {ben, false}, "another bot": {other, false}} {
		_, listErr := c.Commands.List(ctx, one.caller, c.bot.UserID, 0)
		_, _, putErr := c.Commands.Put(ctx, one.caller, c.bot.UserID, 0, command.Draft{Name: new("x"), Description: new("x")})
		_, setErr := c.Commands.Replace(ctx, one.caller, c.bot.UserID, 0, []command.Draft{{Name: new("echo"), Description: new("x")}})
		_, editErr := c.Commands.Update(ctx, one.caller, c.bot.UserID, 0, c.command.ID, command.Draft{NSFW: new(true)})
		for _, err := range []error{listErr, putErr, setErr, editErr} {
			if one.may != (err == nil) || !one.may && chat.KindOf(err) != chat.UnknownApplication {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if err := c.Commands.Delete(ctx, ben, c.bot.UserID, 0, c.command.ID); chat.KindOf(err) != chat.UnknownApplication {
		t.Errorf("somebody deletes: %v", err)
	}
	c.must(c.Commands.Delete(ctx, c.bot, c.bot.UserID, 0, c.command.ID))
	if c.may(ben, c.guild.General) {
		t.Error("a command that is gone was used")
	}
}

func TestCommandsAreKnownFromMemory(t *testing.T) {
	c := openCommanded(t)
	ben := c.guild.Member("ben")
	index := func() chat.CommandIndex {
		got, err := c.Commands.GuildIndex(t.Context(), ben, c.guild.ID)
		c.must(err)
		return got
	}
	if got := index(); len(got.Commands) != 1 || len(got.Applications) != 1 || got.Applications[0].User.Username != "helper" || got.Version != c.command.Version {
		t.Errorf("the index is %+v", got)
	}
	if c.put(0, command.Draft{Name: new("echo"), Description: new("Says")}); index().Version != c.command.Version {
		t.Error("nothing changed, and the index is another version")
	}
	changed := c.put(0, command.Draft{Name: new("echo"), Description: new("Says more")})
	if got := index(); got.Version != changed.Version || got.Commands[0].Description != "Says more" {
		t.Errorf("after a change the index is %+v", got)
	}
}
