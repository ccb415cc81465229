// Package search will hold the message index: its port, the query language and the indexer that reads the store's outbox.
//
// Until it is built, the routes of message search are refused like every other route that this version does not have.
package search
