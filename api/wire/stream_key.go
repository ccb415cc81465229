package wire

// MadeStreamKey answers POST /users/@me/stream-key, which is ours: the key with which programs show and watch streams in the account's name. It is told this once.
type MadeStreamKey struct {
	StreamKey string `json:"stream_key"`
}

// StreamKeyState answers GET /users/@me/stream-key, which is ours.
type StreamKeyState struct {
	Exists bool `json:"exists"`
}
