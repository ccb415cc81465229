package storetest

import (
	"bytes"
	"errors"
	"math"

	"guildhall/store"
	"guildhall/store/id"
)

// interaction is one with all that it can have.
func (f *fixture) interaction() store.Interaction {
	origin := store.InteractionOrigin{ID: math.MaxInt64 - 7, Type: 2, UserID: 8, Name: "play song <now> 🎉", TargetUserID: 9, TargetMessageID: 10, ResponseID: 11, InteractedID: 12}
	return store.Interaction{
		ID: f.id(), ApplicationID: math.MaxInt64 - 1, TokenHash: bytes.Repeat([]byte{0, 255}, 16), GuildID: math.MaxInt64 - 2, ChannelID: math.MaxInt64 - 3, UserID: math.MaxInt64 - 4,
		Origin: store.MessageInteraction{InteractionOrigin: origin, Trigger: &origin}, Type: store.MessageContextMenu, ResponseID: math.MaxInt64 - 5, ResponseHidden: true,
	}
}

// ephemeral is an answer for one person with all that it can have.
func (f *fixture) ephemeral(interactionID id.ID) store.EphemeralMessage {
	message := store.EphemeralMessage{Message: f.fullMessage(store.Channel{ID: 21, GuildID: 22}, f.id()), UserID: math.MaxInt64 - 8, InteractionID: interactionID}
	message.Flags = store.MessageEphemeral | store.MessageLoading
	return message
}

var interactionTests = []test{
	{"what was answered is read as it was stored", func(f *fixture) {
		ctx, one := f.Context(), f.interaction()
		f.ok(f.CreateInteraction(ctx, one))
		got, err := f.Interaction(ctx, one.ID)
		f.ok(err)
		f.equal("the interaction", got, one)
		plain := store.Interaction{ID: f.id()}
		f.ok(f.CreateInteraction(ctx, plain))
		got, err = f.Interaction(ctx, plain.ID)
		f.ok(err)
		f.equal("the plain one", got, plain)
		f.conflict(f.CreateInteraction(ctx, store.Interaction{ID: one.ID}), "id")
		_, err = f.Interaction(ctx, 12345)
		f.is(err, store.ErrNotFound)
		greatest, err := f.GreatestID(ctx)
		f.ok(err)
		f.equal("the greatest id", greatest, plain.ID)
		f.sound("interactions were answered")
	}},
	{"only the response of what was answered changes", func(f *fixture) {
		ctx, one := f.Context(), f.interaction()
		f.ok(f.CreateInteraction(ctx, one))
		wanted := one
		wanted.ResponseID, wanted.ResponseHidden = 77, false
		got, err := f.UpdateInteraction(ctx, one.ID, func(draft *store.Interaction) error {
			*draft = store.Interaction{ID: 1, ResponseID: 77}
			return nil
		})
		f.ok(err)
		f.equal("the result", got, wanted)
		failure := errors.New("no")
		_, err = f.UpdateInteraction(ctx, one.ID, func(draft *store.Interaction) error { draft.ResponseID = 78; return failure })
		f.asItIs(err, failure)
		got, err = f.Interaction(ctx, one.ID)
		f.ok(err)
		f.equal("what is read", got, wanted)
		_, err = f.UpdateInteraction(ctx, 12345, func(*store.Interaction) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"an answer for one person is read, changed and deleted", func(f *fixture) {
		ctx, message := f.Context(), f.ephemeral(5)
		f.ok(f.CreateEphemeralMessage(ctx, message))
		got, err := f.EphemeralMessage(ctx, message.ID)
		f.ok(err)
		f.equal("the message", got, message)
		f.conflict(f.CreateEphemeralMessage(ctx, message), "id")
		wanted := message
		wanted.Content, wanted.Flags, wanted.EditedAt, wanted.Attachments = "done", store.MessageEphemeral, birthday, nil
		got, err = f.UpdateEphemeralMessage(ctx, message.ID, func(draft *store.EphemeralMessage) error {
			draft.Content, draft.Flags, draft.EditedAt, draft.Attachments = "done", store.MessageEphemeral, birthday, nil
			draft.UserID, draft.InteractionID, draft.ID, draft.ChannelID, draft.GuildID, draft.AuthorID, draft.WebhookID, draft.ApplicationID = 1, 1, 1, 1, 1, 1, 1, 1
			return nil
		})
		f.ok(err)
		f.equal("the result", got, wanted)
		failure := errors.New("no")
		_, err = f.UpdateEphemeralMessage(ctx, message.ID, func(draft *store.EphemeralMessage) error { draft.Content = "x"; return failure })
		f.asItIs(err, failure)
		got, err = f.DeleteEphemeralMessage(ctx, message.ID)
		f.ok(err)
		f.equal("what was deleted", got, wanted)
		_, err = f.EphemeralMessage(ctx, message.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.UpdateEphemeralMessage(ctx, message.ID, func(*store.EphemeralMessage) error { return nil })
		f.is(err, store.ErrNotFound)
		_, err = f.DeleteEphemeralMessage(ctx, message.ID)
		f.is(err, store.ErrNotFound)
		greatest, err := f.GreatestID(ctx)
		f.ok(err)
		f.equal("the greatest id", greatest, message.ID)
		f.sound("an answer came and went")
	}},
	{"of two changes of an answer none is lost", func(f *fixture) {
		ctx, message := f.Context(), f.ephemeral(5)
		message.Mentions = nil
		f.ok(f.CreateEphemeralMessage(ctx, message))
		errs := together(writers, func(n int) error {
			_, err := f.UpdateEphemeralMessage(ctx, message.ID, func(draft *store.EphemeralMessage) error {
				draft.Mentions = append(draft.Mentions, id.ID(n+1))
				return nil
			})
			return err
		})
		for _, err := range errs {
			f.ok(err)
		}
		got, err := f.EphemeralMessage(ctx, message.ID)
		f.ok(err)
		f.equal("the changes", len(got.Mentions), writers)
	}},
	{"what is old is forgotten", func(f *fixture) {
		ctx := f.Context()
		old, oldAnswer := f.interaction(), f.ephemeral(5)
		between := f.id()
		young, youngAnswer := f.interaction(), f.ephemeral(6)
		for _, one := range []store.Interaction{old, young} {
			f.ok(f.CreateInteraction(ctx, one))
		}
		for _, one := range []store.EphemeralMessage{oldAnswer, youngAnswer} {
			f.ok(f.CreateEphemeralMessage(ctx, one))
		}
		for _, want := range []int{2, 0} {
			pruned, err := f.PruneInteractions(ctx, between)
			f.ok(err)
			f.equal("pruned", pruned, want)
		}
		_, err := f.Interaction(ctx, old.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.EphemeralMessage(ctx, oldAnswer.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.Interaction(ctx, young.ID)
		f.ok(err)
		_, err = f.EphemeralMessage(ctx, youngAnswer.ID)
		f.ok(err)
		f.sound("old answers were forgotten")
	}},
}
