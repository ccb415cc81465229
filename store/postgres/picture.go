package postgres

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// shown is where a row shows pictures: the columns, with what they have and come to have.
type shown map[string]struct {
	before *store.Picture
	now    **store.Picture
}

// hang names the bytes of the pictures that a row comes to show, and lets go of those of the ones that it showed; guildID is that of a member, zero for others. Where equal bytes are
// kept already, a picture comes to name their key.
func hang(ctx context.Context, tx pgx.Tx, ownerID, guildID id.ID, pictures shown) error {
	for _, place := range slices.Sorted(maps.Keys(pictures)) {
		before, now := pictures[place].before, pictures[place].now
		if before == nil && *now == nil || before != nil && *now != nil && before.Blob == (*now).Blob {
			continue // the same
		}
		var hung *store.Picture
		if *now != nil {
			hung = new(**now) // the caller's own stays as it is
			if err := adopt(ctx, tx, &hung.File); err != nil {
				return err
			}
			*now = hung
			if before != nil && before.Hash == hung.Hash {
				continue // the same, brought once more
			}
		}
		// Rows are made and deleted, never changed: with each that goes its bytes are let go.
		if err := execute(ctx, tx, "DELETE FROM pictures WHERE owner_id = $1 AND server_id = $2 AND place = $3", int64(ownerID), int64(guildID), place); err != nil {
			return err
		}
		if hung == nil {
			continue
		}
		if err := execute(ctx, tx, "INSERT INTO pictures (owner_id, server_id, place, hash) VALUES ($1, $2, $3, $4)", int64(ownerID), int64(guildID), place, hung.Hash[:]); err != nil {
			return err
		}
	}
	return nil
}
