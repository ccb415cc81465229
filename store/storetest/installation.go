package storetest

import (
	"errors"
	"fmt"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// installing is an application with its bot on the way into a guild.
func (f *fixture) installing(guildID, applicationID id.ID, permissions uint64) store.NewInstallation {
	return store.NewInstallation{GuildID: guildID, ApplicationID: applicationID, InstallerID: 7, At: birthday,
		Role: store.Role{ID: f.id(), Name: "Echo", Position: 1, Permissions: permissions}, Member: store.Member{JoinedAt: birthday}}
}

// install lets a bot into a guild.
func (f *fixture) install(guildID, applicationID id.ID) store.Installed {
	f.Helper()
	done, err := f.Install(f.Context(), f.installing(guildID, applicationID, 8), 250)
	f.ok(err)
	return done
}

// notInstalled demands that nothing of an installation is left.
func (f *fixture) notInstalled(guildID, applicationID, roleID id.ID) {
	f.Helper()
	_, err := f.Installation(f.Context(), guildID, applicationID)
	f.is(err, store.ErrNotFound)
	_, err = f.Member(f.Context(), guildID, applicationID)
	f.is(err, store.ErrNotFound)
	_, err = f.UpdateRole(f.Context(), guildID, roleID, func(*store.Role) error { return nil })
	f.is(err, store.ErrNotFound)
	f.sound("it was taken out")
}

// bind has a channel and an emoji of a guild name a role, and gives the channel.
func (f *fixture) bind(guildID, roleID id.ID) store.Channel {
	f.Helper()
	channel := f.channel(guildID)
	_, err := f.UpdateChannel(f.Context(), channel.ID, func(c *store.Channel) error {
		c.Overwrites = []store.PermissionOverwrite{{TargetID: guildID, Deny: 4}, {TargetID: roleID, Allow: 4}}
		return nil
	})
	f.ok(err)
	f.emoji(guildID, fmt.Sprint("for", roleID), roleID)
	return channel
}

// unbound demands that neither a channel nor an emoji of its guild names any role but @everyone.
func (f *fixture) unbound(channels ...store.Channel) {
	f.Helper()
	for _, channel := range channels {
		f.equal("overwrites", f.again(channel).Overwrites, []store.PermissionOverwrite{{TargetID: channel.GuildID, Deny: 4}})
		for _, emoji := range f.emojis(channel.GuildID) {
			f.equal("roles of an emoji", len(emoji.RoleIDs), 0)
		}
	}
}

var installationTests = []test{
	{"an application comes into a guild with its bot and a managed role, in one step", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app := f.application(guild.OwnerID, "Echo")
		wanted := f.installing(guild.ID, app, 1<<63|8)
		done, err := f.Install(ctx, wanted, 250)
		f.ok(err)
		role := wanted.Role
		role.GuildID, role.Managed, role.BotID = guild.ID, true, app
		member := store.Member{GuildID: guild.ID, UserID: app, RoleIDs: []id.ID{role.ID}, JoinedAt: birthday}
		installation := store.Installation{GuildID: guild.ID, ApplicationID: app, InstallerID: 7, RoleID: role.ID, InstalledAt: birthday}
		f.equal("what came of it", done, store.Installed{Installation: installation, First: true, Joined: true, Member: &member, Role: &role})
		read, err := f.Member(ctx, guild.ID, app)
		f.ok(err)
		f.equal("the member", read, member)
		roles, err := f.GuildRoles(ctx, guild.ID)
		f.ok(err)
		f.equal("the role", roles[len(roles)-1], role)
		f.countMembers(guild.ID, 2)
		got, err := f.Installation(ctx, guild.ID, app)
		f.ok(err)
		f.equal("the installation", got, installation)
		f.sound("it was let in")

		again := f.installing(guild.ID, app, 16)
		again.InstallerID, again.At, again.Role.Name = 9, birthday.Add(time.Hour), "Other"
		done, err = f.Install(ctx, again, 2) // the guild is full, and needs no more room
		f.ok(err)
		before := role
		role.Permissions, installation.InstallerID = 16, 9
		f.equal("what came of the second", done, store.Installed{Installation: installation, Member: &member, RoleBefore: &before, Role: &role})
		again.Role = store.Role{}
		done, err = f.Install(ctx, again, 250)
		f.ok(err)
		f.equal("its commands once more", done, store.Installed{Installation: installation})
		f.sound("it was let in again")
	}},
	{"commands alone come without the bot, which can follow", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app, other := f.application(guild.OwnerID, "Echo"), f.application(guild.OwnerID, "Other")
		alone := store.NewInstallation{GuildID: guild.ID, ApplicationID: app, InstallerID: guild.OwnerID, At: birthday}
		done, err := f.Install(ctx, alone, 250)
		f.ok(err)
		installation := store.Installation{GuildID: guild.ID, ApplicationID: app, InstallerID: guild.OwnerID, InstalledAt: birthday}
		f.equal("what came of it", done, store.Installed{Installation: installation, First: true})
		f.countMembers(guild.ID, 1)
		otherDone := f.install(guild.ID, other)
		all, err := f.GuildInstallations(ctx, guild.ID)
		f.ok(err)
		f.equal("of the guild", all, []store.Installation{installation, otherDone.Installation})
		of, err := f.ApplicationInstallations(ctx, app)
		f.ok(err)
		f.equal("of the application", of, []store.Installation{installation})

		gone, err := f.Uninstall(ctx, guild.ID, app)
		f.ok(err)
		f.equal("what was taken out", gone, installation)
		_, err = f.Uninstall(ctx, guild.ID, app)
		f.is(err, store.ErrNotFound)
		_, err = f.Uninstall(ctx, guild.ID, other)
		f.conflict(err, "member")
		_, err = f.Install(ctx, alone, 250)
		f.ok(err)
		followed := f.install(guild.ID, app)
		f.equal("it followed", []bool{followed.First, followed.Joined}, []bool{false, true})
		f.sound("the bot followed")
	}},
	{"a bot that is a member already gets its managed role beside its own", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app, own := f.application(guild.OwnerID, "Echo"), f.role(guild.ID, "own")
		f.ok(f.AddMember(ctx, store.Member{GuildID: guild.ID, UserID: app, Nick: "E", RoleIDs: []id.ID{own.ID}, JoinedAt: birthday}))
		done := f.install(guild.ID, app)
		want := store.Member{GuildID: guild.ID, UserID: app, Nick: "E", RoleIDs: []id.ID{own.ID, done.Role.ID}, JoinedAt: birthday}
		f.equal("the member", done.Member, &want)
		f.equal("it joined", done.Joined, false)
		f.countMembers(guild.ID, 2)
	}},
	{"what cannot be installed is not", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app := f.application(guild.OwnerID, "Echo")
		for _, wrong := range []store.NewInstallation{f.installing(1, app, 0), f.installing(guild.ID, 1, 0), f.installing(guild.ID, guild.OwnerID, 0), {GuildID: guild.ID, ApplicationID: guild.OwnerID}} {
			_, err := f.Install(ctx, wrong, 250)
			f.is(err, store.ErrNotFound)
		}
		_, err := f.Install(ctx, f.installing(guild.ID, app, 0), 1)
		f.limit(err, 1)
		f.ban(guild.ID, app, "noise")
		for _, wanted := range []store.NewInstallation{f.installing(guild.ID, app, 0), {GuildID: guild.ID, ApplicationID: app}} {
			_, err = f.Install(ctx, wanted, 250)
			f.is(err, store.ErrBanned)
		}
		f.countMembers(guild.ID, 1)
		all, err := f.GuildInstallations(ctx, guild.ID)
		f.ok(err)
		f.equal("installed", len(all), 0)
		f.sound("all was refused")
	}},
	{"who takes a bot out takes its managed role along, out of channels and emoji too", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app := f.application(guild.OwnerID, "Echo")
		for _, takeOut := range []func() (store.Departure, error){
			func() (store.Departure, error) { return f.RemoveMember(ctx, guild.ID, app) },
			func() (store.Departure, error) {
				_, left, err := f.AddBan(ctx, store.Ban{GuildID: guild.ID, UserID: app})
				return left, errors.Join(err, f.RemoveBan(ctx, guild.ID, app))
			},
		} {
			done := f.install(guild.ID, app)
			channel := f.bind(guild.ID, done.Role.ID)
			left, err := takeOut()
			f.ok(err)
			f.unbound(channel)
			if left.ThreadIDs != nil && len(left.ThreadIDs) == 0 {
				left.ThreadIDs = nil
			}
			f.equal("what went", left, store.Departure{Installed: true, RoleID: done.Role.ID, Channels: []store.Channel{f.again(channel)}})
			f.notInstalled(guild.ID, app, done.Role.ID)
		}
		_, err := f.Install(ctx, store.NewInstallation{GuildID: guild.ID, ApplicationID: app}, 250)
		f.ok(err)
		wasMember, left, err := f.AddBan(ctx, store.Ban{GuildID: guild.ID, UserID: app})
		f.ok(err)
		f.equal("commands alone", []bool{wasMember, left.Installed}, []bool{false, true})
		f.notInstalled(guild.ID, app, 1)
	}},
	{"an application that is deleted is installed nowhere, with its owner's others", func(f *fixture) {
		ctx, one, two := f.Context(), f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		cid := f.person("cid").ID
		echo, other, alone := f.application(cid, "Echo"), f.application(cid, "Other"), f.application(cid, "Alone")
		roles := map[id.ID]id.ID{}
		var channels []store.Channel
		for _, app := range []id.ID{echo, other} {
			for _, guildID := range []id.ID{one.ID, two.ID} {
				done := f.install(guildID, app)
				roles[done.Role.ID] = guildID
			}
		}
		both := f.channel(one.ID)
		_, err := f.UpdateChannel(ctx, both.ID, func(c *store.Channel) error {
			c.Overwrites = []store.PermissionOverwrite{{TargetID: one.ID, Deny: 4}}
			for roleID, guildID := range roles {
				if guildID == one.ID {
					c.Overwrites = append(c.Overwrites, store.PermissionOverwrite{TargetID: roleID, Allow: 4})
				}
			}
			return nil
		})
		f.ok(err)
		channels = append(channels, both)
		shared := []id.ID{}
		for roleID, guildID := range roles {
			if guildID == one.ID {
				shared = append(shared, roleID)
			} else {
				channels = append(channels, f.bind(guildID, roleID))
			}
		}
		f.emoji(one.ID, "shared", shared...)
		_, err = f.Install(ctx, store.NewInstallation{GuildID: two.ID, ApplicationID: alone, At: birthday}, 250)
		f.ok(err)
		f.sound("all were let in")
		deletions, err := f.DeleteUser(ctx, cid)
		f.ok(err)
		f.equal("accounts", len(deletions), 4)
		for i, wanted := range []int{0, 2, 2, 1} {
			f.equal("installations", len(deletions[i].Installations), wanted)
		}
		f.equal("channels of each", []int{len(deletions[0].Channels), len(deletions[1].Channels), len(deletions[2].Channels), len(deletions[3].Channels)}, []int{0, 2, 2, 0})
		f.unbound(channels...)
		for roleID, guildID := range roles {
			f.notInstalled(guildID, echo, roleID)
		}
		f.countMembers(one.ID, 1)
	}},
	{"an application leaves with its guild", func(f *fixture) {
		ctx, guild := f.Context(), f.guild(f.person("ada").ID)
		app := f.application(guild.OwnerID, "Echo")
		f.install(guild.ID, app)
		f.ok(f.DeleteGuild(ctx, guild.ID))
		of, err := f.ApplicationInstallations(ctx, app)
		f.ok(err)
		f.equal("installed", of, []store.Installation{})
		f.sound("the guild is gone")
	}},
	{"of an installation and what goes against it at once, one is the last", func(f *fixture) {
		ctx := f.Context()
		for name, against := range map[string]func(guildID, app id.ID) error{
			"a kick": func(guildID, app id.ID) error { _, err := f.RemoveMember(ctx, guildID, app); return err },
			"a ban": func(guildID, app id.ID) error {
				_, _, err := f.AddBan(ctx, store.Ban{GuildID: guildID, UserID: app})
				return err
			},
			"a deletion": func(_, app id.ID) error { _, err := f.DeleteUser(ctx, app); return err },
			"a guild's":  func(guildID, _ id.ID) error { return f.DeleteGuild(ctx, guildID) },
			"another one": func(guildID, app id.ID) error {
				_, err := f.Install(ctx, f.installing(guildID, app, 1), 250)
				return err
			},
		} {
			guild := f.guild(f.person("owner of " + name).ID)
			app := f.application(f.person("maker of "+name).ID, name)
			for _, err := range together(8, func(i int) error {
				if i == 4 {
					return against(guild.ID, app)
				}
				_, err := f.Install(ctx, f.installing(guild.ID, app, 8), 250)
				return err
			}) {
				if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrBanned) {
					f.Errorf("%s: %v", name, err)
				}
			}
			f.sound(name)
		}
	}},
}
