// Command discordgo takes a tour with discordgo through all that a community does in words: each feature by the library's own methods, with the event that the library raises for it.
package main

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	. "guildhall/cli/compat/tour" //nolint:staticcheck // the tour's own words
)

// guide is a bot that takes the tour.
type guide struct {
	*discordgo.Session
	events Events
}

// picture is a picture as it comes with a request.
var picture = "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(Still))

const thumb = "👍"

func main() {
	PointDiscordgoAt(strings.TrimSuffix(API, "/api"))
	g := &guide{Session: Must(discordgo.New("Bot " + Token))}
	g.Identify.Intents = discordgo.IntentsAll
	g.Identify.Intents |= discordgo.IntentGuildMessagePolls
	g.AddHandler(func(_ *discordgo.Session, event any) { g.events.Take(event) })
	ready := Hear(&g.events, func(created *discordgo.GuildCreate) bool { return len(created.Channels) > 0 })
	OK(g.Open())
	ready()
	Go(func() { OK(g.Close()) },
		Feature{Name: "ready", Run: g.ready}, Feature{Name: "guild", Run: g.guild}, Feature{Name: "channels", Run: g.channels}, Feature{Name: "roles", Run: g.roles}, Feature{Name: "members", Run: g.members},
		Feature{Name: "messages", Run: g.messages}, Feature{Name: "embeds", Run: g.embeds}, Feature{Name: "components", Run: g.components}, Feature{Name: "files", Run: g.files},
		Feature{Name: "reactions", Run: g.reactions}, Feature{Name: "pins", Run: g.pins}, Feature{Name: "polls", Run: g.polls}, Feature{Name: "threads", Run: g.threads}, Feature{Name: "forums", Run: g.forums},
		Feature{Name: "directs", Run: g.directs}, Feature{Name: "invites", Run: g.invites}, Feature{Name: "emoji", Run: g.emoji}, Feature{Name: "typing", Run: g.typing},
		Feature{Name: "presence", Run: g.presence}, Feature{Name: "account", Run: g.account}, Feature{Name: "rules", Run: g.rules}, Feature{Name: "webhooks", Run: g.webhooks}, Feature{Name: "moderation", Run: g.moderation})
}

func (g *guide) ready() {
	Same("its own id", g.State.User.ID, BotID)
	Same("the channel's type", Must(g.State.Channel(Channel)).Type, discordgo.ChannelTypeGuildText)
}

func (g *guide) guild() {
	told := Hear(&g.events, func(e *discordgo.GuildUpdate) bool { return e.Name == "Toured" })
	edited := Must(g.GuildEdit(Guild, &discordgo.GuildParams{Name: "Toured", Icon: picture}, discordgo.WithAuditLogReason("for the tour")))
	told()
	_, kind := Fetch(Hall + "/icons/" + Guild + "/" + edited.Icon + ".png")
	Same("the icon", kind, "image/png")
}

func (g *guide) channels() {
	made := Hear(&g.events, func(e *discordgo.ChannelCreate) bool { return e.Name == "side" })
	category := Must(g.GuildChannelCreate(Guild, "Rooms", discordgo.ChannelTypeGuildCategory))
	side := Must(g.GuildChannelCreateComplex(Guild, discordgo.GuildChannelCreateData{Name: "side", Topic: "aside", ParentID: category.ID,
		PermissionOverwrites: []*discordgo.PermissionOverwrite{{ID: Guild, Deny: discordgo.PermissionSendMessages}}}))
	made()
	changed := Hear(&g.events, func(e *discordgo.ChannelUpdate) bool { return e.Name == "aside" && e.RateLimitPerUser == 5 })
	Must(g.ChannelEdit(side.ID, &discordgo.ChannelEdit{Name: "aside", RateLimitPerUser: new(5)}))
	changed()
	OK(g.ChannelPermissionSet(side.ID, Guild, discordgo.PermissionOverwriteTypeRole, 0, discordgo.PermissionAttachFiles))
	Same("the overwrite", Must(g.Session.Channel(side.ID)).PermissionOverwrites[0].Deny, discordgo.PermissionAttachFiles)
	OK(g.ChannelPermissionDelete(side.ID, Guild))
	OK(g.GuildChannelsReorder(Guild, []*discordgo.Channel{{ID: side.ID, Position: 3}}))
	gone := Hear(&g.events, func(e *discordgo.ChannelDelete) bool { return e.ID == side.ID })
	Must(g.ChannelDelete(side.ID))
	gone()
	Must(g.ChannelDelete(category.ID))
}

func (g *guide) roles() {
	made := Hear(&g.events, func(e *discordgo.GuildRoleCreate) bool { return e.Role.Name == "Cooks" })
	role := Must(g.GuildRoleCreate(Guild, &discordgo.RoleParams{Name: "Cooks", Color: new(255), Permissions: new(int64(discordgo.PermissionSendMessages))}))
	made()
	changed := Hear(&g.events, func(e *discordgo.GuildRoleUpdate) bool { return e.Role.ID == role.ID && e.Role.Hoist })
	Must(g.GuildRoleEdit(Guild, role.ID, &discordgo.RoleParams{Hoist: new(true)}))
	changed()
	Must(g.GuildRoleReorder(Guild, []*discordgo.Role{{ID: role.ID, Position: 1}}))
	given := Hear(&g.events, func(e *discordgo.GuildMemberUpdate) bool { return e.User.ID == BobID && len(e.Roles) == 1 })
	OK(g.GuildMemberRoleAdd(Guild, BobID, role.ID))
	given()
	OK(g.GuildMemberRoleRemove(Guild, BobID, role.ID))
	gone := Hear(&g.events, func(e *discordgo.GuildRoleDelete) bool { return e.RoleID == role.ID })
	OK(g.GuildRoleDelete(Guild, role.ID))
	gone()
}

func (g *guide) members() {
	chunk := Hear(&g.events, func(e *discordgo.GuildMembersChunk) bool { return e.Nonce == "all" })
	OK(g.RequestGuildMembers(Guild, "", 0, "all", true))
	Same("all by op 8", len(chunk().Members), 3)
	Same("listed", len(Must(g.GuildMembers(Guild, "", 2))), 2)
	Same("found", Must(g.GuildMembersSearch(Guild, "bo", 5))[0].User.Username, "bob")
	told := Hear(&g.events, func(e *discordgo.GuildMemberUpdate) bool { return e.Nick == "Bobby" })
	OK(g.GuildMemberNickname(Guild, BobID, "Bobby"))
	told()
	OK(g.GuildMemberNickname(Guild, "@me", "Guide"))
	Same("its own name", Must(g.GuildMember(Guild, BotID)).Nick, "Guide")
}

func (g *guide) messages() {
	created := Hear(&g.events, func(e *discordgo.MessageCreate) bool { return e.Content == "one" })
	one := Must(g.ChannelMessageSend(Channel, "one"))
	created()
	answer := Must(g.ChannelMessageSendReply(Channel, "two", one.Reference()))
	Same("the answer's reference", answer.MessageReference.MessageID, one.ID)
	changed := Hear(&g.events, func(e *discordgo.MessageUpdate) bool { return e.Content == "three" })
	Must(g.ChannelMessageEdit(Channel, answer.ID, "three"))
	changed()
	side := Must(g.GuildChannelCreate(Guild, "elsewhere", discordgo.ChannelTypeGuildText))
	forwarded := Must(g.ChannelMessageSendComplex(side.ID, &discordgo.MessageSend{Reference: one.Forward()}))
	Same("what was forwarded", forwarded.MessageSnapshots[0].Message.Content, "one")
	Must(g.ChannelDelete(side.ID))
	gone := Hear(&g.events, func(e *discordgo.MessageDelete) bool { return e.ID == answer.ID })
	OK(g.ChannelMessageDelete(Channel, answer.ID))
	gone()
	more := []string{Must(g.ChannelMessageSend(Channel, "a")).ID, Must(g.ChannelMessageSend(Channel, "b")).ID}
	Same("after the first", len(Must(g.ChannelMessages(Channel, 10, "", more[0], ""))), 1)
	purged := Hear(&g.events, func(e *discordgo.MessageDeleteBulk) bool { return len(e.Messages) == 2 })
	OK(g.ChannelMessagesBulkDelete(Channel, more))
	purged()
}

func (g *guide) embeds() {
	sent := Must(g.ChannelMessageSendComplex(Channel, &discordgo.MessageSend{Content: "@everyone", AllowedMentions: &discordgo.MessageAllowedMentions{},
		Embeds: []*discordgo.MessageEmbed{{Title: "Tea", Color: 255, Fields: []*discordgo.MessageEmbedField{{Name: "a", Value: "b"}}}}}))
	Same("the embed", sent.Embeds[0].Title+sent.Embeds[0].Fields[0].Name, "Teaa")
	Same("mentioned all", sent.MentionEveryone, false)
	edit := discordgo.NewMessageEdit(Channel, sent.ID)
	edit.Flags = discordgo.MessageFlagsSuppressEmbeds
	Same("without it", Must(g.ChannelMessageEditComplex(edit)).Flags, discordgo.MessageFlagsSuppressEmbeds)
}

func (g *guide) components() {
	sent := Must(g.ChannelMessageSendComplex(Channel, &discordgo.MessageSend{Content: "press", Components: []discordgo.MessageComponent{
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.Button{Label: "Go", Style: discordgo.PrimaryButton, CustomID: "go"}}},
	}}))
	Same("the button", sent.Components[0].(*discordgo.ActionsRow).Components[0].(*discordgo.Button).CustomID, "go")
}

func (g *guide) files() {
	sent := Must(g.ChannelMessageSendComplex(Channel, &discordgo.MessageSend{Files: []*discordgo.File{
		{Name: "a.txt", ContentType: "text/plain", Reader: strings.NewReader("some words")}, {Name: "b.png", ContentType: "image/png", Reader: strings.NewReader(Still)},
	}}))
	words, _ := Fetch(sent.Attachments[0].URL)
	Same("the words", words, "some words")
	Same("the picture", sent.Attachments[1].Width, 2)
}

func (g *guide) reactions() {
	message := Must(g.ChannelMessageSend(Channel, "react")).ID
	added := Hear(&g.events, func(e *discordgo.MessageReactionAdd) bool { return e.MessageID == message })
	OK(g.MessageReactionAdd(Channel, message, thumb))
	added()
	Same("who reacted", len(Must(g.MessageReactions(Channel, message, thumb, 10, "", ""))), 1)
	removed := Hear(&g.events, func(e *discordgo.MessageReactionRemove) bool { return e.MessageID == message })
	OK(g.MessageReactionRemove(Channel, message, thumb, "@me"))
	removed()
	OK(g.MessageReactionAdd(Channel, message, thumb))
	emptied := Hear(&g.events, func(e *discordgo.Event) bool { return e.Type == "MESSAGE_REACTION_REMOVE_EMOJI" }) // which the library has no type for
	OK(g.MessageReactionsRemoveEmoji(Channel, message, thumb))
	emptied()
	OK(g.MessageReactionAdd(Channel, message, thumb))
	cleared := Hear(&g.events, func(e *discordgo.MessageReactionRemoveAll) bool { return e.MessageID == message })
	OK(g.MessageReactionsRemoveAll(Channel, message))
	cleared()
}

func (g *guide) pins() {
	message := Must(g.ChannelMessageSend(Channel, "pin me")).ID
	told := Hear[*discordgo.ChannelPinsUpdate](&g.events, nil)
	OK(g.ChannelMessagePin(Channel, message))
	told()
	Same("pinned", Must(g.ChannelMessagesPinned(Channel))[0].ID, message)
	OK(g.ChannelMessageUnpin(Channel, message))
	Same("pinned afterwards", len(Must(g.ChannelMessagesPinned(Channel))), 0)
}

func (g *guide) polls() {
	message := Must(g.ChannelMessageSendComplex(Channel, &discordgo.MessageSend{Poll: &discordgo.Poll{Question: discordgo.PollMedia{Text: "Which?"}, Duration: 1,
		Answers: []discordgo.PollAnswer{{Media: &discordgo.PollMedia{Text: "this"}}, {Media: &discordgo.PollMedia{Text: "that"}}}}})).ID
	vote := func(answers ...int) {
		Must(Ask(Bob, "PUT", "/channels/"+Channel+"/polls/"+message+"/answers/@me", map[string]any{"answer_ids": answers}))
	}
	voted, tookBack := Hear[*discordgo.MessagePollVoteAdd](&g.events, nil), Hear[*discordgo.MessagePollVoteRemove](&g.events, nil)
	vote(1)
	Same("the answer", voted().AnswerID, 1)
	vote([]int{}...)
	tookBack()
	vote(2)
	Same("who voted", Must(g.PollAnswerVoters(Channel, message, 2))[0].ID, BobID)
	Same("the result", Must(g.PollExpire(Channel, message)).Poll.Results.Finalized, true)
}

func (g *guide) threads() {
	message := Must(g.ChannelMessageSend(Channel, "let us talk")).ID
	made := Hear(&g.events, func(e *discordgo.ThreadCreate) bool { return e.Name == "talk" })
	thread := Must(g.MessageThreadStart(Channel, message, "talk", 60)).ID
	made()
	came := Hear(&g.events, func(e *discordgo.ThreadMembersUpdate) bool {
		return len(e.AddedMembers) == 1 && e.AddedMembers[0].UserID == BobID
	})
	OK(g.ThreadMemberAdd(thread, BobID))
	came()
	Same("members", len(Must(g.ThreadMembers(thread, 10, true, ""))), 2)
	changed := Hear(&g.events, func(e *discordgo.ThreadUpdate) bool { return e.ThreadMetadata.Archived && e.ThreadMetadata.Locked })
	Must(g.ChannelEdit(thread, &discordgo.ChannelEdit{Archived: new(true), Locked: new(true)}))
	changed()
	Same("the archive", Must(g.ThreadsArchived(Channel, nil, 10)).Threads[0].Name, "talk")
	secret := Must(g.ThreadStartComplex(Channel, &discordgo.ThreadStart{Name: "secret", Type: discordgo.ChannelTypeGuildPrivateThread})).ID
	Same("active", Must(g.GuildThreadsActive(Guild)).Threads[0].Name, "secret")
	gone := Hear(&g.events, func(e *discordgo.ThreadDelete) bool { return e.ID == secret })
	Must(g.ChannelDelete(secret))
	gone()
}

func (g *guide) forums() {
	forum := Must(g.GuildChannelCreate(Guild, "ideas", discordgo.ChannelTypeGuildForum))
	forum = Must(g.ChannelEdit(forum.ID, &discordgo.ChannelEdit{AvailableTags: &[]discordgo.ForumTag{{Name: "new"}}}))
	post := Must(g.ForumThreadStartComplex(forum.ID, &discordgo.ThreadStart{Name: "tea", AppliedTags: []string{forum.AvailableTags[0].ID}}, &discordgo.MessageSend{Content: "every day"}))
	Same("the post", Must(g.ChannelMessage(post.ID, post.ID)).Content, "every day")
	Same("its tag", post.AppliedTags[0], forum.AvailableTags[0].ID)
	Must(g.ChannelDelete(forum.ID))
}

func (g *guide) directs() {
	direct := Must(g.UserChannelCreate(BobID)).ID
	Must(g.ChannelMessageSend(direct, "between us"))
	told := Hear(&g.events, func(e *discordgo.MessageCreate) bool { return e.ChannelID == direct && e.Content == "yes?" })
	Must(Ask(Bob, "POST", "/channels/"+direct+"/messages", map[string]any{"content": "yes?"}))
	told()
	Same("what was said", len(Must(g.ChannelMessages(direct, 10, "", "", ""))), 2)
}

func (g *guide) invites() {
	made := Hear[*discordgo.InviteCreate](&g.events, nil)
	invite := Must(g.ChannelInviteCreate(Channel, discordgo.Invite{MaxUses: 3, Unique: true}))
	made()
	Same("looked up", Must(g.Session.Invite(invite.Code)).Guild.ID, Guild)
	Same("among them", len(Must(g.GuildInvites(Guild))) > 1, true)
	gone := Hear[*discordgo.InviteDelete](&g.events, nil)
	Must(g.InviteDelete(invite.Code))
	gone()
}

func (g *guide) emoji() {
	made := Hear(&g.events, func(e *discordgo.GuildEmojisUpdate) bool { return len(e.Emojis) == 1 })
	emoji := Must(g.GuildEmojiCreate(Guild, &discordgo.EmojiParams{Name: "wave", Image: picture}))
	made()
	Same("its name", Must(g.GuildEmojiEdit(Guild, emoji.ID, &discordgo.EmojiParams{Name: "bye"})).Name, "bye")
	OK(g.MessageReactionAdd(Channel, Must(g.ChannelMessageSend(Channel, "<:bye:"+emoji.ID+">")).ID, "bye:"+emoji.ID))
	gone := Hear(&g.events, func(e *discordgo.GuildEmojisUpdate) bool { return len(e.Emojis) == 0 })
	OK(g.GuildEmojiDelete(Guild, emoji.ID))
	gone()
}

func (g *guide) typing() {
	told := Hear(&g.events, func(e *discordgo.TypingStart) bool { return e.UserID == BobID })
	OK(g.ChannelTyping(Channel))
	Must(Ask(Bob, "POST", "/channels/"+Channel+"/typing", nil))
	told()
}

func (g *guide) presence() {
	told := Hear(&g.events, func(e *discordgo.PresenceUpdate) bool {
		return e.User.ID == BotID && e.Status == discordgo.StatusDoNotDisturb
	})
	OK(g.UpdateStatusComplex(discordgo.UpdateStatusData{Status: "dnd", Activities: []*discordgo.Activity{{Name: "guiding", Type: discordgo.ActivityTypeGame}}}))
	told()
}

func (g *guide) account() {
	told := Hear(&g.events, func(e *discordgo.UserUpdate) bool { return e.Avatar != "" })
	avatar := Must(g.UserUpdate("", picture, "")).Avatar
	told()
	_, kind := Fetch(Hall + "/avatars/" + BotID + "/" + avatar + ".png")
	Same("the picture", kind, "image/png")
}

func (g *guide) rules() {
	made := Hear[*discordgo.AutoModerationRuleCreate](&g.events, nil)
	rule := Must(g.AutoModerationRuleCreate(Guild, &discordgo.AutoModerationRule{Name: "No tomatoes", EventType: discordgo.AutoModerationEventMessageSend, Enabled: new(true),
		TriggerType: discordgo.AutoModerationEventTriggerKeyword, TriggerMetadata: &discordgo.AutoModerationTriggerMetadata{KeywordFilter: []string{"*tomato*"}},
		Actions: []discordgo.AutoModerationAction{{Type: discordgo.AutoModerationRuleActionBlockMessage}}}))
	made()
	applied := Hear(&g.events, func(e *discordgo.AutoModerationActionExecution) bool { return e.UserID == BobID })
	if _, err := Ask(Bob, "POST", "/channels/"+Channel+"/messages", map[string]any{"content": "tomatoes"}); err == nil {
		panic("the rule let pass")
	}
	applied()
	changed := Hear(&g.events, func(e *discordgo.AutoModerationRuleUpdate) bool { return !*e.Enabled })
	Must(g.AutoModerationRuleEdit(Guild, rule.ID, &discordgo.AutoModerationRule{Enabled: new(false)}))
	changed()
	gone := Hear[*discordgo.AutoModerationRuleDelete](&g.events, nil)
	OK(g.AutoModerationRuleDelete(Guild, rule.ID))
	gone()
}

func (g *guide) webhooks() {
	told := Hear(&g.events, func(e *discordgo.WebhooksUpdate) bool { return e.ChannelID == Channel })
	hook := Must(g.WebhookCreate(Channel, "Alerts", picture))
	told()
	posted := Hear(&g.events, func(e *discordgo.MessageCreate) bool { return e.WebhookID == hook.ID })
	sent := Must(g.WebhookExecute(hook.ID, hook.Token, true, &discordgo.WebhookParams{Content: "the disk is full", Username: "Monitor", Embeds: []*discordgo.MessageEmbed{{Title: "db-1"}},
		Files: []*discordgo.File{{Name: "df.txt", ContentType: "text/plain", Reader: strings.NewReader("95 %")}}}))
	Same("whose it is", posted().Author.Username, "Monitor")
	file, _ := Fetch(sent.Attachments[0].URL)
	Same("what is seen", sent.Embeds[0].Title+file, "db-195 %")
	Must(g.WebhookMessageEdit(hook.ID, hook.Token, sent.ID, &discordgo.WebhookEdit{Content: new("it is not")}))
	Same("edited", Must(g.WebhookMessage(hook.ID, hook.Token, sent.ID)).Content, "it is not")
	thread := Must(g.ThreadStart(Channel, "alerts", discordgo.ChannelTypeGuildPublicThread, 60)).ID
	Same("in a thread", Must(g.WebhookThreadExecute(hook.ID, hook.Token, true, thread, &discordgo.WebhookParams{Content: "here"})).ChannelID, thread)
	Must(g.ChannelDelete(thread))
	gone := Hear(&g.events, func(e *discordgo.MessageDelete) bool { return e.ID == sent.ID })
	OK(g.WebhookMessageDelete(hook.ID, hook.Token, sent.ID))
	gone()
	Must(g.WebhookEdit(hook.ID, "Alarms", "", ""))
	Same("of the channel", Must(g.ChannelWebhooks(Channel))[0].Name, "Alarms")
	OK(g.WebhookDelete(hook.ID))
	Same("left", len(Must(g.GuildWebhooks(Guild))), 0)
}

func (g *guide) moderation() {
	timed := Hear(&g.events, func(e *discordgo.GuildMemberUpdate) bool { return e.CommunicationDisabledUntil != nil })
	OK(g.GuildMemberTimeout(Guild, BobID, new(time.Now().Add(time.Minute))))
	timed()
	OK(g.GuildMemberTimeout(Guild, BobID, nil))
	Same("to be pruned", Must(g.GuildPruneCount(Guild, 30)), 0)
	left, back := Hear[*discordgo.GuildMemberRemove](&g.events, nil), Hear[*discordgo.GuildMemberAdd](&g.events, nil)
	OK(g.GuildMemberDeleteWithReason(Guild, BobID, "once"))
	left()
	Must(Ask(Bob, "POST", "/invites/"+Invite, map[string]any{}))
	back()
	entry := Hear(&g.events, func(e *discordgo.GuildAuditLogEntryCreate) bool {
		return *e.ActionType == discordgo.AuditLogActionMemberBanAdd
	})
	banned, unbanned := Hear[*discordgo.GuildBanAdd](&g.events, nil), Hear[*discordgo.GuildBanRemove](&g.events, nil)
	OK(g.GuildBanCreateWithReason(Guild, BobID, "spam ✓", 1))
	banned()
	Same("the entry's reason", entry().Reason, "spam ✓")
	Same("the ban's reason", Must(g.GuildBan(Guild, BobID)).Reason, "spam ✓")
	OK(g.GuildBanDelete(Guild, BobID))
	unbanned()
	log := Must(g.GuildAuditLog(Guild, "", "", int(discordgo.AuditLogActionMemberKick), 1))
	Same("the log's reason", log.AuditLogEntries[0].Reason, "once")
	again := Hear[*discordgo.GuildMemberAdd](&g.events, nil)
	Must(Ask(Bob, "POST", "/invites/"+Invite, map[string]any{}))
	again()
}
