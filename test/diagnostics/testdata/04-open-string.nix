{
  script = ''
    echo hello
  ;
  port = 80;
}
