package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// SecurityEvent is something that happened to the safety of one's account. It is ours, as is the dispatch SECURITY_EVENT_CREATE that tells the account's other devices.
type SecurityEvent struct {
	ID        id.ID                   `json:"id"`
	Kind      store.SecurityEventKind `json:"kind"`
	CreatedAt string                  `json:"created_at"`
	// SessionID is the login that came of it, or from which it was done.
	SessionID  *id.ID            `json:"session_id"`
	ClientInfo *ClientInfo       `json:"client_info"`
	Details    map[string]string `json:"details"`
}

// NewSecurityEvent shows an event to the account's holder.
func NewSecurityEvent(event store.SecurityEvent) SecurityEvent {
	shown := SecurityEvent{ID: event.ID, Kind: event.Kind, CreatedAt: Timestamp(event.ID.Time()), SessionID: IDOrNull(event.SessionID), Details: event.Details}
	if event.Details == nil {
		shown.Details = map[string]string{}
	}
	if event.Address != "" || event.UserAgent != "" {
		shown.ClientInfo = &ClientInfo{UserAgent: event.UserAgent, IP: event.Address}
	}
	return shown
}

// NewSecurityEvents shows several.
func NewSecurityEvents(events []store.SecurityEvent) []SecurityEvent {
	shown := make([]SecurityEvent, len(events))
	for i, event := range events {
		shown[i] = NewSecurityEvent(event)
	}
	return shown
}
