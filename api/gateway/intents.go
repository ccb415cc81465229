package gateway

import (
	"context"

	"guildhall/api/chat"
)

// intents say which events a bot wants (https://discord.com/developers/docs/events/gateway#gateway-intents).
type intents uint64

const (
	intentGuilds          intents = 1 << 0
	intentMembers         intents = 1 << 1
	intentModeration      intents = 1 << 2
	intentExpressions     intents = 1 << 3
	intentIntegrations    intents = 1 << 4
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

// unsaid is a bit that no client names: it marks the intents of those that did not say what they want, which get what they may have.
const unsaid intents = 1 << 63

// privileged are the intents that an application must have been granted, by the flags that say so.
var privileged = []struct {
	intents intents
	flags   uint64
}{{intentPresences, chat.FlagsPresences}, {intentMembers, chat.FlagsMembers}, {intentMessageContent, chat.FlagsContent}}

// beyond gives those of the intents that an application with some flags was not granted.
func (i intents) beyond(flags uint64) (over intents) {
	for _, p := range privileged {
		if flags&p.flags == 0 {
			over |= i & p.intents
		}
	}
	return over
}

// grant checks a bot's intents against its application's flags. Who did not say what it wants gets what it may have.
func (s *session) grant(flags uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch over := s.intents.beyond(flags); {
	case over == 0:
	case s.intents.has(unsaid):
		s.intents &^= over
	default:
		return &closing{closeDisallowed, "this application was not granted these intents"}
	}
	return nil
}

// withdrawn tells why a session cannot go on now that its application has some flags; nil when it can. Who did not say what it wants signs in anew for what it may have now.
func (s *session) withdrawn(flags uint64) *closing {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.intents.beyond(flags) == 0:
		return nil
	case s.intents.has(unsaid):
		return &closing{closeUnknown, "this application may receive less now; sign in anew"}
	}
	return &closing{closeDisallowed, "this application may not use these intents any more"}
}

// stillGranted asks whether a session that comes back may still have what it had: it may have been away when that changed.
func (g *Gateway) stillGranted(ctx context.Context, s *session) error {
	if !s.caller.Bot {
		return nil
	}
	application, err := g.Chat.Bots.Application(ctx, s.caller)
	if err != nil {
		return err
	}
	if over := s.withdrawn(application.Bot.Flags); over != nil {
		g.expel(s, over.code, over.reason)
		return over
	}
	return nil
}
