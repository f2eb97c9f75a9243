package cli

// impureVariables may be asked for by builders whose outputs are fixed.
var impureVariables = [...]string{
	"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
	"GOPROXY", "GONOSUMDB", "GOSUMDB", "GONOSUMCHECK", "GIT_PROXY_COMMAND", "SOCKS_SERVER",
}

// impure returns what fixed-output builders may see of the environment.
func (a *app) impure() map[string]string {
	variables := map[string]string{}
	for _, name := range impureVariables {
		if value := a.Getenv(name); value != "" {
			variables[name] = value
		}
	}
	return variables
}
