package format_test

import (
	"fmt"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/format"
)

func ExampleSource() {
	text := "{pkgs,...}:{environment.systemPackages=with pkgs;[\ncurl jq];} # tools"
	out, err := format.Source([]byte(text), diagnostic.File("tools.nix"), diagnostic.NewTable())
	if err != nil {
		fmt.Println(err)
	}
	fmt.Print(string(out))
	// Output:
	// { pkgs, ... }:
	// {
	//   environment.systemPackages = with pkgs; [
	//     curl
	//     jq
	//   ];
	// } # tools
}
