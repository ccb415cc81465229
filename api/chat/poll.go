package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of polls, as upstream.
const (
	maxQuestion      = 300
	maxAnswer        = 55
	maxAnswers       = 10
	maxPollHours     = 768
	defaultPollHours = 24
	defaultVoters    = 25
	maxVoters        = 100
)

// PollDraft is a poll to be posted with a message.
type PollDraft struct {
	// Question has 1 to 300 characters.
	Question string
	// Answers are 1 to 10, each with a text of 1 to 55 characters, and perhaps an emoji. They are numbered from 1 on.
	Answers []store.PollAnswer
	// Hours is how long it is open, 1 to 768; zero means 24.
	Hours       int
	Multiselect bool
}

// check cleans and validates the draft, and makes the poll of it.
func (d *PollDraft) check(held perm.Set, now time.Time) (*store.Poll, error) {
	if d == nil {
		return nil, nil
	}
	if err := need(held, perm.SendPolls); err != nil {
		return nil, err
	}
	var wrong fieldErrors
	hours := cmp.Or(d.Hours, defaultPollHours)
	wrong.number("poll.duration", hours, 1, maxPollHours)
	poll := &store.Poll{Question: wrong.name("poll.question.text", d.Question, 1, maxQuestion), ExpiresAt: now.UTC().Truncate(time.Millisecond).Add(time.Duration(hours) * time.Hour), Multiselect: d.Multiselect}
	if len(d.Answers) < 1 || len(d.Answers) > maxAnswers {
		wrong.length("poll.answers", 1, maxAnswers)
	}
	for i, answer := range d.Answers[:min(len(d.Answers), maxAnswers)] {
		path := pollMedia(i)
		answer.ID, answer.Text = i+1, wrong.name(path+"text", answer.Text, 1, maxAnswer)
		if answer.Emoji != (store.Emoji{}) && answer.Emoji.ID == 0 && checkUnicode(answer.Emoji) != nil {
			wrong.add(path+"emoji", "UNKNOWN_EMOJI", "This is not an emoji.")
		}
		poll.Answers = append(poll.Answers, answer)
	}
	return poll, wrong.err()
}

// pollMedia is where an answer is in the body of a message.
func pollMedia(answer int) string { return "poll.answers." + strconv.Itoa(answer) + ".poll_media." }

// Vote makes answers those that the caller chooses in a poll, in place of earlier ones; none takes the vote away. Who may read the poll may vote, people alone.
func (m *Messages) Vote(ctx context.Context, caller Caller, channelID, messageID id.ID, answers []int) error {
	if caller.Bot {
		return fail(BotsBarred)
	}
	a, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if err := need(held, perm.ReadMessageHistory); err != nil {
		return err
	}
	if a.member == nil {
		return &Error{Kind: MissingPermission, Message: "The command line does not vote."}
	}
	if err := a.awake(held); err != nil {
		return err
	}
	answers = slices.Compact(slices.Sorted(slices.Values(answers)))
	return m.operate(ctx, channelID, messageID, func(ctx context.Context, message store.Message) error {
		poll := message.Poll
		if poll == nil {
			return fail(NoPoll)
		}
		if poll.Ended || !m.Now().Before(poll.ExpiresAt) {
			return fail(PollEnded)
		}
		if len(answers) > 1 && !poll.Multiselect {
			return invalid("answer_ids", "BASE_TYPE_MAX_LENGTH", "This poll takes one answer only.")
		}
		added, removed, err := m.Store.SetPollVotes(ctx, channelID, messageID, caller.UserID, answers)
		switch {
		case errors.Is(err, store.ErrSpent):
			return fail(PollEnded)
		case errors.Is(err, store.ErrNotFound):
			return invalid("answer_ids", "BASE_TYPE_CHOICES", "There is no such answer.")
		case err != nil:
			return internal("voting", err)
		}
		for _, change := range []struct {
			answers []int
			added   bool
		}{{removed, false}, {added, true}} {
			for _, answer := range change.answers {
				m.tell(ctx, event.PollVoted{GuildID: channel.GuildID, ChannelID: channelID, MessageID: messageID, UserID: caller.UserID, AnswerID: answer, Added: change.added})
			}
		}
		return nil
	})
}

// PollVoters gives who chose an answer of a poll, by ascending id, after one of them; it needs READ_MESSAGE_HISTORY. limit is 1 to 100, zero means 25.
func (m *Messages) PollVoters(ctx context.Context, caller Caller, channelID, messageID id.ID, answer int, after id.ID, limit int) ([]store.User, error) {
	limit = cmp.Or(limit, defaultVoters)
	if limit < 1 || limit > maxVoters {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxVoters)
	}
	if _, err := m.readable(ctx, caller, channelID); err != nil {
		return nil, err
	}
	message, err := m.read(ctx, channelID, messageID)
	if err != nil {
		return nil, err
	}
	if message.Poll == nil || !slices.ContainsFunc(message.Poll.Answers, func(one store.PollAnswer) bool { return one.ID == answer }) {
		return nil, fail(NoPoll)
	}
	voters, err := m.Store.PollVoters(ctx, channelID, messageID, answer, after, limit)
	if err != nil {
		return nil, internal("listing voters", err)
	}
	users, err := m.users.lookupAll(ctx, voters)
	if err != nil {
		return nil, internal("reading voters", err)
	}
	return usersAmong(users, voters), nil
}

// PollResults gives the results of the polls among some messages of a channel, as the caller sees them.
func (m *Messages) PollResults(ctx context.Context, caller Caller, channelID id.ID, messages ...event.MessageCreated) (map[id.ID][]store.PollResult, error) {
	var messageIDs []id.ID
	for i := range messages {
		if messages[i].Message.Poll != nil {
			messageIDs = append(messageIDs, messages[i].Message.ID)
		}
	}
	if messageIDs == nil {
		return nil, nil
	}
	results, err := m.Store.PollResults(ctx, channelID, messageIDs, caller.UserID)
	if err != nil {
		return nil, internal("counting votes", err)
	}
	return results, nil
}

// EndPoll ends the caller's own poll before its time.
func (m *Messages) EndPoll(ctx context.Context, caller Caller, channelID, messageID id.ID) (event.MessageCreated, error) {
	channel, err := m.readable(ctx, caller, channelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	message, err := m.read(ctx, channelID, messageID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if message.Poll == nil {
		return event.MessageCreated{}, fail(NoPoll)
	}
	if message.AuthorID != caller.UserID {
		return event.MessageCreated{}, fail(NotAuthor)
	}
	ended, err := m.endPoll(ctx, channel, messageID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if ended == nil {
		return event.MessageCreated{}, fail(PollEnded)
	}
	return *ended, nil
}

// endPoll ends a poll, tells its result in the channel, and gives its message; nil when it had ended before.
func (m *Messages) endPoll(ctx context.Context, channel *store.Channel, messageID id.ID) (ended *event.MessageCreated, err error) {
	err = m.operate(ctx, channel.ID, messageID, func(ctx context.Context, _ store.Message) error {
		message, first, err := m.Store.EndPoll(ctx, channel.ID, messageID)
		if errors.Is(err, store.ErrNotFound) {
			return fail(NoPoll)
		}
		if err != nil {
			return internal("ending a poll", err)
		}
		if !first {
			return nil
		}
		results, err := m.Store.PollResults(ctx, channel.ID, []id.ID{messageID}, 0)
		if err != nil {
			return internal("counting votes", err)
		}
		updated, err := m.completeOne(ctx, channel, message)
		if err != nil {
			return err
		}
		if updated.Member, err = m.authorMember(ctx, channel.GuildID, message.AuthorID); err != nil {
			return err
		}
		updated.PollResults = results[messageID]
		m.tell(ctx, event.MessageUpdated(updated))
		ended = &updated
		return m.note(ctx, access{member: updated.Member}, channel, store.Message{Type: store.MessagePollResult, AuthorID: message.AuthorID, Embeds: []store.Embed{pollResult(message.Poll, results[messageID])},
			Reference: &store.MessageReference{MessageID: messageID, ChannelID: channel.ID, GuildID: channel.GuildID}})
	})
	return ended, err
}

// pollResult is the embed of the note that tells how a poll ended (Discord's documentation, "Poll Result Embed Fields").
func pollResult(poll *store.Poll, results []store.PollResult) store.Embed {
	total, most := 0, 0
	var winners []int
	for _, result := range results {
		total += result.Count
		switch {
		case result.Count > most:
			most, winners = result.Count, []int{result.AnswerID}
		case result.Count == most:
			winners = append(winners, result.AnswerID)
		}
	}
	fields := []store.EmbedField{
		{Name: "poll_question_text", Value: poll.Question}, {Name: "victor_answer_votes", Value: strconv.Itoa(most)}, {Name: "total_votes", Value: strconv.Itoa(total)},
	}
	if len(winners) == 1 { // a tie has no winner
		at := slices.IndexFunc(poll.Answers, func(answer store.PollAnswer) bool { return answer.ID == winners[0] })
		fields = append(fields, store.EmbedField{Name: "victor_answer_id", Value: strconv.Itoa(winners[0])}, store.EmbedField{Name: "victor_answer_text", Value: poll.Answers[at].Text})
		if emoji := poll.Answers[at].Emoji; emoji.Name != "" {
			fields = append(fields, store.EmbedField{Name: "victor_answer_emoji_name", Value: emoji.Name})
			if emoji.ID != 0 {
				fields = append(fields, store.EmbedField{Name: "victor_answer_emoji_id", Value: emoji.ID.String()},
					store.EmbedField{Name: "victor_answer_emoji_animated", Value: strings.ToLower(strconv.FormatBool(emoji.Animated))})
			}
		}
	}
	return store.Embed{Fields: fields}
}

// pollsAtOnce is how many polls end in one go.
const pollsAtOnce = 100

// endPolls ends the polls whose time is over.
func (m *Messages) endPolls(ctx context.Context) error {
	for {
		places, err := m.Store.ExpiredPolls(ctx, m.Now(), pollsAtOnce)
		if err != nil {
			return internal("looking for polls that are over", err)
		}
		for _, place := range places {
			channel, err := m.Store.Channel(ctx, place.ChannelID)
			if err == nil {
				_, err = m.endPoll(ctx, &channel, place.MessageID)
			}
			if err != nil && !errors.Is(err, store.ErrNotFound) && KindOf(err) != UnknownMessage && KindOf(err) != NoPoll {
				return err
			}
		}
		if len(places) < pollsAtOnce {
			return nil
		}
	}
}
