{
  names = [ "plain" ];
}
