// Package testdriver runs the Python script of a system test against machines.
//
// In come a description.Test, machines that can boot and run commands, and an
// interpreter that can start Python. Out come a log of what happens while it
// happens, a Result, and files in an output directory: a report as JSON and as
// JUnit XML, and what each machine wrote to its console and journal.
//
// The script is ordinary Python and is executed by real Python. The Python
// side (folder python) only defines the names a script may use; each method of
// a machine is one request, a line of JSON over a socket, and what the method
// means (retries, unit states, timeouts) is decided here. The interpreter
// needs no file of ours: the modules travel as the first line.
//
// How a machine boots, where its files are and how a sandbox for Python is
// made is left to the caller, who implements Machine and Interpreter.
package testdriver
