package video_test

import (
	"slices"
	"testing"

	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio"
)

// A13: names of cameras are a reason to look closely, and nothing more.
func TestA13ProgramsInPlaceOfACameraAreNoted(t *testing.T) {
	list := video.Signs("OBS Virtual Camera", []string{"FaceTime HD di Amira", "OBS Virtual Camera", "ManyCam Virtual Webcam"})
	if want := []video.Sign{{Name: "OBS", Used: true}, {Name: "ManyCam"}}; !slices.Equal(list, want) {
		t.Errorf("%+v, want %+v", list, want)
	}
	if list := video.Signs("FaceTime HD Camera (Amira)", []string{"Integrated Camera", ""}); len(list) != 0 {
		t.Errorf("real cameras: %+v", list)
	}
	many := make([]string, 1000)
	for i := range many {
		many[i] = "Iriun"
	}
	if list := video.Signs("", many); len(list) != 1 {
		t.Errorf("%+v", list)
	}
	merged := video.Merge([]video.Sign{{Name: "OBS"}, {Name: "NDI", Used: true}}, []video.Sign{{Name: "OBS", Used: true}, {Name: "NDI"}})
	if want := []video.Sign{{Name: "OBS", Used: true}, {Name: "NDI", Used: true}}; !slices.Equal(merged, want) {
		t.Errorf("%+v, want %+v", merged, want)
	}
}

// A13: what was recorded before cannot know what will be asked.
func TestA13WhatIsAskedIsDrawnAndHasATwinWithoutGestures(t *testing.T) {
	for _, gestures := range []bool{true, false} {
		seen := map[string]bool{}
		for n := range 200 {
			drawn := video.Draw(gestures, func(below int) int { return n % below })
			if len(drawn) != 2 || drawn[0].Action == drawn[1].Action {
				t.Fatalf("%+v", drawn)
			}
			for _, d := range drawn {
				seen[d.Action] = true
				if spoken := d.Action == "say_number" || d.Action == "say_month" || d.Action == "say_colour" || d.Action == "read_word"; spoken == gestures {
					t.Errorf("gestures %v: %s", gestures, d.Action)
				}
				if (d.Action == "say_number" || d.Action == "read_word") != (d.Word != "") {
					t.Errorf("%+v", d)
				}
			}
		}
		if len(seen) < 3 {
			t.Errorf("only %v", seen)
		}
	}
}

// The pages of one side take no place of the other's.
func TestWhoOpensManyPagesShutsNobodyOut(t *testing.T) {
	var h video.Hub
	var leaves []func()
	for n := range 100 {
		_, leave, ok := h.Listen("s", studio.Applicant)
		if ok != (n < 4) {
			t.Fatalf("page %d: %v", n, ok)
		}
		if ok {
			leaves = append(leaves, leave)
		}
	}
	woken, leave, ok := h.Listen("s", studio.Operator)
	if !ok {
		t.Fatal("the operator hears nothing any more")
	}
	h.Wake("s")
	h.Wake("s")
	<-woken
	leave()
	for _, leave := range leaves {
		leave()
	}
	if _, _, ok := h.Listen("s", studio.Applicant); !ok {
		t.Error("places are not given back")
	}
}
