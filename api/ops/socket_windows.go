package ops

import "net"

// listenPrivate relies on the data folder's access list, which the user's profile gives to the user alone: Windows checks it when the socket is opened.
func listenPrivate(path string) (net.Listener, error) { return net.Listen("unix", path) }

// checkPrivate has nothing to check: Windows has no mode bits.
func checkPrivate(string) error { return nil }
