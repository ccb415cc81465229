package storetest

import (
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// sound demands that a check finds nothing, as soon as what is gone is swept.
func (f *fixture) sound(after string) {
	f.Helper()
	problems, err := f.Check(f.Context())
	f.ok(err)
	if len(problems) > 0 {
		f.Fatalf("after %s: %q", after, problems)
	}
}

// named gives the keys of all blobs that something names.
func (f *fixture) named(page int) []string {
	f.Helper()
	all := []string{}
	for after := ""; ; {
		blobs, err := f.NamedBlobs(f.Context(), after, page)
		f.ok(err)
		if all = append(all, blobs...); len(blobs) < page {
			return all
		}
		after = blobs[len(blobs)-1]
	}
}

var checkTests = []test{
	{"a new store is sound", func(f *fixture) {
		f.sound("nothing")
		f.equal("blobs", f.named(10), []string{})
	}},
	{"a census counts what is stored", func(f *fixture) {
		total := func() (sum int) {
			census, err := f.Census(f.Context())
			f.ok(err)
			if len(census) < 30 {
				f.Errorf("there are only %d kinds: %v", len(census), census)
			}
			for _, count := range census {
				sum += count
			}
			return sum
		}
		before := total()
		bob := f.person("bob").ID
		if with := total(); with <= before {
			f.Errorf("%d records before, %d with an account", before, with)
		}
		_, err := f.DeleteUser(f.Context(), bob)
		f.ok(err)
		if after := total(); after > before+1 { // the greatest id ever may be a record
			f.Errorf("%d records before, %d after", before, after)
		}
	}},
	{"deleting a guild, a channel and an account leaves nothing behind", func(f *fixture) {
		ctx := f.Context()
		channel := f.room()
		friend, ada := f.person("bob").ID, f.person("grace").ID
		own := f.guild(friend)
		side, voice := f.channel(channel.GuildID), f.channel(channel.GuildID)
		for _, place := range []store.Channel{channel, side} {
			if place.ID == channel.ID {
				f.live(place, ada, friend)
			}
			posted := f.post(place, "one", "two")
			f.react(posted[0], friend, store.Emoji{Name: "🎉"})
			_, _, err := f.SetPinned(ctx, place.ID, posted[1].ID, birthday, 50)
			f.ok(err)
			f.mention(place, friend, true, nil, friend)
			f.vote(f.poll(place, birthday.Add(time.Hour)), friend, 1)
			_, err = f.postFiles(place, f.upload(friend, place.ID, "picture"), f.upload(friend, place.ID, "of "+place.Name))
			f.ok(err)
			f.upload(friend, place.ID, "waiting")
			f.once(place, friend, "nonce", 1)
			f.ok(f.SetReadMarks(ctx, []store.ReadMark{{UserID: friend, ChannelID: place.ID, MessageID: posted[0].ID}}))
			_, err = f.AdvancePinMark(ctx, store.PinMark{UserID: friend, ChannelID: place.ID, At: birthday})
			f.ok(err)
			_, err = f.AdvancePinMark(ctx, store.PinMark{UserID: ada, ChannelID: place.ID, At: birthday})
			f.ok(err)
			f.thread(place, f.owner(place))
			f.invite(place, place.ID.String())
			f.emoji(place.GuildID, "wave", f.role(place.GuildID, "for emoji").ID)
			f.webhook(place, "hook of "+place.Name)
			target := f.channel(own.ID)
			published := f.publish(posted[0])
			f.bring(published, target, f.follow(target, place))
			f.ok(f.SettleAnnouncement(ctx, f.outbox(place)[0]))
			f.publish(posted[1])
			hook := f.eventHook(place.GuildID)
			f.ok(f.AddEventDeliveries(ctx, []store.EventDelivery{f.delivery(hook)}))
		}
		echo, robin := f.application(ada, "echo"), f.application(friend, "robin")
		for _, guildID := range []id.ID{channel.GuildID, own.ID} {
			for _, app := range []id.ID{echo, robin} {
				if role := f.install(guildID, app).Role; guildID == channel.GuildID {
					f.bind(guildID, role.ID)
				}
				f.permit(guildID, app, f.command(app, guildID, "local").ID)
				f.permit(guildID, app, app)
			}
		}
		for _, app := range []id.ID{echo, robin} {
			f.permit(own.ID, app, f.command(app, 0, "everywhere").ID)
		}
		f.ownEmoji(echo, "wave")
		f.ownEmoji(robin, "wave")
		f.speak(voice, friend)
		f.ban(own.ID, ada, "noise")
		f.group(ada, friend)
		for _, pair := range [][2]id.ID{{ada, friend}, {f.owner(channel), ada}} {
			conversation, _, err := f.OpenDirectChannel(ctx, f.pair(pair[0], pair[1]), pair[0])
			f.ok(err)
			f.post(conversation, "hello")
		}
		f.sound("filling it")
		blobs := f.named(2)
		f.equal("by pages", blobs, f.named(1000))
		if len(blobs) < 4 || !slices.IsSorted(blobs) {
			f.Errorf("the blobs are %q", blobs)
		}

		_, err := f.DeleteChannel(ctx, side.ID)
		f.ok(err)
		f.sound("the channel was deleted")
		_, err = f.DeleteUser(ctx, ada)
		f.ok(err)
		f.sound("the account was deleted")
		f.ok(f.DeleteGuild(ctx, channel.GuildID))
		f.sound("the guild was deleted")
		_, err = f.DeleteUser(ctx, robin)
		f.ok(err)
		f.sound("the bot was deleted")
		for deadline := time.Now().Add(10 * time.Second); len(f.named(1000)) > 0 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		f.equal("blobs", f.named(1000), []string{})
		f.sound("it was swept")
	}},
}
