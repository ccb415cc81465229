package pebble

import (
	"context"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

type botRecord struct {
	OwnerID     id.ID  `cbor:"1,keyasint,omitempty"`
	Description string `cbor:"2,keyasint,omitempty"`
	TokenHash   []byte `cbor:"3,keyasint,omitempty"`
	Flags       uint64 `cbor:"4,keyasint,omitempty"`
	Public      bool   `cbor:"5,keyasint,omitempty"`
	VerifyKey   []byte `cbor:"6,keyasint,omitempty"`
	PrivateKey  []byte `cbor:"7,keyasint,omitempty"`

	Cover           *pictureRecord `cbor:"8,keyasint,omitempty"`
	Tags            []string       `cbor:"9,keyasint,omitempty"`
	TermsURL        string         `cbor:"10,keyasint,omitempty"`
	PrivacyURL      string         `cbor:"11,keyasint,omitempty"`
	InstallURL      string         `cbor:"12,keyasint,omitempty"`
	InteractionsURL string         `cbor:"13,keyasint,omitempty"`
	RedirectURIs    []string       `cbor:"14,keyasint,omitempty"`
	Install         *installParams `cbor:"15,keyasint,omitempty"`
}

type installParams struct {
	Scopes      []string `cbor:"1,keyasint,omitempty"`
	Permissions uint64   `cbor:"2,keyasint,omitempty"`
}

func newBotRecord(bot store.Bot) botRecord {
	return botRecord{
		OwnerID: bot.OwnerID, Description: bot.Description, TokenHash: slices.Clone(bot.TokenHash), Flags: bot.Flags, Public: bot.Public,
		VerifyKey: slices.Clone(bot.VerifyKey), PrivateKey: slices.Clone(bot.PrivateKey),
		Cover: newPictureRecord(bot.Cover), Tags: slices.Clone(bot.Tags), TermsURL: bot.TermsURL, PrivacyURL: bot.PrivacyURL, InstallURL: bot.CustomInstallURL,
		InteractionsURL: bot.InteractionsURL, RedirectURIs: slices.Clone(bot.RedirectURIs), Install: newInstallParams(bot.Install),
	}
}

func newInstallParams(params *store.InstallParams) *installParams {
	if params == nil {
		return nil
	}
	return &installParams{Scopes: slices.Clone(params.Scopes), Permissions: params.Permissions}
}

func (r botRecord) bot(botID id.ID) store.Bot {
	return store.Bot{
		UserID: botID, OwnerID: r.OwnerID, Description: r.Description, TokenHash: r.TokenHash, Flags: r.Flags, Public: r.Public,
		VerifyKey: r.VerifyKey, PrivateKey: r.PrivateKey, Cover: r.Cover.picture(), Tags: r.Tags, TermsURL: r.TermsURL, PrivacyURL: r.PrivacyURL, CustomInstallURL: r.InstallURL,
		InteractionsURL: r.InteractionsURL, RedirectURIs: r.RedirectURIs, Install: (*store.InstallParams)(r.Install),
	}
}

// CreateBot stores a bot with its account.
func (s *Store) CreateBot(ctx context.Context, bot store.Bot, user store.User) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindUser.key(bot.OwnerID)); err != nil {
			return err
		}
		user.ID, user.Bot = bot.UserID, true
		if err := tx.createUser(user); err != nil {
			return err
		}
		if err := tx.hang(nil, &bot.Cover); err != nil {
			return err
		}
		tx.set(kindOwnerBot.key(bot.OwnerID, bot.UserID), nil)
		return tx.put(kindBot.key(bot.UserID), newBotRecord(bot))
	})
}

// Bot reads a bot.
func (s *Store) Bot(ctx context.Context, botID id.ID) (store.Bot, error) {
	if err := s.enter(ctx); err != nil {
		return store.Bot{}, err
	}
	defer s.leave()
	record, err := get[botRecord](s.db, kindBot.key(botID))
	return record.bot(botID), err
}

// BotsByOwner gives a person's bots, or all.
func (s *Store) BotsByOwner(ctx context.Context, ownerID id.ID) ([]store.Bot, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	if ownerID == 0 {
		return list(s.db, kindBot.key(), func(botID id.ID, record botRecord) store.Bot { return record.bot(botID) })
	}
	snapshot := s.db.NewSnapshot()
	defer func() { _ = snapshot.Close() }()
	botIDs, err := lastIDs(snapshot, kindOwnerBot.key(ownerID))
	if err != nil {
		return nil, err
	}
	bots := make([]store.Bot, 0, len(botIDs))
	for _, botID := range botIDs {
		record, err := get[botRecord](snapshot, kindBot.key(botID))
		if err != nil {
			return nil, err
		}
		bots = append(bots, record.bot(botID))
	}
	return bots, nil
}

// UpdateBot applies change to a bot.
func (s *Store) UpdateBot(ctx context.Context, botID id.ID, change func(*store.Bot) error) (store.Bot, error) {
	var record botRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		old, err := get[botRecord](tx.db, kindBot.key(botID))
		if err != nil {
			return err
		}
		bot := old.bot(botID)
		if err := change(&bot); err != nil {
			return err
		}
		if bot.OwnerID != old.OwnerID {
			if err := need(tx.db, kindUser.key(bot.OwnerID)); err != nil {
				return err
			}
			tx.delete(kindOwnerBot.key(old.OwnerID, botID))
			tx.set(kindOwnerBot.key(bot.OwnerID, botID), nil)
		}
		if err := tx.hang(old.Cover, &bot.Cover); err != nil {
			return err
		}
		record = newBotRecord(bot)
		return tx.put(kindBot.key(botID), record)
	})
	return record.bot(botID), err
}
