package rest

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
)

// Outgoing tells other machines of something, and hears what they answer (see outside.Exchanger).
type Outgoing interface {
	Exchange(ctx context.Context, address string, header map[string]string, body []byte, most int64) (status int, answer []byte, err error)
}

// maxOutgoingAnswer is how many bytes the answer of an application may have: as a JSON body of the API.
const maxOutgoingAnswer = 1 << 20

// The headers that an application knows the hall by (Discord's documentation, "Interactions: Receiving and Responding").
const (
	signatureHeader = "X-Signature-Ed25519"
	timestampHeader = "X-Signature-Timestamp"
)

// endpoint brings interactions to the addresses of applications.
type endpoint struct {
	api      *api
	outgoing Outgoing
}

// send posts a body, signed with a bot's key. spoil makes the signature one that is not good.
func (e *endpoint) send(ctx context.Context, bot *store.Bot, address string, body []byte, spoil bool) (status int, answer []byte, err error) {
	timestamp := strconv.FormatInt(e.api.Bots.Now().Unix(), 10)
	signature := ed25519.Sign(ed25519.NewKeyFromSeed(bot.PrivateKey), append([]byte(timestamp), body...))
	if spoil {
		signature[0] ^= 0xff
	}
	header := map[string]string{signatureHeader: hex.EncodeToString(signature), timestampHeader: timestamp}
	return e.outgoing.Exchange(ctx, address, header, body, maxOutgoingAnswer)
}

// Verify implements chat.InteractionEndpoint.
func (e *endpoint) Verify(ctx context.Context, bot store.Bot, address string) error {
	refused := func(message string) error {
		return invalid("interactions_endpoint_url", "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID", message)
	}
	if len(bot.PrivateKey) != ed25519.SeedSize {
		return refused("This application has no key to sign with. Make another one.")
	}
	user, err := e.api.Users.Get(ctx, chat.Caller{UserID: bot.UserID, Bot: true}, bot.UserID)
	if err != nil {
		return err
	}
	body, err := json.Marshal(wire.NewPing(e.api.Bots.IDs.Next(), bot.UserID, user))
	if err != nil {
		return err
	}
	status, _, err := e.send(ctx, &bot, address, body, true)
	switch {
	case err != nil:
		return refused("The hall cannot reach this address: " + err.Error() + ".")
	case status != http.StatusUnauthorized:
		return refused("What is at this address must answer 401 to what is not signed with the application's key.")
	}
	status, answer, err := e.send(ctx, &bot, address, body, false)
	var pong struct{ Type int }
	switch {
	case err != nil:
		return refused("The hall cannot reach this address: " + err.Error() + ".")
	case status != http.StatusOK || json.Unmarshal(answer, &pong) != nil || pong.Type != event.InteractionPing:
		return refused(`What is at this address must answer a ping with {"type":1}.`)
	}
	return nil
}

// Deliver implements chat.InteractionEndpoint. An application that answers without an answer in it (202, 204) gives it over the API.
func (e *endpoint) Deliver(ctx context.Context, bot store.Bot, interaction event.InteractionCreated) {
	err := e.deliver(ctx, &bot, interaction)
	if err != nil {
		e.api.log.InfoContext(ctx, "an interaction was not answered by its application's address", "application", bot.UserID, "interaction", interaction.ID, "error", err)
	}
}

func (e *endpoint) deliver(ctx context.Context, bot *store.Bot, interaction event.InteractionCreated) error {
	shown, err := wire.NewInteraction(interaction, e.api.Files.LinksAt(e.api.ownSite()))
	if err != nil {
		return err
	}
	body, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	status, text, err := e.send(ctx, bot, bot.InteractionsURL, body, false)
	if err != nil || status != http.StatusOK {
		return err
	}
	callback, err := route.DecodeAt[wire.InteractionCallback]("", text)
	if err != nil {
		return err
	}
	turn, err := e.api.Interactions.Enter(ctx, interaction.ID, interaction.Token)
	if err != nil {
		return err
	}
	defer turn.Release(ctx)
	answer, err := takeAnswer(&callback, &received{api: e.api})
	if err != nil {
		return err
	}
	_, err = turn.Answer(ctx, answer)
	return err
}

// ownSite is the address by which those reach the hall who did not come by one.
func (a *api) ownSite() string {
	if a.publicURL != nil {
		return "https://" + a.publicURL.Host
	}
	if a.urls != nil {
		if all := a.urls(); len(all) > 0 {
			return all[0]
		}
	}
	return ""
}
