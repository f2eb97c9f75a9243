# Portable service modules: a service described without a particular manager.
{ lib }:
{
  # flattenMapServicesConfigToList :: (loc -> service -> [ a ]) -> loc -> service -> [ a ]
  # Applies the function to a service and all services inside of it.
  flattenMapServicesConfigToList =
    f: loc: config:
    f loc config
    ++ lib.concatLists (
      lib.mapAttrsToList (
        name:
        lib.services.flattenMapServicesConfigToList f (loc ++ [ "services" name ])
      ) (config.services or { })
    );
}
