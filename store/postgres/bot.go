package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const botColumns = "user_id, owner_id, description, token_hash, flags, public, verify_key, private_key, cover, tags, terms_url, privacy_url, custom_install_url, interactions_url, redirect_uris, install_params"

func scanBot(row pgx.CollectableRow) (store.Bot, error) {
	var bot store.Bot
	var userID, ownerID, flags int64
	err := row.Scan(&userID, &ownerID, &bot.Description, &bot.TokenHash, &flags, &bot.Public, &bot.VerifyKey, &bot.PrivateKey, &bot.Cover, &bot.Tags, &bot.TermsURL, &bot.PrivacyURL, &bot.CustomInstallURL,
		&bot.InteractionsURL, &bot.RedirectURIs, &bot.Install)
	bot.UserID, bot.OwnerID, bot.Flags = id.ID(userID), id.ID(ownerID), uint64(flags)
	return bot, err
}

// botValues gives a bot as it is kept, with lists that have nothing in them as NULL.
func botValues(bot store.Bot) []any {
	orNull := func(texts []string) []string {
		if len(texts) == 0 {
			return nil
		}
		return texts
	}
	return []any{int64(bot.UserID), int64(bot.OwnerID), bot.Description, bot.TokenHash, int64(bot.Flags), bot.Public, bot.VerifyKey, bot.PrivateKey, bot.Cover, orNull(bot.Tags), bot.TermsURL, bot.PrivacyURL,
		bot.CustomInstallURL, bot.InteractionsURL, orNull(bot.RedirectURIs), bot.Install}
}

// CreateBot implements store.Bots.
func (s *Store) CreateBot(ctx context.Context, bot store.Bot, user store.User) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := insertUser(ctx, tx, user); err != nil {
			return err
		}
		if err := hang(ctx, tx, bot.UserID, 0, shown{"cover": {nil, &bot.Cover}}); err != nil {
			return err
		}
		return execute(ctx, tx, "INSERT INTO bots ("+botColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)", botValues(bot)...)
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
		before := bot.Cover
		if err := change(&bot); err != nil {
			return err
		}
		bot.UserID = botID
		if err := hang(ctx, tx, botID, 0, shown{"cover": {before, &bot.Cover}}); err != nil {
			return err
		}
		if err := execute(ctx, tx, `UPDATE bots SET owner_id = $2, description = $3, token_hash = $4, flags = $5, public = $6, verify_key = $7, private_key = $8, cover = $9, tags = $10, terms_url = $11, privacy_url = $12,
			custom_install_url = $13, interactions_url = $14, redirect_uris = $15, install_params = $16 WHERE user_id = $1`, botValues(bot)...); err != nil {
			return err
		}
		// change may have kept what it was given.
		bot, err = locked(ctx, tx, "SELECT "+botColumns+" FROM bots WHERE user_id = $1", []any{int64(botID)}, scanBot)
		return err
	})
	if err != nil {
		return store.Bot{}, err
	}
	return bot, nil
}
