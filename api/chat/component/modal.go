package component

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// The types of components that stand in forms alone.
const (
	TextInput     = 4
	Label         = 18
	FileUpload    = 19
	RadioGroup    = 21
	CheckboxGroup = 22
	Checkbox      = 23
)

// Bounds of forms (Discord's documentation, "Component Reference" and "Modal").
const (
	maxModalRows  = 5
	maxModalTitle = 45
	maxModalLabel = 45
	maxInput      = 4000
	maxInputHint  = 100
	maxLabelText  = 100
	shortInput    = 1
	longInput     = 2
)

type (
	textInput struct {
		Type        int    `json:"type"`
		ID          int    `json:"id"`
		CustomID    string `json:"custom_id"`
		Style       int    `json:"style"`
		Label       string `json:"label,omitempty"`
		MinLength   *int   `json:"min_length,omitempty"`
		MaxLength   int    `json:"max_length"`
		Required    bool   `json:"required"`
		Value       string `json:"value,omitempty"`
		Placeholder string `json:"placeholder,omitempty"`
	}
	label struct {
		Type        int    `json:"type"`
		ID          int    `json:"id"`
		Label       string `json:"label"`
		Description string `json:"description,omitempty"`
		Component   any    `json:"component"`
	}
	formMenu struct {
		menu
		Required bool `json:"required"`
	}
)

// ReadModal checks a form as a bot sends it, and gives its components in the form in which they are kept.
func ReadModal(customID, title string, raw []byte, emoji func(Emoji) (Emoji, bool)) (kept []byte, problems []Problem) {
	r := &reader{message: Message{Emoji: emoji}, customIDs: make(map[string]bool), ids: make(map[int]bool)}
	r.text("custom_id", customID, 1, maxCustomID)
	r.text("title", title, 1, maxModalTitle)
	var given []input
	if err := json.Unmarshal(raw, &given); err != nil {
		return nil, append(r.problems, Problem{"components", "BASE_TYPE_BAD_TYPE", "Must be a list of components."})
	}
	r.claim(given)
	if len(given) < 1 || len(given) > maxModalRows {
		r.wrong("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxModalRows)
	}
	rows := make([]any, 0, len(given))
	for i := range given {
		if i == maxModalRows {
			break
		}
		rows = append(rows, r.modalRow(fmt.Sprintf("components.%d", i), &given[i]))
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return encode(rows)
}

// encode writes components in the form in which they are kept.
func encode(rows any) ([]byte, []Problem) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(rows); err != nil {
		return nil, []Problem{{"components", "BASE_TYPE_BAD_VALUE", "Cannot be written."}}
	}
	return bytes.TrimSpace(text.Bytes()), nil
}

// modalRow reads one line of a form.
func (r *reader) modalRow(path string, one *input) any {
	componentID := r.id(one)
	switch one.Type {
	case TextDisplay:
		return r.textDisplay(path, one, componentID)
	case ActionRow:
		if len(one.Components) != 1 || one.Components[0].Type != TextInput {
			r.wrong(path+".components", "BASE_TYPE_BAD_LENGTH", "In a form, an action row has one text input.")
			return nil
		}
		inner, place := &one.Components[0], path+".components.0"
		kept := r.textInput(place, inner, r.id(inner))
		kept.Label = r.text(place+".label", inner.Label, 1, maxModalLabel)
		return row{Type: one.Type, ID: componentID, Components: []any{kept}}
	case Label:
		kept := label{Type: one.Type, ID: componentID, Label: r.text(path+".label", one.Label, 1, maxModalLabel)}
		if one.Description != nil {
			kept.Description = r.text(path+".description", *one.Description, 0, maxLabelText)
		}
		if one.Component == nil {
			r.wrong(path+".component", "BASE_TYPE_REQUIRED", "This field is required.")
			return kept
		}
		kept.Component = r.field(path+".component", one.Component)
		return kept
	}
	r.wrong(path+".type", "BASE_TYPE_CHOICES", "A component of the type %d cannot stand in a form.", one.Type)
	return nil
}

// field reads what stands below a label.
func (r *reader) field(path string, one *input) any {
	componentID := r.id(one)
	switch {
	case one.Type == TextInput:
		return r.textInput(path, one, componentID)
	case slices.Contains([]int{StringSelect, UserSelect, RoleSelect, MentionableSelect, ChannelSelect}, one.Type):
		kept, _ := r.menu(path, one, componentID).(menu)
		return formMenu{kept, one.Required == nil || *one.Required}
	case one.Type == FileUpload:
		return r.fileUpload(path, one, componentID)
	case one.Type == RadioGroup:
		return r.radioGroup(path, one, componentID)
	case one.Type == CheckboxGroup:
		return r.checkboxGroup(path, one, componentID)
	case one.Type == Checkbox:
		return checkbox{Type: one.Type, ID: componentID, CustomID: r.customID(path, one.CustomID), Default: one.Default}
	}
	r.wrong(path+".type", "BASE_TYPE_CHOICES", "A component of the type %d cannot stand below a label.", one.Type)
	return nil
}

func (r *reader) textInput(path string, one *input, componentID int) textInput {
	kept := textInput{
		Type: one.Type, ID: componentID, CustomID: r.customID(path, one.CustomID), Style: one.Style, MinLength: one.MinLength, MaxLength: maxInput, Required: one.Required == nil || *one.Required,
		Placeholder: r.text(path+".placeholder", one.Placeholder, 0, maxInputHint),
	}
	if one.Style != shortInput && one.Style != longInput {
		r.wrong(path+".style", "BASE_TYPE_CHOICES", "Must be 1 or 2.")
	}
	if one.MaxLength != nil {
		kept.MaxLength = *one.MaxLength
	}
	if kept.MaxLength < 1 || kept.MaxLength > maxInput {
		r.wrong(path+".max_length", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxInput)
	}
	if one.MinLength != nil && (*one.MinLength < 0 || *one.MinLength > kept.MaxLength) {
		r.wrong(path+".min_length", "NUMBER_TYPE_RANGE", "Must be between 0 and max_length.")
	}
	if one.Value.text != nil {
		kept.Value = r.text(path+".value", *one.Value.text, 0, min(max(kept.MaxLength, 0), maxInput))
	}
	if one.Value.ticked != nil {
		r.wrong(path+".value", "BASE_TYPE_BAD_TYPE", "Must be a text.")
	}
	return kept
}

// Filled is one field of a form as somebody filled it in.
type Filled struct {
	Control
	// Values are what was chosen, for menus, and the ids of the files that were brought.
	Values []string
	// Path names it in errors.
	Path string
}

// Submit checks what somebody filled into a form, whose components are as they are kept, and gives it in the wire's form for the application, with the fields in which something can be chosen.
// given has the fields in any shape that holds their custom_id with value or values; files are the ids of uploads by the numbers that fields name them by.
func Submit(kept, given []byte, files map[string]string) (answered []byte, chosen []Filled, problems []Problem) {
	var form, filled []input
	if err := json.Unmarshal(kept, &form); err != nil {
		return nil, nil, []Problem{{"data.custom_id", "MODAL_UNKNOWN", "The form cannot be read any more."}}
	}
	if err := json.Unmarshal(given, &filled); err != nil {
		return nil, nil, []Problem{{"data.components", "BASE_TYPE_BAD_TYPE", "Must be a list of components."}}
	}
	f := filling{given: make(map[string]*input), files: files}
	for one := range walk(filled) {
		if one.CustomID != nil {
			f.given[*one.CustomID] = one
		}
	}
	rows := make([]any, 0, len(form))
	for i := range form {
		one := &form[i]
		row := map[string]any{"type": one.Type, "id": one.ID}
		switch {
		case one.Type == ActionRow && len(one.Components) == 1:
			row["components"] = []any{f.submit(&one.Components[0])}
		case one.Type == Label && one.Component != nil:
			row["component"] = f.submit(one.Component)
		}
		rows = append(rows, row)
	}
	if len(f.problems) > 0 {
		return nil, nil, f.problems
	}
	answered, problems = encode(rows)
	return answered, f.chosen, problems
}

// text checks what was written.
func (f *filling) text(path string, control *Control, given *string) (text string) {
	if given != nil {
		text = *given
	}
	length := utf8.RuneCountInString(text)
	switch {
	case text == "" && !control.Required:
	case text == "":
		f.problems = append(f.problems, Problem{path, "BASE_TYPE_REQUIRED", "This field is required."})
	case length < control.MinLength || length > control.MaxLength || !utf8.ValidString(text):
		f.problems = append(f.problems, Problem{path, "BASE_TYPE_BAD_LENGTH", fmt.Sprintf("Must be between %d and %d in length.", control.MinLength, control.MaxLength)})
	}
	return text
}
