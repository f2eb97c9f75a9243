package testdriver

import (
	"embed"
	"fmt"
)

//go:embed python/*.py
var pythonFiles embed.FS

// bootstrap is given to Python on its command line: it reads the greeting,
// makes the modules in it, and hands over to the last one.
const bootstrap = `
import json, os, sys, types
os.set_inheritable(3, False)
greeting = json.loads(open(3, "rb", closefd=False).readline())
for source in greeting["modules"]:
    module = types.ModuleType(source["name"])
    sys.modules[source["name"]] = module
    exec(compile(source["source"], "<berth>/" + source["name"], "exec"), module.__dict__)
sys.exit(module.main(greeting["settings"]))
`

// pythonModules are the driver's modules in the order of their imports.
func pythonModules() []pythonModule {
	var modules []pythonModule
	for _, name := range []string{"errors", "wire", "polling", "logger", "machine", "script", "lint", "failure", "prompt", "driver"} {
		source, err := pythonFiles.ReadFile("python/" + name + ".py")
		if err != nil {
			panic(fmt.Sprintf("testdriver: embedded module %s is missing: %v", name, err))
		}
		modules = append(modules, pythonModule{Name: "test_driver." + name, Source: string(source)})
	}
	return modules
}
