package cli

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/ops"
	"guildhall/api/outside"
	"guildhall/api/outside/openid"
	"guildhall/api/wire"
	"guildhall/cli/config"
	"guildhall/store"
	"guildhall/store/blob"
	"guildhall/store/blob/dir"
	"guildhall/store/bus"
	"guildhall/store/bus/natsbus"
	"guildhall/store/ephemeral"
	"guildhall/store/ephemeral/memory"
	"guildhall/store/pebble"
	"guildhall/store/postgres"
)

// hall is an open hall: what it remembers, and its rules. It listens nowhere.
type hall struct {
	store     store.Store
	bus       bus.Bus
	ephemeral ephemeral.Store
	blobs     blob.Store
	node      *chat.Node
	chat      *chat.Chat
	// cookieName tells this installation's cookies from those of another one on the same machine: cookies ignore ports.
	cookieName string
	// relaySecret proves that credentials of the media relay are the hall's.
	relaySecret []byte
	// notExclusive is closed when another hall may be running on the same store; nil where that cannot come to be.
	notExclusive <-chan struct{}
	closers      []func() error
}

// openHall opens the data folder with the adapters that the configuration chooses. Only one process can.
func openHall(ctx context.Context, settings config.Config, log *slog.Logger) (opened *hall, err error) {
	folder := dataFolder(settings.Data)
	if err := folder.make(); err != nil {
		return nil, err
	}
	h := &hall{}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if err := h.openStore(ctx, settings, log); err != nil {
		return nil, err
	}
	messages, err := natsbus.Open(natsbus.Options{Log: log})
	if err != nil {
		return nil, err
	}
	h.bus = messages
	h.closers = append(h.closers, messages.Close)
	files, err := dir.Open(folder.files())
	if err != nil {
		return nil, err
	}
	h.blobs = files
	h.closers = append(h.closers, files.Close)
	remembered := memory.Open(memory.Options{Path: folder.ephemeral(), Log: log})
	h.ephemeral = remembered
	h.closers = append(h.closers, remembered.Close)
	return h, h.openRules(ctx, settings, folder, log)
}

func (h *hall) openStore(ctx context.Context, settings config.Config, log *slog.Logger) error {
	if settings.Storage.DatabaseURL != "" {
		opened, err := postgres.Open(ctx, settings.Storage.DatabaseURL, postgres.Options{Log: log})
		if err != nil {
			return err
		}
		h.store = opened
		h.closers = append(h.closers, opened.Close)
		exclusive, err := opened.Exclusive(ctx)
		if errors.Is(err, postgres.ErrInUse) {
			return &ops.CommandError{Outcome: ops.Unreachable, Message: "another hall is running on this database; several nodes on one database are not supported yet"}
		}
		if err != nil {
			return err
		}
		h.notExclusive = exclusive.Lost()
		h.closers = append(h.closers, exclusive.Release)
		return nil
	}
	opened, err := pebble.Open(dataFolder(settings.Data).store(), pebble.Options{CacheBytes: settings.Storage.CacheBytes, Logger: log})
	if errors.Is(err, pebble.ErrInUse) {
		return &ops.CommandError{Outcome: ops.Unreachable, Message: fmt.Sprintf("a hall is already running on %s, and does not answer through its socket", settings.Data)}
	}
	if err != nil {
		return err
	}
	h.store = opened
	h.closers = append(h.closers, opened.Close)
	return nil
}

// openRules leases a node number and puts the rules on top of the adapters.
func (h *hall) openRules(ctx context.Context, settings config.Config, folder dataFolder, log *slog.Logger) (err error) {
	secret := []byte(settings.Security.JWTSecret)
	if len(secret) == 0 {
		if secret, err = folder.tokenSecret(); err != nil {
			return fmt.Errorf("the secret of access tokens: %w", err)
		}
	}
	sum := sha256.Sum256(append([]byte("cookie name "), secret...))
	h.cookieName = "gh_refresh_" + hex.EncodeToString(sum[:4])
	if h.relaySecret, err = hkdf.Key(sha256.New, secret, nil, "guildhall media relay", 32); err != nil {
		return err
	}
	if h.node, err = chat.StartNode(ctx, h.store, nodeHolder(), time.Now, log); err != nil {
		return err
	}
	h.closers = append(h.closers, h.node.Close)
	allowed, err := outside.ParseAllowed(settings.Outside.Allow)
	if err != nil {
		return fmt.Errorf("outside-allow: %w", err)
	}
	links := linkReader(settings, allowed)
	h.chat, err = chat.New(chat.Deps{Store: h.store, Bus: h.bus, Ephemeral: h.ephemeral, Blobs: h.blobs, IDs: h.node.IDs(), Now: time.Now, Log: log},
		chat.Options{JWTSecret: secret, Links: links, OpenID: openid.New(allowed, time.Now), NoRateLimits: !settings.Security.RateLimits,
			Files: chat.FileLimits{FileBytes: settings.Files.FileBytes, RequestBytes: settings.Files.RequestBytes, UserBytes: settings.Files.UserBytes,
				AtOnce: settings.Files.AtOnce, UserAtOnce: settings.Files.UserAtOnce}})
	if err != nil {
		return err
	}
	h.closers = append(h.closers, h.chat.Close)
	return h.beginEventHooks(settings, allowed)
}

// beginEventHooks has event hooks tell what they are to, where an administrator has switched that on.
func (h *hall) beginEventHooks(settings config.Config, allowed outside.Allowed) error {
	if !settings.Outside.EventHooks {
		return nil
	}
	site := ""
	if settings.Network.PublicURL != nil {
		site = strings.TrimSuffix(settings.Network.PublicURL.String(), "/")
	}
	return h.chat.EventHooks.Begin(outside.NewPoster(outsideOptions(settings, allowed)), wire.NewEventBodies(h.chat.Files.LinksAt(site)))
}

// linkReader gives what looks at where links lead, nil where the hall asks nobody.
func linkReader(settings config.Config, allowed outside.Allowed) chat.LinkReader {
	if !settings.Outside.Previews {
		return nil
	}
	return outside.NewClient(outsideOptions(settings, allowed))
}

// outsideOptions are what other machines the hall may ask and tell.
func outsideOptions(settings config.Config, allowed outside.Allowed) outside.Options {
	options := outside.Options{Allowed: allowed}
	if settings.Network.PublicURL != nil {
		options.OwnHosts = append(options.OwnHosts, settings.Network.PublicURL.Hostname())
	}
	return options
}

// nodeHolder names this process among those that share a store.
func nodeHolder() string {
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", name, os.Getpid(), rand.Text())
}

// close lets go of everything, the last opened first.
func (h *hall) close() error {
	var problems []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		problems = append(problems, h.closers[i]())
	}
	h.closers = nil
	return errors.Join(problems...)
}
