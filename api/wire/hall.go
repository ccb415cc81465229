package wire

import "guildhall/store"

// Hall is what anybody may know of the installation.
type Hall struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Claimed tells whether the hall has an owner.
	Claimed      bool               `json:"claimed"`
	Registration store.Registration `json:"registration"`
	// URLs are the addresses by which guests reach the hall, the best first.
	URLs []string `json:"urls"`
}

// HallPatch is the body of PATCH /hall.
type HallPatch struct {
	Name         Optional[string]             `json:"name"`
	Registration Optional[store.Registration] `json:"registration"`
}

// NewHall shows the installation.
func NewHall(hall store.Hall, version string, urls []string) Hall {
	return Hall{Name: hall.Name, Version: version, Claimed: hall.OwnerID != 0, Registration: hall.Registration, URLs: list(urls)}
}
