package runner

// Entry lets a test choose the line's end and the delimiter.
func Entry(name, value, eol string, random func() string) string {
	return entry(name, value, eol, random)
}
