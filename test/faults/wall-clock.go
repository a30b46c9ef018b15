package time

import (
	"sync/atomic"
	"syscall"
)

// Seconds by which this program's wall clock is ahead: what the file named by WAYMARK_CLOCK_FILE says (`3600`, `-3600`).
var ahead atomic.Int64

func init() {
	if file, found := syscall.Getenv("WAYMARK_CLOCK_FILE"); found {
		go follow(file)
	}
}

func follow(file string) {
	for ; ; Sleep(100 * Millisecond) {
		descriptor, err := open(file)
		if err != nil {
			continue
		}
		text := make([]byte, 32)
		if length, err := read(descriptor, text); err == nil {
			ahead.Store(secondsIn(text[:length]))
		}
		closefd(descriptor)
	}
}

func secondsIn(text []byte) (seconds int64) {
	for _, character := range text {
		if '0' <= character && character <= '9' {
			seconds = seconds*10 + int64(character-'0')
		}
	}
	if len(text) > 0 && text[0] == '-' {
		return -seconds
	}
	return seconds
}
