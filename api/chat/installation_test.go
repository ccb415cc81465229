package chat_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// managedRole gives the managed role of a bot in a guild.
func managedRole(t *testing.T, guild *chattest.Guild, hall *chattest.Hall, botID id.ID) store.Role {
	t.Helper()
	roles, err := hall.Roles.List(t.Context(), chattest.Console, guild.ID)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(roles, func(role store.Role) bool { return role.BotID == botID })
	if at < 0 {
		t.Fatalf("the bot %s has no role", botID)
	}
	return roles[at]
}

func TestABotComesWithAManagedRoleThatHasWhatItsInviterGives(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	guild := hall.Guild(owner)
	bot, bob := hall.Bot("helper", owner), guild.Member("bob")
	told := hall.Watch(event.GuildSubject(guild.ID))
	if err := hall.Bots.AddToGuild(t.Context(), owner, bot.UserID, guild.ID, perm.KickMembers|perm.ManageRoles); err != nil {
		t.Fatal(err)
	}
	made := chattest.Next[event.RoleCreated](told).Role
	if made.Name != "helper" || !made.Managed || made.BotID != bot.UserID || made.Position != 1 || perm.Set(made.Permissions) != perm.KickMembers|perm.ManageRoles {
		t.Errorf("the role is %+v", made)
	}
	if added := chattest.Next[event.MemberAdded](told); !slices.Equal(added.Member.RoleIDs, []id.ID{made.ID}) {
		t.Errorf("the member is %+v", added.Member)
	}
	if err := hall.Members.Kick(t.Context(), bot, guild.ID, bob.UserID); err != nil {
		t.Errorf("the bot cannot use what it was given: %v", err)
	}

	// It is nobody's to give, take or delete, and stays the bot's when it is changed.
	carol := guild.Member("carol")
	expectField(t, hall.Members.AddRole(t.Context(), owner, guild.ID, carol.UserID, made.ID), "role_id")
	expectField(t, hall.Members.RemoveRole(t.Context(), owner, guild.ID, bot.UserID, made.ID), "role_id")
	expectField(t, hall.Roles.Delete(t.Context(), owner, guild.ID, made.ID), "role_id")
	if changed, err := hall.Roles.Update(t.Context(), owner, guild.ID, made.ID, chat.RoleEdit{Permissions: pointer(perm.BanMembers)}); err != nil || changed.BotID != bot.UserID || perm.Set(changed.Permissions) != perm.BanMembers {
		t.Errorf("changed by hand it is %+v, %v", changed, err)
	}
	if err := hall.Bots.AddToGuild(t.Context(), owner, bot.UserID, guild.ID, perm.ViewChannel); err != nil {
		t.Fatal(err)
	}
	if again := managedRole(t, guild, hall, bot.UserID); again.ID != made.ID || perm.Set(again.Permissions) != perm.ViewChannel {
		t.Errorf("invited again it has %+v", again)
	}
}

func TestTheManagedRoleGoesWithTheBot(t *testing.T) {
	for name, leave := range map[string]func(ctx context.Context, hall *chattest.Hall, guild *chattest.Guild, bot chat.Caller) error{
		"it leaves": func(ctx context.Context, h *chattest.Hall, g *chattest.Guild, bot chat.Caller) error {
			return h.Guilds.Leave(ctx, bot, g.ID)
		},
		"it is kicked": func(ctx context.Context, h *chattest.Hall, g *chattest.Guild, bot chat.Caller) error {
			return h.Members.Kick(ctx, g.Owner, g.ID, bot.UserID)
		},
		"it is banned": func(ctx context.Context, h *chattest.Hall, g *chattest.Guild, bot chat.Caller) error {
			return h.Bans.Ban(ctx, g.Owner, g.ID, bot.UserID, 0)
		},
		"its application is taken out": func(ctx context.Context, h *chattest.Hall, g *chattest.Guild, bot chat.Caller) error {
			return h.Bots.Uninstall(ctx, g.Owner, g.ID, bot.UserID)
		},
		"its application is deleted": func(ctx context.Context, h *chattest.Hall, g *chattest.Guild, bot chat.Caller) error {
			return h.Bots.Delete(ctx, g.Owner, bot.UserID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			hall, owner := openOwned(t, chattest.Options{})
			guild := hall.Guild(owner)
			bot := hall.Bot("helper", owner)
			guild.Join(bot)
			role := managedRole(t, guild, hall, bot.UserID)
			guild.Overwrite(guild.General, role.ID, store.OverwriteRole, perm.SendMessages, 0)
			if _, err := hall.Emojis.Create(t.Context(), owner, guild.ID, chat.EmojiDraft{Name: "wave", Image: stillImage(t, 1), RoleIDs: []id.ID{role.ID}}); err != nil {
				t.Fatal(err)
			}
			told := hall.Watch(event.GuildSubject(guild.ID))
			if err := leave(t.Context(), hall, guild, bot); err != nil {
				t.Fatal(err)
			}
			if gone := chattest.Next[event.MemberRemoved](told); gone.User.ID != bot.UserID {
				t.Errorf("who is gone is %+v", gone)
			}
			if gone := chattest.Next[event.RoleDeleted](told); gone.RoleID != role.ID {
				t.Errorf("the role that is gone is %+v", gone)
			}
			view, err := hall.Views.Guild(t.Context(), guild.ID)
			if err != nil {
				t.Fatal(err)
			}
			general, _ := view.Channel(guild.General)
			if _, there := view.Role(role.ID); there || slices.ContainsFunc(general.Overwrites, func(one store.PermissionOverwrite) bool { return one.TargetID == role.ID }) || len(view.Emojis[0].RoleIDs) > 0 {
				t.Errorf("left are %+v, %+v, %+v", view.Roles, general.Overwrites, view.Emojis)
			}
			if authorized, err := hall.Bots.Authorized(t.Context(), guild.ID, bot.UserID); err != nil || authorized {
				t.Errorf("its commands are there: %v, %v", authorized, err)
			}
			if problems, err := hall.Store.Check(t.Context()); err != nil || len(problems) > 0 {
				t.Errorf("the store has %q, %v", problems, err)
			}
		})
	}
}

func TestNobodyGivesABotWhatTheyDoNotHave(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	guild := hall.Guild(owner)
	manager, admin := guild.Member("manager"), guild.Member("admin")
	guild.Role("managers", 1, perm.ManageGuild|perm.KickMembers, manager)
	guild.Role("admins", 2, perm.Administrator, admin)
	bot := hall.Bot("public", owner)
	if _, err := hall.Bots.Update(t.Context(), owner, bot.UserID, chat.ApplicationEdit{Public: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	add := func(by chat.Caller, permissions perm.Set) error {
		return hall.Bots.AddToGuild(t.Context(), by, bot.UserID, guild.ID, permissions)
	}
	expectKind(t, add(manager, perm.BanMembers), chat.MissingPermission)
	expectKind(t, add(manager, perm.Administrator), chat.MissingPermission)
	if err := add(manager, perm.KickMembers); err != nil {
		t.Error(err)
	}
	if err := add(admin, perm.Administrator); err != nil {
		t.Error(err)
	}
	// Nor do they take from it what they do not have.
	expectKind(t, add(manager, perm.KickMembers), chat.MissingPermission)
	if role := managedRole(t, guild, hall, bot.UserID); perm.Set(role.Permissions) != perm.Administrator {
		t.Errorf("the role is %+v", role)
	}
}

func TestCommandsAloneComeWithoutTheBot(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	guild := hall.Guild(owner)
	bot := hall.Bot("helper", owner)
	told := hall.Watch(event.GuildSubject(guild.ID))
	request := chat.AuthorizeRequest{ApplicationID: bot.UserID, Scope: "applications.commands"}
	if _, err := hall.Bots.Authorize(t.Context(), owner, request, guild.ID, 0); err != nil {
		t.Fatal(err)
	}
	if added := chattest.Next[event.InstallationChanged](told); added.Change != event.InstallationAdded || added.Installation.RoleID != 0 || added.User.ID != bot.UserID || added.Installer.ID != owner.UserID {
		t.Errorf("told of %+v", added)
	}
	if _, err := hall.Members.Get(t.Context(), owner, guild.ID, bot.UserID); chat.KindOf(err) != chat.UnknownMember {
		t.Errorf("the bot came along: %v", err)
	}
	if authorized, err := hall.Bots.Authorized(t.Context(), guild.ID, bot.UserID); err != nil || !authorized {
		t.Errorf("its commands are not there: %v", err)
	}
	integrations, err := hall.Bots.Integrations(t.Context(), owner, guild.ID)
	if err != nil || len(integrations) != 1 || integrations[0].Application.User.ID != bot.UserID || integrations[0].Installer == nil {
		t.Errorf("listed are %+v, %v", integrations, err)
	}
	expectKind(t, hall.Bots.Uninstall(t.Context(), guild.Member("bob"), guild.ID, bot.UserID), chat.MissingPermission)
	if err := hall.Bots.Uninstall(t.Context(), owner, guild.ID, bot.UserID); err != nil {
		t.Fatal(err)
	}
	expectKind(t, hall.Bots.Uninstall(t.Context(), owner, guild.ID, bot.UserID), chat.UnknownIntegration)
	if err := hall.Bans.Ban(t.Context(), owner, guild.ID, bot.UserID, 0); err != nil {
		t.Fatal(err)
	}
	_, err = hall.Bots.Authorize(t.Context(), owner, request, guild.ID, 0)
	expectKind(t, err, chat.Banned)
}

func TestABotThatIsLetInByManyAtOnceHasOneRole(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	guild := hall.Guild(owner)
	bot := hall.Bot("helper", owner)
	var adding sync.WaitGroup
	for range 8 {
		adding.Go(func() {
			if err := hall.Bots.AddToGuild(t.Context(), owner, bot.UserID, guild.ID, perm.ViewChannel); err != nil {
				t.Error(err)
			}
		})
		adding.Go(func() {
			if err := hall.Members.Kick(t.Context(), owner, guild.ID, bot.UserID); err != nil && chat.KindOf(err) != chat.UnknownMember {
				t.Error(err)
			}
		})
	}
	adding.Wait()
	guild.Join(bot)
	roles, err := hall.Roles.List(t.Context(), owner, guild.ID)
	if err != nil || len(roles) != 2 {
		t.Errorf("the server has %+v, %v", roles, err)
	}
	if problems, err := hall.Store.Check(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("the store has %q, %v", problems, err)
	}
}
