package gateway

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
)

// ofChannel are the dispatches of busyness that whoever views the channel is told.
var ofChannel = strings.Fields(`MESSAGE_CREATE MESSAGE_UPDATE MESSAGE_DELETE MESSAGE_DELETE_BULK MESSAGE_REACTION_ADD MESSAGE_REACTION_REMOVE MESSAGE_REACTION_REMOVE_ALL MESSAGE_REACTION_REMOVE_EMOJI
	MESSAGE_POLL_VOTE_ADD MESSAGE_POLL_VOTE_REMOVE CHANNEL_PINS_UPDATE TYPING_START THREAD_CREATE THREAD_UPDATE THREAD_DELETE CHANNEL_UPDATE CHANNEL_DELETE`)

// Dispatches of busyness that one permission opens for members who do not view the channel.
var (
	ofInvites = []string{"INVITE_CREATE", "INVITE_DELETE"}
	opened    = map[perm.Set][]string{
		perm.BanMembers:   {"GUILD_BAN_ADD", "GUILD_BAN_REMOVE"},
		perm.ViewAuditLog: {"GUILD_BAN_ADD", "GUILD_BAN_REMOVE", "GUILD_AUDIT_LOG_ENTRY_CREATE"},
		perm.ManageGuild:  append([]string{"AUTO_MODERATION_RULE_CREATE", "AUTO_MODERATION_RULE_UPDATE", "AUTO_MODERATION_RULE_DELETE"}, ofInvites...),
	}
)

// distinct gives the different names of dispatches, but for those that all members of the guild are told.
func distinct(names []string) []string {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.Contains([]string{"GUILD_MEMBER_REMOVE", "PRESENCE_UPDATE", "SESSIONS_REPLACE"}, name)
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// listener is a member of a guild with the names of what they are to be told.
type listener struct {
	name   string
	caller chat.Caller
	want   []string
	client *client
}

func TestEachPermissionOpensWhatItIsForAndNothingElse(t *testing.T) {
	h := open(t)
	alice, target := h.Person("alice"), h.Person("target")
	guild := h.Guild(alice)
	guild.Join(target)
	guild.Everyone(0)
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	everything := slices.Concat(ofChannel, opened[perm.ViewAuditLog], opened[perm.ManageGuild])
	listeners := []*listener{{name: "the owner", caller: alice, want: everything}}
	// listen makes a member with a role of their own, whom the channel's overwrites for the role and for the member let in or keep out.
	listen := func(name string, held, roleAllow, roleDeny, allow, deny perm.Set, want ...string) {
		made := &listener{name: name, caller: h.Person(fmt.Sprintf("member%d", len(listeners))), want: want}
		guild.Join(made.caller)
		role := guild.Role(name, 1, held, made.caller)
		if roleAllow|roleDeny != 0 {
			guild.Overwrite(hidden, role.ID, store.OverwriteRole, roleAllow, roleDeny)
		}
		if allow|deny != 0 {
			guild.Overwrite(hidden, made.caller.UserID, store.OverwriteMember, allow, deny)
		}
		listeners = append(listeners, made)
	}
	view := perm.ViewChannel
	for single := perm.Set(1); single <= perm.All; single <<= 1 {
		switch {
		case single == perm.Administrator:
			listen("an administrator", single, 0, 0, 0, 0, everything...)
			listen("an administrator whom overwrites keep out", single, 0, view, 0, view, everything...)
		case perm.All.Has(single):
			listen(single.Names()[0], single, 0, 0, 0, 0, opened[single]...)
		}
	}
	listen("let in by a role", 0, view, 0, 0, 0, ofChannel...)
	listen("let in by name", 0, 0, 0, view, 0, ofChannel...)
	listen("let in by a role and kept out by name", 0, view, 0, 0, view)
	listen("kept out by a role and let in by name", 0, 0, view, view, 0, ofChannel...)
	listen("let in to manage the channel", 0, view|perm.ManageChannels, 0, 0, 0, slices.Concat(ofChannel, ofInvites)...)
	listen("to manage the channel without seeing it", 0, perm.ManageChannels, 0, 0, 0)
	listen("everything but to see the channel", perm.All&^perm.Administrator, 0, 0, 0, view, slices.Concat(opened[perm.ViewAuditLog], opened[perm.ManageGuild])...)
	for _, one := range listeners {
		one.client = h.enter(h.login(one.caller))
	}
	h.busyness(t, alice, target, guild.ID, hidden)
	h.settle()
	for _, one := range listeners {
		if err := h.Relationships.SetNote(t.Context(), one.caller, target.UserID, "the end"); err != nil {
			t.Fatal(err)
		}
		names, _ := one.client.namesUntil("USER_NOTE_UPDATE", "the end")
		if got, want := distinct(names), distinct(one.want); !slices.Equal(got, want) {
			t.Errorf("%s: told were %v, to be told %v", one.name, got, want)
		}
	}
}

// wanted are the dispatches that each intent opens for a bot that may see everything, of what busyness and publicity do. Those that need two are with neither: THREAD_MEMBERS_UPDATE.
var wanted = map[intents][]string{
	intentGuilds: strings.Fields(`GUILD_CREATE GUILD_UPDATE GUILD_ROLE_CREATE GUILD_ROLE_UPDATE GUILD_ROLE_DELETE CHANNEL_CREATE CHANNEL_UPDATE CHANNEL_DELETE CHANNEL_PINS_UPDATE
		THREAD_CREATE THREAD_UPDATE THREAD_DELETE APPLICATION_COMMAND_PERMISSIONS_UPDATE STAGE_INSTANCE_CREATE STAGE_INSTANCE_UPDATE STAGE_INSTANCE_DELETE VOICE_CHANNEL_STATUS_UPDATE`),
	intentMembers:       strings.Fields(`GUILD_MEMBER_ADD GUILD_MEMBER_UPDATE GUILD_MEMBER_REMOVE`),
	intentModeration:    strings.Fields(`GUILD_BAN_ADD GUILD_BAN_REMOVE GUILD_AUDIT_LOG_ENTRY_CREATE`),
	intentExpressions:   strings.Fields(`GUILD_EMOJIS_UPDATE`),
	intentIntegrations:  strings.Fields(`GUILD_INTEGRATIONS_UPDATE INTEGRATION_CREATE INTEGRATION_UPDATE INTEGRATION_DELETE`),
	intentWebhooks:      strings.Fields(`WEBHOOKS_UPDATE`),
	intentInvites:       strings.Fields(`INVITE_CREATE INVITE_DELETE`),
	intentMessages:      strings.Fields(`MESSAGE_CREATE MESSAGE_UPDATE MESSAGE_DELETE MESSAGE_DELETE_BULK`),
	intentReactions:     strings.Fields(`MESSAGE_REACTION_ADD MESSAGE_REACTION_REMOVE MESSAGE_REACTION_REMOVE_ALL MESSAGE_REACTION_REMOVE_EMOJI`),
	intentTyping:        strings.Fields(`TYPING_START`),
	intentRules:         strings.Fields(`AUTO_MODERATION_RULE_CREATE AUTO_MODERATION_RULE_UPDATE AUTO_MODERATION_RULE_DELETE`),
	intentRuleExecution: strings.Fields(`AUTO_MODERATION_ACTION_EXECUTION`),
	intentPolls:         strings.Fields(`MESSAGE_POLL_VOTE_ADD MESSAGE_POLL_VOTE_REMOVE`),
}

func TestEachIntentOpensItsEventsAndNoOthers(t *testing.T) {
	h := open(t, noLimits) // one bot starts a session for each
	alice, bob, target := h.Person("alice"), h.Person("bob"), h.Person("target")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, target, robot)
	guild.Everyone(perm.ViewChannel | perm.ReadMessageHistory | perm.SendMessages)
	guild.Role("robots", 1, perm.Administrator, robot)
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	clients := make(map[intents]*client)
	for intent := intents(1); intent <= intentDirectPolls; intent <<= 1 {
		if intent != intentPresences { // told about the others here, and of these in TestPresence
			clients[intent] = h.enter(token, fmt.Sprintf(`"intents":%d`, intent))
		}
	}
	h.busyness(t, alice, target, guild.ID, hidden)
	h.publicity(t, alice, bob, guild)
	if _, err := h.Members.Update(t.Context(), alice, guild.ID, robot.UserID, chat.MemberEdit{Nick: new("the end")}); err != nil {
		t.Fatal(err)
	}
	for intent, c := range clients {
		got, _ := c.namesUntil("GUILD_MEMBER_UPDATE", "the end")
		slices.Sort(got)
		want := slices.Sorted(slices.Values(wanted[intent]))
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("intent %d: told were %v, to be told %v", intent, got, want)
		}
	}
}
