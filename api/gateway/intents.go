package gateway

// intents say which events a bot wants (https://discord.com/developers/docs/events/gateway#gateway-intents).
type intents uint64

const (
	intentGuilds         intents = 1 << 0
	intentMembers        intents = 1 << 1
	intentInvites        intents = 1 << 6
	intentVoiceStates    intents = 1 << 7
	intentPresences      intents = 1 << 8
	intentMessages       intents = 1 << 9
	intentTyping         intents = 1 << 11
	intentMessageContent intents = 1 << 15

	// allIntents is what people get: everything that they may see.
	allIntents intents = 1<<64 - 1
)

func (i intents) has(wanted intents) bool { return i&wanted == wanted }
