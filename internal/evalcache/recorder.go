package evalcache

import "sync"

// Recorder listens to one evaluation. Its methods may be called on a nil
// Recorder, which does nothing, and by several goroutines.
type Recorder struct {
	mu    sync.Mutex
	list  []Fact
	seen  map[[2]string]bool
	unfit bool
}

// Note records a question and its answer. The same question is asked once in
// an evaluation: later answers have to be the same.
func (r *Recorder) Note(kind, question string, answer []byte) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	id := [2]string{kind, question}
	if r.seen[id] {
		return
	}
	if r.seen == nil {
		r.seen = map[[2]string]bool{}
	}
	r.seen[id] = true
	r.list = append(r.list, Fact{kind, question, digest(answer)})
}

// Spoil says that the evaluation did something that cannot be checked again:
// it read the clock, told the user something, built or fetched.
func (r *Recorder) Spoil() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unfit = true
}

func (r *Recorder) facts() ([]Fact, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list, !r.unfit
}

// Variable is the kind of questions about the environment.
const Variable = "variable"

// Getenv listens to what is asked of an environment.
func (r *Recorder) Getenv(get func(string) string) func(string) string {
	if r == nil || get == nil {
		return get
	}
	return func(name string) string {
		value := get(name)
		r.Note(Variable, name, []byte(value))
		return value
	}
}
