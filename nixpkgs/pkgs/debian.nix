# The one file that sees berth's Debian index.
#
# resolve { packages, suite ? } -> records of the dependency closure
# lookup NAME                   -> one record with description, or null
# suggest NAME                  -> names that look alike
# names PREFIX                  -> all package names that begin with PREFIX
# essential                     -> names of the Essential packages
{
  inherit (__berth) version;
  inherit (__berth.debian)
    resolve
    lookup
    suggest
    names
    essential
    ;
}
