package main

import (
	"os/exec"
	"testing"
)

// Go's cache knows nothing of what strobe reads and runs: go test -count=1 ./...
func TestTranscripts(t *testing.T) {
	if out, err := exec.Command("strobe", "check", "testdata").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
