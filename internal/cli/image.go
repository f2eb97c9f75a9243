package cli

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"berth.dev/internal/build"
	"berth.dev/internal/image"
	"berth.dev/internal/root"
	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"
)

func (a *app) imageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "image",
		Short: "Build, move and look into container images",
		Long: "An IMAGE is a flake and an attribute (.#image), a Nix file, a store path, a docker\n" +
			"archive, a folder or archive in OCI's layout (oci:DIR[:NAME]), an image of a registry\n" +
			"(docker://NAME[:TAG]), or the name of an image that was pulled or imported before.",
		GroupID: groupPackages,
	}
	cmd.AddCommand(
		a.imageBuildCommand(), a.imageStreamCommand(), a.imageLoadCommand(),
		a.imagePushCommand(), a.imagePullCommand(), a.imageImportCommand(), a.imageBundleCommand(),
		a.imageInspectCommand(), a.imageDiffCommand(), a.imageSBOMCommand(),
	)
	return cmd
}

// imageOptions are the flags of every command that takes images.
type imageOptions struct {
	evalOptions
	// store is the directory of store objects for a plan that is named by its
	// path; it saves opening the store.
	store       string
	tag         string
	compression string
	registryOptions
}

func (o *imageOptions) register(cmd *cobra.Command) {
	o.readWrite = true
	o.registerSelection(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.store, "store", "", "folder of the store objects, for an image named by its store path")
	o.registryOptions.register(cmd)
}

// registryOptions say how registries are reached.
type registryOptions struct {
	authorities []string
	insecure    bool
	platform    string
}

func (o *registryOptions) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&o.authorities, "ca", nil, "trust the certificates in FILE, too")
	flags.BoolVar(&o.insecure, "insecure", false, "do not check the registry's certificate, or speak without TLS")
	flags.StringVar(&o.platform, "platform", "", "take the image for OS/ARCH[/VARIANT] where there are several")
}

func (a *app) registryConfig(o registryOptions, note func(string)) (image.RegistryConfig, error) {
	c := image.RegistryConfig{
		Keychain: authn.DefaultKeychain, Insecure: o.insecure, Note: note, Proxy: http.ProxyFromEnvironment,
		CertificateDirs: []string{"/etc/docker/certs.d", "/etc/containers/certs.d"},
		Platform:        v1.Platform{OS: "linux", Architecture: runtime.GOARCH},
	}
	for _, file := range o.authorities {
		c.Authorities = append(c.Authorities, a.path(file))
	}
	if o.platform != "" {
		p, err := v1.ParsePlatform(o.platform)
		if err != nil {
			return c, err
		}
		c.Platform = *p
	}
	return c, nil
}

// imageMemory is where digests of layers are remembered.
func imageMemory(stateDir string) image.Memory {
	return image.Memory{Dir: filepath.Join(stateDir, "cache", "layers")}
}

// localImages opens the images that were pulled or imported.
func localImages(stateDir string) (*image.Layout, error) {
	return image.OpenLayout(filepath.Join(stateDir, "images"))
}

// imageBuilders are the builders that make images.
func (w *workspace) imageBuilders() map[string]build.Builder {
	registry, err := w.registryConfig(registryOptions{}, nil)
	if err != nil {
		panic(err) // there is no platform to misread
	}
	return image.Builders(image.BuilderConfig{
		Memory:   imageMemory(w.stateDir),
		Registry: registry,
		SetUp: func(ctx context.Context, parts []string, log func(string)) ([]string, error) {
			return root.SetUp(ctx, root.Config{
				Parts: parts, StoreDir: w.store.ObjectDir(), CacheDir: filepath.Join(w.stateDir, "cache", "roots"), Log: log,
				LeaveOwners: os.Geteuid() != 0,
			})
		},
	})
}

// planOptions say how a plan of this command is opened.
func (o *imageOptions) planOptions(objects, stateDir string) image.Options {
	return image.Options{
		Objects: image.Objects(objects), Memory: imageMemory(stateDir), Time: time.Now(), Tag: o.tag,
		Compression: image.Compression(strings.ToLower(o.compression)),
	}
}
