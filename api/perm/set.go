// Package perm is the permission arithmetic: who may do what in a guild and in its channels, as pure functions over store types.
//
// The bits, the order in which roles and overwrites count, and what one denial takes with it are those of the wire contract, which are Discord's
// (https://discord.com/developers/docs/topics/permissions). Nothing here reads a clock, a store or a global.
package perm

import (
	"errors"
	"math/bits"
	"strconv"
)

// Set is a set of permissions, one bit each. In JSON it is a decimal string.
type Set uint64

// The permissions, with the bits of the wire contract. Bits 41 and 47 mean nothing.
const (
	CreateInstantInvite    Set = 1 << 0
	KickMembers            Set = 1 << 1
	BanMembers             Set = 1 << 2
	Administrator          Set = 1 << 3
	ManageChannels         Set = 1 << 4
	ManageGuild            Set = 1 << 5
	AddReactions           Set = 1 << 6
	ViewAuditLog           Set = 1 << 7
	PrioritySpeaker        Set = 1 << 8
	Stream                 Set = 1 << 9
	ViewChannel            Set = 1 << 10
	SendMessages           Set = 1 << 11
	SendTTS                Set = 1 << 12
	ManageMessages         Set = 1 << 13
	EmbedLinks             Set = 1 << 14
	AttachFiles            Set = 1 << 15
	ReadMessageHistory     Set = 1 << 16
	MentionEveryone        Set = 1 << 17
	UseExternalEmojis      Set = 1 << 18
	ViewGuildInsights      Set = 1 << 19
	Connect                Set = 1 << 20
	Speak                  Set = 1 << 21
	MuteMembers            Set = 1 << 22
	DeafenMembers          Set = 1 << 23
	MoveMembers            Set = 1 << 24
	UseVAD                 Set = 1 << 25
	ChangeNickname         Set = 1 << 26
	ManageNicknames        Set = 1 << 27
	ManageRoles            Set = 1 << 28
	ManageWebhooks         Set = 1 << 29
	ManageGuildExpressions Set = 1 << 30
	UseApplicationCommands Set = 1 << 31
	RequestToSpeak         Set = 1 << 32
	ManageEvents           Set = 1 << 33
	ManageThreads          Set = 1 << 34
	CreatePublicThreads    Set = 1 << 35
	CreatePrivateThreads   Set = 1 << 36
	UseExternalStickers    Set = 1 << 37
	SendMessagesInThreads  Set = 1 << 38
	UseEmbeddedActivities  Set = 1 << 39
	ModerateMembers        Set = 1 << 40
	UseSoundboard          Set = 1 << 42
	CreateGuildExpressions Set = 1 << 43
	CreateEvents           Set = 1 << 44
	UseExternalSounds      Set = 1 << 45
	SendVoiceMessages      Set = 1 << 46
	SetVoiceChannelStatus  Set = 1 << 48
	SendPolls              Set = 1 << 49
	UseExternalApps        Set = 1 << 50
	PinMessages            Set = 1 << 51
	BypassSlowmode         Set = 1 << 52
)

// names are the permissions' names in the wire contract, by bit.
var names = [64]string{
	0: "CREATE_INSTANT_INVITE", 1: "KICK_MEMBERS", 2: "BAN_MEMBERS", 3: "ADMINISTRATOR", 4: "MANAGE_CHANNELS", 5: "MANAGE_GUILD", 6: "ADD_REACTIONS",
	7: "VIEW_AUDIT_LOG", 8: "PRIORITY_SPEAKER", 9: "STREAM", 10: "VIEW_CHANNEL", 11: "SEND_MESSAGES", 12: "SEND_TTS", 13: "MANAGE_MESSAGES",
	14: "EMBED_LINKS", 15: "ATTACH_FILES", 16: "READ_MESSAGE_HISTORY", 17: "MENTION_EVERYONE", 18: "USE_EXTERNAL_EMOJIS", 19: "VIEW_GUILD_INSIGHTS",
	20: "CONNECT", 21: "SPEAK", 22: "MUTE_MEMBERS", 23: "DEAFEN_MEMBERS", 24: "MOVE_MEMBERS", 25: "USE_VAD", 26: "CHANGE_NICKNAME",
	27: "MANAGE_NICKNAMES", 28: "MANAGE_ROLES", 29: "MANAGE_WEBHOOKS", 30: "MANAGE_GUILD_EXPRESSIONS", 31: "USE_APPLICATION_COMMANDS",
	32: "REQUEST_TO_SPEAK", 33: "MANAGE_EVENTS", 34: "MANAGE_THREADS", 35: "CREATE_PUBLIC_THREADS", 36: "CREATE_PRIVATE_THREADS",
	37: "USE_EXTERNAL_STICKERS", 38: "SEND_MESSAGES_IN_THREADS", 39: "USE_EMBEDDED_ACTIVITIES", 40: "MODERATE_MEMBERS", 42: "USE_SOUNDBOARD",
	43: "CREATE_GUILD_EXPRESSIONS", 44: "CREATE_EVENTS", 45: "USE_EXTERNAL_SOUNDS", 46: "SEND_VOICE_MESSAGES", 48: "SET_VOICE_CHANNEL_STATUS",
	49: "SEND_POLLS", 50: "USE_EXTERNAL_APPS", 51: "PIN_MESSAGES", 52: "BYPASS_SLOWMODE",
}

// All is every permission there is. Clients of a later contract may send bits beyond it: they mean nothing here.
const All Set = 1<<53 - 1 - 1<<41 - 1<<47

// Permissions that others take with them when they are denied, and that outlast a time-out or a quarantine.
const (
	// ofSending need the permission to send.
	ofSending = SendTTS | EmbedLinks | AttachFiles | MentionEveryone
	// ofVoice need CONNECT.
	ofVoice = PrioritySpeaker | Stream | Speak | MuteMembers | DeafenMembers | MoveMembers | UseVAD | RequestToSpeak | UseEmbeddedActivities |
		UseSoundboard | UseExternalSounds | SetVoiceChannelStatus
	// whenTimedOut are all that a timed-out member keeps.
	whenTimedOut = ViewChannel | ReadMessageHistory
	// whenQuarantined are all that a quarantined member keeps: also what may put their name in order.
	whenQuarantined = whenTimedOut | ChangeNickname
)

// ErrSyntax says that a text is not a set of permissions.
var ErrSyntax = errors.New("not a decimal set of permissions")

// Parse reads a decimal number of up to 64 bits without a sign.
func Parse(text string) (Set, error) {
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, ErrSyntax
	}
	return Set(value), nil
}

// Has tells whether all of the permissions are in the set.
func (s Set) Has(permissions Set) bool { return s&permissions == permissions }

// HasAny tells whether at least one of the permissions is in the set.
func (s Set) HasAny(permissions Set) bool { return s&permissions != 0 }

// Names gives the wire contract's names of the permissions in the set, by ascending bit; bits that mean nothing have none.
func (s Set) Names() []string {
	found := make([]string, 0, bits.OnesCount64(uint64(s&All)))
	for rest := uint64(s & All); rest != 0; rest &= rest - 1 {
		found = append(found, names[bits.TrailingZeros64(rest)])
	}
	return found
}

// String gives the decimal form, which is how permissions travel.
func (s Set) String() string { return strconv.FormatUint(uint64(s), 10) }

// MarshalJSON writes the decimal form as a string.
func (s Set) MarshalJSON() ([]byte, error) {
	text := make([]byte, 0, 22)
	text = append(text, '"')
	text = strconv.AppendUint(text, uint64(s), 10)
	return append(text, '"'), nil
}

// UnmarshalJSON reads a decimal string, or a number, which older libraries send. null leaves the set as it is.
func (s *Set) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	value, err := Parse(string(text))
	if err != nil {
		return err
	}
	*s = value
	return nil
}
