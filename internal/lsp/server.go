package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"

	"berth.dev/internal/catalogue"
	"berth.dev/nix/eval"
)

// Catalogue is what the server knows besides documents. Its lists may be empty.
type Catalogue interface {
	Options() []catalogue.Option
	Packages() []catalogue.Package
	// DebianNames returns the members of pkgs.debian that begin with prefix.
	DebianNames(prefix string) []string
	// Library returns the names of the functions of lib.
	Library() []string
	// SourceFile returns where a file that declares options can be read.
	SourceFile(declaration string) (string, bool)
}

// Server serves one editor.
type Server struct {
	connection
	catalogue   Catalogue
	version     string
	globals     map[string]bool
	documents   map[string]*document
	initialized bool
	stopping    bool
}

// New returns a server that talks on the streams.
func New(in io.Reader, out io.Writer, c Catalogue, version string) *Server {
	s := &Server{
		connection: connection{in: bufio.NewReader(in), out: out},
		catalogue:  c, version: version, documents: map[string]*document{}, globals: map[string]bool{},
	}
	for _, name := range eval.New(eval.Config{}).GlobalNames() {
		s.globals[name] = true
	}
	return s
}

// ErrNoShutdown is what Run returns when the editor goes without saying so.
var ErrNoShutdown = errors.New("the editor ended the connection without a shutdown")

// Run answers messages until the editor asks the server to exit.
func (s *Server) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		m, err := s.read()
		var wrong *responseError
		switch {
		case errors.As(err, &wrong):
			err = s.write(message{ID: json.RawMessage("null"), Error: wrong})
		case errors.Is(err, io.EOF):
			return s.end()
		case err == nil && m.Method == "exit":
			return s.end()
		case err == nil:
			err = s.handle(m)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *Server) end() error {
	if !s.stopping {
		return ErrNoShutdown
	}
	return nil
}

// handle answers a request, or takes note of a notification.
func (s *Server) handle(m message) error {
	isRequest := len(m.ID) > 0
	result, err := s.dispatch(m)
	if !isRequest {
		var wrong *responseError
		if errors.As(err, &wrong) {
			return nil // nobody waits for the answer
		}
		return err
	}
	answer := message{ID: m.ID, Result: result}
	if err != nil {
		var wrong *responseError
		if !errors.As(err, &wrong) {
			wrong = &responseError{codeInvalidRequest, err.Error()}
		}
		answer.Result, answer.Error = nil, wrong
	} else if result == nil {
		answer.Result = json.RawMessage("null")
	}
	return s.write(answer)
}

func (s *Server) dispatch(m message) (any, error) {
	switch {
	case m.Method == "initialize":
		s.initialized = true
		return s.capabilities(), nil
	case !s.initialized:
		return nil, &responseError{codeNotInitialized, "the first request is initialize"}
	case s.stopping:
		return nil, &responseError{codeInvalidRequest, "the server is shutting down"}
	}
	switch m.Method {
	case "shutdown":
		s.stopping = true
		return nil, nil
	case "textDocument/didOpen":
		return nil, with(m, s.opened)
	case "textDocument/didChange":
		return nil, with(m, s.changed)
	case "textDocument/didClose":
		return nil, with(m, s.closed)
	case "textDocument/definition":
		return ask(m, s.definition)
	case "textDocument/hover":
		return ask(m, s.hover)
	case "textDocument/completion":
		return ask(m, s.completion)
	case "textDocument/formatting":
		return ask(m, s.formatting)
	case "initialized", "$/cancelRequest", "$/setTrace", "textDocument/didSave", "workspace/didChangeConfiguration":
		return nil, nil
	}
	return nil, &responseError{codeMethodNotFound, "unknown method " + m.Method}
}

// with decodes the parameters of a notification.
func with[P any](m message, take func(P) error) error {
	var params P
	if err := json.Unmarshal(m.Params, &params); err != nil {
		return &responseError{codeInvalidParams, err.Error()}
	}
	return take(params)
}

// ask decodes the parameters of a request.
func ask[P, R any](m message, answer func(P) (*R, error)) (any, error) {
	var result *R
	err := with(m, func(params P) (err error) {
		result, err = answer(params)
		return err
	})
	if result == nil {
		return nil, err
	}
	return result, err
}

func (s *Server) capabilities() any {
	return map[string]any{
		"capabilities": map[string]any{
			"positionEncoding":           "utf-16",
			"textDocumentSync":           map[string]any{"openClose": true, "change": 2},
			"definitionProvider":         true,
			"hoverProvider":              true,
			"documentFormattingProvider": true,
			"completionProvider":         map[string]any{"triggerCharacters": []string{"."}},
		},
		"serverInfo": map[string]any{"name": "berth", "version": s.version},
	}
}

func (s *Server) opened(p openParams) error {
	d := newDocument(p.Document.URI, p.Document.Text)
	s.documents[d.uri] = d
	return s.publish(d, p.Document.Version)
}

func (s *Server) changed(p changeParams) error {
	d := s.documents[p.Document.URI]
	if d == nil {
		return &responseError{codeInvalidParams, "the document is not open"}
	}
	text := d.text
	for _, change := range p.Changes {
		if change.Range == nil {
			text = change.Text
		} else {
			at := lines{text}
			start, end := at.offset(change.Range.Start), at.offset(change.Range.End)
			text = text[:start] + change.Text + text[max(start, end):]
		}
	}
	d.set(text)
	return s.publish(d, p.Document.Version)
}

func (s *Server) closed(p struct {
	Document documentID `json:"textDocument"`
}) error {
	delete(s.documents, p.Document.URI)
	return s.notify("textDocument/publishDiagnostics", findings{URI: p.Document.URI, Diagnostics: []finding{}})
}

// publish sends what is wrong with a document.
func (s *Server) publish(d *document, version int) error {
	return s.notify("textDocument/publishDiagnostics", findings{URI: d.uri, Version: version, Diagnostics: d.findings(s.globals)})
}

func (s *Server) notify(method string, params any) error {
	data, err := json.Marshal(params)
	if err != nil {
		return err
	}
	return s.write(message{Method: method, Params: data})
}

// document returns an open document and the byte that a position means.
func (s *Server) document(p placeParams) (*document, int, error) {
	d := s.documents[p.Document.URI]
	if d == nil {
		return nil, 0, &responseError{codeInvalidParams, "the document is not open"}
	}
	return d, lines{d.text}.offset(p.Position), nil
}
