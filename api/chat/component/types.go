package component

import (
	"fmt"
	"slices"
)

// The forms in which components are kept, one for each type.
type (
	row struct {
		Type       int   `json:"type"`
		ID         int   `json:"id"`
		Components []any `json:"components"`
	}
	button struct {
		Type     int    `json:"type"`
		ID       int    `json:"id"`
		CustomID string `json:"custom_id,omitempty"`
		Style    int    `json:"style"`
		Label    string `json:"label,omitempty"`
		Emoji    *Emoji `json:"emoji,omitempty"`
		URL      string `json:"url,omitempty"`
		Disabled bool   `json:"disabled,omitempty"`
	}
	menu struct {
		Type         int            `json:"type"`
		ID           int            `json:"id"`
		CustomID     string         `json:"custom_id"`
		Placeholder  string         `json:"placeholder,omitempty"`
		MinValues    int            `json:"min_values"`
		MaxValues    int            `json:"max_values"`
		Disabled     bool           `json:"disabled,omitempty"`
		Options      []option       `json:"options,omitempty"`
		ChannelTypes []int          `json:"channel_types,omitempty"`
		Defaults     []defaultValue `json:"default_values,omitempty"`
	}
	section struct {
		Type       int   `json:"type"`
		ID         int   `json:"id"`
		Components []any `json:"components"`
		Accessory  any   `json:"accessory"`
	}
	textDisplay struct {
		Type    int    `json:"type"`
		ID      int    `json:"id"`
		Content string `json:"content"`
	}
	thumbnail struct {
		Type        int     `json:"type"`
		ID          int     `json:"id"`
		Media       media   `json:"media"`
		Description *string `json:"description"`
		Spoiler     bool    `json:"spoiler"`
	}
	gallery struct {
		Type  int    `json:"type"`
		ID    int    `json:"id"`
		Items []item `json:"items"`
	}
	file struct {
		Type    int   `json:"type"`
		ID      int   `json:"id"`
		File    media `json:"file"`
		Spoiler bool  `json:"spoiler"`
	}
	separator struct {
		Type    int  `json:"type"`
		ID      int  `json:"id"`
		Spacing int  `json:"spacing"`
		Divider bool `json:"divider"`
	}
	container struct {
		Type        int   `json:"type"`
		ID          int   `json:"id"`
		AccentColor *int  `json:"accent_color"`
		Components  []any `json:"components"`
		Spoiler     bool  `json:"spoiler"`
	}
)

// top reads a component that stands in the message, or in a container.
func (r *reader) top(path string, one *input, containers bool) any {
	componentID := r.id(one)
	switch one.Type {
	case ActionRow:
		return row{Type: one.Type, ID: componentID, Components: r.row(path, one)}
	case Section:
		return r.section(path, one, componentID)
	case TextDisplay:
		return r.textDisplay(path, one, componentID)
	case MediaGallery:
		return r.gallery(path, one, componentID)
	case File:
		return file{Type: one.Type, ID: componentID, File: r.media(path+".file", one.File, true), Spoiler: one.Spoiler}
	case Separator:
		kept := separator{Type: one.Type, ID: componentID, Spacing: 1, Divider: one.Divider == nil || *one.Divider}
		if one.Spacing != nil {
			if kept.Spacing = *one.Spacing; kept.Spacing != 1 && kept.Spacing != 2 {
				r.wrong(path+".spacing", "BASE_TYPE_CHOICES", "Must be 1 or 2.")
			}
		}
		return kept
	case Container:
		if containers {
			return r.container(path, one, componentID)
		}
	}
	r.wrong(path+".type", "BASE_TYPE_CHOICES", "A component of the type %d cannot stand here.", one.Type)
	return nil
}

func (r *reader) container(path string, one *input, componentID int) any {
	kept := container{Type: one.Type, ID: componentID, AccentColor: one.AccentColor, Components: []any{}, Spoiler: one.Spoiler}
	if one.AccentColor != nil && (*one.AccentColor < 0 || *one.AccentColor > 0xFFFFFF) {
		r.wrong(path+".accent_color", "NUMBER_TYPE_RANGE", "Must be between 0 and 16777215.")
	}
	if len(one.Components) < 1 || len(one.Components) > maxTotal {
		r.wrong(path+".components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxTotal)
		return kept
	}
	for i := range one.Components {
		kept.Components = append(kept.Components, r.top(fmt.Sprintf("%s.components.%d", path, i), &one.Components[i], false))
	}
	return kept
}

// row reads what stands in an action row: buttons, or one menu.
func (r *reader) row(path string, one *input) []any {
	kept := []any{}
	buttons := len(one.Components) > 0 && one.Components[0].Type == Button
	if most := map[bool]int{true: maxButtons, false: 1}[buttons]; len(one.Components) < 1 || len(one.Components) > most {
		r.wrong(path+".components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", most)
		return kept
	}
	for i := range one.Components {
		inner, place := &one.Components[i], fmt.Sprintf("%s.components.%d", path, i)
		componentID := r.id(inner)
		switch {
		case inner.Type == Button && buttons:
			kept = append(kept, r.button(place, inner, componentID))
		case !buttons && slices.Contains([]int{StringSelect, UserSelect, RoleSelect, MentionableSelect, ChannelSelect}, inner.Type):
			kept = append(kept, r.menu(place, inner, componentID))
		default:
			r.wrong(place+".type", "BASE_TYPE_CHOICES", "A component of the type %d cannot stand here.", inner.Type)
		}
	}
	return kept
}

// customID checks the name by which a bot knows a component: each of a message has another.
func (r *reader) customID(path string, given *string) string {
	if given == nil {
		r.wrong(path+".custom_id", "BASE_TYPE_REQUIRED", "This field is required.")
		return ""
	}
	if r.customIDs[*given] {
		r.wrong(path+".custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated.")
	}
	r.customIDs[*given] = true
	return r.text(path+".custom_id", *given, 1, maxCustomID)
}

func (r *reader) button(path string, one *input, componentID int) any {
	kept := button{Type: one.Type, ID: componentID, Style: one.Style, Label: r.text(path+".label", one.Label, 0, maxLabel), Emoji: r.emoji(path, one.Emoji), Disabled: one.Disabled}
	if one.Label == "" && one.Emoji == nil {
		r.wrong(path+".label", "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji.")
	}
	switch {
	case one.Style < 1 || one.Style >= premiumButton:
		r.wrong(path+".style", "BASE_TYPE_CHOICES", "Must be between 1 and %d.", linkButton)
	case one.Style == linkButton:
		if one.CustomID != nil {
			r.wrong(path+".custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A button has a custom id or an address, not both.")
		}
		kept.URL = r.address(path+".url", one.URL)
	default:
		if one.URL != "" {
			r.wrong(path+".url", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A button has a custom id or an address, not both.")
		}
		kept.CustomID = r.customID(path, one.CustomID)
	}
	return kept
}

func (r *reader) emoji(path string, emoji *Emoji) *Emoji {
	if emoji == nil || r.message.Emoji == nil {
		return emoji
	}
	kept, shown := r.message.Emoji(*emoji)
	if !shown {
		field := ".emoji.name"
		if emoji.ID != nil {
			field = ".emoji.id"
		}
		r.wrong(path+field, "COMPONENT_INVALID_EMOJI", "Invalid emoji.")
	}
	return &kept
}

func (r *reader) menu(path string, one *input, componentID int) any {
	kept := menu{Type: one.Type, ID: componentID, CustomID: r.customID(path, one.CustomID), Placeholder: r.text(path+".placeholder", one.Placeholder, 0, maxPlaceholder), MinValues: 1, MaxValues: 1,
		Disabled: one.Disabled}
	if one.MinValues != nil {
		kept.MinValues = *one.MinValues
	}
	if one.MaxValues != nil {
		kept.MaxValues = *one.MaxValues
	}
	if kept.MinValues < 0 || kept.MaxValues < 1 || kept.MaxValues > maxOptions || kept.MinValues > kept.MaxValues {
		r.wrong(path+".max_values", "NUMBER_TYPE_RANGE", "Must be between 1 and %d, and no less than min_values.", maxOptions)
	}
	if one.Type == StringSelect {
		kept.Options = r.options(path, one.Options)
		return kept
	}
	if one.Type == ChannelSelect {
		kept.ChannelTypes = one.ChannelTypes
	}
	if kept.Defaults = one.Defaults; len(kept.Defaults) > maxOptions {
		r.wrong(path+".default_values", "BASE_TYPE_BAD_LENGTH", "Must be %d or fewer in length.", maxOptions)
	}
	return kept
}

func (r *reader) options(path string, options []option) []option {
	if len(options) < 1 || len(options) > maxOptions {
		r.wrong(path+".options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxOptions)
	}
	return r.checkOptions(path, options)
}

// checkOptions checks options one by one.
func (r *reader) checkOptions(path string, options []option) []option {
	values := make(map[string]bool, len(options))
	for i, one := range options {
		place := fmt.Sprintf("%s.options.%d", path, i)
		r.text(place+".label", one.Label, 1, 100)
		r.text(place+".value", one.Value, 1, 100)
		r.text(place+".description", one.Description, 0, 100)
		options[i].Emoji = r.emoji(place, one.Emoji)
		if values[one.Value] {
			r.wrong(place+".value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used.")
		}
		values[one.Value] = true
	}
	return options
}

func (r *reader) section(path string, one *input, componentID int) any {
	kept := section{Type: one.Type, ID: componentID, Components: []any{}}
	if len(one.Components) < 1 || len(one.Components) > maxSectionText {
		r.wrong(path+".components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxSectionText)
	}
	for i := range one.Components {
		inner, place := &one.Components[i], fmt.Sprintf("%s.components.%d", path, i)
		if inner.Type != TextDisplay {
			r.wrong(place+".type", "BASE_TYPE_CHOICES", "Only texts can stand in a section.")
			continue
		}
		kept.Components = append(kept.Components, r.textDisplay(place, inner, r.id(inner)))
	}
	place := path + ".accessory"
	switch accessory := one.Accessory; {
	case accessory == nil:
		r.wrong(place, "BASE_TYPE_REQUIRED", "This field is required.")
	case accessory.Type == Button:
		kept.Accessory = r.button(place, accessory, r.id(accessory))
	case accessory.Type == Thumbnail:
		kept.Accessory = thumbnail{Type: Thumbnail, ID: r.id(accessory), Media: r.media(place+".media", accessory.Media, false), Description: r.description(place, accessory.Description), Spoiler: accessory.Spoiler}
	default:
		r.wrong(place+".type", "BASE_TYPE_CHOICES", "Beside a section stands a button or a thumbnail.")
	}
	return kept
}

func (r *reader) description(path string, description *string) *string {
	if description != nil {
		r.text(path+".description", *description, 0, maxDescription)
	}
	return description
}

func (r *reader) textDisplay(path string, one *input, componentID int) any {
	content := r.text(path+".content", one.Content, 1, maxTexts)
	r.length += len([]rune(content))
	r.texts = append(r.texts, content)
	return textDisplay{Type: one.Type, ID: componentID, Content: content}
}

func (r *reader) gallery(path string, one *input, componentID int) any {
	kept := gallery{Type: one.Type, ID: componentID, Items: []item{}}
	if len(one.Items) < 1 || len(one.Items) > maxItems {
		r.wrong(path+".items", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxItems)
	}
	for i := range one.Items {
		place := fmt.Sprintf("%s.items.%d", path, i)
		kept.Items = append(kept.Items, item{Media: r.media(place+".media", &one.Items[i].Media, false), Description: r.description(place, one.Items[i].Description), Spoiler: one.Items[i].Spoiler})
	}
	return kept
}
