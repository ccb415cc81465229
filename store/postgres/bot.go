package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const botColumns = "user_id, owner_id, description, token_hash, flags, public, verify_key, private_key"

func scanBot(row pgx.CollectableRow) (store.Bot, error) {
	var bot store.Bot
	var userID, ownerID, flags int64
	err := row.Scan(&userID, &ownerID, &bot.Description, &bot.TokenHash, &flags, &bot.Public, &bot.VerifyKey, &bot.PrivateKey)
	bot.UserID, bot.OwnerID, bot.Flags = id.ID(userID), id.ID(ownerID), uint64(flags)
	return bot, err
}

// CreateBot implements store.Bots.
func (s *Store) CreateBot(ctx context.Context, bot store.Bot, user store.User) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := insertUser(ctx, tx, user); err != nil {
			return err
		}
		return execute(ctx, tx, "INSERT INTO bots ("+botColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", int64(bot.UserID), int64(bot.OwnerID), bot.Description, bot.TokenHash,
			int64(bot.Flags), bot.Public, bot.VerifyKey, bot.PrivateKey)
	})
}

// Bot implements store.Bots.
func (s *Store) Bot(ctx context.Context, botID id.ID) (store.Bot, error) {
	return one(ctx, s, "SELECT "+botColumns+" FROM bots WHERE user_id = $1", []any{int64(botID)}, scanBot)
}

// BotsByOwner implements store.Bots.
func (s *Store) BotsByOwner(ctx context.Context, ownerID id.ID) ([]store.Bot, error) {
	return rows(ctx, s, "SELECT "+botColumns+" FROM bots WHERE $1::bigint = 0 OR owner_id = $1 ORDER BY user_id", []any{int64(ownerID)}, scanBot)
}

// UpdateBot implements store.Bots.
func (s *Store) UpdateBot(ctx context.Context, botID id.ID, change func(*store.Bot) error) (bot store.Bot, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if bot, err = locked(ctx, tx, "SELECT "+botColumns+" FROM bots WHERE user_id = $1 FOR UPDATE", []any{int64(botID)}, scanBot); err != nil {
			return err
		}
		if err := change(&bot); err != nil {
			return err
		}
		bot.UserID = botID
		return execute(ctx, tx, "UPDATE bots SET owner_id = $2, description = $3, token_hash = $4, flags = $5, public = $6, verify_key = $7, private_key = $8 WHERE user_id = $1",
			int64(botID), int64(bot.OwnerID), bot.Description, bot.TokenHash, int64(bot.Flags), bot.Public, bot.VerifyKey, bot.PrivateKey)
	})
	if err != nil {
		return store.Bot{}, err
	}
	return bot, nil
}
