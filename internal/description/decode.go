package description

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// DecodeSystem reads and checks the JSON text of a [System]. The origin names
// the text in errors.
func DecodeSystem(text []byte, origin string) (*System, error) {
	s := &System{}
	if err := decode(text, origin, s); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", origin, err)
	}
	return s, nil
}

// DecodeTest reads and checks the JSON text of a [Test].
func DecodeTest(text []byte, origin string) (*Test, error) {
	t := &Test{}
	if err := decode(text, origin, t); err != nil {
		return nil, err
	}
	if err := t.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", origin, err)
	}
	return t, nil
}

func decode(text []byte, origin string, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s is not a description: %w", origin, locate(text, err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s is not a description: there is text behind its end", origin)
	}
	return nil
}

// locate adds the line to errors that know an offset.
func locate(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(-1)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	if offset < 0 || offset > int64(len(text)) {
		return err
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:offset], []byte("\n")), err)
}
