package video

import (
	"slices"
	"strings"
)

// Sign is a program that stands in for a camera. It is noted as a risk and refuses nobody:
// names are easily changed, and honest people film with their telephone through one. // A13
type Sign struct {
	Name string `json:"name"`
	// Used: the picture came from it; else it was only there.
	Used bool `json:"used"`
}

// programs are those that stand in for a camera, by a part of the name that a browser shows,
// in small letters.
var programs = []struct{ part, name string }{
	{"obs virtual", "OBS"}, {"obs-camera", "OBS"}, {"obs camera", "OBS"}, {"manycam", "ManyCam"}, {"xsplit", "XSplit"}, {"snap camera", "Snap Camera"}, {"splitcam", "SplitCam"},
	{"v4l2loopback", "v4l2loopback"}, {"dummy video device", "v4l2loopback"}, {"e2esoft", "e2eSoft VCam"}, {"akvcam", "AkVirtualCamera"}, {"akvirtualcamera", "AkVirtualCamera"},
	{"ndi ", "NDI"}, {"newtek", "NDI"}, {"unity video capture", "Unity"}, {"unitycapture", "Unity"}, {"youcam", "YouCam"}, {"deepfacelive", "DeepFaceLive"}, {"swapface", "Swapface"},
	{"nvidia broadcast", "NVIDIA Broadcast"}, {"mmhmm", "mmhmm"}, {"droidcam", "DroidCam"}, {"iriun", "Iriun"}, {"epoccam", "EpocCam"}, {"fake_device", "Chromium fake device"}, {"virtual", "virtual camera"},
}

// Limits of what a browser says about its cameras.
const (
	maxCameras = 10
	maxLabel   = 200 // bytes
)

// Signs finds programs among the names of cameras: used is that of the picture, there are
// all. Names of real cameras are not kept: people call them after themselves.
func Signs(used string, there []string) (list []Sign) {
	for i, label := range slices.Concat([]string{used}, there[:min(len(there), maxCameras)]) {
		name := program(label)
		if name == "" || slices.ContainsFunc(list, func(s Sign) bool { return s.Name == name }) {
			continue
		}
		list = append(list, Sign{name, i == 0})
	}
	return list
}

func program(label string) string {
	label = strings.ToLower(label[:min(len(label), maxLabel)])
	for _, p := range programs {
		if strings.Contains(label, p.part) {
			return p.name
		}
	}
	return ""
}

// Merge adds signs to those that were seen before: who changes the camera in a session
// washes nothing away.
func Merge(before, now []Sign) []Sign {
	list := slices.Clone(before)
	for _, s := range now {
		switch i := slices.IndexFunc(list, func(b Sign) bool { return b.Name == s.Name }); {
		case i < 0:
			list = append(list, s)
		case s.Used:
			list[i].Used = true
		}
	}
	return list
}

// Names lists the programs that were used, or only there.
func Names(list []Sign, used bool) (names []string) {
	for _, s := range list {
		if s.Used == used {
			names = append(names, s.Name)
		}
	}
	return names
}
