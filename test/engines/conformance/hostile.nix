# Text that is easily taken for something else on its way through unit files,
# shells and command lines.
rec {
  value = "--rm $(touch /tmp/pwned) `id` \"two  spaces\" 'single' %n %% $HOME \${HOME} \\n ; | & * ~ #äö";
  arguments = [
    "--privileged"
    "-v"
    ""
    " "
    value
    "a\nb"
    "%i"
  ];
}
