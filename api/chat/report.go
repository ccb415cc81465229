package chat

import (
	"cmp"
	"context"
	"errors"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of a page of reports.
const (
	defaultReportsPage = 50
	maxReportsPage     = 100
)

// Reports is about what people tell moderators of messages.
type Reports struct {
	Deps
	views    *Views
	messages *Messages
}

// Report tells a guild's moderators of a message that the caller can read; of one between people it tells the hall's owner. Only people report, and nobody their own message.
func (r *Reports) Report(ctx context.Context, caller Caller, channelID, messageID id.ID, reason string) (store.Report, error) {
	if caller.Bot {
		return store.Report{}, fail(BotsBarred)
	}
	reason, err := CheckReason(reason)
	if err != nil {
		return store.Report{}, err
	}
	channel, err := r.messages.readable(ctx, caller, channelID)
	if err != nil {
		return store.Report{}, err
	}
	message, err := r.messages.read(ctx, channelID, messageID)
	if err != nil {
		return store.Report{}, err
	}
	if message.AuthorID == caller.UserID {
		return store.Report{}, &Error{Kind: Invalid, Message: "This message is your own; you can delete it."}
	}
	report := store.Report{ID: r.IDs.Next(), GuildID: channel.GuildID, ChannelID: channelID, MessageID: messageID, ReporterID: caller.UserID, AuthorID: message.AuthorID, Content: message.Content, Reason: reason}
	ctx = context.WithoutCancel(ctx)
	err = r.Store.CreateReport(ctx, report)
	if _, there := errors.AsType[*store.ConflictError](err); there {
		return store.Report{}, fail(AlreadyReported)
	}
	if errors.Is(err, store.ErrNotFound) {
		return store.Report{}, fail(UnknownChannel)
	}
	if err != nil {
		return store.Report{}, internal("keeping a report", err)
	}
	if report.GuildID != 0 {
		r.publish(ctx, event.ReportChanged{Report: report})
	}
	return report, nil
}

// may asks whether the caller deals with a guild's reports: MANAGE_MESSAGES or MODERATE_MEMBERS there; see shows for which. Those of conversations are for the hall's owner and the command line.
func (r *Reports) may(ctx context.Context, caller Caller, guildID id.ID) error {
	if guildID == 0 {
		if caller.HallOwner || caller.Console {
			return nil
		}
		return &Error{Kind: MissingPermission, Message: "Only the hall's owner sees what people report of their conversations."}
	}
	a, err := r.views.access(ctx, caller, guildID)
	if err != nil {
		return err
	}
	return needAny(a.inGuild(), perm.ManageMessages|perm.ModerateMembers)
}

// List gives those of a guild's reports (zero: those of conversations) that the caller is shown, newest first, before one of them (zero: from the newest); those dealt with only if resolved. limit is 1 to 100, zero means 50.
func (r *Reports) List(ctx context.Context, caller Caller, guildID id.ID, resolved bool, before id.ID, limit int) ([]store.Report, error) {
	limit = cmp.Or(limit, defaultReportsPage)
	if limit < 1 || limit > maxReportsPage {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxReportsPage)
	}
	if err := r.may(ctx, caller, guildID); err != nil {
		return nil, err
	}
	found := make([]store.Report, 0, limit)
	for {
		page, err := r.Store.Reports(ctx, guildID, resolved, before, maxReportsPage)
		if err != nil {
			return nil, internal("listing reports", err)
		}
		for _, report := range page {
			shown, err := r.shows(ctx, caller, report)
			if err != nil {
				return nil, err
			}
			if shown {
				found = append(found, report)
			}
			if len(found) == limit {
				return found, nil
			}
			before = report.ID
		}
		if len(page) < maxReportsPage {
			return found, nil
		}
	}
}

// shows tells whether somebody who deals with reports is shown one: it holds what was written, so it is for those who can read there. What was written in a channel that is gone is for administrators.
func (r *Reports) shows(ctx context.Context, caller Caller, report store.Report) (bool, error) {
	if report.GuildID == 0 || caller.Console {
		return true, nil
	}
	a, err := r.views.access(ctx, caller, report.GuildID)
	if err != nil {
		return false, err
	}
	if a.standing().inGuild().Has(perm.Administrator) {
		return true, nil
	}
	switch _, err := r.messages.readable(ctx, caller, report.ChannelID); KindOf(err) {
	case MissingAccess, MissingPermission, UnknownChannel:
		return false, nil
	default:
		return err == nil, err
	}
}

// Resolve notes that the caller has dealt with a report, or opens it again. The command line resolves as the hall's owner.
func (r *Reports) Resolve(ctx context.Context, caller Caller, guildID, reportID id.ID, resolved bool) (store.Report, error) {
	if err := r.may(ctx, caller, guildID); err != nil {
		return store.Report{}, err
	}
	// A page of one that ends with it: nobody deals with what they are not shown.
	page, err := r.Store.Reports(ctx, guildID, true, reportID+1, 1)
	if err != nil {
		return store.Report{}, internal("reading a report", err)
	}
	if len(page) == 0 || page[0].ID != reportID {
		return store.Report{}, fail(UnknownReport)
	}
	shown, err := r.shows(ctx, caller, page[0])
	if err != nil {
		return store.Report{}, err
	}
	if !shown {
		return store.Report{}, fail(UnknownReport)
	}
	var by id.ID
	if resolved {
		hall, err := r.Store.Hall(ctx)
		if err != nil {
			return store.Report{}, internal("reading the hall", err)
		}
		by = cmp.Or(caller.UserID, hall.OwnerID)
	}
	ctx = context.WithoutCancel(ctx)
	report, err := r.Store.ResolveReport(ctx, guildID, reportID, by)
	if errors.Is(err, store.ErrNotFound) {
		return store.Report{}, fail(UnknownReport)
	}
	if _, again := errors.AsType[*store.ConflictError](err); again {
		return store.Report{}, fail(AlreadyReported)
	}
	if err != nil {
		return store.Report{}, internal("resolving a report", err)
	}
	if guildID != 0 {
		r.publish(ctx, event.ReportChanged{Report: report})
	}
	return report, nil
}
