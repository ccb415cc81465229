package compat

import (
	"net/http"
	"os/exec"
	"strconv"
	"testing"

	"guildhall/cli/clitest"
)

// musicBot is a bot that plays a tone of its own.
type musicBot struct {
	name string
	hz   int
	// mode is the encryption that the library takes.
	mode        string
	program     func(t *testing.T) *exec.Cmd
	environment []string
}

func voiceScript(t *testing.T) *exec.Cmd { return inNode(t, "voice.mjs") }

// musicBots are those of all libraries and encryptions. discordgo is the first because it does not remember who spoke before it listened.
var musicBots = []musicBot{
	{"discordgo", 400, "xsalsa20_poly1305", func(t *testing.T) *exec.Cmd { return inGo(t, "./voice/discordgo") }, nil},
	{"@discordjs/voice", 520, "aead_aes256_gcm_rtpsize", voiceScript, []string{"VOICE=@discordjs/voice"}},
	{"@discordjs/voice 0.18", 680, "aead_aes256_gcm_rtpsize", voiceScript, []string{"VOICE=discordjs-voice-0.18"}},
	{"@discordjs/voice without AES", 880, "aead_xchacha20_poly1305_rtpsize", voiceScript, []string{"VOICE=@discordjs/voice", "NO_GCM=1"}},
}

// start brings the bot into a voice channel.
func (m musicBot) start(t *testing.T, hall *clitest.Hall, community clitest.Community, file, token string) bot {
	t.Helper()
	secure := ways[1]
	environment := append(secure.environment(hall), "API="+secure.witness(t, hall)+"/api", "TOKEN="+token, "GUILD="+community.GuildID,
		"CHANNEL="+community.VoiceChannelID, "TONE="+file)
	return startProcess(t, m.program(t), append(environment, m.environment...))
}

// listener is who hears others: a bot, or a person.
type listener interface {
	wait(t *testing.T, event string) map[string]any
}

// hears waits until a listener hears each of some users with their own pitch. What is heard of somebody begins somewhere, so a few seconds may pass.
func hears(t *testing.T, sounds *tones, who string, l listener, users map[string]int) {
	t.Helper()
	missing := make(map[string]int)
	for user, hz := range users {
		missing[user] = hz
	}
	for wrong := 0; len(missing) > 0; {
		heard := l.wait(t, "heard")
		user, _ := heard["user"].(string)
		hz, awaited := missing[user]
		switch {
		case !awaited:
		case sounds.isTone(heard["frames"].([]any), hz):
			delete(missing, user)
		default:
			if wrong++; wrong > 5*len(users) {
				t.Fatalf("%s hears something else of %v", who, missing)
			}
		}
	}
}

func TestMusicBotsAndPeopleHearEachOtherAtTheRightPitch(t *testing.T) {
	t.Parallel()
	sounds := newTones(t)
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	const aliceHz = 1100
	pitches := map[string]int{community.OwnerID: aliceHz}
	listeners := make(map[string]listener)
	names := map[string]string{community.OwnerID: "alice"}
	alice := enter(t, hall, "alice", clitest.OwnerPassword).call(community.GuildID, community.VoiceChannelID, len(musicBots))
	listeners[community.OwnerID] = alice
	for i, music := range musicBots {
		var made struct{ ID, Token string }
		hall.JSON(&made, "", "bot", "create", "--name", "music"+strconv.Itoa(i), "--owner", "alice", "--guild", community.GuildID)
		b := music.start(t, hall, community, sounds.file(music.hz), made.Token)
		if joined := b.wait(t, "joined"); joined["mode"] != music.mode {
			t.Errorf("%s takes the encryption %v", music.name, joined["mode"])
		}
		pitches[made.ID], listeners[made.ID], names[made.ID] = music.hz, b, music.name
	}
	alice.play(sounds.of(aliceHz))
	for userID, l := range listeners {
		others := make(map[string]int)
		for other, hz := range pitches {
			if other != userID {
				others[other] = hz
			}
		}
		hears(t, sounds, names[userID], l, others)
	}
	for userID, l := range listeners {
		if b, ok := l.(bot); ok {
			b.close(t)
			t.Logf("%s has left", names[userID])
		}
	}
}

// movers are one bot of each library.
var movers = musicBots[:2]

// A bot that is moved plays where it is then; one that is taken out does not come back by itself.
func TestAMusicBotIsMovedAndTakenOut(t *testing.T) {
	for _, music := range movers {
		t.Run(music.name, func(t *testing.T) {
			t.Parallel()
			sounds := newTones(t)
			hall := clitest.Start(t)
			community := hall.NewCommunity()
			alice := enter(t, hall, "alice", clitest.OwnerPassword)
			var attic struct{ ID string }
			change := func(method, path string, body, into any, want int) {
				t.Helper()
				if status, err := hall.Call(method, path, alice.authorization, body, into); err != nil || status != want {
					t.Fatalf("%s %s: status %d, %v", method, path, status, err)
				}
			}
			change(http.MethodPost, "/guilds/"+community.GuildID+"/channels", map[string]any{"name": "attic", "type": 2}, &attic, http.StatusCreated)
			b := music.start(t, hall, community, sounds.file(music.hz), community.BotToken)
			b.wait(t, "joined")
			tone := map[string]int{community.BotID: music.hz}
			hears(t, sounds, "alice", alice.call(community.GuildID, community.VoiceChannelID, 1), tone)

			member := "/guilds/" + community.GuildID + "/members/" + community.BotID
			change(http.MethodPatch, member, map[string]any{"channel_id": attic.ID}, nil, http.StatusOK)
			above := alice.call(community.GuildID, attic.ID, 1)
			hears(t, sounds, "alice", above, tone)

			change(http.MethodPatch, member, map[string]any{"channel_id": nil}, nil, http.StatusOK)
			alice.sees("VOICE_STATE_UPDATE", func(d map[string]any) bool { return d["user_id"] == community.BotID && d["channel_id"] == nil })
			above.left(t, community.BotID)
		})
	}
}

// Libraries find back into the channel by themselves when the hall was restarted.
func TestMusicGoesOnAfterARestart(t *testing.T) {
	for _, music := range movers {
		t.Run(music.name, func(t *testing.T) {
			t.Parallel()
			sounds := newTones(t)
			hall := clitest.Start(t)
			community := hall.NewCommunity()
			b := music.start(t, hall, community, sounds.file(music.hz), community.BotToken)
			b.wait(t, "joined")
			hall.Stop()
			hall.Run()
			alice := enter(t, hall, "alice", clitest.OwnerPassword).call(community.GuildID, community.VoiceChannelID, 1)
			hears(t, sounds, "alice", alice, map[string]int{community.BotID: music.hz})
		})
	}
}
