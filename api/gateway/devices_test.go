package gateway

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// household is two people with three devices each, in a guild and in conversations with each other.
type household struct {
	*house
	t       *testing.T
	random  *rand.Rand
	people  [2]chat.Caller
	devices [2][3]*follower
	guildID id.ID
	// channels are where they write, role is one that is given and taken.
	channels []id.ID
	side     id.ID
	role     id.ID
	// deeds are what they do; the last five are about devices.
	deeds []deed
	log   []string
}

// deed is something that a person does, or that happens to a device.
type deed struct {
	name string
	do   func(w *household, who int) error
}

func pick[T any](w *household, from ...T) T { return from[w.random.IntN(len(from))] }

// message picks one of the newest messages of a channel that a person may read.
func (w *household) message(who int) (channelID, messageID id.ID, own bool) {
	channelID = pick(w, w.channels...)
	list, err := w.Messages.List(w.t.Context(), w.people[who], channelID, store.MessagePage{Limit: 8})
	if err != nil || len(list) == 0 {
		return channelID, 1, false
	}
	one := pick(w, list...).Message
	return channelID, one.ID, one.AuthorID == w.people[who].UserID
}

var deeds = []deed{
	{"write", func(w *household, who int) error {
		other := w.people[1-who].UserID.String()
		_, err := w.Messages.Create(w.t.Context(), w.people[who], pick(w, w.channels...), chat.MessageDraft{Content: pick(w, "hello", "<@"+other+">", "@everyone", "<@&"+w.role.String()+">")})
		return err
	}},
	{"write", func(w *household, who int) error {
		_, err := w.Messages.Create(w.t.Context(), w.people[who], pick(w, w.channels...), chat.MessageDraft{Content: "again"})
		return err
	}},
	{"edit", func(w *household, who int) error {
		channelID, messageID, own := w.message(who)
		if !own {
			return nil
		}
		_, err := w.Messages.Update(w.t.Context(), w.people[who], channelID, messageID, content(fmt.Sprint("edited ", w.random.IntN(100))))
		return err
	}},
	{"delete", func(w *household, who int) error {
		channelID, messageID, own := w.message(who)
		if !own {
			return nil
		}
		return w.Messages.Delete(w.t.Context(), w.people[who], channelID, messageID)
	}},
	{"react", func(w *household, who int) error {
		channelID, messageID, _ := w.message(who)
		return w.Messages.React(w.t.Context(), w.people[who], channelID, messageID, store.Emoji{Name: pick(w, "👍", "🎉")})
	}},
	{"take a reaction back", func(w *household, who int) error {
		channelID, messageID, _ := w.message(who)
		return w.Messages.Unreact(w.t.Context(), w.people[who], channelID, messageID, w.people[who].UserID, store.Emoji{Name: pick(w, "👍", "🎉")})
	}},
	{"pin", func(w *household, who int) error {
		channelID, messageID, _ := w.message(who)
		return w.Messages.Pin(w.t.Context(), w.people[who], channelID, messageID)
	}},
	{"unpin", func(w *household, who int) error {
		channelID, messageID, _ := w.message(who)
		return w.Messages.Unpin(w.t.Context(), w.people[who], channelID, messageID)
	}},
	{"see pins", func(w *household, who int) error {
		return w.ReadStates.AckPins(w.t.Context(), w.people[who], pick(w, w.channels...))
	}},
	{"read", func(w *household, who int) error {
		channelID, messageID, _ := w.message(who)
		return w.ReadStates.Ack(w.t.Context(), w.people[who], chat.Ack{ChannelID: channelID, MessageID: messageID, Manual: pick(w, false, false, true)})
	}},
	{"note", func(w *household, who int) error {
		return w.Relationships.SetNote(w.t.Context(), w.people[who], w.people[1-who].UserID, pick(w, "", "one", "two"))
	}},
	{"ask", func(w *household, who int) error {
		return w.Relationships.Ask(w.t.Context(), w.people[who], w.people[1-who].UserID)
	}},
	{"ask", func(w *household, who int) error {
		return w.Relationships.Ask(w.t.Context(), w.people[who], w.people[1-who].UserID)
	}},
	{"part", func(w *household, who int) error {
		return w.Relationships.Remove(w.t.Context(), w.people[who], w.people[1-who].UserID)
	}},
	{"block", func(w *household, who int) error {
		return w.Relationships.Block(w.t.Context(), w.people[who], w.people[1-who].UserID)
	}},
	{"name a friend", func(w *household, who int) error {
		return w.Relationships.Rename(w.t.Context(), w.people[who], w.people[1-who].UserID, pick(w, "", "pal"))
	}},
	{"open the conversation", func(w *household, who int) error {
		_, err := w.Directs.Open(w.t.Context(), w.people[who], w.people[1-who].UserID)
		return err
	}},
	{"close the conversation", func(w *household, who int) error {
		_, err := w.Directs.Close(w.t.Context(), w.people[who], w.channels[len(w.channels)-1])
		return err
	}},
	{"set", func(w *household, who int) error {
		theme, status, custom := pick(w, "dark", "light"), pick(w, "online", "idle", "dnd", "invisible"), &store.CustomStatus{Text: pick(w, "reading", "away")}
		edit := pick(w, chat.SettingsEdit{Theme: &theme}, chat.SettingsEdit{Status: &status}, chat.SettingsEdit{CustomStatus: &custom}, chat.SettingsEdit{CustomStatus: new(*store.CustomStatus)},
			chat.SettingsEdit{Switches: map[string]bool{"developer_mode": pick(w, true, false)}})
		_, err := w.Settings.Update(w.t.Context(), w.people[who], edit)
		return err
	}},
	{"set about a guild", func(w *household, who int) error {
		on := pick(w, true, false)
		edit := pick(w, chat.GuildSettingsEdit{SuppressEveryone: &on}, chat.GuildSettingsEdit{SuppressRoles: &on}, chat.GuildSettingsEdit{NotificationsEdit: chat.NotificationsEdit{Muted: &on}})
		_, err := w.Settings.UpdateGuild(w.t.Context(), w.people[who], pick(w, 0, w.guildID), edit)
		return err
	}},
	{"take a name", func(w *household, who int) error {
		name := fmt.Sprint("Name ", w.random.IntN(100))
		_, err := w.Users.UpdateSelf(w.t.Context(), w.people[who], chat.UserChange{GlobalName: &name})
		return err
	}},
	{"take a nick", func(w *household, who int) error {
		nick := pick(w, "", "Nick")
		_, err := w.Members.UpdateSelf(w.t.Context(), w.people[who], w.guildID, chat.SelfEdit{Nick: &nick})
		return err
	}},
	{"give a role", func(w *household, _ int) error {
		return w.Members.AddRole(w.t.Context(), w.people[0], w.guildID, pick(w, w.people[:]...).UserID, w.role)
	}},
	{"take a role", func(w *household, _ int) error {
		return w.Members.RemoveRole(w.t.Context(), w.people[0], w.guildID, pick(w, w.people[:]...).UserID, w.role)
	}},
	{"hide or show a channel", func(w *household, _ int) error {
		overwrite := store.PermissionOverwrite{TargetID: w.guildID}
		if pick(w, true, false) {
			overwrite.Deny = uint64(perm.ViewChannel)
		}
		return w.Channels.SetOverwrite(w.t.Context(), w.people[0], w.side, overwrite)
	}},
	{"begin a thread", func(w *household, who int) error {
		_, messageID, _ := w.message(who)
		_, err := w.Threads.StartFromMessage(w.t.Context(), w.people[who], w.channels[0], messageID, chat.ThreadDraft{Name: "thread"})
		return err
	}},
	{"show oneself", func(w *household, who int) error {
		pick(w, w.devices[who][:]...).send(fmt.Sprintf(`{"op":3,"d":{"since":null,"afk":false,"status":%q,"activities":[{"name":%q,"type":0}]}}`, pick(w, "online", "idle", "dnd", "invisible"), pick(w, "chess", "go")))
		return nil
	}},
	{"lose the line", func(w *household, who int) error { return w.lose(who, w.random.IntN(3)) }},
	{"lose the line", func(w *household, who int) error { return w.lose(who, w.random.IntN(3)) }},
	{"come anew", func(w *household, who int) error {
		at := w.random.IntN(3)
		w.devices[who][at].quit(1000)
		w.settle() // what is read over HTTP then is not told again
		w.devices[who][at] = w.follow(w.people[who])
		return nil
	}},
	{"catch up", func(w *household, who int) error { pick(w, w.devices[who][:]...).catchUp(); return nil }},
}

// lose drops a device's connection, lets something happen meanwhile, and resumes.
func (w *household) lose(who, at int) error {
	f := w.devices[who][at]
	f.drop()
	w.gone(f.sessionID)
	for range w.random.IntN(3) {
		w.one(w.deeds[w.random.IntN(len(w.deeds)-5)]) // no device does anything meanwhile
	}
	f.client = f.resume()
	for {
		r := f.next()
		f.take(r)
		if r.name() == "RESUMED" {
			return nil
		}
		if r.Op == 9 {
			return fmt.Errorf("the session of device %d of %d could not be resumed", at, who)
		}
	}
}

// one has somebody do something. What the rules refuse does not happen.
func (w *household) one(deed deed) {
	who := w.random.IntN(2)
	err := deed.do(w, who)
	w.log = append(w.log, fmt.Sprintf("%d: %s (%v)", who, deed.name, err))
	if err != nil && chat.KindOf(err) == chat.Internal {
		w.t.Fatalf("%v\n%v", w.log, err)
	}
	w.Clock.Advance(time.Second)
}

// TestAllDevicesOfTwoPeopleAreInStep has two people with three devices each do whatever comes to mind, while devices lose their lines and come back. In the end, each device knows what one that has just come knows.
func TestAllDevicesOfTwoPeopleAreInStep(t *testing.T) {
	seeds, steps := uint64(3), 60
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newHousehold(t, seed)
			for range steps {
				w.one(w.deeds[w.random.IntN(len(w.deeds))])
			}
			defer func() {
				if t.Failed() {
					t.Logf("what they did: %q", w.log)
				}
			}()
			w.settle()
			for who := range w.devices {
				w.inStep(w.devices[who][:]...)
			}
		})
	}
}

func newHousehold(t *testing.T, seed uint64) *household {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	guild.Everyone(perm.ViewChannel | perm.ReadMessageHistory | perm.SendMessages | perm.AddReactions | perm.PinMessages | perm.MentionEveryone | perm.ChangeNickname | perm.CreatePublicThreads | perm.SendMessagesInThreads)
	w := &household{house: h, t: t, random: rand.New(rand.NewPCG(seed, 1)), deeds: deeds, people: [2]chat.Caller{alice, bob}, guildID: guild.ID}
	w.side, w.role = guild.Channel("side", store.ChannelText), guild.Role("role", 1, 0).ID
	direct, err := h.Directs.Open(w.t.Context(), alice, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	w.channels = []id.ID{guild.General, w.side, direct.ID}
	for who := range w.devices {
		for at := range w.devices[who] {
			w.devices[who][at] = h.follow(w.people[who])
		}
	}
	return w
}
