package compat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/disgoorg/disgo/discord"
	"github.com/disgoorg/disgo/rest"
	"github.com/disgoorg/json"
	"github.com/disgoorg/snowflake/v2"

	"guildhall/cli/clitest"
)

// tour is a way through what disgo can ask for over HTTP. Its gateway has data races of its own, which the race detector lays at our door, so it is not taken along.
type tour struct {
	*testing.T
	rest                       rest.Rest
	guildID, channelID, userID snowflake.ID
}

func (w *tour) ok(err error) {
	w.Helper()
	if err != nil {
		var refused rest.Error
		if errors.As(err, &refused) {
			err = fmt.Errorf("%w: %s", err, refused.RsBody)
		}
		w.Fatal(err)
	}
}

func TestAServerIsLookedAfterWithDisgo(t *testing.T) {
	t.Parallel()
	hall := clitest.Start(t, "--rate-limits", "off")
	community := hall.NewCommunity()
	alice := hall.Login("alice", clitest.OwnerPassword)
	var role, bob, invite struct{ ID, Code string }
	if status, err := hall.Call(http.MethodPost, "/guilds/"+community.GuildID+"/roles", alice, map[string]any{"name": "Stewards", "permissions": "8"}, &role); status != http.StatusOK {
		t.Fatalf("status %d, %v", status, err)
	}
	if status, err := hall.Call(http.MethodPut, "/guilds/"+community.GuildID+"/members/"+community.BotID+"/roles/"+role.ID, alice, nil, nil); status != http.StatusNoContent {
		t.Fatalf("status %d, %v", status, err)
	}
	hall.JSON(&bob, "long enough\n", "user", "create", "--username", "bob", "--password-stdin", "--json")
	hall.JSON(&invite, "", "invite", "create", "--guild", community.GuildID)
	join := func() {
		t.Helper()
		if status, err := hall.Call(http.MethodPost, "/invites/"+invite.Code, hall.Login("bob", "long enough"), map[string]any{}, nil); status != http.StatusOK {
			t.Fatalf("status %d, %v", status, err)
		}
	}
	join()
	client := rest.NewClient(community.BotToken, rest.WithURL(witness(t, hall)+"/api/v10"), rest.WithLogger(slog.New(slog.DiscardHandler)))
	t.Cleanup(func() { client.Close(context.Background()) })
	w := &tour{t, rest.New(client), snowflake.MustParse(community.GuildID), snowflake.MustParse(community.TextChannelID), snowflake.MustParse(bob.ID)}
	w.server()
	w.members()
	w.messages()
	w.threads()
	w.moderation()
	join()
}

// server looks after the server itself, its channels, roles, invites and emoji.
func (w *tour) server() {
	guild, err := w.rest.UpdateGuild(w.guildID, discord.GuildUpdate{Name: new("Renamed")}, rest.WithReason("because ✓"))
	w.ok(err)
	if guild.Name != "Renamed" {
		w.Errorf("%+v", guild)
	}
	category, err := w.rest.CreateGuildChannel(w.guildID, discord.GuildCategoryChannelCreate{Name: "Rooms"})
	w.ok(err)
	channel, err := w.rest.CreateGuildChannel(w.guildID, discord.GuildTextChannelCreate{Name: "side", Topic: "aside", ParentID: category.ID()})
	w.ok(err)
	w.ok(w.rest.UpdateChannelPositions(w.guildID, []discord.GuildChannelPositionUpdate{{ID: channel.ID(), Position: json.NewNullablePtr(1)}}))
	changed, err := w.rest.UpdateChannel(channel.ID(), discord.GuildTextChannelUpdate{Name: new("aside")})
	w.ok(err)
	if changed.(discord.GuildTextChannel).Name() != "aside" {
		w.Errorf("%+v", changed)
	}
	channels, err := w.rest.GetGuildChannels(w.guildID)
	w.ok(err)
	role, err := w.rest.CreateRole(w.guildID, discord.RoleCreate{Name: "Cooks", Color: 255})
	w.ok(err)
	_, err = w.rest.UpdateRole(w.guildID, role.ID, discord.RoleUpdate{Hoist: new(true)})
	w.ok(err)
	_, err = w.rest.UpdateRolePositions(w.guildID, []discord.RolePositionUpdate{{ID: role.ID, Position: new(1)}})
	w.ok(err)
	w.ok(w.rest.UpdatePermissionOverwrite(channel.ID(), role.ID, discord.RolePermissionOverwriteUpdate{Deny: new(discord.PermissionSendMessages)}))
	w.ok(w.rest.DeletePermissionOverwrite(channel.ID(), role.ID))
	invite, err := w.rest.CreateInvite(channel.ID(), discord.InviteCreate{MaxUses: new(3), Unique: true})
	w.ok(err)
	invites, err := w.rest.GetGuildInvites(w.guildID)
	w.ok(err)
	_, err = w.rest.DeleteInvite(invite.Code)
	w.ok(err)
	if len(channels) < 6 || len(invites) < 2 {
		w.Errorf("%d channels, %d invites", len(channels), len(invites))
	}
	emoji, err := w.rest.CreateEmoji(w.guildID, discord.EmojiCreate{Name: "wave", Image: *discord.NewIconRaw(discord.IconTypePNG, []byte(onePixel))})
	w.ok(err)
	_, err = w.rest.UpdateEmoji(w.guildID, emoji.ID, discord.EmojiUpdate{Name: new("bye")})
	w.ok(err)
	w.ok(w.rest.DeleteEmoji(w.guildID, emoji.ID))
	w.ok(w.rest.DeleteRole(w.guildID, role.ID))
	w.ok(w.rest.DeleteChannel(channel.ID()))
	w.ok(w.rest.DeleteChannel(category.ID()))
	log, err := w.rest.GetAuditLog(w.guildID, 0, discord.AuditLogEventGuildUpdate, 0, 0, 10)
	w.ok(err)
	if len(log.AuditLogEntries) != 1 || log.AuditLogEntries[0].Reason == nil || *log.AuditLogEntries[0].Reason != "because ✓" {
		w.Errorf("%+v", log.AuditLogEntries)
	}
}

// onePixel is a PNG of one pixel.
const onePixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"

// members looks after members.
func (w *tour) members() {
	found, err := w.rest.SearchMembers(w.guildID, "bo", 5)
	w.ok(err)
	all, err := w.rest.GetMembers(w.guildID, 100, 0)
	w.ok(err)
	if len(found) != 1 || len(all) != 3 {
		w.Errorf("%d found of %d", len(found), len(all))
	}
	member, err := w.rest.UpdateMember(w.guildID, w.userID, discord.MemberUpdate{Nick: new("Bobby")})
	w.ok(err)
	if member.Nick == nil || *member.Nick != "Bobby" {
		w.Errorf("%+v", member)
	}
	role, err := w.rest.CreateRole(w.guildID, discord.RoleCreate{Name: "Guests"})
	w.ok(err)
	w.ok(w.rest.AddMemberRole(w.guildID, w.userID, role.ID))
	w.ok(w.rest.RemoveMemberRole(w.guildID, w.userID, role.ID))
	_, err = w.rest.GetGuildPruneCount(w.guildID, 7, nil)
	w.ok(err)
	direct, err := w.rest.CreateDMChannel(w.userID)
	w.ok(err)
	_, err = w.rest.CreateMessage(direct.ID(), discord.MessageCreate{Content: "between us"})
	w.ok(err)
	var refused rest.Error
	if _, err := w.rest.UpdateMember(w.guildID, w.guildID, discord.MemberUpdate{}); !errors.As(err, &refused) || refused.Response.StatusCode != http.StatusNotFound {
		w.Errorf("nobody can be changed: %v", err)
	}
}

// messages says things, and lets them go.
func (w *tour) messages() {
	sent, err := w.rest.CreateMessage(w.channelID, discord.MessageCreate{Content: "see @everyone", Nonce: "n1", EnforceNonce: true, AllowedMentions: &discord.AllowedMentions{},
		Embeds: []discord.Embed{{Title: "Tea", Fields: []discord.EmbedField{{Name: "a", Value: "b"}}}}})
	w.ok(err)
	again, err := w.rest.CreateMessage(w.channelID, discord.MessageCreate{Content: "see @everyone", Nonce: "n1", EnforceNonce: true})
	w.ok(err)
	if sent.MentionEveryone || again.ID != sent.ID || len(sent.Embeds) != 1 {
		w.Errorf("%+v, then %v", sent, again.ID)
	}
	const thumb = "👍"
	w.ok(w.rest.AddReaction(w.channelID, sent.ID, thumb))
	who, err := w.rest.GetReactions(w.channelID, sent.ID, thumb, discord.MessageReactionTypeNormal, 0, 10)
	w.ok(err)
	if len(who) != 1 {
		w.Errorf("%d reacted", len(who))
	}
	w.ok(w.rest.RemoveOwnReaction(w.channelID, sent.ID, thumb))
	w.ok(w.rest.AddReaction(w.channelID, sent.ID, thumb))
	w.ok(w.rest.RemoveAllReactionsForEmoji(w.channelID, sent.ID, thumb))
	w.ok(w.rest.RemoveAllReactions(w.channelID, sent.ID))
	w.ok(w.rest.PinMessage(w.channelID, sent.ID))
	pinned, err := w.rest.GetPinnedMessages(w.channelID)
	w.ok(err)
	w.ok(w.rest.UnpinMessage(w.channelID, sent.ID))
	w.ok(w.rest.SendTyping(w.channelID))
	var ids []snowflake.ID
	for range 3 {
		one, err := w.rest.CreateMessage(w.channelID, discord.MessageCreate{Content: "more"})
		w.ok(err)
		ids = append(ids, one.ID)
	}
	newer, err := w.rest.GetMessages(w.channelID, 0, 0, sent.ID, 2)
	w.ok(err)
	around, err := w.rest.GetMessages(w.channelID, ids[1], 0, 0, 3)
	w.ok(err)
	if len(pinned) != 1 || len(newer) != 2 || len(around) != 3 {
		w.Errorf("%d pinned, %d newer, %d around", len(pinned), len(newer), len(around))
	}
	w.ok(w.rest.BulkDeleteMessages(w.channelID, ids))
	poll, err := w.rest.CreateMessage(w.channelID, discord.MessageCreate{Poll: &discord.PollCreate{Question: discord.PollMedia{Text: new("Which?")}, Duration: 1,
		Answers: []discord.PollMedia{{Text: new("this")}, {Text: new("that")}}}})
	w.ok(err)
	votes, err := w.rest.GetPollAnswerVotes(w.channelID, poll.ID, 1, 0, 10)
	w.ok(err)
	ended, err := w.rest.ExpirePoll(w.channelID, poll.ID)
	w.ok(err)
	if len(votes) != 0 || ended.Poll == nil || len(ended.Poll.Answers) != 2 {
		w.Errorf("%+v", ended.Poll)
	}
}

// threads begins some, and posts in a forum.
func (w *tour) threads() {
	message, err := w.rest.CreateMessage(w.channelID, discord.MessageCreate{Content: "let us talk"})
	w.ok(err)
	thread, err := w.rest.CreateThreadFromMessage(w.channelID, message.ID, discord.ThreadCreateFromMessage{Name: "talk", AutoArchiveDuration: discord.AutoArchiveDuration1h})
	w.ok(err)
	w.ok(w.rest.AddThreadMember(thread.ID(), w.userID))
	members, err := w.rest.GetThreadMembers(thread.ID())
	w.ok(err)
	w.ok(w.rest.RemoveThreadMember(thread.ID(), w.userID))
	private, err := w.rest.CreateThread(w.channelID, discord.GuildPrivateThreadCreate{Name: "aside", Invitable: new(true)})
	w.ok(err)
	active, err := w.rest.GetActiveGuildThreads(w.guildID)
	w.ok(err)
	if len(members) != 2 || len(active.Threads) != 2 {
		w.Errorf("%d members, %d threads", len(members), len(active.Threads))
	}
	_, err = w.rest.UpdateChannel(thread.ID(), discord.GuildThreadUpdate{Archived: new(true), Locked: new(true)})
	w.ok(err)
	archived, err := w.rest.GetPublicArchivedThreads(w.channelID, time.Time{}, 10)
	w.ok(err)
	if len(archived.Threads) != 1 {
		w.Errorf("%d in the archive", len(archived.Threads))
	}
	w.ok(w.rest.DeleteChannel(private.ID()))
	forum, err := w.rest.CreateGuildChannel(w.guildID, discord.GuildForumChannelCreate{Name: "ideas", AvailableTags: []discord.ChannelTag{{Name: "new"}}})
	w.ok(err)
	tags := forum.(discord.GuildForumChannel).AvailableTags
	if len(tags) != 1 {
		w.Fatalf("%+v", tags)
	}
	post, err := w.rest.CreatePostInThreadChannel(forum.ID(), discord.ThreadChannelPostCreate{Name: "Tea for all", AppliedTags: []snowflake.ID{tags[0].ID},
		Message: discord.MessageCreate{Content: "Every day.", Files: []*discord.File{discord.NewFile("tea.txt", "leaves", strings.NewReader("green"))}}})
	w.ok(err)
	// The library does not read the message that comes with a post.
	first, err := w.rest.GetMessage(post.ID(), post.ID())
	w.ok(err)
	if first.Content != "Every day." || len(first.Attachments) != 1 {
		w.Errorf("%+v", first)
	}
}

// moderation makes a rule, and sends somebody away for a while.
func (w *tour) moderation() {
	rule, err := w.rest.CreateAutoModerationRule(w.guildID, discord.AutoModerationRuleCreate{Name: "No tomatoes", EventType: discord.AutoModerationEventTypeMessageSend, Enabled: new(true),
		TriggerType: discord.AutoModerationTriggerTypeKeyword, TriggerMetadata: &discord.AutoModerationTriggerMetadata{KeywordFilter: []string{"*tomato*"}},
		Actions: []discord.AutoModerationAction{{Type: discord.AutoModerationActionTypeBlockMessage}}})
	w.ok(err)
	rules, err := w.rest.GetAutoModerationRules(w.guildID)
	w.ok(err)
	w.ok(w.rest.DeleteAutoModerationRule(w.guildID, rule.ID))
	w.ok(w.rest.AddBan(w.guildID, w.userID, time.Hour, rest.WithReason("spam")))
	ban, err := w.rest.GetBan(w.guildID, w.userID)
	w.ok(err)
	bans, err := w.rest.GetBans(w.guildID, 0, 0, 10)
	w.ok(err)
	w.ok(w.rest.DeleteBan(w.guildID, w.userID))
	if len(rules) != 1 || ban.Reason == nil || *ban.Reason != "spam" || len(bans) != 1 {
		w.Errorf("%d rules, %+v, %d bans", len(rules), ban, len(bans))
	}
	bulk, err := w.rest.BulkBan(w.guildID, discord.BulkBan{UserIDs: []snowflake.ID{w.userID}})
	w.ok(err)
	if len(bulk.BannedUsers) != 1 {
		w.Errorf("%+v", bulk)
	}
	w.ok(w.rest.DeleteBan(w.guildID, w.userID))
}
