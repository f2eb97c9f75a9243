package storepath_test

import (
	"fmt"

	"berth.dev/nix/storepath"
)

func ExampleText() {
	p, err := storepath.Text("a.txt", "hello", nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(p)
	// Output: /nix/store/wzflyq5q9kjg4p27yck2nnispnblxsnh-a.txt
}

func ExampleSplit() {
	object, inside, err := storepath.Split("/nix/store/wzflyq5q9kjg4p27yck2nnispnblxsnh-a.txt/bin/sh")
	if err != nil {
		panic(err)
	}
	fmt.Println(object.Name(), inside)
	// Output: a.txt /bin/sh
}
