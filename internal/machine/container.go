package machine

const (
	containerStage      = "__container-run"
	containersDirectory = "/run/berth/containers"
)

func containerMain(args []string) int { return 2 }
