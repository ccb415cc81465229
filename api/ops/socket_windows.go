package ops

import (
	"net"
	"os"
)

// listenPrivate relies on the data folder's access list, which the user's profile gives to the user alone: Windows checks it when the socket is opened.
func listenPrivate(path string) (net.Listener, error) { return net.Listen("unix", path) }

// isSocket takes what Go calls irregular for a socket, too: on Windows, sockets are reparse points of their own kind.
func isSocket(info os.FileInfo) bool { return info.Mode()&(os.ModeSocket|os.ModeIrregular) != 0 }

// checkPrivate has nothing to check: Windows has no mode bits.
func checkPrivate(string) error { return nil }

// checkTrusted has nothing to check either: the system's temporary folder is the user's own.
func checkTrusted(string) error { return nil }
