package component

import (
	"encoding/json"
	"strings"
	"testing"
)

const form = `[{"type":1,"components":[{"type":4,"custom_id":"name","style":1,"label":"Name","min_length":2,"max_length":5}]},
	{"type":18,"label":"Why","description":"In short","component":{"type":4,"custom_id":"why","style":2,"required":false,"value":"so"}},
	{"type":18,"label":"What","component":{"type":3,"custom_id":"what","options":[{"label":"A","value":"a"},{"label":"B","value":"b"}],"max_values":2}},
	{"type":18,"label":"Who","component":{"type":5,"custom_id":"who","required":false}},{"type":10,"content":"Thank you"}]`

func TestAFormIsReadAndFilledIn(t *testing.T) {
	kept, problems := ReadModal("form", "A form", []byte(form), nil)
	if problems != nil {
		t.Fatal(problems)
	}
	given := `[{"type":1,"components":[{"type":4,"custom_id":"name","value":"Ada"}]},{"type":18,"component":{"type":3,"custom_id":"what","values":["b","a"]}}]`
	answered, chosen, problems := Submit(kept, []byte(given), nil)
	want := `[{"components":[{"custom_id":"name","id":2,"type":4,"value":"Ada"}],"id":1,"type":1},{"component":{"custom_id":"why","id":4,"type":4,"value":""},"id":3,"type":18},` +
		`{"component":{"custom_id":"what","id":6,"type":3,"values":["b","a"]},"id":5,"type":18},{"component":{"custom_id":"who","id":8,"type":5,"values":[]},"id":7,"type":18},{"id":9,"type":10}]`
	if string(answered) != want || problems != nil || len(chosen) != 2 || chosen[0].Values[0] != "b" {
		t.Errorf("%s\n%+v %+v", answered, chosen, problems)
	}
	for given, path := range map[string]string{
		`[]`: "data.components.name",
		`[{"type":4,"custom_id":"name","value":"Ada Lovelace"},{"type":3,"custom_id":"what","values":["a"]}]`: "data.components.name",
		`[{"type":4,"custom_id":"name","value":"Ada"},{"type":3,"custom_id":"what","values":["c"]}]`:          "data.components.what",
		`[{"type":4,"custom_id":"name","value":"Ada"},{"type":3,"custom_id":"what","values":["a","a"]}]`:      "data.components.what",
		`[{"type":4,"custom_id":"name","value":"Ada"},{"type":3,"custom_id":"what","values":[]}]`:             "data.components.what",
		`{}`: "data.components",
	} {
		if _, _, problems := Submit(kept, []byte(given), nil); len(problems) == 0 || problems[0].Path != path {
			t.Errorf("%s: %+v, want %s", given, problems, path)
		}
	}
}

// ticked is a form of what is ticked and brought.
const ticked = `[{"type":18,"label":"Bring","component":{"type":19,"custom_id":"files","max_values":2}},
	{"type":18,"label":"One","component":{"type":21,"custom_id":"one","required":false,"options":[{"label":"A","value":"a","default":true},{"label":"B","value":"b","description":"or not"}]}},
	{"type":18,"label":"Some","component":{"type":22,"custom_id":"some","min_values":1,"options":[{"label":"A","value":"a"},{"label":"B","value":"b"},{"label":"C","value":"c"}],"max_values":2}},
	{"type":18,"label":"Agreed","component":{"type":23,"custom_id":"agreed","default":true}}]`

func TestWhatIsTickedAndBroughtInAForm(t *testing.T) {
	kept, problems := ReadModal("form", "A form", []byte(ticked), nil)
	if problems != nil {
		t.Fatal(problems)
	}
	files := map[string]string{"0": "170", "1": "171", "2": "172"}
	answered, chosen, problems := Submit(kept, []byte(`[{"type":18,"component":{"custom_id":"files","values":["1","0"]}},{"custom_id":"one","value":"b"},{"custom_id":"some","values":["c","a"]},{"custom_id":"agreed","value":true}]`), files)
	want := `[{"component":{"custom_id":"files","id":2,"type":19,"values":["171","170"]},"id":1,"type":18},{"component":{"custom_id":"one","id":4,"type":21,"value":"b"},"id":3,"type":18},` +
		`{"component":{"custom_id":"some","id":6,"type":22,"values":["c","a"]},"id":5,"type":18},{"component":{"custom_id":"agreed","id":8,"type":23,"value":true},"id":7,"type":18}]`
	if string(answered) != want || problems != nil || len(chosen) != 1 || chosen[0].Values[0] != "171" {
		t.Errorf("%s\n%+v %+v", answered, chosen, problems)
	}
	answered, _, problems = Submit(kept, []byte(`[{"custom_id":"files","values":["0"]},{"custom_id":"some","values":["a"]},{"custom_id":"agreed","value":null}]`), files)
	if !strings.Contains(string(answered), `"type":21,"value":null`) || !strings.Contains(string(answered), `"type":23,"value":false`) || problems != nil {
		t.Errorf("%s %+v", answered, problems)
	}
	for given, path := range map[string]string{
		`{"custom_id":"files","values":[]},{"custom_id":"some","values":["a"]}`:                                             "data.components.files",
		`{"custom_id":"files","values":["3"]},{"custom_id":"some","values":["a"]}`:                                          "data.components.files",
		`{"custom_id":"files","values":["0","0"]},{"custom_id":"some","values":["a"]}`:                                      "data.components.files",
		`{"custom_id":"files","values":["0","1","2"]},{"custom_id":"some","values":["a"]}`:                                  "data.components.files",
		`{"custom_id":"files","values":["0"]},{"custom_id":"one","value":"c"},{"custom_id":"some","values":["a"]}`:          "data.components.one",
		`{"custom_id":"files","values":["0"]},{"custom_id":"some"}`:                                                         "data.components.some",
		`{"custom_id":"files","values":["0"]},{"custom_id":"some","values":["x"]}`:                                          "data.components.some",
		`{"custom_id":"files","values":["0"]},{"custom_id":"some","values":["a","b","c"]}`:                                  "data.components.some",
		`{"custom_id":"files","values":["0"]},{"custom_id":"some","values":["a"]},{"custom_id":"agreed","value":{"a":"b"}}`: "data.components",
	} {
		if _, _, problems := Submit(kept, []byte("["+given+"]"), files); len(problems) == 0 || problems[0].Path != path {
			t.Errorf("%s: %+v, want %s", given, problems, path)
		}
	}
	for given, path := range map[string]string{
		`{"type":19}`: ".custom_id", `{"type":19,"custom_id":"a","max_values":11}`: ".max_values", `{"type":19,"custom_id":"a","min_values":2}`: ".max_values",
		`{"type":21,"custom_id":"a","options":[{"label":"A","value":"a"}]}`: ".options", `{"type":22,"custom_id":"a"}`: ".options", `{"type":23}`: ".custom_id",
		`{"type":21,"custom_id":"a","options":[{"label":"A","value":"a"},{"label":"B","value":"a"}]}`:                                              ".options.1.value",
		`{"type":21,"custom_id":"a","options":[{"label":"A","value":"a","default":true},{"label":"B","value":"b","default":true}]}`:                ".options",
		`{"type":22,"custom_id":"a","max_values":1,"options":[{"label":"A","value":"a","default":true},{"label":"B","value":"b","default":true}]}`: ".options",
		`{"type":22,"custom_id":"a","options":[{"value":"a"}]}`:                                                                                    ".options.0.label",
		`{"type":4,"custom_id":"a","style":1,"value":true}`:                                                                                        ".value",
	} {
		if _, problems := ReadModal("form", "A form", []byte(`[{"type":18,"label":"a","component":`+given+`}]`), nil); len(problems) == 0 || problems[0].Path != "components.0.component"+path {
			t.Errorf("%s: %+v, want %s", given, problems, path)
		}
		if _, _, problems := Read([]byte(`[{"type":1,"components":[`+given+`]}]`), Message{}); len(problems) == 0 {
			t.Errorf("%s stands in a message", given)
		}
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	for given, path := range map[string]string{
		`[]`: "components", `{}`: "components", `[{"type":1,"components":[]}]`: "components.0.components",
		`[{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a"}]}]`:                               "components.0.components",
		`[{"type":1,"components":[{"type":4,"custom_id":"a","style":1}]}]`:                                           "components.0.components.0.label",
		`[{"type":1,"components":[{"type":4,"style":1,"label":"a"}]}]`:                                               "components.0.components.0.custom_id",
		`[{"type":1,"components":[{"type":4,"custom_id":"a","style":3,"label":"a"}]}]`:                               "components.0.components.0.style",
		`[{"type":1,"components":[{"type":4,"custom_id":"a","style":1,"label":"a","min_length":9,"max_length":3}]}]`: "components.0.components.0.min_length",
		`[{"type":18,"label":"a"}]`: "components.0.component", `[{"type":18,"label":"a","component":{"type":2}}]`: "components.0.component.type", `[{"type":17}]`: "components.0.type",
	} {
		if _, problems := ReadModal("form", "A form", []byte(given), nil); len(problems) == 0 || problems[0].Path != path {
			t.Errorf("%s: %+v, want %s", given, problems, path)
		}
	}
	if _, problems := ReadModal("", "A form", []byte(form), nil); len(problems) != 1 || problems[0].Path != "custom_id" {
		t.Error(problems)
	}
}

func TestControlsAreFoundByTheirName(t *testing.T) {
	kept, _, _ := Read([]byte(`[{"type":17,"components":[{"type":9,"components":[{"type":10,"content":"x"}],"accessory":{"type":2,"style":1,"label":"a","custom_id":"a","disabled":true}},{"type":1,"components":[{"type":8,"custom_id":"c","channel_types":[0],"max_values":3}]}]}]`), Message{Layout: true})
	button, found := Find(kept, "a")
	if !found || button.Type != Button || !button.Disabled {
		t.Errorf("%+v %v", button, found)
	}
	menu, found := Find(kept, "c")
	if !found || menu.MaxValues != 3 || len(menu.ChannelTypes) != 1 || !menu.IsMenu() {
		t.Errorf("%+v %v", menu, found)
	}
	if _, found := Find(kept, "x"); found {
		t.Error("what is not there was found")
	}
}

func FuzzModal(f *testing.F) {
	f.Add([]byte(form), []byte(`[{"type":4,"custom_id":"name","value":"Ada"},{"type":3,"custom_id":"what","values":["a"]}]`))
	f.Add([]byte(ticked), []byte(`[{"custom_id":"files","values":["0"]},{"custom_id":"one","value":"a"},{"custom_id":"some","values":["a"]},{"custom_id":"agreed","value":true}]`))
	f.Fuzz(func(t *testing.T, given, filled []byte) {
		kept, problems := ReadModal("form", "A form", given, nil)
		if problems != nil {
			return
		}
		if again, problems := ReadModal("form", "A form", kept, nil); string(again) != string(kept) || problems != nil {
			t.Errorf("%q is read again as %q, %v", kept, again, problems)
		}
		if answered, _, problems := Submit(kept, filled, map[string]string{"0": "17"}); problems == nil && !json.Valid(answered) {
			t.Errorf("%q is given as %q", filled, answered)
		}
	})
}
