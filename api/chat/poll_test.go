package chat_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// pollDraft is a poll of three answers.
func pollDraft(multiselect bool) chat.MessageDraft {
	return chat.MessageDraft{Poll: &chat.PollDraft{Question: " Which one? ", Multiselect: multiselect, Answers: []store.PollAnswer{{Text: "this"}, {Text: "that", Emoji: store.Emoji{Name: "👍"}}, {Text: "both"}}}}
}

func TestAPollIsVotedInAndEnds(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, carol := guild.Member("bob"), guild.Member("carol")
	posted, err := hall.Messages.Create(t.Context(), guild.Owner, guild.General, pollDraft(true))
	if err != nil || posted.Message.Poll.Question != "Which one?" || posted.Message.Poll.Answers[2].ID != 3 || !posted.Message.Poll.ExpiresAt.Equal(hall.Clock.Now().Add(24*time.Hour)) {
		t.Fatal(posted.Message.Poll, err)
	}
	pollID := posted.Message.ID
	watch := hall.Watch("guild.*")
	vote := func(by chat.Caller, answers ...int) {
		t.Helper()
		if err := hall.Messages.Vote(t.Context(), by, guild.General, pollID, answers); err != nil {
			t.Fatal(err)
		}
	}
	vote(bob, 2, 1, 2)
	for _, answer := range []int{1, 2} {
		if voted := chattest.Next[event.PollVoted](watch); !voted.Added || voted.AnswerID != answer || voted.UserID != bob.UserID {
			t.Errorf("told is %+v", voted)
		}
	}
	vote(bob, 2)
	if voted := chattest.Next[event.PollVoted](watch); voted.Added || voted.AnswerID != 1 {
		t.Errorf("told is %+v", voted)
	}
	vote(carol, 2)
	results, err := hall.Messages.PollResults(t.Context(), carol, guild.General, posted)
	if err != nil || !slices.Equal(results[pollID], []store.PollResult{{AnswerID: 2, Count: 2, Me: true}}) {
		t.Errorf("%+v, %v", results, err)
	}
	voters, err := hall.Messages.PollVoters(t.Context(), carol, guild.General, pollID, 2, 0, 0)
	if err != nil || len(voters) != 2 || voters[0].ID != bob.UserID {
		t.Errorf("%+v, %v", voters, err)
	}
	_, err = hall.Messages.EndPoll(t.Context(), bob, guild.General, pollID)
	expectKind(t, err, chat.NotAuthor)
	ended, err := hall.Messages.EndPoll(t.Context(), guild.Owner, guild.General, pollID)
	if err != nil || !ended.Message.Poll.Ended || len(ended.PollResults) != 1 {
		t.Errorf("%+v, %v", ended, err)
	}
	chattest.Next[event.MessageUpdated](watch)
	note := chattest.Next[event.MessageCreated](watch).Message
	if note.Type != store.MessagePollResult || note.AuthorID != guild.Owner.UserID || note.Reference.MessageID != pollID {
		t.Errorf("the note is %+v", note)
	}
	var said []string
	for _, field := range note.Embeds[0].Fields {
		said = append(said, field.Name+"="+field.Value)
	}
	if text := strings.Join(said, " "); text != "poll_question_text=Which one? victor_answer_votes=2 total_votes=2 victor_answer_id=2 victor_answer_text=that victor_answer_emoji_name=👍" {
		t.Errorf("the note says %s", text)
	}
	expectKind(t, hall.Messages.Vote(t.Context(), bob, guild.General, pollID, []int{1}), chat.PollEnded)
	_, err = hall.Messages.EndPoll(t.Context(), guild.Owner, guild.General, pollID)
	expectKind(t, err, chat.PollEnded)
	content := "changed"
	_, err = hall.Messages.Update(t.Context(), guild.Owner, guild.General, pollID, chat.MessageEdit{Content: &content})
	expectKind(t, err, chat.PollFixed)
	_, err = hall.Messages.Create(t.Context(), guild.Owner, guild.General, chat.MessageDraft{Reference: &chat.ReferenceDraft{Forward: true, ChannelID: guild.General, MessageID: pollID}})
	expectKind(t, err, chat.PollFixed)
}

func TestVotesThatAreRefused(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, timedOut, stranger, bot := guild.Member("bob"), guild.Member("timedout"), hall.Person("stranger"), hall.Bot("robot", guild.Owner)
	guild.Join(bot)
	posted, err := hall.Messages.Create(t.Context(), guild.Owner, guild.General, pollDraft(false))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := hall.Messages.Create(t.Context(), guild.Owner, guild.General, chat.MessageDraft{Content: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	until := hall.Clock.Now().Add(48 * time.Hour)
	if _, err := hall.Members.Update(t.Context(), guild.Owner, guild.ID, timedOut.UserID, chat.MemberEdit{TimedOutUntil: &until}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by        chat.Caller
		messageID id.ID
		answers   []int
		want      chat.Kind
	}{
		{bob, posted.Message.ID, []int{1, 2}, chat.Invalid}, {bob, posted.Message.ID, []int{4}, chat.Invalid}, {bob, plain.Message.ID, []int{1}, chat.NoPoll}, {bob, 404, []int{1}, chat.UnknownMessage},
		{stranger, posted.Message.ID, []int{1}, chat.UnknownChannel}, {bot, posted.Message.ID, []int{1}, chat.BotsBarred}, {timedOut, posted.Message.ID, []int{1}, chat.MissingPermission},
	} {
		expectKind(t, hall.Messages.Vote(t.Context(), c.by, guild.General, c.messageID, c.answers), c.want)
	}
	hall.Clock.Advance(24 * time.Hour)
	expectKind(t, hall.Messages.Vote(t.Context(), bob, guild.General, posted.Message.ID, []int{1}), chat.PollEnded)
}

func TestPollsThatAreRefused(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	create := func(change func(*chat.PollDraft)) error {
		draft := pollDraft(false)
		change(draft.Poll)
		_, err := hall.Messages.Create(t.Context(), guild.Owner, guild.General, draft)
		return err
	}
	for field, change := range map[string]func(*chat.PollDraft){
		"poll.question.text": func(d *chat.PollDraft) { d.Question = " " }, "poll.duration": func(d *chat.PollDraft) { d.Hours = 769 }, "poll.answers": func(d *chat.PollDraft) { d.Answers = nil },
		"poll.answers.1.poll_media.text": func(d *chat.PollDraft) { d.Answers[1].Text = strings.Repeat("x", 56) }, "poll.answers.0.poll_media.emoji": func(d *chat.PollDraft) { d.Answers[0].Emoji.Name = "x" },
	} {
		expectField(t, create(change), field)
	}
	expectField(t, create(func(d *chat.PollDraft) { d.Answers = make([]store.PollAnswer, 11) }), "poll.answers")
	guild.Everyone(chat.EveryonePermissions &^ perm.SendPolls)
	_, err := hall.Messages.Create(t.Context(), bob, guild.General, pollDraft(false))
	expectKind(t, err, chat.MissingPermission)
}

func TestAPollBetweenTwoEndsByItself(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	talk, err := hall.Directs.Open(t.Context(), bob, guild.Owner.UserID)
	if err != nil {
		t.Fatal(err)
	}
	posted, err := hall.Messages.Create(t.Context(), bob, talk.ID, pollDraft(false))
	if err != nil {
		t.Fatal(err)
	}
	if err := hall.Messages.Vote(t.Context(), guild.Owner, talk.ID, posted.Message.ID, []int{3}); err != nil {
		t.Fatal(err)
	}
	hall.Clock.Advance(24 * time.Hour)
	if err := chat.EndPolls(t.Context(), hall.Messages); err != nil {
		t.Fatal(err)
	}
	messages, err := hall.Messages.List(t.Context(), bob, talk.ID, store.MessagePage{})
	if err != nil || len(messages) != 2 || messages[0].Message.Type != store.MessagePollResult || !messages[1].Message.Poll.Ended {
		t.Errorf("%+v, %v", messages, err)
	}
}
