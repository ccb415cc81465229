package component

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Control is a part of a message or a form that somebody can use.
type Control struct {
	Type, ID int
	CustomID string
	Disabled bool
	// MinValues and MaxValues are how many can be chosen in a menu, ticked or brought.
	MinValues, MaxValues int
	// Values are what a menu of texts, or a field of options, offers.
	Values []string
	// ChannelTypes are those that a menu of channels offers; empty for all.
	ChannelTypes []int
	// Required, MinLength, MaxLength and Label are of fields of a form.
	Required             bool
	MinLength, MaxLength int
}

// IsMenu tells whether values are chosen in it.
func (c *Control) IsMenu() bool {
	return slices.Contains([]int{StringSelect, UserSelect, RoleSelect, MentionableSelect, ChannelSelect}, c.Type)
}

// Find gives the control of a message that a bot knows by a name. The components are as they are kept.
func Find(kept []byte, customID string) (Control, bool) {
	var components []input
	if err := json.Unmarshal(kept, &components); err != nil {
		return Control{}, false
	}
	for one := range walk(components) {
		if one.CustomID != nil && *one.CustomID == customID {
			return one.control(), true
		}
	}
	return Control{}, false
}

// walk goes through components and what is in them.
func walk(components []input) func(yield func(*input) bool) {
	return func(yield func(*input) bool) {
		var visit func(one *input) bool
		visit = func(one *input) bool {
			if !yield(one) {
				return false
			}
			for i := range one.Components {
				if !visit(&one.Components[i]) {
					return false
				}
			}
			return (one.Accessory == nil || visit(one.Accessory)) && (one.Component == nil || visit(one.Component))
		}
		for i := range components {
			if !visit(&components[i]) {
				return
			}
		}
	}
}

// control gives what can be done with a component.
func (i *input) control() Control {
	made := Control{Type: i.Type, ID: i.ID, Disabled: i.Disabled, MinValues: 1, MaxValues: 1, ChannelTypes: i.ChannelTypes, Required: i.Required == nil || *i.Required}
	if i.CustomID != nil {
		made.CustomID = *i.CustomID
	}
	for _, number := range []struct {
		from *int
		to   *int
	}{{i.MinValues, &made.MinValues}, {i.MaxValues, &made.MaxValues}, {i.MinLength, &made.MinLength}, {i.MaxLength, &made.MaxLength}} {
		if number.from != nil {
			*number.to = *number.from
		}
	}
	for _, option := range i.Options {
		made.Values = append(made.Values, option.Value)
	}
	return made
}

// Choose checks what somebody chose in a menu, as far as the menu itself says it: how many, none twice, and texts that are offered. A menu of a form that is not required may be left alone.
func (c *Control) Choose(path string, values []string) []Problem {
	if len(values) == 0 && !c.Required {
		return nil
	}
	if len(values) < c.MinValues || len(values) > c.MaxValues {
		return []Problem{{path, "BASE_TYPE_BAD_LENGTH", fmt.Sprintf("Must be between %d and %d in length.", c.MinValues, c.MaxValues)}}
	}
	for i, value := range values {
		switch {
		case slices.Contains(values[:i], value):
			return []Problem{{path, "BASE_TYPE_UNIQUE", "Must not contain the same value twice."}}
		case (c.Type == StringSelect || c.Type == CheckboxGroup) && !slices.Contains(c.Values, value):
			return []Problem{{path, "BASE_TYPE_CHOICES", "This is not offered."}}
		}
	}
	return nil
}
