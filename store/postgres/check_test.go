package postgres

import (
	"strings"
	"testing"

	"guildhall/store"
)

func TestACheckFindsWhatForeignKeysLetThrough(t *testing.T) {
	for statement, found := range map[string]string{
		"UPDATE users SET mfa = true":  "the account 1 is said to have a second factor on one side only",
		"UPDATE hall SET owner_id = 7": "the owner 7 of the hall is not there",
		"INSERT INTO channels (id, type, name, topic, position, parent_id, nsfw, rate_limit_per_user, bitrate, user_limit, pair_low, pair_high) VALUES (9, 1, '', '', 0, 0, false, 0, 0, 0, 1, 2)": "the conversation 9 is one that nobody is in",
		"INSERT INTO channels (id, type, name, topic, position, parent_id, nsfw, rate_limit_per_user, bitrate, user_limit) VALUES (9, 11, '', '', 0, 8, false, 0, 0, 0)":                           "the channel 9 is a thread on one side only",
		"INSERT INTO kept_bytes VALUES ('x', 'file/x')":                                           "the blob file/x is kept, and nothing names it",
		"INSERT INTO kept_bytes VALUES ('x', 'file/x'); INSERT INTO lost_blobs VALUES ('file/x')": "the blob file/x is named, and in the trash",
	} {
		s := open(t, address(t))
		if err := s.CreateUser(t.Context(), store.User{ID: 1, Username: "ada"}); err != nil {
			t.Fatal(err)
		}
		if problems, err := s.Check(t.Context()); err != nil || len(problems) > 0 {
			t.Fatalf("before: %q, %v", problems, err)
		}
		for one := range strings.SplitSeq(statement, "; ") {
			if _, err := s.pool.Exec(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
		problems, err := s.Check(t.Context())
		var all strings.Builder
		for _, problem := range problems {
			all.WriteString(string(problem) + "\n")
		}
		if err != nil || !strings.Contains(all.String(), found) {
			t.Errorf("%s: found are %q, %v", statement, problems, err)
		}
	}
}
