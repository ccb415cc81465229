package storetest

import (
	"errors"
	"fmt"
	"math"

	"guildhall/store"
	"guildhall/store/id"
)

// commandLimits are greater than what most tests need.
var commandLimits = store.CommandLimits{store.CommandChatInput: 100, store.CommandUser: 15, store.CommandMessage: 15}

// newCommand is a command on its way.
func (f *fixture) newCommand(applicationID, guildID id.ID, name string) store.Command {
	return store.Command{ID: f.id(), ApplicationID: applicationID, GuildID: guildID, Type: store.CommandChatInput, Name: name, Description: "Says " + name, IntegrationTypes: []int{0}, Version: f.id()}
}

// command stores a command.
func (f *fixture) command(applicationID, guildID id.ID, name string) store.Command {
	f.Helper()
	command, made, err := f.PutCommand(f.Context(), f.newCommand(applicationID, guildID, name), commandLimits)
	f.ok(err)
	f.equal("it is new", made, true)
	return command
}

// commands gives the commands of an application.
func (f *fixture) commands(applicationID, guildID id.ID) []store.Command {
	f.Helper()
	commands, err := f.ApplicationCommands(f.Context(), applicationID, guildID)
	f.ok(err)
	return commands
}

// permit stores that a role may use commands, and gives that.
func (f *fixture) permit(guildID, applicationID, targetID id.ID) store.CommandPermissions {
	f.Helper()
	set := store.CommandPermissions{GuildID: guildID, ApplicationID: applicationID, TargetID: targetID, Permissions: []store.CommandPermission{
		{ID: guildID, Type: store.CommandForRole}, {ID: math.MaxInt64, Type: store.CommandForUser, Allow: true}, {ID: guildID - 1, Type: store.CommandForChannel},
	}}
	f.ok(f.SetCommandPermissions(f.Context(), set))
	return set
}

// permitted demands what is set for a guild about an application.
func (f *fixture) permitted(guildID, applicationID id.ID, want ...store.CommandPermissions) {
	f.Helper()
	got, err := f.CommandPermissions(f.Context(), guildID, applicationID)
	f.ok(err)
	if want == nil {
		want = []store.CommandPermissions{}
	}
	f.equal("permissions", got, want)
}

// fullCommand is a command with everything that there is to say.
func (f *fixture) fullCommand(applicationID, guildID id.ID) store.Command {
	words := map[string]string{"de": "größe", "pt-BR": "tamanho"}
	return store.Command{
		ID: f.id(), ApplicationID: applicationID, GuildID: guildID, Type: store.CommandChatInput, Name: "größe", NameLocalizations: words, Description: "A \u0000 <b>description</b>", DescriptionLocalizations: words,
		DefaultMemberPermissions: new(uint64(math.MaxUint64)), NSFW: true, Contexts: []store.InteractionContext{store.ContextGuild, store.ContextBotDM}, IntegrationTypes: []int{0, 1}, Version: math.MaxInt64,
		Options: []store.CommandOption{
			{Type: store.OptionSubcommandGroup, Name: "group", Options: []store.CommandOption{{Type: store.OptionSubcommand, Name: "sub", NameLocalizations: words, DescriptionLocalizations: words, Options: []store.CommandOption{
				{Type: store.OptionInteger, Name: "n", Required: true, MinValue: new(float64(-1 << 53)), MaxValue: new(float64(1 << 53)), Choices: []store.CommandChoice{{Name: "least", NameLocalizations: words, Number: -1 << 53}}},
				{Type: store.OptionNumber, Name: "x", MinValue: new(0.1), MaxValue: new(math.MaxFloat64), Choices: []store.CommandChoice{{Name: "small", Number: math.SmallestNonzeroFloat64}}},
				{Type: store.OptionString, Name: "s", MinLength: new(0), MaxLength: new(6000), Choices: []store.CommandChoice{{Name: "text", Text: "\u0000 <&>"}}},
				{Type: store.OptionString, Name: "a", Autocomplete: true},
				{Type: store.OptionChannel, Name: "c", ChannelTypes: []store.ChannelType{store.ChannelText, store.ChannelVoice}},
			}}}},
		},
	}
}

var commandTests = []test{
	{"commands come back as they were stored, in order, by their application and by themselves", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app, other := f.application(guild.OwnerID, "one"), f.application(guild.OwnerID, "two")
		f.install(guild.ID, app)
		for _, guildID := range []id.ID{0, guild.ID} {
			full := f.fullCommand(app, guildID)
			stored, made, err := f.PutCommand(ctx, full, commandLimits)
			f.ok(err)
			f.equal("it is new", made, true)
			f.equal("the result", stored, full)
			stored.Options[0].Options[0].Options[0].Choices[0].NameLocalizations["de"] = "changed"
			bare := f.newCommand(app, guildID, "bare")
			bare.Type, bare.Description = store.CommandUser, ""
			_, _, err = f.PutCommand(ctx, bare, commandLimits)
			f.ok(err)
			full = f.fullCommandAs(full)
			f.equal("commands", f.commands(app, guildID), []store.Command{full, bare})
			for _, want := range []store.Command{full, bare} {
				got, err := f.Command(ctx, want.ID)
				f.ok(err)
				f.equal("a command", got, want)
			}
		}
		f.equal("those of another", f.commands(other, 0), []store.Command{})
		_, err := f.Command(ctx, 1)
		f.is(err, store.ErrNotFound)
		f.greatest(math.MaxInt64)
		f.sound("they were made")
	}},
	{"a command takes the place of the one of its name and type, keeps its id, and its version when nothing changed", func(f *fixture) {
		ctx, app := f.Context(), f.application(f.person("ada").ID, "one")
		old := f.command(app, 0, "echo")
		same := f.newCommand(app, 0, "echo")
		got, made, err := f.PutCommand(ctx, same, commandLimits)
		f.ok(err)
		f.equal("it is new", made, false)
		f.equal("the same", got, old)
		other := f.newCommand(app, 0, "echo")
		other.Description = "Says more"
		got, made, err = f.PutCommand(ctx, other, store.CommandLimits{}) // it takes no room
		f.ok(err)
		f.equal("it is new", made, false)
		other.ID = old.ID
		f.equal("another", got, other)
		onMessage := f.newCommand(app, 0, "echo")
		onMessage.Type = store.CommandMessage
		_, made, err = f.PutCommand(ctx, onMessage, commandLimits)
		f.ok(err)
		f.equal("one of another type is new", made, true)
		f.equal("commands", f.commands(app, 0), []store.Command{other, onMessage})
		onMessage.Name = "again"
		_, _, err = f.PutCommand(ctx, onMessage, commandLimits)
		f.conflict(err, "id")
		f.sound("it was replaced")
	}},
	{"all commands are replaced in one step, and those that stay keep their ids", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app := f.application(guild.OwnerID, "one")
		f.install(guild.ID, app)
		for _, guildID := range []id.ID{0, guild.ID} {
			stays, changes, goes := f.command(app, guildID, "stays"), f.command(app, guildID, "changes"), f.command(app, guildID, "goes")
			setStays, _ := f.permit(guild.ID, app, stays.ID), f.permit(guild.ID, app, goes.ID)
			wanted := []store.Command{f.newCommand(0, 9, "new"), f.newCommand(app, guildID, "changes"), f.newCommand(app, guildID, "stays")}
			wanted[1].NSFW = true
			got, err := f.ReplaceCommands(ctx, app, guildID, wanted, commandLimits)
			f.ok(err)
			wanted[0].ApplicationID, wanted[0].GuildID, wanted[1].ID = app, guildID, changes.ID
			f.equal("the result", got, []store.Command{wanted[0], wanted[1], stays})
			f.equal("commands", f.commands(app, guildID), []store.Command{stays, wanted[1], wanted[0]})
			f.permitted(guild.ID, app, setStays)
			_, err = f.Command(ctx, goes.ID)
			f.is(err, store.ErrNotFound)
			f.sound("they were replaced")

			twice := f.newCommand(app, guildID, "stays")
			_, err = f.ReplaceCommands(ctx, app, guildID, []store.Command{twice, f.newCommand(app, guildID, "stays")}, commandLimits)
			f.conflict(err, "name")
			_, err = f.ReplaceCommands(ctx, app, guildID, []store.Command{twice, f.newCommand(app, guildID, "other")}, store.CommandLimits{store.CommandChatInput: 1})
			f.limit(err, 1)
			f.equal("commands", len(f.commands(app, guildID)), 3)
			swapped := f.commands(app, guildID)
			swapped[0].Name, swapped[1].Name = swapped[1].Name, swapped[0].Name
			swapped[0].Version, swapped[1].Version = f.id(), f.id()
			got, err = f.ReplaceCommands(ctx, app, guildID, swapped, commandLimits)
			f.ok(err)
			f.equal("by their ids", got, swapped)
			swapped[0].ID = swapped[1].ID
			_, err = f.ReplaceCommands(ctx, app, guildID, swapped, commandLimits)
			f.conflict(err, "id")
			none, err := f.ReplaceCommands(ctx, app, guildID, nil, commandLimits)
			f.ok(err)
			f.equal("none", none, []store.Command{})
			f.equal("commands", f.commands(app, guildID), []store.Command{})
			f.permitted(guild.ID, app)
			f.sound("they are gone")
		}
	}},
	{"a command is changed and deleted, and takes no other's name", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app := f.application(guild.OwnerID, "one")
		f.install(guild.ID, app)
		echo := f.command(app, guild.ID, "echo")
		f.command(app, guild.ID, "other")
		f.command(app, 0, "everywhere")
		_, err := f.UpdateCommand(ctx, echo.ID, func(c *store.Command) error { c.Name = "other"; return nil })
		f.conflict(err, "name")
		version := f.id()
		for range 2 {
			got, err := f.UpdateCommand(ctx, echo.ID, func(c *store.Command) error {
				c.Name, c.ID, c.ApplicationID, c.GuildID, c.Type = "everywhere", 1, 1, 1, store.CommandUser
				if c.Version == echo.Version {
					c.Version = version
				} else {
					c.Version = f.id() // the second changes nothing, and is no new version
				}
				return nil
			})
			f.ok(err)
			want := echo
			want.Name, want.Version = "everywhere", version
			f.equal("changed", got, want)
			got, err = f.Command(ctx, echo.ID)
			f.ok(err)
			f.equal("changed", got, want)
		}
		refused := errors.New("no")
		_, err = f.UpdateCommand(ctx, echo.ID, func(c *store.Command) error { c.Name = "x"; return refused })
		f.is(err, refused)
		f.permit(guild.ID, app, echo.ID)
		gone, err := f.DeleteCommand(ctx, echo.ID)
		f.ok(err)
		f.equal("deleted", gone.Name, "everywhere")
		f.permitted(guild.ID, app)
		_, err = f.DeleteCommand(ctx, echo.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.UpdateCommand(ctx, echo.ID, func(*store.Command) error { return nil })
		f.is(err, store.ErrNotFound)
		f.equal("left", len(f.commands(app, guild.ID)), 1)
		f.sound("it was deleted")
	}},
	{"a guild that an application is not in has no commands of it", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app := f.application(guild.OwnerID, "one")
		everywhere := f.command(app, 0, "echo")
		for _, command := range []store.Command{f.newCommand(app, guild.ID, "x"), f.newCommand(app, 1, "x"), f.newCommand(guild.OwnerID, 0, "x"), f.newCommand(guild.OwnerID, guild.ID, "x")} {
			_, _, err := f.PutCommand(ctx, command, commandLimits)
			f.is(err, store.ErrNotFound)
			_, err = f.ReplaceCommands(ctx, command.ApplicationID, command.GuildID, []store.Command{command}, commandLimits)
			f.is(err, store.ErrNotFound)
		}
		f.is(f.SetCommandPermissions(ctx, store.CommandPermissions{GuildID: guild.ID, ApplicationID: app, TargetID: everywhere.ID}), store.ErrNotFound)
		f.install(guild.ID, app)
		other := f.application(guild.OwnerID, "two")
		f.install(guild.ID, other)
		for _, targetID := range []id.ID{1, other, f.command(other, 0, "echo").ID, f.command(other, guild.ID, "echo").ID} {
			f.is(f.SetCommandPermissions(ctx, store.CommandPermissions{GuildID: guild.ID, ApplicationID: app, TargetID: targetID}), store.ErrNotFound)
		}
		f.is(f.SetCommandPermissions(ctx, store.CommandPermissions{ApplicationID: app, TargetID: everywhere.ID}), store.ErrNotFound)

		member := f.application(guild.OwnerID, "three")
		f.ok(f.AddMember(ctx, store.Member{GuildID: guild.ID, UserID: member, JoinedAt: birthday}))
		f.command(member, guild.ID, "echo")
		_, err := f.RemoveMember(ctx, guild.ID, member)
		f.ok(err)
		f.equal("with the member", f.commands(member, guild.ID), []store.Command{})
		f.sound("all was refused")
	}},
	{"what is set about commands is kept for each guild, and taken back", func(f *fixture) {
		ctx, one, two := f.Context(), f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		app := f.application(one.OwnerID, "one")
		f.install(one.ID, app)
		f.install(two.ID, app)
		everywhere, local := f.command(app, 0, "echo"), f.command(app, one.ID, "local")
		f.is(f.SetCommandPermissions(ctx, store.CommandPermissions{GuildID: two.ID, ApplicationID: app, TargetID: local.ID}), store.ErrNotFound)
		all, echo, here := f.permit(one.ID, app, app), f.permit(one.ID, app, everywhere.ID), f.permit(one.ID, app, local.ID)
		there := f.permit(two.ID, app, everywhere.ID)
		f.permitted(one.ID, app, all, echo, here)
		f.permitted(two.ID, app, there)
		f.sound("they were set")
		echo.Permissions = echo.Permissions[:1]
		f.ok(f.SetCommandPermissions(ctx, echo))
		here.Permissions = nil
		f.ok(f.SetCommandPermissions(ctx, here))
		f.ok(f.SetCommandPermissions(ctx, here))
		f.permitted(one.ID, app, all, echo)
		f.sound("some were taken back")
		_, err := f.DeleteCommand(ctx, everywhere.ID)
		f.ok(err)
		f.permitted(one.ID, app, all)
		f.permitted(two.ID, app)
		f.sound("the command is gone everywhere")
	}},
	{"commands go with their application, their guild, and what takes the application out of it", func(f *fixture) {
		ctx, one, two := f.Context(), f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		cid := f.person("cid").ID
		for name, takeOut := range map[string]func(app id.ID) error{
			"a kick":         func(app id.ID) error { _, err := f.RemoveMember(ctx, one.ID, app); return err },
			"a ban":          func(app id.ID) error { _, _, err := f.AddBan(ctx, store.Ban{GuildID: one.ID, UserID: app}); return err },
			"its deletion":   func(app id.ID) error { _, err := f.DeleteUser(ctx, app); return err },
			"uninstallation": func(app id.ID) error { _, err := f.Uninstall(ctx, one.ID, app); return err },
		} {
			app := f.application(cid, name)
			if name == "uninstallation" {
				_, err := f.Install(ctx, store.NewInstallation{GuildID: one.ID, ApplicationID: app}, 250)
				f.ok(err)
			} else {
				f.install(one.ID, app)
			}
			f.install(two.ID, app)
			f.leaves(one.ID, two.ID, app, func() error { return takeOut(app) }, name == "its deletion")
		}
		app := f.application(cid, "last")
		f.install(one.ID, app)
		f.install(two.ID, app)
		f.leaves(one.ID, two.ID, app, func() error { return f.DeleteGuild(ctx, one.ID) }, false)
		_, err := f.DeleteUser(ctx, cid)
		f.ok(err)
		f.equal("with their owner", append(f.commands(app, 0), f.commands(app, two.ID)...), []store.Command{})
		f.permitted(two.ID, app)
		f.sound("their owner is gone")
	}},
	{"an application has as many commands as it may, and none of one name, also when they are made at once", func(f *fixture) {
		app := f.application(f.person("ada").ID, "one")
		errs := together(writers, func(i int) error {
			_, _, err := f.PutCommand(f.Context(), f.newCommand(app, 0, fmt.Sprint("c", i)), store.CommandLimits{store.CommandChatInput: 5})
			return err
		})
		f.equal("made", f.wins(errs, func(err error) { f.limit(err, 5) }), 5)
		second := f.application(f.person("bob").ID, "two")
		for _, err := range together(writers, func(i int) error {
			if i%4 == 0 {
				_, err := f.ReplaceCommands(f.Context(), second, 0, []store.Command{f.newCommand(second, 0, "same")}, commandLimits)
				return err
			}
			_, _, err := f.PutCommand(f.Context(), f.newCommand(second, 0, "same"), commandLimits)
			return err
		}) {
			f.ok(err)
		}
		f.equal("of one name", len(f.commands(second, 0)), 1)
		f.sound("they were made at once")
	}},
	{"of commands for a guild and what takes their application out of it at once, none are left", func(f *fixture) {
		ctx := f.Context()
		for name, against := range map[string]func(guildID, app id.ID) error{
			"a kick":     func(guildID, app id.ID) error { _, err := f.RemoveMember(ctx, guildID, app); return err },
			"a deletion": func(_, app id.ID) error { _, err := f.DeleteUser(ctx, app); return err },
			"a guild's":  func(guildID, _ id.ID) error { return f.DeleteGuild(ctx, guildID) },
		} {
			guild := f.guild(f.person("owner of " + name).ID)
			app := f.application(f.person("maker of "+name).ID, name)
			f.install(guild.ID, app)
			for _, err := range together(8, func(i int) error {
				if i == 4 {
					return against(guild.ID, app)
				}
				command, _, err := f.PutCommand(ctx, f.newCommand(app, guild.ID, fmt.Sprint("c", i)), commandLimits)
				if err != nil {
					return err
				}
				return f.SetCommandPermissions(ctx, store.CommandPermissions{GuildID: guild.ID, ApplicationID: app, TargetID: command.ID, Permissions: []store.CommandPermission{{ID: 1, Type: store.CommandForUser}}})
			}) {
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					f.Errorf("%s: %v", name, err)
				}
			}
			f.equal(name, f.commands(app, guild.ID), []store.Command{})
			f.sound(name)
		}
	}},
}

// fullCommandAs gives fullCommand with the ids of another.
func (f *fixture) fullCommandAs(like store.Command) store.Command {
	full := f.fullCommand(like.ApplicationID, like.GuildID)
	full.ID = like.ID
	return full
}

// leaves demands that an application that is in two guilds has nothing in one of them after a step, and all of the rest unless it is gone altogether.
func (f *fixture) leaves(guildID, otherID, app id.ID, step func() error, gone bool) {
	f.Helper()
	everywhere, local, there := f.command(app, 0, "everywhere"), f.command(app, guildID, "local"), f.command(app, otherID, "there")
	f.permit(guildID, app, app)
	f.permit(guildID, app, everywhere.ID)
	f.permit(guildID, app, local.ID)
	set := f.permit(otherID, app, everywhere.ID)
	f.sound("before")
	f.ok(step())
	_, err := f.Command(f.Context(), local.ID)
	f.is(err, store.ErrNotFound)
	f.equal("commands", f.commands(app, guildID), []store.Command{})
	f.permitted(guildID, app)
	if gone {
		f.equal("commands", append(f.commands(app, 0), f.commands(app, otherID)...), []store.Command{})
		f.permitted(otherID, app)
	} else {
		f.equal("commands", append(f.commands(app, 0), f.commands(app, otherID)...), []store.Command{everywhere, there})
		f.permitted(otherID, app, set)
	}
	f.sound("afterwards")
}
