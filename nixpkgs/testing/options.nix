# The options of a system as plain data, for documentation and search: a list
# of { name, type, description, default, example, declarations, readOnly }.
{ lib, nixosSystem }:
{
  system,
  modules ? [ ],
}:
let
  evaluated = nixosSystem { inherit system modules; };

  # Defaults and examples are shown as the text of an expression.
  shown =
    value:
    if builtins.isAttrs value && value ? _type && value ? text then
      value.text
    else
      lib.generators.toPretty { } value;

  plain =
    option:
    {
      inherit (option) name readOnly;
      type = option.type or "unspecified";
      description =
        let
          text = option.description or "";
        in
        if builtins.isAttrs text then text.text else toString text;
      declarations = map toString (option.declarations or [ ]);
    }
    // lib.optionalAttrs (option ? default) { default = shown option.default; }
    // lib.optionalAttrs (option ? example) { example = shown option.example; };

  isPublic = option: option.visible && !option.internal;
in
map plain (lib.filter isPublic (lib.optionAttrSetToDocList evaluated.options))
