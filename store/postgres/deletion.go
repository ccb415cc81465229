package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// DeleteUser implements store.Deletions. The accounts are locked first: whoever gives one of them something at the same time waits, and finds it gone.
func (s *Store) DeleteUser(ctx context.Context, userID id.ID) (deletions []store.Deletion, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		deletions = nil
		accounts, err := lockAccounts(ctx, tx, userID)
		if err != nil {
			return err
		}
		var owns bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM servers WHERE owner_id = ANY($1)) OR EXISTS (SELECT FROM hall WHERE owner_id = ANY($1))", accounts).Scan(&owns); err != nil {
			return err
		}
		if owns {
			return store.ErrOwns
		}
		overwritten := make([][]id.ID, len(accounts))
		for i, account := range accounts {
			var deletion store.Deletion
			if deletion, overwritten[i], err = deleteAccount(ctx, tx, id.ID(account)); err != nil {
				return err
			}
			deletions = append(deletions, deletion)
		}
		// The account last: its bots name it.
		for i := len(accounts) - 1; i >= 0; i-- {
			if err := execute(ctx, tx, "DELETE FROM users WHERE id = $1", accounts[i]); err != nil {
				return err
			}
		}
		// What nobody is left in goes.
		if err := execute(ctx, tx, `DELETE FROM channels WHERE id IN (SELECT channel_id FROM direct_messages WHERE user_id = ANY($1))
			AND NOT EXISTS (SELECT FROM direct_messages JOIN users ON users.id = user_id WHERE channel_id = channels.id)`, accounts); err != nil {
			return err
		}
		for i := range deletions {
			if len(overwritten[i]) > 0 {
				if deletions[i].Channels, err = collect(ctx, tx, channelQuery+"WHERE id = ANY($1) ORDER BY id", []any{integers(overwritten[i])}, scanChannel); err != nil {
					return err
				}
			}
			if deletions[i].Conversations, err = collect(ctx, tx, channelQuery+"WHERE id IN (SELECT channel_id FROM direct_messages WHERE user_id = $1) ORDER BY id", []any{accounts[i]}, scanChannel); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return deletions, nil
}

// lockAccounts locks an account and its bots, and gives their ids, the account's own first.
func lockAccounts(ctx context.Context, tx pgx.Tx, userID id.ID) ([]int64, error) {
	if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR UPDATE", []any{int64(userID)}, scanID); err != nil {
		return nil, err
	}
	found, err := tx.Query(ctx, "SELECT id FROM users WHERE id IN (SELECT user_id FROM bots WHERE owner_id = $1) ORDER BY id FOR UPDATE", int64(userID))
	if err != nil {
		return nil, err
	}
	botIDs, err := pgx.CollectRows(found, scanID)
	return integers(append([]id.ID{userID}, botIDs...)), err
}

// deleteAccount deletes what an account has but for its own row, on which the rest hangs. It tells which channels allowed or denied the account something.
func deleteAccount(ctx context.Context, tx pgx.Tx, userID id.ID) (deletion store.Deletion, overwritten []id.ID, err error) {
	account := []any{int64(userID)}
	if deletion.User, err = locked(ctx, tx, "SELECT "+userColumns+" FROM users WHERE id = $1", account, scanUser); err != nil {
		return deletion, nil, err
	}
	if deletion.GuildIDs, err = collect(ctx, tx, "SELECT server_id FROM server_members WHERE user_id = $1 ORDER BY server_id FOR UPDATE", account, scanID); err != nil {
		return deletion, nil, err
	}
	if deletion.Relationships, err = collect(ctx, tx, "SELECT "+relationshipColumns+" FROM friendships WHERE other_id = $1 ORDER BY user_id", account, scanRelationship); err != nil {
		return deletion, nil, err
	}
	if deletion.NoteHolders, err = collect(ctx, tx, "SELECT user_id FROM notes WHERE about_id = $1 AND user_id <> $1 ORDER BY user_id", account, scanID); err != nil {
		return deletion, nil, err
	}
	if deletion.BannedFrom, err = collect(ctx, tx, "SELECT server_id FROM bans WHERE user_id = $1 ORDER BY server_id", account, scanID); err != nil {
		return deletion, nil, err
	}
	if deletion.ThreadIDs, err = collect(ctx, tx, "SELECT channel_id FROM thread_members WHERE user_id = $1 ORDER BY channel_id", account, scanID); err != nil {
		return deletion, nil, err
	}
	installations, err := collect(ctx, tx, "SELECT "+installationColumns+" FROM installations WHERE application_id = $1 ORDER BY server_id", account, scanInstallation)
	if err != nil {
		return deletion, nil, err
	}
	if len(installations) > 0 {
		deletion.Installations = installations
	}
	for _, statement := range []string{
		"DELETE FROM installations WHERE application_id = $1",
		"DELETE FROM server_members WHERE user_id = $1",
		"UPDATE attachments SET user_id = 0 WHERE user_id = $1",
		// In a conversation of two the place stays, because it says with whom it is.
		"UPDATE direct_messages SET hidden = false FROM channels WHERE id = channel_id AND pair_low IS NOT NULL AND user_id = $1",
	} {
		if err := execute(ctx, tx, statement, account...); err != nil {
			return deletion, nil, err
		}
	}
	if overwritten, err = collect(ctx, tx, "DELETE FROM channel_overwrites WHERE target_id = $1 AND type = 1 RETURNING channel_id", account, scanID); err != nil {
		return deletion, nil, err
	}
	for _, installation := range installations {
		if installation.RoleID == 0 {
			continue
		}
		of, err := deleteRole(ctx, tx, installation.GuildID, installation.RoleID)
		if err != nil {
			return deletion, nil, err
		}
		overwritten = append(overwritten, of...)
	}
	deletion.Groups, err = leaveGroups(ctx, tx, userID)
	return deletion, overwritten, err
}

// leaveGroups takes an account out of its groups, and deletes those in which nobody is left.
func leaveGroups(ctx context.Context, tx pgx.Tx, userID id.ID) ([]store.Channel, error) {
	// The conversations of two are locked as well: of two people who are deleted at once, the second sees that nobody is left.
	const mine = "SELECT id FROM channels WHERE id IN (SELECT channel_id FROM direct_messages WHERE user_id = $1) "
	account := []any{int64(userID)}
	if _, err := collect(ctx, tx, mine+"ORDER BY id FOR UPDATE", account, scanID); err != nil {
		return nil, err
	}
	groupIDs, err := collect(ctx, tx, mine+"AND pair_low IS NULL", account, scanID)
	if err != nil || len(groupIDs) == 0 {
		return nil, err
	}
	if err := execute(ctx, tx, "DELETE FROM direct_messages WHERE user_id = $1 AND channel_id = ANY($2)", int64(userID), integers(groupIDs)); err != nil {
		return nil, err
	}
	if err := execute(ctx, tx, `UPDATE channels SET owner_id = coalesce((SELECT min(user_id) FROM direct_messages WHERE channel_id = channels.id), owner_id)
		WHERE id = ANY($2) AND owner_id = $1`, int64(userID), integers(groupIDs)); err != nil {
		return nil, err
	}
	groups, err := collect(ctx, tx, channelQuery+"WHERE id = ANY($1) ORDER BY id", []any{integers(groupIDs)}, scanChannel)
	if err != nil {
		return nil, err
	}
	return groups, execute(ctx, tx, "DELETE FROM channels WHERE id = ANY($1) AND NOT EXISTS (SELECT FROM direct_messages WHERE channel_id = channels.id)", integers(groupIDs))
}

// holdUsers keeps accounts from being deleted until the transaction ends; store.ErrNotFound when one is not there.
func holdUsers(ctx context.Context, tx pgx.Tx, userIDs ...id.ID) error {
	for _, userID := range userIDs {
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR KEY SHARE", []any{int64(userID)}, scanID); err != nil {
			return err
		}
	}
	return nil
}

// collect gives what a query gives within a transaction.
func collect[T any](ctx context.Context, tx pgx.Tx, query string, arguments []any, scan func(pgx.CollectableRow) (T, error)) ([]T, error) {
	found, err := tx.Query(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, scan)
}
