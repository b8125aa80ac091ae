{
  description = "Lands price dumps from a bucket in Postgres, exactly once, and answers from them";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
    crane.url = "github:ipetkov/crane";
  };

  outputs =
    {
      self,
      nixpkgs,
      crane,
    }:
    let
      inherit (nixpkgs) lib;

      # What the Rust build and its tests read. Anything else may change without a rebuild.
      src = lib.fileset.toSource {
        root = ./.;
        fileset = lib.fileset.unions [
          ./Cargo.toml
          ./Cargo.lock
          ./clippy.toml
          ./deny.toml
          ./rustfmt.toml
          ./benches
          ./crates
          ./examples
          ./fuzz
          ./migrations
          ./src
          ./tests
          ./web/assets
          ./web/vendor
        ];
      };

      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
      outputsOf =
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
          craneLib = crane.mkLib pkgs;
          inherit (pkgs.stdenv.hostPlatform) isLinux;

          build = {
            inherit src;
            strictDeps = true;
            cargoExtraArgs = "--locked";
            buildInputs = [ pkgs.libpq ];
            PQ_LIB_DIR = "${lib.getLib pkgs.libpq}/lib";
          };
          # Compiled once, shared by everything below.
          withDependencies = build // {
            cargoArtifacts = craneLib.buildDepsOnly (
              build
              // {
                # Without dev-dependencies some crates have fewer features: checks.doc needs them as they are then.
                postBuild = "cargoWithProfile check ${build.cargoExtraArgs}";
                # crane empties the crates of this repository; diesel needs this one to be compiled.
                extraDummyScript = "cp -r --no-preserve=mode ${./crates/pq-sys}/. $out/crates/pq-sys/";
              }
            );
          };

          # The binary alone: what the image holds.
          program = craneLib.buildPackage (
            withDependencies
            // {
              doCheck = false; # checks.tests does
            }
          );

          landfall =
            pkgs.runCommand "landfall-${program.version}"
              {
                nativeBuildInputs = [ pkgs.installShellFiles ];
                meta = {
                  inherit ((lib.importTOML ./Cargo.toml).package) description;
                  license = lib.licenses.asl20;
                  mainProgram = "landfall";
                };
              }
              (
                ''
                  mkdir -p $out/bin
                  ln -s ${program}/bin/landfall $out/bin/landfall
                ''
                + lib.optionalString (pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform) ''
                  installShellCompletion --cmd landfall \
                    --bash <($out/bin/landfall completions bash) \
                    --fish <($out/bin/landfall completions fish) \
                    --zsh <($out/bin/landfall completions zsh)
                  $out/bin/landfall man-pages man
                  installManPage man/*
                ''
              );

          # Landfall with a Postgres to run where no DATABASE_URL is set.
          standalone = pkgs.writeShellScriptBin "landfall" ''
            export PG_BINDIR="''${PG_BINDIR:-${pkgs.postgresql}/bin}"
            exec ${lib.getExe landfall} "$@"
          '';

          # Prints an image as a docker archive.
          imageOf =
            {
              name,
              files ? { },
              config ? { },
              fakeRootCommands ? "",
            }:
            pkgs.dockerTools.streamLayeredImage {
              inherit name;
              tag = self.shortRev or self.dirtyShortRev or "unversioned";
              contents = [
                (pkgs.linkFarm "${name}-root" (
                  {
                    "bin/landfall" = "${program}/bin/landfall";
                    "etc/ssl/certs/ca-bundle.crt" = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
                    "etc/ssl/certs/rds.pem" = ./image/rds.pem;
                  }
                  // files
                ))
              ];
              # Where a volume is mounted here, it takes the owner and rights of this folder.
              # The layer is dated by this variable, which stdenv sets to 1980; all other layers have 1.
              fakeRootCommands = ''
                mkdir -m 1777 tmp
                ${fakeRootCommands}
                export SOURCE_DATE_EPOCH=1
              '';
              config = lib.foldl' lib.recursiveUpdate (lib.importJSON ./image/config.json) [
                config
                {
                  Labels = {
                    "org.opencontainers.image.revision" = self.rev or self.dirtyRev or "unversioned";
                    "org.opencontainers.image.source" = "nar:${self.narHash}";
                  };
                }
              ];
            };

          image = imageOf { name = "landfall"; };

          image-standalone =
            let
              # Of one major version: no other can read what is in the volumes.
              postgresql = pkgs.postgresql_17;
              config = lib.importJSON ./image/standalone.json;
            in
            imageOf {
              name = "landfall-standalone";
              files = {
                "bin/sh" = "${pkgs.dash}/bin/dash"; # initdb calls it
                "etc/passwd" = ./image/passwd;
              };
              fakeRootCommands = ''
                mkdir -p var/lib
                install -d -m 700 -o 65532 -g 65532 var/lib/landfall
              '';
              config = config // {
                Env = config.Env ++ [ "PG_BINDIR=${postgresql}/bin" ];
              };
            };
        in
        {
          packages = {
            default = landfall;
          }
          // lib.optionalAttrs isLinux { inherit image image-standalone; };

          apps.default = {
            type = "app";
            program = lib.getExe standalone;
            meta = landfall.meta;
          };

          checks = {
            package = landfall;
            clippy = craneLib.cargoClippy (
              withDependencies
              // {
                cargoClippyExtraArgs = "--all-targets -- -D warnings";
              }
            );
            doc = craneLib.cargoDoc (
              withDependencies
              // {
                cargoDocExtraArgs = "--no-deps --document-private-items";
                RUSTDOCFLAGS = "-D warnings";
              }
            );
            tests = craneLib.cargoTest (
              withDependencies
              // {
                src = ./.; # they read the documents, too, and follow links to anything
                nativeCheckInputs = [
                  pkgs.postgresql
                  pkgs.procps
                ];
                SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
                # The queue is moto, which comes from PyPI.
                cargoTestExtraArgs = "-- --skip follow:: --skip consume:: --skip extract::";
              }
              // lib.optionalAttrs isLinux {
                LANDFALL_IMAGE = pkgs.runCommand "landfall-image.tar" { } "${image} >$out";
                LANDFALL_STANDALONE_IMAGE = pkgs.runCommand "landfall-standalone-image.tar" { } "${image-standalone} >$out";
                cargoTestExtraArgs = "-- --include-ignored --skip container:: --skip follow:: --skip consume:: --skip extract::";
              }
            );
            fmt = craneLib.cargoFmt { inherit src; };
            fmt-nix =
              pkgs.runCommand "fmt-nix" { }
                "${lib.getExe pkgs.nixfmt} --check ${./flake.nix} && touch $out";
            # Advisories need the network: see docs/operations.md.
            deny = craneLib.cargoDeny { inherit src; };
          };

          devShells.default = craneLib.devShell {
            packages = [
              pkgs.awscli2
              pkgs.cargo-deny
              pkgs.cargo-nextest
              pkgs.curl
              pkgs.diesel-cli
              pkgs.git
              pkgs.jq
              pkgs.nixfmt
              pkgs.nodejs_24
              pkgs.postgresql
              pkgs.pulumi
              pkgs.pulumiPackages.pulumi-nodejs
              pkgs.python3 # schemathesis comes from PyPI
              pkgs.rust-analyzer
              pkgs.skopeo
            ]
            ++ lib.optionals isLinux [
              pkgs.chromium
              pkgs.podman
              pkgs.procps
            ];
            RUST_SRC_PATH = pkgs.rustPlatform.rustLibSrc;
          };

          formatter = pkgs.nixfmt-tree;
        };
      perSystem = lib.genAttrs systems outputsOf;
    in
    lib.genAttrs [ "packages" "apps" "checks" "devShells" "formatter" ] (
      output: lib.mapAttrs (_: outputs: outputs.${output}) perSystem
    );
}
