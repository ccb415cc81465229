// Package pebble keeps the store in one folder, in the process: the domain types as CBOR records in Pebble, a log-structured key-value store.
//
// # Key map
//
// Every key begins with the byte of its kind. Ids follow as 8 bytes, big-endian, so that keys sort by id, which is by time; texts come last and
// need no end mark. Records are CBOR maps with integer keys (codec.go); the other values are as the table says.
//
//	kind            byte  key after the byte        value                    for
//	format          0x01                            4 bytes, big-endian      the version of this map (format.go)
//	greatest        0x02                            id                       the greatest id ever stored
//	hall            0x03                            record                   the one Hall
//	worker          0x04  node (2 bytes)            record                   a leased node number
//	user            0x10  user                      record                   an account
//	username        0x11  bot? (1 byte) name        user id                  names are unique among people, and among bots
//	email           0x12  address                   user id                  addresses are unique
//	session         0x13  session                   record                   a login session
//	user's session  0x14  user session              nothing                  the sessions of a person
//	bot             0x15  bot                       record                   an application
//	owner's bot     0x16  owner bot                 nothing                  the bots of a person
//	relationship    0x17  user other                record                   how a person stands to another
//	note            0x18  user about                text                     what a person notes about another
//	read mark       0x19  user channel              message id               how far a person has read
//	settings        0x1a  user                      record                   what a person set for themselves
//	guild settings  0x1b  user guild                record                   what a person set about a guild; guild 0 for conversations
//	set about guild 0x1c  guild user                nothing                  who set something about a guild
//	dismissed       0x1d  user                      record                   the mentions that a person does not want to see any more
//	pictured role   0x1e  role                      guild id                 finds a role that has an icon
//	guild           0x20  guild                     record                   a guild
//	role            0x21  guild role                record                   a role
//	member          0x22  guild user                record                   a member
//	user's guild    0x23  user guild                nothing                  the guilds of a person
//	member count    0x24  guild                     8 bytes, big-endian      how many members a guild has
//	invite          0x25  code                      record                   an invite
//	guild's invite  0x26  guild code                nothing                  the invites of a guild
//	installation    0x27  guild application         record                   which applications are in a guild
//	app's guild     0x28  application guild         nothing                  the guilds that an application is in
//	thread          0x29  guild thread              record                   a thread; its other keys are those of a channel
//	active thread   0x2a  guild thread              8 bytes, big-endian      a thread that is not archived; when it can be idle at the earliest, Unix milliseconds
//	archived thread 0x2b  parent private? moment thread  nothing             the archived threads of a channel; private? is 0 or 1, all four have 8 bytes
//	parent's thread 0x2c  parent thread             nothing                  the threads of a channel
//	thread member   0x2d  thread user               record                   somebody's place in a thread
//	user's thread   0x2e  user guild thread         nothing                  the threads of a person
//	thread count    0x2f  thread                    record                   how many messages and members a thread has, and the newest message
//	channel         0x30  guild channel             record                   a channel; one between people has guild 0
//	channel's guild 0x31  channel                   guild id                 finds a channel by its id; tells whether there is one
//	direct pair     0x34  lower user, higher user   channel id               the one channel of two people
//	user's direct   0x35  user channel              nothing                  the conversations of a person, hidden ones too
//	channel reader  0x36  channel user              nothing                  who has a read mark or a pin mark in a channel
//	mention         0x37  channel user message      nothing                  the messages that mention a person
//	mass mention    0x38  channel message           nothing                  the messages that mention everybody or roles
//	message         0x40  channel message           record                   a message; a page of history is one scan
//	message's place 0x41  message                   channel id               finds a message by its id
//	nonce           0x42  channel author nonce      message id               the newest message with this nonce
//	nonce's age     0x43  message                   key of the nonce         which nonces are old
//	reactions       0x44  channel message           record                   the counts of the reactions to a message
//	reactor         0x45  channel message emoji     nothing                  who reacted: the emoji is its id, or 0, length and characters; the user follows
//	pin             0x46  channel moment message    nothing                  the pinned messages: the moment is in milliseconds of Unix time
//	vote            0x48  channel message           nothing                  who chose what in a poll: the answer's number and the user follow
//	poll counts     0x49  channel message           record                   how often each answer of a poll was chosen
//	open poll       0x4a  channel moment message    nothing                  the polls that have not ended, by when they are to: milliseconds since the zero time
//	pin mark        0x4b  user channel              8 bytes, big-endian      when the newest pin was set that a person has seen, Unix milliseconds
//	voice session   0x50  channel session           record                   who was in voice, and when
//	voice place     0x51  session                   channel id               finds a voice session by its id
//	open voice      0x52  session                   channel id               the voice sessions that did not end
//	trash           0x60  channel                   nothing                  a deleted channel whose history is still to be swept (trash.go)
//	attachment      0x70  channel attachment        record                   which message a file hangs on, and whose it is
//	bytes           0x71  SHA-256 sum (32 bytes)    record                   bytes that something names: their key among the blobs, and how often they are named
//	blob            0x72  key                       nothing                  the keys of blobs that something names
//	lost blob       0x73  key                       nothing                  the keys of blobs that nothing names any more, to be deleted
//	upload          0x74  upload                    record                   a file that hangs on no message yet
//	user's upload   0x75  user upload               nothing                  the uploads of a person
//	channel upload  0x76  channel upload            nothing                  the uploads for a channel
//	user's bytes    0x77  user                      8 bytes, big-endian      how many bytes the files of a person have
//	emoji           0x78  guild emoji               record                   the emoji of a guild's own
//	emoji's guild   0x79  emoji                     guild id                 the guild that an emoji is in
//	app emoji       0x7a  application emoji         record                   the emoji of an application's own
//	emoji's app     0x7b  emoji                     application id           the application that an emoji is of
//	webhook         0x80  guild webhook             record                   a webhook
//	webhook's guild 0x81  webhook                   guild id                 the guild that a webhook is in
//	follower        0x82  channel webhook           nothing                  the webhooks that follow a channel
//	command         0x88  application guild command record                  an application command; one that goes everywhere has guild 0
//	command's place 0x89  command                   application id, guild id finds a command by its id
//	guild commands  0x8a  guild application         nothing                  the applications that have commands for a guild
//	permissions     0x8b  guild application target  record                   who may use a command, or the commands of an application
//	set about       0x8c  target guild              nothing                  the guilds in which that is set
//	announcement    0x83  channel message           record                   a published message that those who follow the channel are still to be told of
//	announced       0x84  channel message webhook   channel id, message id   where a published message arrived
//	interaction     0x9c  interaction               record                   what applications answered lately
//	ephemeral       0x9d  message                   record                   their answers that are for one person
//	event hook      0x85  guild hook                record                   an address that is told of what happens
//	hook's guild    0x86  hook                      guild id                 the guild that an event hook is in
//	delivery        0x87  hook delivery             record                   what an event hook is to tell
//	open call       0xa2  channel message           nothing                  the messages of calls that have not ended
//	dead delivery   0x9a  hook delivery             record                   what an event hook could not tell
//	ban             0x61  guild user                the reason               who is banned from a guild
//	user's ban      0x62  user guild                nothing                  the bans of a person
//	audit entry     0x63  guild entry               record                   what administrators and moderators did
//	automatic rule  0x64  guild rule                record                   what is done about what members write
//	report          0x65  guild report              record                   what people tell moderators; guild 0 for conversations
//	open report     0x66  guild message reporter    report id                the reports that nobody has dealt with
//	two-factor      0x90  user                      record                   what an account signs in with besides its password
//	security event  0x91  user event                record                   what happened to the safety of an account
//	guest           0x92  user                      nothing                  the accounts of guests
//	provider        0x97  key                       record                   a service that people sign in with
//	identity        0x98  SHA-256 sum (32 bytes)    record                   who somebody is at a provider, and whose account that is
//	user's identity 0x99  user, SHA-256 sum         nothing                  who a person is at providers
//	hall entry      0x67  entry                     record                   what those who run the hall did
//
// A message or voice session counts as there only while the key "channel's guild" of its channel is. So a channel, and whatever is
// in it, disappears in one step, however much it is; the sweeper removes the keys later, in small steps.
package pebble

import (
	"encoding/binary"

	"guildhall/store/id"
)

// kind is the first byte of a key: what the key is about.
type kind byte

const (
	kindFormat        kind = 0x01
	kindGreatest      kind = 0x02
	kindHall          kind = 0x03
	kindWorker        kind = 0x04
	kindUser          kind = 0x10
	kindUsername      kind = 0x11
	kindEmail         kind = 0x12
	kindSession       kind = 0x13
	kindUserSession   kind = 0x14
	kindBot           kind = 0x15
	kindOwnerBot      kind = 0x16
	kindRelationship  kind = 0x17
	kindNote          kind = 0x18
	kindReadMark      kind = 0x19
	kindPicturedRole  kind = 0x1e
	kindGuild         kind = 0x20
	kindRole          kind = 0x21
	kindMember        kind = 0x22
	kindUserGuild     kind = 0x23
	kindMemberCount   kind = 0x24
	kindInvite        kind = 0x25
	kindGuildInvite   kind = 0x26
	kindChannel       kind = 0x30
	kindChannelGuild  kind = 0x31
	kindDirectPair    kind = 0x34
	kindUserDirect    kind = 0x35
	kindChannelReader kind = 0x36
	kindMention       kind = 0x37
	kindMassMention   kind = 0x38
	kindMessage       kind = 0x40
	kindMessagePlace  kind = 0x41
	kindNonce         kind = 0x42
	kindNonceAge      kind = 0x43
	kindReactions     kind = 0x44
	kindPin           kind = 0x46
	kindReactor       kind = 0x45
	kindVote          kind = 0x48
	kindPollCounts    kind = 0x49
	kindOpenPoll      kind = 0x4a
	kindPinMark       kind = 0x4b
	kindVoice         kind = 0x50
	kindVoicePlace    kind = 0x51
	kindVoiceOpen     kind = 0x52
	kindTrash         kind = 0x60
	kindAttachment    kind = 0x70
	kindBytes         kind = 0x71
	kindBlob          kind = 0x72
	kindLostBlob      kind = 0x73
	kindUpload        kind = 0x74
	kindUserUpload    kind = 0x75
	kindChannelUpload kind = 0x76
	kindUserBytes     kind = 0x77
	kindEmoji         kind = 0x78
	kindEmojiGuild    kind = 0x79
	kindWebhook       kind = 0x80
	kindWebhookGuild  kind = 0x81
	kindFollower      kind = 0x82
	kindAnnouncement  kind = 0x83
	kindInteraction   kind = 0x9c
	kindEphemeral     kind = 0x9d
	kindBan           kind = 0x61
	kindUserBan       kind = 0x62
	kindAudit         kind = 0x63
	kindAutoMod       kind = 0x64
	kindReport        kind = 0x65
	kindOpenReport    kind = 0x66
	kindHallEntry     kind = 0x67

	kindAnnouncementCopy kind = 0x84
	kindEventHook        kind = 0x85
	kindEventHookGuild   kind = 0x86
	kindEventDelivery    kind = 0x87
	kindDeadDelivery     kind = 0x9a
	kindInstallation     kind = 0x27
	kindApplicationGuild kind = 0x28
	kindApplicationEmoji kind = 0x7a
	kindEmojiApplication kind = 0x7b

	kindCommand            kind = 0x88
	kindCommandPlace       kind = 0x89
	kindGuildCommands      kind = 0x8a
	kindCommandPermissions kind = 0x8b
	kindCommandSetIn       kind = 0x8c

	kindOpenCall        kind = 0xa2
	kindTwoFactor       kind = 0x90
	kindSecurityEvent   kind = 0x91
	kindGuest           kind = 0x92
	kindOpenIDProvider  kind = 0x97
	kindIdentity        kind = 0x98
	kindUserIdentity    kind = 0x99
	kindThread          kind = 0x29
	kindActiveThread    kind = 0x2a
	kindArchivedThread  kind = 0x2b
	kindParentThread    kind = 0x2c
	kindThreadMember    kind = 0x2d
	kindUserThread      kind = 0x2e
	kindThreadCount     kind = 0x2f
	kindSettings        kind = 0x1a
	kindGuildSettings   kind = 0x1b
	kindGuildSettingsOf kind = 0x1c
	kindDismissed       kind = 0x1d
)

var kindNames = map[kind]string{
	kindFormat: "format", kindGreatest: "greatest", kindHall: "hall", kindWorker: "worker",
	kindUser: "user", kindUsername: "username", kindEmail: "email", kindSession: "session", kindUserSession: "user's session",
	kindDismissed: "dismissed mentions", kindPicturedRole: "pictured role", kindSettings: "settings", kindGuildSettings: "guild settings", kindGuildSettingsOf: "set about guild",
	kindTwoFactor: "two-factor", kindSecurityEvent: "security event", kindGuest: "guest",
	kindOpenIDProvider: "provider", kindIdentity: "identity", kindUserIdentity: "user's identity",
	kindRelationship: "relationship", kindNote: "note",
	kindBot: "bot", kindOwnerBot: "owner's bot",
	kindGuild: "guild", kindRole: "role", kindMember: "member", kindUserGuild: "user's guild", kindMemberCount: "member count",
	kindInvite: "invite", kindGuildInvite: "guild's invite",
	kindThread: "thread", kindActiveThread: "active thread", kindArchivedThread: "archived thread", kindParentThread: "parent's thread",
	kindThreadMember: "thread member", kindUserThread: "user's thread", kindThreadCount: "thread count",
	kindChannel: "channel", kindChannelGuild: "channel's guild",
	kindDirectPair: "direct pair", kindUserDirect: "user's direct",
	kindVote: "vote", kindPollCounts: "poll counts", kindOpenPoll: "open poll", kindOpenCall: "open call", kindReactions: "reactions", kindReactor: "reactor", kindPin: "pin",
	kindReadMark: "read mark", kindPinMark: "pin mark", kindChannelReader: "channel reader", kindMention: "mention", kindMassMention: "mass mention",
	kindMessage: "message", kindMessagePlace: "message's place", kindNonce: "nonce", kindNonceAge: "nonce's age",
	kindBan: "ban", kindUserBan: "user's ban", kindAudit: "audit entry", kindAutoMod: "automatic rule", kindReport: "report", kindOpenReport: "open report", kindHallEntry: "hall entry",
	kindVoice: "voice session", kindVoicePlace: "voice place", kindVoiceOpen: "open voice", kindTrash: "trash",
	kindAttachment: "attachment", kindBytes: "bytes", kindBlob: "blob", kindLostBlob: "lost blob",
	kindUpload: "upload", kindUserUpload: "user's upload", kindChannelUpload: "channel upload", kindUserBytes: "user's bytes",
	kindEmoji: "emoji", kindEmojiGuild: "emoji's guild",
	kindWebhook: "webhook", kindWebhookGuild: "webhook's guild", kindFollower: "follower", kindAnnouncement: "announcement", kindAnnouncementCopy: "announcement's copy",
	kindCommand: "command", kindCommandPlace: "command's place", kindGuildCommands: "guild's commands", kindCommandPermissions: "command permissions", kindCommandSetIn: "command set in",
	kindInteraction: "interaction", kindEphemeral: "ephemeral message",
	kindEventHook: "event hook", kindEventHookGuild: "event hook's guild", kindEventDelivery: "delivery", kindDeadDelivery: "dead delivery",
	kindInstallation: "installation", kindApplicationGuild: "application's guild", kindApplicationEmoji: "application emoji", kindEmojiApplication: "emoji's application",
}

func (k kind) String() string {
	if name, known := kindNames[k]; known {
		return name
	}
	return "unknown kind"
}

// idBytes is the length of an id in a key or a value.
const idBytes = 8

// key makes a key, or the common beginning of several.
func (k kind) key(ids ...id.ID) []byte {
	key := make([]byte, 1, 1+idBytes*len(ids))
	key[0] = byte(k)
	for _, one := range ids {
		key = binary.BigEndian.AppendUint64(key, uint64(one))
	}
	return key
}

// text makes a key that ends in a text.
func (k kind) text(text string, ids ...id.ID) []byte {
	return append(k.key(ids...), text...)
}

// usernameKey is where a name is taken: people and bots have names of their own.
func usernameKey(bot bool, name string) []byte {
	key := append(kindUsername.key(), 0)
	if bot {
		key[1] = 1
	}
	return append(key, name...)
}

// workerKey is where a node number is leased.
func workerKey(node int) []byte {
	return binary.BigEndian.AppendUint16(kindWorker.key(), uint16(node))
}

// after is the first key behind all those that begin with prefix.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		end[i]++
		if end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil // the prefix is all 0xff: nothing stands behind it
}

// idAt reads the id that stands in a key after its kind and n other ids.
func idAt(key []byte, n int) id.ID {
	return id.ID(binary.BigEndian.Uint64(key[1+n*idBytes:]))
}

// idValue is an id as a value.
func idValue(one id.ID) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(one))
}

// end is the first key behind all keys of a kind.
func (k kind) end() []byte { return []byte{byte(k) + 1} }
