package image

import (
	"errors"
	"fmt"
	"slices"
)

// recordOrder is the order in which the values of a record become layers:
// what others depend on comes first.
var recordOrder = [...]string{"rest", "common", "main"}

// flatten visits the graphs of a value in order.
func flatten(value any, visit func(graph)) {
	switch value := value.(type) {
	case graph:
		visit(value)
	case list:
		for _, item := range value {
			flatten(item, visit)
		}
	case record:
		for _, key := range recordOrder {
			flatten(value[key], visit)
		}
	}
}

func asList(value any) (list, error) {
	items, ok := value.(list)
	if !ok {
		return nil, fmt.Errorf("it needs a list of layers and got %T", value)
	}
	return slices.Clone(items), nil
}

// withSteps passes on the argument that is a list of steps or a step.
func withSteps(arguments []any, at int, use func([]any) (any, error)) (any, error) {
	if at >= len(arguments) {
		return nil, errors.New("an argument is missing")
	}
	steps, ok := arguments[at].([]any)
	if !ok {
		return nil, fmt.Errorf("argument %v is not a list", arguments[at])
	}
	return use(steps)
}

func asCount(arguments []any) (int, error) {
	if len(arguments) == 1 {
		if n, ok := arguments[0].(float64); ok && n >= 1 && n == float64(int(n)) {
			return int(n), nil
		}
	}
	return 0, errors.New("its argument must be a positive number")
}

func asWords(value any) ([]string, error) {
	items, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%v is not a list of strings", value)
	}
	var words []string
	for _, item := range items {
		word, ok := item.(string)
		if !ok {
			return nil, fmt.Errorf("%v is not a string", item)
		}
		words = append(words, word)
	}
	return words, nil
}

// pathsOf reads the paths that are a step's arguments, in a list or one by
// one. {"children_of": P} stands for what P refers to.
func pathsOf(g graph, arguments []any) ([]string, error) {
	if len(arguments) == 1 {
		if inner, ok := arguments[0].([]any); ok {
			arguments = inner
		}
	}
	var paths []string
	for _, argument := range arguments {
		switch argument := argument.(type) {
		case string:
			paths = append(paths, argument)
		case map[string]any:
			parent, ok := argument["children_of"].(string)
			if !ok {
				return nil, fmt.Errorf("%v is neither a path nor {children_of = path;}", argument)
			}
			paths = append(paths, g.children(parent)...)
		default:
			return nil, fmt.Errorf("%v is not a path", argument)
		}
	}
	return paths, nil
}
