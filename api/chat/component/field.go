package component

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Bounds of what is ticked and brought in forms (the published specification).
const (
	maxFieldFiles   = 10
	maxFieldOptions = 10
	minRadioOptions = 2
)

type (
	fileUpload struct {
		Type      int    `json:"type"`
		ID        int    `json:"id"`
		CustomID  string `json:"custom_id"`
		MinValues int    `json:"min_values"`
		MaxValues int    `json:"max_values"`
		Required  bool   `json:"required"`
	}
	radioGroup struct {
		Type     int      `json:"type"`
		ID       int      `json:"id"`
		CustomID string   `json:"custom_id"`
		Options  []option `json:"options"`
		Required bool     `json:"required"`
	}
	checkboxGroup struct {
		fileUpload
		Options []option `json:"options"`
	}
	checkbox struct {
		Type     int    `json:"type"`
		ID       int    `json:"id"`
		CustomID string `json:"custom_id"`
		Default  bool   `json:"default"`
	}
)

// fieldValue is what stands in a field: a text, or whether it is ticked. Both are nil for nothing.
type fieldValue struct {
	text   *string
	ticked *bool
}

// UnmarshalJSON reads a text, true, false or null.
func (v *fieldValue) UnmarshalJSON(data []byte) error {
	switch {
	case bytes.HasPrefix(data, []byte(`"`)):
		return json.Unmarshal(data, &v.text)
	case bytes.Equal(data, []byte("true")), bytes.Equal(data, []byte("false")), bytes.Equal(data, []byte("null")):
		return json.Unmarshal(data, &v.ticked)
	}
	return errors.New("the value of a field is a text, true or false")
}

// fileUpload reads a field that takes files.
func (r *reader) fileUpload(path string, one *input, componentID int) fileUpload {
	return r.several(path, one, componentID, 1, maxFieldFiles)
}

// several reads a field that takes several of something: one of them at least, and usual at most, unless it says otherwise.
func (r *reader) several(path string, one *input, componentID, usual, most int) fileUpload {
	kept := fileUpload{Type: one.Type, ID: componentID, CustomID: r.customID(path, one.CustomID), MinValues: 1, MaxValues: usual, Required: one.Required == nil || *one.Required}
	if one.MinValues != nil {
		kept.MinValues = *one.MinValues
	}
	if one.MaxValues != nil {
		kept.MaxValues = *one.MaxValues
	}
	if kept.MinValues < 0 || kept.MaxValues < 1 || kept.MaxValues > most || kept.MinValues > kept.MaxValues {
		r.wrong(path+".max_values", "NUMBER_TYPE_RANGE", "Must be between 1 and %d, and no less than min_values.", most)
	}
	return kept
}

// radioGroup reads a field of whose options one is chosen.
func (r *reader) radioGroup(path string, one *input, componentID int) radioGroup {
	kept := radioGroup{Type: one.Type, ID: componentID, CustomID: r.customID(path, one.CustomID), Required: one.Required == nil || *one.Required}
	kept.Options = r.fieldOptions(path, one.Options, minRadioOptions, 1)
	return kept
}

// checkboxGroup reads a field of whose options several can be ticked.
func (r *reader) checkboxGroup(path string, one *input, componentID int) checkboxGroup {
	kept := checkboxGroup{fileUpload: r.several(path, one, componentID, max(len(one.Options), 1), maxFieldOptions)}
	kept.Options = r.fieldOptions(path, one.Options, 1, kept.MaxValues)
	return kept
}

// fieldOptions reads the options of a field that shows them all; no more than some of them may be ticked beforehand.
func (r *reader) fieldOptions(path string, options []option, fewest, ticked int) []option {
	if len(options) < fewest || len(options) > maxFieldOptions {
		r.wrong(path+".options", "BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", fewest, maxFieldOptions)
	}
	kept := slices.Clone(options)
	for i := range kept {
		kept[i].Emoji = nil // such options have none
		if kept[i].Default {
			ticked--
		}
	}
	if ticked < 0 {
		r.wrong(path+".options", "BASE_TYPE_BAD_VALUE", "More are chosen beforehand than can be chosen.")
	}
	return r.checkOptions(path, kept)
}

// filling checks what somebody filled into the fields of a form.
type filling struct {
	// given are the fields as they were filled in, by their names; files the ids of what was uploaded, by the numbers that fields name it by.
	given    map[string]*input
	files    map[string]string
	chosen   []Filled
	problems []Problem
}

// submit checks one field, and gives it as its application is told it.
func (f *filling) submit(field *input) any {
	control := field.control()
	path := "data.components." + control.CustomID
	given := f.given[control.CustomID]
	if given == nil {
		given = &input{}
	}
	made := map[string]any{"type": control.Type, "id": control.ID, "custom_id": control.CustomID}
	switch {
	case control.Type == FileUpload || control.Type == CheckboxGroup || control.IsMenu():
		made["values"] = f.values(path, &control, given.Values)
	case control.Type == RadioGroup:
		made["value"] = f.radio(path, &control, given.Value.text)
	case control.Type == Checkbox:
		made["value"] = given.Value.ticked != nil && *given.Value.ticked
	default:
		made["value"] = f.text(path, &control, given.Value.text)
	}
	return made
}

// values checks what was chosen, ticked or brought.
func (f *filling) values(path string, control *Control, values []string) []string {
	if control.Type == FileUpload {
		uploads := make([]string, len(values))
		for i, number := range values {
			upload, brought := f.files[number]
			if !brought {
				f.problems = append(f.problems, Problem{path, "ATTACHMENT_NOT_FOUND", fmt.Sprintf("There is no file %q in this request.", number)})
			}
			uploads[i] = upload
		}
		values = uploads
	}
	values = append([]string{}, values...)
	f.problems = append(f.problems, control.Choose(path, values)...)
	if control.Type != CheckboxGroup {
		f.chosen = append(f.chosen, Filled{Control: *control, Values: values, Path: path})
	}
	return values
}

// radio checks which one was chosen; nil is none.
func (f *filling) radio(path string, control *Control, value *string) *string {
	switch {
	case value == nil && control.Required:
		f.problems = append(f.problems, Problem{path, "BASE_TYPE_REQUIRED", "This field is required."})
	case value != nil && !slices.Contains(control.Values, *value):
		f.problems = append(f.problems, Problem{path, "BASE_TYPE_CHOICES", "The field does not offer this."})
	}
	return value
}
