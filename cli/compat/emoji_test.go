package compat

import (
	"net/http"
	"slices"
	"testing"

	"github.com/bwmarrin/discordgo"

	"guildhall/cli/clitest"
	"guildhall/cli/compat/tour"
)

// stillEmoji is a PNG of two by two pixels, as it comes with a request.
const stillEmoji = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADElEQVR4nGNg+A+EAAYAAf+T0eSJAAAAAElFTkSuQmCC"

// emojiHall is a hall in whose community the bot looks after the emoji, of which there is one.
func emojiHall(t *testing.T) (*clitest.Hall, clitest.Community, *conversation) {
	t.Helper()
	hall := clitest.Start(t, "--rate-limits", "off")
	community := hall.NewCommunity()
	talk := &conversation{t, hall, community, hall.Login("alice", clitest.OwnerPassword)}
	call := func(method, path string, body, into any, want int) {
		t.Helper()
		if status, err := hall.Call(method, path, talk.authorization, body, into); err != nil || status != want {
			t.Fatalf("%s %s: status %d, %v", method, path, status, err)
		}
	}
	var role struct{ ID string }
	call(http.MethodPost, "/guilds/"+community.GuildID+"/roles", map[string]any{"name": "Painters", "permissions": "8797166764160"}, &role, http.StatusOK) // make and look after emoji, see the audit log
	call(http.MethodPut, "/guilds/"+community.GuildID+"/members/"+community.BotID+"/roles/"+role.ID, nil, nil, http.StatusNoContent)
	call(http.MethodPost, "/guilds/"+community.GuildID+"/emojis", map[string]any{"name": "first", "image": stillEmoji}, nil, http.StatusCreated)
	return hall, community, talk
}

func TestEmojiWithDiscordJS(t *testing.T) {
	hall, community, talk := emojiHall(t)
	b := startScript(t, hall, "emoji.mjs", community.BotToken)
	expect(t, b, "ready", map[string]any{"emoji": []string{"first"}})
	talk.say("!emoji")
	done := expect(t, b, "handled", map[string]any{
		"name": "parrot", "author": "pong", "picture": "image/gif", "status": 200, "button": "parrot", "all": []string{"first", "party"},
		"why": []string{"a better name", "for parties", "it is over"}, "left": 1,
	})
	expect(t, b, "emoji created", map[string]any{"name": "parrot", "animated": true, "available": true})
	expect(t, b, "reacted", map[string]any{"emoji": "<a:parrot:" + done["id"].(string) + ">", "count": 1})
	expect(t, b, "emoji updated", map[string]any{"name": "party", "roles": []string{}})
	expect(t, b, "emoji deleted", map[string]any{"name": "party"})
	b.close(t)
}

func TestEmojiWithOceanicJS(t *testing.T) {
	hall, community, talk := emojiHall(t)
	b := startScript(t, hall, "emoji-oceanic.mjs", community.BotToken)
	expect(t, b, "ready", map[string]any{"emoji": []string{"first"}})
	talk.say("!emoji")
	done := expect(t, b, "handled", map[string]any{"name": "light", "animated": false, "by": "pong", "all": []string{"first", "light"}})
	expect(t, b, "reacted", map[string]any{"emoji": "light", "id": done["id"]})
	for _, names := range [][]string{{"first", "spark"}, {"first", "light"}, {"first"}} {
		expect(t, b, "emoji", map[string]any{"names": names})
	}
	b.close(t)
}

func TestEmojiWithDiscordgo(t *testing.T) {
	hall, community, talk := emojiHall(t)
	tour.PointDiscordgoAt(hall.URL)
	session, err := discordgo.New("Bot " + community.BotToken)
	if err != nil {
		t.Fatal(err)
	}
	session.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildEmojis | discordgo.IntentsGuildMessageReactions
	told := newRecorder()
	session.SyncEvents = true
	named := func(emojis []*discordgo.Emoji) (names []string) {
		for _, emoji := range emojis {
			names = append(names, emoji.Name)
		}
		slices.Sort(names)
		return names
	}
	session.AddHandler(func(_ *discordgo.Session, created *discordgo.GuildCreate) {
		told.tell("ready", map[string]any{"names": named(created.Emojis)})
	})
	session.AddHandler(func(_ *discordgo.Session, updated *discordgo.GuildEmojisUpdate) {
		told.tell("emoji", map[string]any{"names": named(updated.Emojis)})
	})
	session.AddHandler(func(_ *discordgo.Session, added *discordgo.MessageReactionAdd) {
		told.tell("reacted", map[string]any{"emoji": added.Emoji.MessageFormat()})
	})
	if err := session.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	if names := told.wait(t, "ready")["names"].([]string); !slices.Equal(names, []string{"first"}) {
		t.Errorf("at first there are %q", names)
	}
	made, err := session.GuildEmojiCreate(community.GuildID, &discordgo.EmojiParams{Name: "spark", Image: stillEmoji}, discordgo.WithAuditLogReason("for light"))
	if err != nil || made.Name != "spark" || made.Animated || !made.Available || made.User == nil || made.User.ID != community.BotID {
		t.Fatalf("made %+v, %v", made, err)
	}
	changed, err := session.GuildEmojiEdit(community.GuildID, made.ID, &discordgo.EmojiParams{Name: "light", Roles: []string{}})
	if err != nil || changed.Name != "light" || changed.ID != made.ID {
		t.Errorf("changed %+v, %v", changed, err)
	}
	if err := session.MessageReactionAdd(community.TextChannelID, talk.say("look"), changed.APIName()); err != nil {
		t.Error(err)
	}
	if emoji := told.wait(t, "reacted")["emoji"]; emoji != "<:light:"+made.ID+">" {
		t.Errorf("reacted with %v", emoji)
	}
	all, err := session.GuildEmojis(community.GuildID)
	if err != nil || !slices.Equal(named(all), []string{"first", "light"}) {
		t.Errorf("all are %q, %v", named(all), err)
	}
	if err := session.GuildEmojiDelete(community.GuildID, made.ID); err != nil {
		t.Error(err)
	}
	for _, want := range [][]string{{"first", "spark"}, {"first", "light"}, {"first"}} {
		if names := told.wait(t, "emoji")["names"].([]string); !slices.Equal(names, want) {
			t.Errorf("told of %q, want %q", names, want)
		}
	}
}
