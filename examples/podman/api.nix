# The API as an image. It is never a file: the unit streams it into the engine.
{ dockerTools, python3 }:
dockerTools.streamLayeredImage {
  name = "todo-api";
  tag = "latest";

  contents = [ (python3.withPackages (ps: [ ps.psycopg2 ])) ];

  config.Cmd = [
    "python3"
    ./api.py
    ./tutorial.conf
  ];
}
