# Build systems other than make take over a phase when their program is an
# input and their file is there, as their packages' hooks do in nixpkgs.

usesCMake() { [ -z "${dontUseCmakeConfigure-}" ] && [ -e "${cmakeDir:-.}/CMakeLists.txt" ] && type -P cmake >/dev/null; }
usesMeson() { [ -z "${dontUseMesonConfigure-}" ] && [ -e meson.build ] && type -P meson >/dev/null; }
usesNinja() { [ -e build.ninja ] && type -P ninja >/dev/null; }

cmakeConfigurePhase() {
  runHook preConfigure
  : "${cmakeDir:=..}"
  if [ -z "${dontUseCmakeBuildDir-}" ]; then mkdir -p "${cmakeBuildDir:=build}" && cd "$cmakeBuildDir"; fi
  local flags=("-DCMAKE_BUILD_TYPE=${cmakeBuildType:-Release}" "-DCMAKE_INSTALL_PREFIX=$prefix" -DCMAKE_INSTALL_LIBDIR=lib
    -DCMAKE_SKIP_BUILD_RPATH=ON -DCMAKE_INSTALL_RPATH_USE_LINK_PATH=ON "-DCMAKE_INSTALL_RPATH=${!outputLib}/lib")
  ! type -P ninja >/dev/null || flags+=(-GNinja)
  concatTo flags cmakeFlags cmakeFlagsArray
  cmake "$cmakeDir" "${flags[@]}"
  runHook postConfigure
}

mesonConfigurePhase() {
  runHook preConfigure
  local flags=("--prefix=$prefix" --libdir=lib "--buildtype=${mesonBuildType:-plain}" --wrap-mode=nodownload)
  concatTo flags mesonFlags mesonFlagsArray
  meson setup "${mesonBuildDir:=build}" "${flags[@]}"
  cd "$mesonBuildDir"
  runHook postConfigure
}

ninjaBuildPhase() {
  runHook preBuild
  local flags=("-j${NIX_BUILD_CORES:-1}")
  concatTo flags ninjaFlags ninjaFlagsArray
  ninja "${flags[@]}"
  runHook postBuild
}
ninjaCheckPhase() { runHook preCheck; ninja "-j${NIX_BUILD_CORES:-1}" "${checkTarget:-test}"; runHook postCheck; }
ninjaInstallPhase() { runHook preInstall; ninja "${installTargets:-install}"; runHook postInstall; }

# chooseBuildSystem replaces the phase that is about to run.
chooseBuildSystem() {
  case $1 in
    configurePhase) if usesCMake; then echo cmakeConfigurePhase; elif usesMeson; then echo mesonConfigurePhase; else echo "$1"; fi ;;
    buildPhase) if usesNinja; then echo ninjaBuildPhase; else echo "$1"; fi ;;
    checkPhase) if usesNinja; then echo ninjaCheckPhase; else echo "$1"; fi ;;
    installPhase) if usesNinja; then echo ninjaInstallPhase; else echo "$1"; fi ;;
    *) echo "$1" ;;
  esac
}
