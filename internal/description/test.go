package description

// Test is a system test: machines and the script that drives them.
type Test struct {
	// Version is the schema version, see [Version].
	Version int    `json:"version"`
	Name    string `json:"name"`
	// Machines maps machine names to what boots under that name.
	Machines map[string]TestMachine `json:"machines"`
	// Script is Python source, the test script.
	Script string `json:"script"`
	// ScriptFile is where Script came from, for messages; may be empty.
	ScriptFile string `json:"scriptFile,omitempty"`
	// Interpreter is the store path of the Python package that runs Script;
	// when it is empty, Debian's python3 is used.
	Interpreter string `json:"interpreter,omitempty"`
	// GlobalTimeout bounds the whole run, in seconds.
	GlobalTimeout int  `json:"globalTimeout,omitempty"`
	SkipLint      bool `json:"skipLint,omitempty"`
	SkipTypeCheck bool `json:"skipTypeCheck,omitempty"`
	// LogLevel is "debug", "info", "warning" or "error".
	LogLevel string `json:"logLevel,omitempty"`
}

// TestMachine is one machine of a test.
type TestMachine struct {
	// System is the store path of the toplevel. A hand-written test may give
	// Description instead, the system itself.
	System      string  `json:"system,omitempty"`
	Description *System `json:"description,omitempty"`
	// Kind is "node" or "container", as the configuration declared it.
	Kind string `json:"kind,omitempty"`
}
