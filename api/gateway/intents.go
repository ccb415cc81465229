package gateway

// intents say which events a bot wants (https://discord.com/developers/docs/events/gateway#gateway-intents).
type intents uint64

const (
	intentGuilds          intents = 1 << 0
	intentMembers         intents = 1 << 1
	intentModeration      intents = 1 << 2
	intentExpressions     intents = 1 << 3
	intentWebhooks        intents = 1 << 5
	intentInvites         intents = 1 << 6
	intentVoiceStates     intents = 1 << 7
	intentPresences       intents = 1 << 8
	intentMessages        intents = 1 << 9
	intentReactions       intents = 1 << 10
	intentTyping          intents = 1 << 11
	intentDirectMessages  intents = 1 << 12
	intentDirectReactions intents = 1 << 13
	intentDirectTyping    intents = 1 << 14
	intentMessageContent  intents = 1 << 15
	intentRules           intents = 1 << 20
	intentRuleExecution   intents = 1 << 21
	intentPolls           intents = 1 << 24
	intentDirectPolls     intents = 1 << 25

	// allIntents is what people get: everything that they may see.
	allIntents intents = 1<<64 - 1
)

func (i intents) has(wanted intents) bool { return i&wanted == wanted }

// privileged are the intents that an application must have been granted, by the flags that say so: for verified applications and for those in few guilds, which makes no
// difference here (https://discord.com/developers/docs/resources/application#application-object-application-flags).
var privileged = []struct {
	intents intents
	flags   uint64
}{
	{intentPresences, 1<<12 | 1<<13},
	{intentMembers, 1<<14 | 1<<15},
	{intentMessageContent, 1<<18 | 1<<19},
}

// grant checks a bot's intents against its application's flags. Who did not say what it wants gets what it may have.
func (s *session) grant(flags uint64) error {
	for _, p := range privileged {
		if flags&p.flags != 0 || !s.intents.has(p.intents) {
			continue
		}
		if s.intents != allIntents {
			return &closing{closeDisallowed, "this application was not granted these intents"}
		}
		defer func() { s.intents &^= p.intents }()
	}
	return nil
}
