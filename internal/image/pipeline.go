package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// A pipeline is the older way to say how layers are cut: steps, each a list of
// a function and its arguments, that turn the graph of objects into a list of
// layers. Between steps there is a graph, a list of values, or a record of
// values by name.
type pipeline struct {
	step string
}

// record is what the steps that split a graph return; empty values are left out.
type record map[string]any

// list is a sequence of values.
type list []any

// cutByPipeline runs the steps over the graph.
func cutByPipeline(g graph, steps []any) ([]cut, error) {
	value, err := runSteps(g, steps)
	if err != nil {
		return nil, fmt.Errorf("layeringPipeline: %w", err)
	}
	var cuts []cut
	flatten(value, func(part graph) {
		if len(part) > 0 {
			cuts = append(cuts, cut{part.paths(), "cut by layeringPipeline"})
		}
	})
	return cuts, nil
}

// parsePipeline reads the JSON form of a pipeline.
func parsePipeline(text []byte) ([]any, error) {
	var steps []any
	if err := json.Unmarshal(text, &steps); err != nil {
		return nil, fmt.Errorf("layeringPipeline is not a list of steps: %w", err)
	}
	return steps, nil
}

func runSteps(value any, steps []any) (any, error) {
	for _, step := range steps {
		words, ok := step.([]any)
		if !ok || len(words) == 0 {
			return nil, fmt.Errorf("step %v is not a list that begins with a function", step)
		}
		name, ok := words[0].(string)
		if !ok {
			return nil, fmt.Errorf("function %v is not a string", words[0])
		}
		result, err := pipeline{name}.run(value, words[1:])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		value = result
	}
	return value, nil
}

func (p pipeline) run(value any, arguments []any) (any, error) {
	switch p.step {
	case "pipe":
		return withSteps(arguments, 0, func(steps []any) (any, error) { return runSteps(value, steps) })
	case "map":
		return p.onEach(value, arguments)
	case "over":
		return p.over(value, arguments)
	case "flatten":
		var parts list
		flatten(value, func(g graph) { parts = append(parts, g) })
		return parts, nil
	case "reverse":
		items, err := asList(value)
		slices.Reverse(items)
		return items, err
	case "reorder":
		return p.reorder(value, arguments)
	case "limit_layers":
		return limitLayers(value, arguments)
	}
	g, ok := value.(graph)
	if !ok {
		return nil, fmt.Errorf("it needs a graph and got %T; put [\"map\" ...] or [\"over\" ...] around it", value)
	}
	return p.onGraph(g, arguments)
}

func (p pipeline) onGraph(g graph, arguments []any) (any, error) {
	switch p.step {
	case "popularity_contest":
		var ordered list
		for _, path := range byPopularity(g) {
			ordered = append(ordered, g.only([]string{path}))
		}
		return ordered, nil
	case "split_every":
		return splitEvery(g, arguments)
	case "remove_paths":
		paths, err := pathsOf(g, arguments)
		return g.without(g.only(paths)), err
	case "subcomponent_out":
		paths, err := pathsOf(g, arguments)
		return splitOff(g, g.reach(paths)), err
	case "subcomponent_in":
		paths, err := pathsOf(g, arguments)
		users := g.reversed().reach(paths)
		return splitOff(g, g.only(users.paths())), err
	case "split_paths":
		paths, err := pathsOf(g, arguments)
		return splitPaths(g, paths), err
	}
	return nil, errors.New("there is no such step")
}

// splitPaths separates what is only reached through some objects, what they
// share with others, and the rest.
func splitPaths(g graph, paths []string) record {
	reached := g.reach(paths)
	others := g.without(g.only(paths))
	roots := slices.DeleteFunc(g.roots(), func(p string) bool { return slices.Contains(paths, p) })
	var elsewhere graph
	if len(roots) > 0 {
		elsewhere = others.reach(roots)
	}
	main := reached.without(elsewhere)
	common := reached.without(main)
	return compactRecord(record{"main": main, "common": common, "rest": g.without(reached)})
}

func splitOff(g, main graph) record {
	return compactRecord(record{"main": main, "rest": g.without(main)})
}

func compactRecord(r record) record {
	for key, value := range r {
		if len(value.(graph)) == 0 {
			delete(r, key)
		}
	}
	return r
}

func (p pipeline) onEach(value any, arguments []any) (any, error) {
	items, err := asList(value)
	if err != nil {
		return nil, err
	}
	return withSteps(arguments, 0, func(step []any) (any, error) {
		for i, item := range items {
			if items[i], err = runSteps(item, []any{step}); err != nil {
				return nil, err
			}
		}
		return items, nil
	})
}

func (p pipeline) over(value any, arguments []any) (any, error) {
	r, ok := value.(record)
	if !ok || len(arguments) != 2 {
		return nil, errors.New("it needs a record, a key and a step")
	}
	key, _ := arguments[0].(string)
	inner, there := r[key]
	if !there {
		return r, nil
	}
	result, err := runSteps(inner, []any{arguments[1]})
	r[key] = result
	return r, err
}

func (p pipeline) reorder(value any, arguments []any) (any, error) {
	r, ok := value.(record)
	if !ok || len(arguments) != 1 {
		return nil, errors.New("it needs a record and a list of keys")
	}
	keys, err := asWords(arguments[0])
	var ordered list
	for _, key := range keys {
		if v, there := r[key]; there {
			ordered = append(ordered, v)
		}
	}
	return ordered, err
}

func limitLayers(value any, arguments []any) (any, error) {
	items, err := asList(value)
	if err != nil {
		return nil, err
	}
	limit, err := asCount(arguments)
	if err != nil || len(items) <= limit {
		return items, err
	}
	merged := graph{}
	flatten(items[limit-1:], func(g graph) {
		for p, o := range g {
			merged[p] = o
		}
	})
	return append(slices.Clone(items[:limit-1]), merged), nil
}

func splitEvery(g graph, arguments []any) (any, error) {
	count, err := asCount(arguments)
	if err != nil {
		return nil, err
	}
	var chunks list
	for chunk := range slices.Chunk(g.paths(), count) {
		chunks = append(chunks, g.only(chunk))
	}
	return chunks, nil
}
