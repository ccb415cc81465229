package cli_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"guildhall/cli/clitest"
)

// message is as much of a message as these tests look at.
type message struct {
	ID      string
	Content string
	Nonce   string
}

// allMessages reads a channel's whole history, oldest first.
func allMessages(t *testing.T, hall *clitest.Hall, authorization, channelID string) []message {
	t.Helper()
	var all []message
	before := ""
	for {
		var page []message
		status, err := hall.Call(http.MethodGet, "/channels/"+channelID+"/messages?limit=100"+before, authorization, nil, &page)
		if err != nil || status != http.StatusOK {
			t.Fatalf("read the history: status %d, %v", status, err)
		}
		if len(page) == 0 {
			slices.Reverse(all)
			return all
		}
		all = append(all, page...)
		before = "&before=" + page[len(page)-1].ID
	}
}

func TestEveryAnsweredPostIsThereOnceAfterKillMinus9(t *testing.T) {
	hall := clitest.Start(t, "--rate-limits", "off")
	community := hall.NewCommunity()
	path := "/channels/" + community.TextChannelID + "/messages"
	bot := "Bot " + community.BotToken

	const clients, rounds = 16, 3
	answered := make(map[string]bool)
	for round := range rounds {
		var mu sync.Mutex
		var posting sync.WaitGroup
		enough := make(chan struct{})
		count := 0
		for client := range clients {
			posting.Go(func() {
				for i := 0; ; i++ {
					content := fmt.Sprintf("round %d, client %d, message %d", round, client, i)
					var got message
					status, err := hall.Call(http.MethodPost, path, bot, map[string]any{"content": content, "nonce": fmt.Sprintf("%d-%d-%d", round, client, i)}, &got)
					if err != nil {
						return // the hall was killed under this request
					}
					if status != http.StatusOK || got.Content != content {
						t.Errorf("posting %q: status %d, %+v", content, status, got)
						return
					}
					mu.Lock()
					answered[content] = true
					if count++; count == 40*clients {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		<-enough
		hall.Kill()
		posting.Wait()
		hall.Run()
	}

	times := make(map[string]int)
	for _, message := range allMessages(t, hall, bot, community.TextChannelID) {
		times[message.Content]++
	}
	for content := range answered {
		if times[content] != 1 {
			t.Errorf("%q was answered and is there %d times", content, times[content])
		}
	}
	if len(answered) < 40*clients*rounds {
		t.Fatalf("only %d posts were answered", len(answered))
	}
}
