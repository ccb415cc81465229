package gateway

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/store"
)

func TestVotesAreToldToThoseWhoSeeThePoll(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, robot)
	posted, err := h.Messages.Create(ctx, alice, guild.General, chat.MessageDraft{Poll: &chat.PollDraft{Question: "Which?", Answers: []store.PollAnswer{{Text: "this"}, {Text: "that"}}}})
	if err != nil {
		t.Fatal(err)
	}
	b := h.enter(h.login(bob))
	wants, other := h.enter(token, `"intents":16777216`), h.enter(token, `"intents":512`)
	vote := func(answers ...int) {
		t.Helper()
		if err := h.Messages.Vote(ctx, bob, guild.General, posted.Message.ID, answers); err != nil {
			t.Fatal(err)
		}
	}
	vote(2)
	vote(1)
	for _, device := range []*client{b, wants} {
		for _, name := range []string{"MESSAGE_POLL_VOTE_ADD", "MESSAGE_POLL_VOTE_REMOVE", "MESSAGE_POLL_VOTE_ADD"} {
			if told := string(device.expect(name).Data); !strings.Contains(told, fmt.Sprintf(`"message_id":"%s"`, posted.Message.ID)) || !strings.Contains(told, `"answer_id":`) {
				t.Errorf("%s", told)
			}
		}
	}
	if _, err := h.Messages.EndPoll(ctx, alice, guild.General, posted.Message.ID); err != nil {
		t.Fatal(err)
	}
	for _, device := range []*client{b, other} { // the bot may not read contents, and polls are such
		if updated := string(device.expect("MESSAGE_UPDATE").Data); device == b && !strings.Contains(updated, `"results":{"is_finalized":true,"answer_counts":[{"id":1,"count":1,"me_voted":false}]}`) {
			t.Errorf("%s", updated)
		}
		if note := string(device.expect("MESSAGE_CREATE").Data); !strings.Contains(note, `"type":46`) {
			t.Errorf("%s", note)
		}
	}
}
