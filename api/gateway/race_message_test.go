package gateway

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

func content(text string) chat.MessageEdit { return chat.MessageEdit{Content: &text} }

func TestTwoAtOnceWithAMessage(t *testing.T) { compete(t, messageContests) }

var messageContests = []contest{
	{name: "edited and deleted", prepare: func(w *arena) race {
		messageID := w.says(w.bob, "before")
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				_, err := n.Messages.Update(w.Context(), w.bob, w.guild.General, messageID, content("after"))
				return err
			},
			func(n *chat.Chat) error { return n.Messages.Delete(w.Context(), w.alice, w.guild.General, messageID) },
		}, func(errs []error) {
			w.may("editing", errs[0], chat.UnknownMessage)
			w.may("deleting", errs[1])
			_, err := w.Store.Message(w.Context(), w.guild.General, messageID)
			w.gone("the message", err)
		}}
	}},
	{name: "edited by two devices", prepare: func(w *arena) race {
		messageID := w.says(w.bob, "before")
		edit := func(text string) func(n *chat.Chat) error {
			return func(n *chat.Chat) error {
				_, err := n.Messages.Update(w.Context(), w.bob, w.guild.General, messageID, content(text))
				return err
			}
		}
		return race{[]func(*chat.Chat) error{edit("one"), edit("two")}, func(errs []error) {
			w.won(2, errs)
			kept, err := w.Store.Message(w.Context(), w.guild.General, messageID)
			w.must(err)
			if kept.Content != "one" && kept.Content != "two" {
				w.Errorf("it says %q", kept.Content)
			}
		}}
	}},
	{name: "deleted with others and edited", prepare: func(w *arena) race {
		one, two := w.says(w.bob, "one"), w.says(w.cid, "two")
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				return n.Messages.DeleteMany(w.Context(), w.alice, w.guild.General, []id.ID{one, two})
			},
			func(n *chat.Chat) error {
				_, err := n.Messages.Update(w.Context(), w.bob, w.guild.General, one, content("after"))
				return err
			},
			func(n *chat.Chat) error { return n.Messages.Delete(w.Context(), w.cid, w.guild.General, two) },
		}, func(errs []error) {
			w.may("deleting both", errs[0])
			w.may("editing", errs[1], chat.UnknownMessage)
			w.may("deleting one's own", errs[2], chat.UnknownMessage)
			for _, messageID := range []id.ID{one, two} {
				_, err := w.Store.Message(w.Context(), w.guild.General, messageID)
				w.gone("a message", err)
			}
		}}
	}},
	{name: "deleted, reacted to, pinned and answered", prepare: func(w *arena) race {
		messageID := w.says(w.bob, "before")
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Messages.Delete(w.Context(), w.alice, w.guild.General, messageID) },
			func(n *chat.Chat) error {
				return n.Messages.React(w.Context(), w.bob, w.guild.General, messageID, store.Emoji{Name: "👍"})
			},
			func(n *chat.Chat) error { return n.Messages.Pin(w.Context(), w.cid, w.guild.General, messageID) },
			func(n *chat.Chat) error {
				_, err := n.Messages.Create(w.Context(), w.cid, w.guild.General, chat.MessageDraft{Content: "yes", Reference: &chat.ReferenceDraft{MessageID: messageID}})
				return err
			},
		}, func(errs []error) {
			w.may("deleting", errs[0])
			w.may("reacting", errs[1], chat.UnknownMessage)
			w.may("pinning", errs[2], chat.UnknownMessage)
			w.may("answering", errs[3])
			pins, _, err := w.Messages.Pins(w.Context(), w.alice, w.guild.General, time.Time{}, 50)
			if err != nil || len(pins) > 0 {
				w.Errorf("%d are pinned (%v)", len(pins), err)
			}
		}}
	}},
	{name: "sent again and again with one nonce", prepare: func(w *arena) race {
		answers := make(chan id.ID, 8)
		send := func(n *chat.Chat) error {
			posted, err := n.Messages.Create(w.Context(), w.bob, w.guild.General, chat.MessageDraft{Content: "once", Nonce: "n1", EnforceNonce: true})
			answers <- posted.Message.ID
			return err
		}
		return race{slices.Repeat([]func(*chat.Chat) error{send}, 8), func(errs []error) {
			w.won(8, errs)
			first := <-answers
			for range 7 {
				if again := <-answers; again != first {
					w.Errorf("answered were %d and %d", first, again)
				}
			}
			kept, err := w.Store.ListMessages(w.Context(), w.guild.General, store.MessagePage{Limit: 10})
			if err != nil || len(kept) != 1 {
				w.Errorf("%d messages are kept (%v)", len(kept), err)
			}
		}}
	}},
	{name: "the last of twenty reactions", prepare: func(w *arena) race {
		messageID := w.says(w.bob, "react!")
		kind := func(i int) store.Emoji { return store.Emoji{Name: string(rune(0x1F600 + i))} }
		for i := range 19 {
			w.must(w.Messages.React(w.Context(), w.alice, w.guild.General, messageID, kind(i)))
		}
		var acts []func(*chat.Chat) error
		for i, caller := range []chat.Caller{w.alice, w.bob, w.cid, w.bob} {
			acts = append(acts, func(n *chat.Chat) error {
				return n.Messages.React(w.Context(), caller, w.guild.General, messageID, kind(19+i))
			})
		}
		return race{acts, func(errs []error) { w.won(1, errs, chat.MaxReactions) }}
	}},
	{name: "the last of 250 pins", rounds: 1, prepare: func(w *arena) race {
		stored := make([]id.ID, 253)
		for i := range stored {
			stored[i] = w.says(w.bob, "pin me")
		}
		for i := range 249 {
			_, _, err := w.Store.SetPinned(w.Context(), w.guild.General, stored[i], w.Clock.Now(), 250)
			w.must(err)
		}
		var acts []func(*chat.Chat) error
		for _, one := range stored[249:] {
			acts = append(acts, func(n *chat.Chat) error { return n.Messages.Pin(w.Context(), w.alice, w.guild.General, one) })
		}
		return race{acts, func(errs []error) { w.won(1, errs, chat.MaxPins) }}
	}},
	{name: "a poll is voted in and ended", prepare: func(w *arena) race {
		poll, err := w.Messages.Create(w.Context(), w.bob, w.guild.General, chat.MessageDraft{Poll: &chat.PollDraft{Question: "q", Answers: []store.PollAnswer{{Text: "a"}, {Text: "b"}}}})
		w.must(err)
		messageID := poll.Message.ID
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				return n.Messages.Vote(w.Context(), w.alice, w.guild.General, messageID, []int{1})
			},
			func(n *chat.Chat) error {
				return n.Messages.Vote(w.Context(), w.cid, w.guild.General, messageID, []int{2})
			},
			func(n *chat.Chat) error {
				_, err := n.Messages.EndPoll(w.Context(), w.bob, w.guild.General, messageID)
				return err
			},
		}, func(errs []error) {
			w.may("voting", errs[0], chat.PollEnded)
			w.may("voting", errs[1], chat.PollEnded)
			w.may("ending", errs[2])
			voted := map[int]int{}
			for i, err := range errs[:2] {
				if err == nil {
					voted[i+1] = 1
				}
			}
			for answer := 1; answer <= 2; answer++ {
				voters, err := w.Store.PollVoters(w.Context(), w.guild.General, messageID, answer, 0, 10)
				if err != nil || len(voters) != voted[answer] {
					w.Errorf("for %d voted %v (%v), answered was %v", answer, voters, err, errs)
				}
			}
		}}
	}},
	{name: "an upload is completed twice and posted twice", prepare: func(w *arena) race {
		slots, err := w.Files.Reserve(w.Context(), w.bob, w.guild.General, []chat.SlotDraft{{Filename: "a.txt", Size: 5}})
		w.must(err)
		send := func(n *chat.Chat) error {
			state, _, err := n.Files.ReceivePart(w.Context(), slots[0].UploadID, slots[0].Token, 0, strings.NewReader("words"))
			if err == nil && !state.Whole {
				return fmt.Errorf("it is not whole: %+v", state)
			}
			return err
		}
		w.watch()
		first := w.together([]func(*chat.Chat) error{send, send})
		w.won(2, first)
		post := func(n *chat.Chat) error {
			_, err := n.Messages.Create(w.Context(), w.bob, w.guild.General, chat.MessageDraft{Attachments: []chat.AttachmentDraft{{Path: "attachments.0", ID: slots[0].UploadID}}})
			return err
		}
		return race{[]func(*chat.Chat) error{post, post, send}, func(errs []error) {
			w.won(1, errs[:2], chat.UnknownFile, chat.Invalid)
			w.may("sending again", errs[2], chat.UnknownFile)
			used, err := w.Store.UserBytes(w.Context(), w.bob.UserID)
			if err != nil || used != 5 {
				w.Errorf("it counts for %d bytes (%v)", used, err)
			}
		}}
	}},
	{name: "a thread is made twice of one message", prepare: func(w *arena) race {
		messageID := w.says(w.bob, "let us talk about it")
		var acts []func(*chat.Chat) error
		for _, caller := range []chat.Caller{w.bob, w.cid} {
			acts = append(acts, func(n *chat.Chat) error {
				_, err := n.Threads.StartFromMessage(w.Context(), caller, w.guild.General, messageID, chat.ThreadDraft{Name: "it"})
				return err
			})
		}
		return race{acts, func(errs []error) { w.won(1, errs, chat.ThreadExists) }}
	}},
	{name: "a thread is made of a message that is deleted", prepare: func(w *arena) race {
		messageID := w.says(w.bob, "let us talk about it")
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				_, err := n.Threads.StartFromMessage(w.Context(), w.cid, w.guild.General, messageID, chat.ThreadDraft{Name: "it"})
				return err
			},
			func(n *chat.Chat) error { return n.Messages.Delete(w.Context(), w.bob, w.guild.General, messageID) },
		}, func(errs []error) {
			w.may("starting", errs[0], chat.UnknownMessage, chat.UnknownChannel)
			w.may("deleting", errs[1])
		}}
	}},
	{name: "a thread is archived while it is written in", prepare: func(w *arena) race { return w.closing(false) }},
	{name: "a thread is locked and archived while it is written in", prepare: func(w *arena) race { return w.closing(true) }},
	{name: "a thread is deleted while it is written in and joined", prepare: func(w *arena) race {
		thread, err := w.Threads.StartFromMessage(w.Context(), w.bob, w.guild.General, w.says(w.bob, "start"), chat.ThreadDraft{Name: "it"})
		w.must(err)
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { _, err := n.Threads.Delete(w.Context(), w.alice, thread.ID); return err },
			func(n *chat.Chat) error {
				_, err := n.Messages.Create(w.Context(), w.bob, thread.ID, chat.MessageDraft{Content: "x"})
				return err
			},
			func(n *chat.Chat) error { return n.Threads.Join(w.Context(), w.cid, thread.ID) },
		}, func(errs []error) {
			w.may("deleting", errs[0])
			w.may("writing", errs[1], chat.UnknownChannel)
			w.may("joining", errs[2], chat.UnknownChannel)
		}}
	}},
}

// closing is a thread that alice archives, and perhaps locks, while bob writes in it.
func (w *arena) closing(lock bool) race {
	thread, err := w.Threads.StartFromMessage(w.Context(), w.bob, w.guild.General, w.says(w.bob, "start"), chat.ThreadDraft{Name: "it"})
	w.must(err)
	archived := true
	edit := chat.ChannelEdit{Archived: &archived}
	if lock {
		edit.Locked = &archived
	}
	return race{[]func(*chat.Chat) error{
		func(n *chat.Chat) error {
			_, err := n.Threads.Update(w.Context(), w.alice, thread.ID, edit)
			return err
		},
		func(n *chat.Chat) error {
			_, err := n.Messages.Create(w.Context(), w.bob, thread.ID, chat.MessageDraft{Content: "x"})
			return err
		},
	}, func(errs []error) {
		w.may("archiving", errs[0])
		kept, err := w.Store.Channel(w.Context(), thread.ID)
		w.must(err)
		if lock {
			w.may("writing", errs[1], chat.ThreadLocked)
			if !kept.Thread.Locked || !kept.Thread.Archived {
				w.Errorf("it is open: %+v", kept.Thread)
			}
		} else {
			w.may("writing", errs[1])
		}
	}}
}
