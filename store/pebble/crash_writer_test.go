package pebble

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"guildhall/store"
	"guildhall/store/id"
)

// crashWriter is one of the writers of a crash test. Its steps write, and record what was acknowledged.
type crashWriter struct {
	*crashWorld
	random  *rand.Rand
	name    string
	count   int
	channel id.ID // its own, made at the first post
	edited  id.ID // a message of its own that it edits again and again
	version int
}

func (w *crashWriter) step() error {
	w.count++
	ctx := context.Background()
	switch w.random.IntN(12) {
	case 0:
		return w.register(ctx)
	case 1:
		return w.found(ctx)
	case 2:
		return w.fillAndDelete(ctx)
	case 3:
		return w.login(ctx)
	case 4, 5:
		return w.edit(ctx)
	case 6:
		return w.repeat(ctx)
	case 7:
		return w.speak(ctx)
	default:
		return w.post(ctx)
	}
}

// unique gives a name that nobody else uses.
func (w *crashWriter) unique() string { return fmt.Sprintf("%s-%d", w.name, w.count) }

// batch makes messages that say how many they are.
func (w *crashWriter) batch(channelID id.ID, size int, nonce string) []store.NewMessage {
	batch := make([]store.NewMessage, size)
	tag := w.unique()
	for i := range batch {
		batch[i].Message = store.Message{ID: w.id(), ChannelID: channelID, GuildID: w.guild, AuthorID: w.owner, Content: fmt.Sprintf("%s of %d", tag, size)}
		if nonce != "" {
			batch[i].Nonce, batch[i].NonceSince = nonce, 1
		}
	}
	return batch
}

func (w *crashWriter) ownChannel(ctx context.Context) error {
	if w.channel != 0 {
		return nil
	}
	channelID := w.id()
	if err := w.store.CreateChannel(ctx, store.Channel{ID: channelID, GuildID: w.guild, Name: w.name}, 500); err != nil {
		return err
	}
	w.channel = channelID
	return nil
}

// post stores one or several messages.
func (w *crashWriter) post(ctx context.Context) error {
	if err := w.ownChannel(ctx); err != nil {
		return err
	}
	channelID := w.channel
	stored, err := w.store.CreateMessages(ctx, channelID, w.batch(channelID, 1+w.random.IntN(4), ""))
	if err != nil {
		return err
	}
	w.acknowledged(func(ctx context.Context, s *Store) error {
		for _, message := range stored {
			if _, err := s.Message(ctx, channelID, message.ID); err != nil {
				return fmt.Errorf("message %d: %w", message.ID, err)
			}
			if where, err := s.MessageChannel(ctx, message.ID); err != nil || where != channelID {
				return fmt.Errorf("message %d is in channel %d: %w", message.ID, where, err)
			}
		}
		greatest, err := s.GreatestID(ctx)
		if err == nil && greatest < stored[len(stored)-1].ID {
			err = fmt.Errorf("the greatest id is %d", greatest)
		}
		return err
	})
	w.edited, w.version = stored[0].ID, 0
	return nil
}

// edit changes a message; later versions take the place of earlier ones.
func (w *crashWriter) edit(ctx context.Context) error {
	if w.edited == 0 {
		return w.post(ctx)
	}
	channelID, messageID, version := w.channel, w.edited, w.version+1
	if _, err := w.store.UpdateMessage(ctx, channelID, messageID, func(m *store.Message) error { m.Flags = store.MessageFlags(version); return nil }); err != nil {
		return err
	}
	w.version = version
	w.acknowledged(func(ctx context.Context, s *Store) error {
		message, err := s.Message(ctx, channelID, messageID)
		if err == nil && message.Flags < store.MessageFlags(version) {
			err = fmt.Errorf("version %d", message.Flags)
		}
		if err != nil {
			return fmt.Errorf("message %d in version %d: %w", messageID, version, err)
		}
		return nil
	})
	return nil
}

// repeat posts a message twice with one nonce, as a client does that got no answer: the answer to the second is as good as one to the first.
func (w *crashWriter) repeat(ctx context.Context) error {
	if err := w.ownChannel(ctx); err != nil {
		return err
	}
	channelID, nonce := w.channel, w.unique()
	first := w.batch(channelID, 1, nonce)
	done := make(chan error, 1)
	go func() {
		_, err := w.store.CreateMessages(ctx, channelID, first)
		done <- err
	}()
	second, err := w.store.CreateMessages(ctx, channelID, w.batch(channelID, 1, nonce))
	if err == nil {
		w.acknowledged(func(ctx context.Context, s *Store) error {
			_, err := s.Message(ctx, channelID, second[0].ID)
			return err
		})
	}
	return errors.Join(err, <-done)
}

// register makes an account and a member by the invite.
func (w *crashWriter) register(ctx context.Context) error {
	user := store.User{ID: w.id(), Username: w.unique(), Email: w.unique() + "@example.org"}
	if _, err := w.store.RegisterUser(ctx, user, w.code, store.Member{Nick: w.code}, birthday); err != nil {
		return err
	}
	guildID := w.guild
	w.acknowledged(func(ctx context.Context, s *Store) error {
		_, err := s.PersonByLogin(ctx, user.Email)
		if err == nil {
			_, err = s.Member(ctx, guildID, user.ID)
		}
		return err
	})
	return nil
}

// found makes a guild, and sometimes deletes it.
func (w *crashWriter) found(ctx context.Context) error {
	guild := store.Guild{ID: w.id(), OwnerID: w.owner, Name: w.unique(), SystemChannelID: w.id()}
	role := store.Role{ID: w.id(), GuildID: guild.ID}
	if err := w.store.CreateGuild(ctx, guild, []store.Role{{ID: guild.ID, GuildID: guild.ID}, role},
		[]store.Channel{{ID: guild.SystemChannelID}, {ID: w.id(), ParentID: guild.SystemChannelID}},
		[]store.Member{{UserID: w.owner, RoleIDs: []id.ID{role.ID}}}); err != nil {
		return err
	}
	if w.random.IntN(2) == 0 {
		w.acknowledged(func(ctx context.Context, s *Store) error {
			_, err := s.Guild(ctx, guild.ID)
			channels, err2 := s.GuildChannels(ctx, guild.ID)
			if len(channels) != 2 {
				err2 = errors.Join(err2, fmt.Errorf("%d channels", len(channels)))
			}
			return errors.Join(err, err2)
		})
		return nil
	}
	if _, err := w.store.CreateMessages(ctx, guild.SystemChannelID, w.batch(guild.SystemChannelID, 3, "")); err != nil {
		return err
	}
	if err := w.store.DeleteGuild(ctx, guild.ID); err != nil {
		return err
	}
	w.acknowledged(func(ctx context.Context, s *Store) error {
		if _, err := s.Guild(ctx, guild.ID); !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("the deleted guild %d: %w", guild.ID, err)
		}
		return nil
	})
	return nil
}

// fillAndDelete makes a channel with messages and deletes it.
func (w *crashWriter) fillAndDelete(ctx context.Context) error {
	channelID := w.id()
	if err := w.store.CreateChannel(ctx, store.Channel{ID: channelID, GuildID: w.guild}, 500); err != nil {
		return err
	}
	batch := w.batch(channelID, 20, "")
	if _, err := w.store.CreateMessages(ctx, channelID, batch); err != nil {
		return err
	}
	if _, err := w.store.DeleteChannel(ctx, channelID); err != nil {
		return err
	}
	w.acknowledged(func(ctx context.Context, s *Store) error {
		messages, err := s.ListMessages(ctx, channelID, store.MessagePage{Limit: 1})
		if err != nil || len(messages) != 0 {
			return fmt.Errorf("a deleted channel has %d messages: %w", len(messages), err)
		}
		if where, err := s.MessageChannel(ctx, batch[0].ID); !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("a deleted message is in channel %d: %w", where, err)
		}
		return nil
	})
	return nil
}

// login makes a session and rotates it.
func (w *crashWriter) login(ctx context.Context) error {
	session := store.LoginSession{ID: w.id(), UserID: w.owner, Secret: []byte(w.unique())}
	if err := w.store.CreateLoginSession(ctx, session); err != nil {
		return err
	}
	if _, err := w.store.UpdateLoginSession(ctx, session.ID, func(s *store.LoginSession) error { s.Generation = 1; return nil }); err != nil {
		return err
	}
	w.acknowledged(func(ctx context.Context, s *Store) error {
		got, err := s.LoginSession(ctx, session.ID)
		if err == nil && got.Generation != 1 {
			err = errors.New("the rotation is lost")
		}
		return err
	})
	return nil
}

// speak records a voice session, which may be lost but not by half.
func (w *crashWriter) speak(ctx context.Context) error {
	if err := w.ownChannel(ctx); err != nil {
		return err
	}
	session := store.VoiceSession{ID: w.id(), GuildID: w.guild, ChannelID: w.channel, UserID: w.owner, StartedAt: birthday}
	if err := w.store.StartVoiceSession(ctx, session); err != nil {
		return err
	}
	if w.random.IntN(2) == 0 {
		return w.store.EndVoiceSession(ctx, session.ID, birthday)
	}
	return nil
}
