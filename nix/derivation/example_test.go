package derivation_test

import (
	"fmt"

	"berth.dev/nix/derivation"
)

func Example() {
	d := &derivation.Derivation{
		Name: "f", System: "x", Builder: "/b",
		Outputs: []derivation.Output{{Name: "dev"}, {Name: "out"}},
	}
	for name, value := range map[string]string{"name": "f", "system": "x", "builder": "/b", "outputs": "dev out"} {
		d.Set(name, value)
	}
	var hashes derivation.Hashes
	if err := hashes.FillOutputs(d); err != nil {
		panic(err)
	}
	path, err := d.Path()
	if err != nil {
		panic(err)
	}
	out, _ := d.Output("out")
	fmt.Println(path)
	fmt.Println(out.Path)
	// Output:
	// /nix/store/ab3flbzm5djmm6jhqvxikivp40ry7i67-f.drv
	// /nix/store/m0qi3pkvjhl9fan6f414cs14w2fjhc4a-f
}
