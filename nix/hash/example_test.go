package hash_test

import (
	"fmt"

	"berth.dev/nix/hash"
)

func ExampleParse() {
	h, err := hash.Parse("sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", 0)
	if err != nil {
		panic(err)
	}
	fmt.Println(h.Algorithm(), h.Nix32())
	// Output: sha256 094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic
}
