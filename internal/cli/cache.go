package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"berth.dev/internal/binarycache"
	"berth.dev/internal/store"
	"github.com/spf13/cobra"
)

type serveOptions struct {
	listen   string
	keys     []string
	priority int
	plain    bool
}

func (a *app) cacheCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cache",
		Short:   "Share the store as a binary cache",
		GroupID: groupPackages,
	}
	cmd.AddCommand(a.cacheServeCommand(), a.cacheKeyCommand())
	return cmd
}

func (a *app) cacheServeCommand() *cobra.Command {
	o := &serveOptions{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the store to berth and Nix over HTTP",
		Long: "serve answers as Nix's binary caches do until it is interrupted. With --secret-key-file\n" +
			"every path is signed; others trust it by the public key, see 'berth cache key'.",
		Example: "  berth cache serve --listen :5000 --secret-key-file cache.key",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(true, func(s *store.Store) error { return a.serve(cmd.Context(), o, s) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:5000", "the address to listen on")
	flags.StringArrayVar(&o.keys, "secret-key-file", nil, "sign with the key in FILE (may be given several times)")
	flags.IntVar(&o.priority, "priority", 40, "what clients sort caches by; lower ones are asked first")
	flags.BoolVar(&o.plain, "no-compression", false, "send archives as they are")
	return cmd
}

func (a *app) serve(ctx context.Context, o *serveOptions, s *store.Store) error {
	server := &binarycache.Server{Store: s, Priority: o.priority, Plain: o.plain}
	for _, file := range o.keys {
		key, err := a.readSecretKey(file)
		if err != nil {
			return err
		}
		server.Keys = append(server.Keys, key)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return &statusError{exitUnavailable, err}
	}
	fmt.Fprintf(a.Stderr, "serving %s on http://%s\n", s.Dir(), listener.Addr())
	for _, key := range server.Keys {
		fmt.Fprintf(a.Stderr, "public key: %s\n", key.Public())
	}
	answering := &http.Server{ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(ctx, answering, func() error { return answering.Serve(listener) })
}

func (a *app) cacheKeyCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "key NAME | key --public FILE",
		Short: "Make a key that signs a cache, or show its public half",
		Long: "key prints a new secret key of a name, such as that of the host with a number. Keep it in\n" +
			"a file that only the cache can read. With --public it prints what others have to trust.",
		Example: "  berth cache key cache.example.org-1 > cache.key\n  berth cache key --public cache.key",
		Args:    cobra.ExactArgs(1),
	}
	public := cmd.Flags().Bool("public", false, "print the public half of the key in a file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		text, err := a.cacheKey(args[0], *public)
		if err != nil {
			return err
		}
		if asJSON {
			return a.printJSON(struct {
				Key string `json:"key"`
			}{text})
		}
		_, err = fmt.Fprintln(a.Stdout, text)
		return err
	}
	return cmd
}

func (a *app) cacheKey(argument string, public bool) (string, error) {
	if public {
		key, err := a.readSecretKey(argument)
		if err != nil {
			return "", err
		}
		return key.Public().String(), nil
	}
	key, err := binarycache.GenerateKey(argument)
	return key.String(), err
}
