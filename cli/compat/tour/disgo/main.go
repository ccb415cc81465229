// Command disgo takes a tour with disgo through all that a community does in words: each feature by the library's own methods, with the event that the library raises for it.
package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/disgoorg/disgo"
	"github.com/disgoorg/disgo/bot"
	"github.com/disgoorg/disgo/cache"
	"github.com/disgoorg/disgo/discord"
	"github.com/disgoorg/disgo/events"
	"github.com/disgoorg/disgo/gateway"
	"github.com/disgoorg/disgo/rest"
	"github.com/disgoorg/disgo/webhook"
	nullable "github.com/disgoorg/json"
	"github.com/disgoorg/snowflake/v2"

	. "guildhall/cli/compat/tour" //nolint:staticcheck // the tour's own words
)

// guide is a bot that takes the tour.
type guide struct {
	bot.Client
	rest                          rest.Rest
	events                        Events
	guildID, channelID, bobID, id snowflake.ID
}

const thumb = "👍"

func icon() *discord.Icon { return discord.NewIconRaw(discord.IconTypePNG, []byte(Still)) }

// unread takes what the library logs of events that its decoder leaves out, although it has types for them: the log is all that a bot hears of those.
type unread struct{ events *Events }

// eventName is that of an event which the library left out.
type eventName string

func (u unread) Enabled(context.Context, slog.Level) bool { return true }
func (u unread) WithAttrs([]slog.Attr) slog.Handler       { return u }
func (u unread) WithGroup(string) slog.Handler            { return u }
func (u unread) Handle(_ context.Context, record slog.Record) error {
	if record.Message == "unknown event received" {
		record.Attrs(func(one slog.Attr) bool {
			if one.Key == "event" {
				u.events.Take(eventName(one.Value.String()))
			}
			return true
		})
	}
	return nil
}

// unread waits for an event that the library leaves out.
func (g *guide) unread(name eventName) func() eventName {
	return Hear(&g.events, func(one eventName) bool { return one == name })
}

func main() {
	g := &guide{guildID: snowflake.MustParse(Guild), channelID: snowflake.MustParse(Channel), bobID: snowflake.MustParse(BobID), id: snowflake.MustParse(BotID)}
	g.Client = Must(disgo.New(Token,
		bot.WithLogger(slog.New(unread{&g.events})),
		bot.WithCacheConfigOpts(cache.WithCaches(cache.FlagsAll)),
		bot.WithRestClientConfigOpts(rest.WithURL(API+"/v10")),
		bot.WithGatewayConfigOpts(gateway.WithIntents(gateway.IntentsAll), gateway.WithEnableRawEvents(true)),
		bot.WithEventListenerFunc(func(event bot.Event) { g.events.Take(event) })))
	g.rest = g.Rest()
	ready := Hear[*events.GuildReady](&g.events, nil)
	OK(g.OpenGateway(context.Background()))
	ready()
	Go(func() { g.Close(context.Background()) },
		Feature{Name: "ready", Run: g.ready}, Feature{Name: "guild", Run: g.guild}, Feature{Name: "channels", Run: g.channels}, Feature{Name: "roles", Run: g.roles}, Feature{Name: "members", Run: g.members},
		Feature{Name: "messages", Run: g.messages}, Feature{Name: "embeds", Run: g.embeds}, Feature{Name: "components", Run: g.components}, Feature{Name: "files", Run: g.files},
		Feature{Name: "reactions", Run: g.reactions}, Feature{Name: "pins", Run: g.pins}, Feature{Name: "polls", Run: g.polls}, Feature{Name: "threads", Run: g.threads}, Feature{Name: "forums", Run: g.forums},
		Feature{Name: "directs", Run: g.directs}, Feature{Name: "invites", Run: g.invites}, Feature{Name: "emoji", Run: g.emoji}, Feature{Name: "typing", Run: g.typing},
		Feature{Name: "presence", Run: g.presence}, Feature{Name: "account", Run: g.account}, Feature{Name: "rules", Run: g.rules}, Feature{Name: "webhooks", Run: g.webhooks}, Feature{Name: "moderation", Run: g.moderation})
}

func (g *guide) ready() {
	Same("its own id", g.ID(), g.id)
	guild, cached := g.Caches().Guild(g.guildID)
	Same("the guild", cached && guild.MemberCount == 3, true)
}

func (g *guide) guild() {
	told := Hear(&g.events, func(e *events.GuildUpdate) bool { return e.Guild.Name == "Toured" })
	edited := Must(g.rest.UpdateGuild(g.guildID, discord.GuildUpdate{Name: new("Toured"), Icon: nullable.NewNullablePtr(*icon())}, rest.WithReason("for the tour ✓")))
	told()
	_, kind := Fetch(Hall + "/icons/" + Guild + "/" + *edited.Icon + ".png")
	Same("the icon", kind, "image/png")
	log := Must(g.rest.GetAuditLog(g.guildID, 0, discord.AuditLogEventGuildUpdate, 0, 0, 1))
	Same("the reason", *log.AuditLogEntries[0].Reason, "for the tour ✓")
}

func (g *guide) channels() {
	made := Hear(&g.events, func(e *events.GuildChannelCreate) bool { return e.Channel.Name() == "side" })
	category := Must(g.rest.CreateGuildChannel(g.guildID, discord.GuildCategoryChannelCreate{Name: "Rooms"}))
	side := Must(g.rest.CreateGuildChannel(g.guildID, discord.GuildTextChannelCreate{Name: "side", Topic: "aside", ParentID: category.ID()})).ID()
	made()
	changed := Hear(&g.events, func(e *events.GuildChannelUpdate) bool { return e.Channel.Name() == "aside" })
	Must(g.rest.UpdateChannel(side, discord.GuildTextChannelUpdate{Name: new("aside"), RateLimitPerUser: new(5)}))
	changed()
	OK(g.rest.UpdatePermissionOverwrite(side, g.guildID, discord.RolePermissionOverwriteUpdate{Deny: new(discord.PermissionSendMessages)}))
	overwrites := Must(g.rest.GetChannel(side)).(discord.GuildTextChannel).PermissionOverwrites()
	Same("the overwrite", overwrites[0].(discord.RolePermissionOverwrite).Deny, discord.PermissionSendMessages)
	OK(g.rest.DeletePermissionOverwrite(side, g.guildID))
	OK(g.rest.UpdateChannelPositions(g.guildID, []discord.GuildChannelPositionUpdate{{ID: side, Position: nullable.NewNullablePtr(1)}}))
	Same("channels", len(Must(g.rest.GetGuildChannels(g.guildID))) > 4, true)
	gone := Hear(&g.events, func(e *events.GuildChannelDelete) bool { return e.ChannelID == side })
	OK(g.rest.DeleteChannel(side))
	gone()
	OK(g.rest.DeleteChannel(category.ID()))
}

func (g *guide) roles() {
	made := Hear(&g.events, func(e *events.RoleCreate) bool { return e.Role.Name == "Cooks" })
	role := Must(g.rest.CreateRole(g.guildID, discord.RoleCreate{Name: "Cooks", Color: 255})).ID
	made()
	changed := Hear(&g.events, func(e *events.RoleUpdate) bool { return e.RoleID == role && e.Role.Hoist })
	Must(g.rest.UpdateRole(g.guildID, role, discord.RoleUpdate{Hoist: new(true)}))
	changed()
	Must(g.rest.UpdateRolePositions(g.guildID, []discord.RolePositionUpdate{{ID: role, Position: new(1)}}))
	given := Hear(&g.events, func(e *events.GuildMemberUpdate) bool {
		return e.Member.User.ID == g.bobID && len(e.Member.RoleIDs) == 1
	})
	OK(g.rest.AddMemberRole(g.guildID, g.bobID, role))
	given()
	OK(g.rest.RemoveMemberRole(g.guildID, g.bobID, role))
	gone := Hear(&g.events, func(e *events.RoleDelete) bool { return e.RoleID == role })
	OK(g.rest.DeleteRole(g.guildID, role))
	gone()
}

func (g *guide) members() {
	Same("all by op 8", len(Must(g.MemberChunkingManager().RequestAllMembers(g.guildID))), 3)
	Same("listed", len(Must(g.rest.GetMembers(g.guildID, 2, 0))), 2)
	Same("found", Must(g.rest.SearchMembers(g.guildID, "bo", 5))[0].User.Username, "bob")
	told := Hear(&g.events, func(e *events.GuildMemberUpdate) bool { return e.Member.Nick != nil && *e.Member.Nick == "Bobby" })
	Must(g.rest.UpdateMember(g.guildID, g.bobID, discord.MemberUpdate{Nick: new("Bobby")}))
	told()
	// The library reads the answer into a nil pointer, and says that this cannot be done.
	if _, err := g.rest.UpdateCurrentMember(g.guildID, "Guide"); err != nil && !strings.Contains(err.Error(), "Unmarshal(nil *string)") {
		panic(err)
	}
	Same("its own name", *Must(g.rest.GetMember(g.guildID, g.id)).Nick, "Guide")
}

func (g *guide) say(content string) *discord.Message {
	return Must(g.rest.CreateMessage(g.channelID, discord.MessageCreate{Content: content}))
}

func (g *guide) messages() {
	created := Hear(&g.events, func(e *events.MessageCreate) bool { return e.Message.Content == "one" })
	draft := discord.MessageCreate{Content: "one", Nonce: "n1", EnforceNonce: true}
	one := Must(g.rest.CreateMessage(g.channelID, draft))
	created()
	Same("sent again", Must(g.rest.CreateMessage(g.channelID, draft)).ID, one.ID)
	answer := Must(g.rest.CreateMessage(g.channelID, discord.MessageCreate{Content: "two", MessageReference: &discord.MessageReference{MessageID: &one.ID}}))
	Same("the answer's reference", *answer.MessageReference.MessageID, one.ID)
	changed := Hear(&g.events, func(e *events.MessageUpdate) bool { return e.Message.Content == "three" })
	Must(g.rest.UpdateMessage(g.channelID, answer.ID, discord.MessageUpdate{Content: new("three")}))
	changed()
	side := Must(g.rest.CreateGuildChannel(g.guildID, discord.GuildTextChannelCreate{Name: "elsewhere"})).ID()
	forwarded := Must(g.rest.CreateMessage(side, discord.MessageCreate{MessageReference: &discord.MessageReference{Type: discord.MessageReferenceTypeForward, MessageID: &one.ID, ChannelID: &g.channelID}}))
	Same("what was forwarded", forwarded.MessageSnapshots[0].Message.Content, "one")
	OK(g.rest.DeleteChannel(side))
	gone := Hear(&g.events, func(e *events.MessageDelete) bool { return e.MessageID == answer.ID })
	OK(g.rest.DeleteMessage(g.channelID, answer.ID))
	gone()
	more := []snowflake.ID{g.say("a").ID, g.say("b").ID}
	Same("after the first", len(Must(g.rest.GetMessages(g.channelID, 0, 0, more[0], 10))), 1)
	// Of this event the library reads the ids by a wrong name: what it was sent is as it should be.
	purged := Hear(&g.events, func(e *events.Raw) bool {
		if e.EventType != gateway.EventTypeMessageDeleteBulk {
			return false
		}
		var told struct{ IDs []snowflake.ID }
		return json.NewDecoder(e.Payload).Decode(&told) == nil && slices.Equal(told.IDs, more)
	})
	OK(g.rest.BulkDeleteMessages(g.channelID, more))
	purged()
}

func (g *guide) embeds() {
	sent := Must(g.rest.CreateMessage(g.channelID, discord.MessageCreate{Content: "@everyone", AllowedMentions: &discord.AllowedMentions{},
		Embeds: []discord.Embed{{Title: "Tea", Color: 255, Fields: []discord.EmbedField{{Name: "a", Value: "b"}}}}}))
	Same("the embed", sent.Embeds[0].Title+sent.Embeds[0].Fields[0].Name, "Teaa")
	Same("mentioned all", sent.MentionEveryone, false)
	Same("without it", Must(g.rest.UpdateMessage(g.channelID, sent.ID, discord.MessageUpdate{Flags: new(discord.MessageFlagSuppressEmbeds)})).Flags, discord.MessageFlagSuppressEmbeds)
}

func (g *guide) components() {
	sent := Must(g.rest.CreateMessage(g.channelID, discord.MessageCreate{Content: "press", Components: []discord.ContainerComponent{discord.NewActionRow(discord.NewPrimaryButton("Go", "go"))}}))
	Same("the button", sent.Components[0].(discord.ActionRowComponent)[0].(discord.ButtonComponent).CustomID, "go")
}

func (g *guide) files() {
	sent := Must(g.rest.CreateMessage(g.channelID, discord.MessageCreate{Files: []*discord.File{discord.NewFile("a.txt", "some words", strings.NewReader("some words")), discord.NewFile("b.png", "", strings.NewReader(Still))}}))
	words, _ := Fetch(sent.Attachments[0].URL)
	Same("the words", words, "some words")
	Same("the picture", *sent.Attachments[1].Width, 2)
}

func (g *guide) reactions() {
	message := g.say("react").ID
	added := Hear(&g.events, func(e *events.MessageReactionAdd) bool { return e.MessageID == message })
	OK(g.rest.AddReaction(g.channelID, message, thumb))
	added()
	Same("who reacted", len(Must(g.rest.GetReactions(g.channelID, message, thumb, discord.MessageReactionTypeNormal, 0, 10))), 1)
	removed := Hear(&g.events, func(e *events.MessageReactionRemove) bool { return e.MessageID == message })
	OK(g.rest.RemoveOwnReaction(g.channelID, message, thumb))
	removed()
	OK(g.rest.AddReaction(g.channelID, message, thumb))
	emptied := Hear(&g.events, func(e *events.MessageReactionRemoveEmoji) bool { return e.MessageID == message })
	OK(g.rest.RemoveAllReactionsForEmoji(g.channelID, message, thumb))
	emptied()
	OK(g.rest.AddReaction(g.channelID, message, thumb))
	cleared := Hear(&g.events, func(e *events.MessageReactionRemoveAll) bool { return e.MessageID == message })
	OK(g.rest.RemoveAllReactions(g.channelID, message))
	cleared()
}

func (g *guide) pins() {
	message := g.say("pin me").ID
	told := Hear[*events.GuildChannelPinsUpdate](&g.events, nil)
	OK(g.rest.PinMessage(g.channelID, message))
	told()
	Same("pinned", Must(g.rest.GetPinnedMessages(g.channelID))[0].ID, message)
	OK(g.rest.UnpinMessage(g.channelID, message))
	Same("pinned afterwards", len(Must(g.rest.GetPinnedMessages(g.channelID))), 0)
}

func (g *guide) polls() {
	message := Must(g.rest.CreateMessage(g.channelID, discord.MessageCreate{Poll: &discord.PollCreate{Question: discord.PollMedia{Text: new("Which?")}, Duration: 1,
		Answers: []discord.PollMedia{{Text: new("this")}, {Text: new("that")}}}})).ID
	vote := func(answers ...int) {
		Must(Ask(Bob, "PUT", "/channels/"+Channel+"/polls/"+message.String()+"/answers/@me", map[string]any{"answer_ids": answers}))
	}
	voted, tookBack := g.unread("MESSAGE_POLL_VOTE_ADD"), g.unread("MESSAGE_POLL_VOTE_REMOVE")
	vote(1)
	voted()
	vote([]int{}...)
	tookBack()
	vote(2)
	Same("who voted", Must(g.rest.GetPollAnswerVotes(g.channelID, message, 2, 0, 10))[0].ID, g.bobID)
	Same("the result", Must(g.rest.ExpirePoll(g.channelID, message)).Poll.Results.IsFinalized, true)
}

func (g *guide) threads() {
	message := g.say("let us talk").ID
	made := Hear(&g.events, func(e *events.ThreadCreate) bool { return e.Thread.Name() == "talk" })
	thread := Must(g.rest.CreateThreadFromMessage(g.channelID, message, discord.ThreadCreateFromMessage{Name: "talk", AutoArchiveDuration: discord.AutoArchiveDuration1h})).ID()
	made()
	came := Hear(&g.events, func(e *events.ThreadMemberAdd) bool { return e.ThreadMemberID == g.bobID })
	OK(g.rest.AddThreadMember(thread, g.bobID))
	came()
	Same("members", len(Must(g.rest.GetThreadMembers(thread))), 2)
	changed := Hear(&g.events, func(e *events.ThreadUpdate) bool {
		return e.Thread.ThreadMetadata.Archived && e.Thread.ThreadMetadata.Locked
	})
	Must(g.rest.UpdateChannel(thread, discord.GuildThreadUpdate{Archived: new(true), Locked: new(true)}))
	changed()
	Same("the archive", Must(g.rest.GetPublicArchivedThreads(g.channelID, time.Time{}, 10)).Threads[0].Name(), "talk")
	secret := Must(g.rest.CreateThread(g.channelID, discord.GuildPrivateThreadCreate{Name: "secret", Invitable: new(true)})).ID()
	Same("active", Must(g.rest.GetActiveGuildThreads(g.guildID)).Threads[0].Name(), "secret")
	gone := Hear(&g.events, func(e *events.ThreadDelete) bool { return e.ThreadID == secret })
	OK(g.rest.DeleteChannel(secret))
	gone()
}

func (g *guide) forums() {
	forum := Must(g.rest.CreateGuildChannel(g.guildID, discord.GuildForumChannelCreate{Name: "ideas", AvailableTags: []discord.ChannelTag{{Name: "new"}}})).(discord.GuildForumChannel)
	post := Must(g.rest.CreatePostInThreadChannel(forum.ID(), discord.ThreadChannelPostCreate{Name: "tea", AppliedTags: []snowflake.ID{forum.AvailableTags[0].ID},
		Message: discord.MessageCreate{Content: "every day"}}))
	Same("the post", Must(g.rest.GetMessage(post.ID(), post.ID())).Content, "every day") // the library does not read the message that comes with a post
	Same("its tag", post.AppliedTags[0], forum.AvailableTags[0].ID)
	OK(g.rest.DeleteChannel(forum.ID()))
}

func (g *guide) directs() {
	direct := Must(g.rest.CreateDMChannel(g.bobID)).ID()
	Must(g.rest.CreateMessage(direct, discord.MessageCreate{Content: "between us"}))
	told := Hear(&g.events, func(e *events.DMMessageCreate) bool { return e.ChannelID == direct && e.Message.Content == "yes?" })
	Must(Ask(Bob, "POST", "/channels/"+direct.String()+"/messages", map[string]any{"content": "yes?"}))
	told()
	Same("what was said", len(Must(g.rest.GetMessages(direct, 0, 0, 0, 10))), 2)
}

func (g *guide) invites() {
	made := Hear[*events.InviteCreate](&g.events, nil)
	invite := Must(g.rest.CreateInvite(g.channelID, discord.InviteCreate{MaxUses: new(3), Unique: true}))
	made()
	Same("looked up", Must(g.rest.GetInvite(invite.Code)).Guild.ID, g.guildID)
	Same("among them", len(Must(g.rest.GetGuildInvites(g.guildID))) > 1, true)
	gone := Hear[*events.InviteDelete](&g.events, nil)
	Must(g.rest.DeleteInvite(invite.Code))
	gone()
}

func (g *guide) emoji() {
	made := Hear[*events.EmojiCreate](&g.events, nil)
	emoji := Must(g.rest.CreateEmoji(g.guildID, discord.EmojiCreate{Name: "wave", Image: *icon()}))
	made()
	changed := Hear[*events.EmojiUpdate](&g.events, nil)
	Must(g.rest.UpdateEmoji(g.guildID, emoji.ID, discord.EmojiUpdate{Name: new("bye")}))
	changed()
	OK(g.rest.AddReaction(g.channelID, g.say("<:bye:"+emoji.ID.String()+">").ID, "bye:"+emoji.ID.String()))
	gone := Hear[*events.EmojiDelete](&g.events, nil)
	OK(g.rest.DeleteEmoji(g.guildID, emoji.ID))
	gone()
}

func (g *guide) typing() {
	told := Hear(&g.events, func(e *events.UserTypingStart) bool { return e.UserID == g.bobID })
	OK(g.rest.SendTyping(g.channelID))
	Must(Ask(Bob, "POST", "/channels/"+Channel+"/typing", nil))
	told()
}

func (g *guide) presence() {
	told := Hear(&g.events, func(e *events.PresenceUpdate) bool {
		return e.PresenceUser.ID == g.id && e.Status == discord.OnlineStatusDND
	})
	OK(g.SetPresence(context.Background(), gateway.WithOnlineStatus(discord.OnlineStatusDND), gateway.WithPlayingActivity("guiding")))
	Same("what it plays", told().Activities[0].Name, "guiding")
}

func (g *guide) account() {
	told := Hear(&g.events, func(e *events.SelfUpdate) bool { return e.SelfUser.Avatar != nil })
	avatar := Must(g.rest.UpdateCurrentUser(discord.UserUpdate{Avatar: nullable.NewNullablePtr(*icon())})).Avatar
	told()
	_, kind := Fetch(Hall + "/avatars/" + BotID + "/" + *avatar + ".png")
	Same("the picture", kind, "image/png")
}

func (g *guide) rules() {
	made := Hear[*events.AutoModerationRuleCreate](&g.events, nil)
	rule := Must(g.rest.CreateAutoModerationRule(g.guildID, discord.AutoModerationRuleCreate{Name: "No tomatoes", EventType: discord.AutoModerationEventTypeMessageSend, Enabled: new(true),
		TriggerType: discord.AutoModerationTriggerTypeKeyword, TriggerMetadata: &discord.AutoModerationTriggerMetadata{KeywordFilter: []string{"*tomato*"}},
		Actions: []discord.AutoModerationAction{{Type: discord.AutoModerationActionTypeBlockMessage}}}))
	made()
	applied := Hear(&g.events, func(e *events.AutoModerationActionExecution) bool { return e.UserID == g.bobID })
	if _, err := Ask(Bob, "POST", "/channels/"+Channel+"/messages", map[string]any{"content": "tomatoes"}); err == nil {
		panic("the rule let pass")
	}
	applied()
	changed := Hear[*events.AutoModerationRuleUpdate](&g.events, nil)
	Must(g.rest.UpdateAutoModerationRule(g.guildID, rule.ID, discord.AutoModerationRuleUpdate{Enabled: new(false)}))
	changed()
	gone := Hear[*events.AutoModerationRuleDelete](&g.events, nil)
	OK(g.rest.DeleteAutoModerationRule(g.guildID, rule.ID))
	gone()
}

func (g *guide) webhooks() {
	told := Hear(&g.events, func(e *events.WebhooksUpdate) bool { return e.ChannelID == g.channelID })
	hook := Must(g.rest.CreateWebhook(g.channelID, discord.WebhookCreate{Name: "Alerts", Avatar: icon()}))
	told()
	sender := webhook.New(hook.ID(), hook.Token, webhook.WithRestClientConfigOpts(rest.WithURL(API+"/v10")))
	defer sender.Close(context.Background())
	posted := Hear(&g.events, func(e *events.MessageCreate) bool {
		return e.Message.WebhookID != nil && *e.Message.WebhookID == hook.ID()
	})
	sent := Must(sender.CreateMessage(discord.WebhookMessageCreate{Content: "the disk is full", Username: "Monitor", Embeds: []discord.Embed{{Title: "db-1"}},
		Files: []*discord.File{discord.NewFile("df.txt", "", strings.NewReader("95 %"))}}))
	Same("whose it is", posted().Message.Author.Username, "Monitor")
	file, _ := Fetch(sent.Attachments[0].URL)
	Same("what is seen", sent.Embeds[0].Title+file, "db-195 %")
	Same("edited", Must(sender.UpdateMessage(sent.ID, discord.WebhookMessageUpdate{Content: new("it is not")})).Content, "it is not")
	thread := Must(g.rest.CreateThread(g.channelID, discord.GuildPublicThreadCreate{Name: "alerts"})).ID()
	Same("in a thread", Must(sender.CreateMessageInThread(discord.WebhookMessageCreate{Content: "here"}, thread)).ChannelID, thread)
	OK(g.rest.DeleteChannel(thread))
	gone := Hear(&g.events, func(e *events.MessageDelete) bool { return e.MessageID == sent.ID })
	OK(sender.DeleteMessage(sent.ID))
	gone()
	Must(g.rest.UpdateWebhook(hook.ID(), discord.WebhookUpdate{Name: new("Alarms")}))
	Same("of the channel", Must(g.rest.GetWebhooks(g.channelID))[0].Name(), "Alarms")
	OK(g.rest.DeleteWebhook(hook.ID()))
	Same("left", len(Must(g.rest.GetAllWebhooks(g.guildID))), 0)
}

func (g *guide) moderation() {
	timed := Hear(&g.events, func(e *events.GuildMemberUpdate) bool { return e.Member.CommunicationDisabledUntil != nil })
	Must(g.rest.UpdateMember(g.guildID, g.bobID, discord.MemberUpdate{CommunicationDisabledUntil: nullable.NewNullablePtr(time.Now().Add(time.Minute))}))
	timed()
	Must(g.rest.UpdateMember(g.guildID, g.bobID, discord.MemberUpdate{CommunicationDisabledUntil: nullable.NullPtr[time.Time]()}))
	Same("to be pruned", *Must(g.rest.GetGuildPruneCount(g.guildID, 30, nil)).Pruned, 0)
	left, back := Hear[*events.GuildMemberLeave](&g.events, nil), Hear[*events.GuildMemberJoin](&g.events, nil)
	OK(g.rest.RemoveMember(g.guildID, g.bobID, rest.WithReason("once")))
	left()
	Must(Ask(Bob, "POST", "/invites/"+Invite, map[string]any{}))
	back()
	entry := Hear(&g.events, func(e *events.GuildAuditLogEntryCreate) bool {
		return e.AuditLogEntry.ActionType == discord.AuditLogEventMemberBanAdd
	})
	banned, unbanned := Hear[*events.GuildBan](&g.events, nil), Hear[*events.GuildUnban](&g.events, nil)
	OK(g.rest.AddBan(g.guildID, g.bobID, time.Hour, rest.WithReason("spam ✓")))
	banned()
	Same("the entry's reason", *entry().AuditLogEntry.Reason, "spam ✓")
	Same("the ban's reason", *Must(g.rest.GetBan(g.guildID, g.bobID)).Reason, "spam ✓")
	OK(g.rest.DeleteBan(g.guildID, g.bobID))
	unbanned()
	Same("banned in bulk", Must(g.rest.BulkBan(g.guildID, discord.BulkBan{UserIDs: []snowflake.ID{g.bobID}})).BannedUsers[0], g.bobID)
	OK(g.rest.DeleteBan(g.guildID, g.bobID))
	log := Must(g.rest.GetAuditLog(g.guildID, 0, discord.AuditLogEventMemberKick, 0, 0, 1))
	Same("the log's reason", *log.AuditLogEntries[0].Reason, "once")
	again := Hear[*events.GuildMemberJoin](&g.events, nil)
	Must(Ask(Bob, "POST", "/invites/"+Invite, map[string]any{}))
	again()
}
