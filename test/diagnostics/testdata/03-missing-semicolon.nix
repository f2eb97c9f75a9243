{
  port = 80
  host = "web";
}
