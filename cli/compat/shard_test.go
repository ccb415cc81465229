package compat

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"guildhall/cli/clitest"
)

// TestShardsShareTheServers splits each library's bot in two: each part hears of its own servers, once.
func TestShardsShareTheServers(t *testing.T) {
	const shards = 2
	eachWay(t, func(t *testing.T, l library, by way) {
		hall := clitest.Start(t)
		community := hall.NewCommunity()
		talk := &conversation{t, hall, community, hall.Login("alice", clitest.OwnerPassword)}
		channels := map[int]string{shardOf(t, community.GuildID, shards): community.TextChannelID}
		for n := 0; len(channels) < shards; n++ {
			guildID, channelID := talk.opensServer(fmt.Sprint("another ", n))
			if shard := shardOf(t, guildID, shards); channels[shard] == "" {
				channels[shard] = channelID
			}
		}
		b := l.start(t, by, hall, "bot", community.BotToken, "SHARDS="+strconv.Itoa(shards))
		talk.shardsAreReady(l, b)
		for round := range 2 {
			for shard, channelID := range channels {
				talk.community.TextChannelID = channelID
				talk.say(fmt.Sprintf("round %d for %d", round, shard))
			}
			for range channels {
				heard := b.wait(t, "heard")
				if shard := shardOf(t, heard["guild"].(string), shards); heard["shard"] != float64(shard) || heard["content"] != fmt.Sprintf("round %d for %d", round, shard) {
					t.Errorf("heard was %v", heard)
				}
			}
		}
		if heard := b.all("heard"); len(heard) != 2*shards {
			t.Errorf("heard were %v", heard)
		}
		b.close(t)
	})
}

// shardOf tells in whose charge a server is.
func shardOf(t *testing.T, guildID string, shards uint64) int {
	t.Helper()
	number, err := strconv.ParseUint(guildID, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(number >> 22 % shards)
}

// opensServer makes one more server with the bot in it.
func (c *conversation) opensServer(name string) (guildID, channelID string) {
	c.t.Helper()
	var guild struct {
		ID       string
		Channels []struct {
			ID   string
			Type int
		}
	}
	c.hall.JSON(&guild, "", "guild", "create", "--name", name, "--owner", "alice")
	status, err := c.hall.Call(http.MethodPost, "/oauth2/authorize?scope=bot&client_id="+c.community.BotID, c.authorization, map[string]any{"authorize": true, "guild_id": guild.ID, "permissions": "0"}, nil)
	if err != nil || status != http.StatusOK {
		c.t.Fatalf("let the bot in: status %d, %v", status, err)
	}
	for _, channel := range guild.Channels {
		if channel.Type == 0 {
			return guild.ID, channel.ID
		}
	}
	c.t.Fatal("the server has no text channel")
	return "", ""
}

// shardsAreReady waits until the bot is in all of its servers. Those in JavaScript say it once, the others for each server.
func (c *conversation) shardsAreReady(l library, b bot) {
	c.t.Helper()
	var guilds []struct{ ID string }
	if status, err := c.hall.Call(http.MethodGet, "/users/@me/guilds", "Bot "+c.community.BotToken, nil, &guilds); err != nil || status != http.StatusOK {
		c.t.Fatalf("list servers: status %d, %v", status, err)
	}
	times := len(guilds)
	if l.name == "discord.js" || l.name == "oceanic.js" {
		times = 1
	}
	for range times {
		b.wait(c.t, "ready")
	}
}
