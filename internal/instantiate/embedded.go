package instantiate

// EmbeddedDir returns where the embedded set appears to programs.
func (s *Session) EmbeddedDir() string { return s.embedded }
