# A parser of arithmetic written in the language, on a long text.
let
  text = builtins.concatStringsSep "+" (builtins.genList (i: "(${toString i}*3-${toString (i + 1)})") 700);
  tokens = builtins.filter (t: t != "") (
    builtins.concatMap (t: if builtins.isList t then t else [ t ]) (builtins.split "([-+*()])" text)
  );
  at = builtins.elemAt tokens;
  last = builtins.length tokens;
  peek = i: if i < last then at i else "";
  factor =
    i:
    if peek i == "(" then
      let inner = sum (i + 1); in { value = inner.value; next = inner.next + 1; }
    else
      { value = builtins.fromJSON (at i); next = i + 1; };
  product = i: productRest (factor i);
  productRest =
    left:
    if peek left.next == "*" then
      let right = factor (left.next + 1); in productRest { value = left.value * right.value; next = right.next; }
    else
      left;
  sum = i: sumRest (product i);
  sumRest =
    left:
    let
      operator = peek left.next;
      right = product (left.next + 1);
    in
    if operator == "+" then
      sumRest { value = left.value + right.value; next = right.next; }
    else if operator == "-" then
      sumRest { value = left.value - right.value; next = right.next; }
    else
      left;
in
(sum 0).value
