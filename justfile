# The recipes; CI runs `just ci`.

# List the recipes
_default:
    @just --list --unsorted

# Run every test: what CI runs. Many tests wait for programs, and so there are more at a time than processors
test:
    RUST_TEST_THREADS=8 cargo test --quiet

# Check formatting and lints; a warning is an error
lint:
    cargo fmt --check
    cargo clippy --quiet --all-targets -- --deny warnings
    cargo clippy --quiet --lib --no-default-features -- --deny warnings
    RUSTDOCFLAGS="--deny warnings" cargo doc --quiet --no-deps

# Lint and test
ci: lint test

# Look at each changed snapshot, by what has changed in it, and accept or reject it
review: (_needs "cargo-insta")
    cargo build --quiet --bin strobe
    -INSTA_UPDATE=new cargo test --quiet --test suite snapshots::
    INSTA_DIFF_TOOL="{{ justfile_directory() }}/target/debug/strobe diff --color always" cargo insta review

# Accept every changed snapshot unseen; `git diff` shows them then
accept:
    -INSTA_UPDATE=always cargo test --quiet --test suite snapshots::
    git status --short snapshots

# Print the block that the book's page shows, byte for byte
book:
    @cargo build --quiet --bin spinner --example notebook
    @target/debug/examples/notebook

# Record one scenario at 100 ms and at 80 ms, and show the diff that a reviewer would see
demo:
    @cargo build --quiet --bins
    @mkdir -p target/demo
    target/debug/spinner thread --paused --work 500ms --record target/demo/100ms.strobe >target/demo/stdout
    target/debug/spinner thread --paused --work 500ms --interval 80ms --record target/demo/80ms.strobe >target/demo/stdout
    -target/debug/strobe diff target/demo/100ms.strobe target/demo/80ms.strobe

# Draw the README's moving picture again
picture:
    INSTA_UPDATE=always cargo test --quiet --test suite picture

# Measure: whole processes, virtual hours, transcripts, sessions, virtual time
bench:
    cargo bench --quiet --bench spinner --bench transcript --bench session --bench work --bench growth --bench virtual_time

# Compare what virtual time is tried on with native runs, those that need an idle machine too
native:
    cargo build --quiet --bins --examples
    cargo test --quiet --test suite -- --include-ignored what_they_print_natively

# Run everything that virtual time is tried on N times, idle and again under load: one recording each. Then all tests, as long: N times, or 100 N cases of a law
soak N="200":
    cargo build --quiet --bins --examples
    STROBE_SOAK={{ N }} STROBE_REQUIRE=virtual cargo test --quiet --test suite -- --ignored soak --nocapture
    STROBE_SOAK={{ N }} STROBE_REQUIRE=virtual cargo test --quiet

# Try the programs that the machine has, N times each, and print the table of docs/programs.md
programs N="3":
    STROBE_PROGRAMS={{ N }} STROBE_REQUIRE=virtual cargo test --quiet --test suite -- --ignored programs_of_this_machine --nocapture

# Run every subject, every case and random programs N times at load 20, with random delays in the tracer: one recording each, or a mark. `STROBE_CHAOS_ONLY` picks by name, `STROBE_CHAOS_BUSY` and `STROBE_CHAOS_FORKS` set the load
chaos N="20" programs="50" seed="1":
    cargo build --quiet --bins --examples
    STROBE_CHAOS={{ seed }} STROBE_CHAOS_RUNS={{ N }} STROBE_CHAOS_PROGRAMS={{ programs }} STROBE_REQUIRE=virtual cargo test --quiet --test suite -- --ignored --exact virtual_time::chaos::chaos --nocapture

# Draw N random streams beside a real xterm (`xterm`, `Xvfb`), and compare the characters and the cursor; and N / 50 pictures with xterm's, and with Chromium's of our SVG
xterm N="2000":
    STROBE_XTERM={{ N }} STROBE_REQUIRE=xterm cargo test --quiet --test suite -- --ignored xterm --nocapture

# Let the system fail N times while strobe records, checks, shows and compares: nothing is lost, nothing is left. `STROBE_FAULTS_SEED` gives other random numbers
faults N="500":
    cargo build --quiet --bins
    STROBE_FAULTS={{ N }} STROBE_REQUIRE=virtual cargo test --quiet --test suite -- --ignored --exact faults::faults --nocapture

# Run the transcripts in N shards, one after the other, as N machines would at a time
shards N="4": (_needs "cargo-nextest")
    for shard in $(seq {{ N }}); do cargo nextest run --test transcripts --partition "hash:$shard/{{ N }}" --no-tests pass || exit; done

# Build one static `strobe` for Linux, with completions and licences, in `target/dist`
dist:
    #!/usr/bin/env bash
    set -euo pipefail
    host=$(rustc -vV | sed -n 's/^host: //p')
    # With `--target` the flags are not those of macros and build scripts, which cannot be static.
    RUSTFLAGS="-C target-feature=+crt-static" CARGO_PROFILE_RELEASE_STRIP=true \
        cargo build --quiet --locked --release --bin strobe --target "$host"
    mkdir -p target/dist
    cp "target/$host/release/strobe" LICENSE-APACHE LICENSE-MIT target/dist
    cp src/view/picture/font/LICENSE target/dist/LICENSE-FONT
    cd target/dist
    ./strobe completions bash >strobe.bash
    ./strobe completions zsh >_strobe
    ./strobe completions fish >strobe.fish
    (ldd strobe 2>&1 || true) | grep -e 'statically linked' -e 'not a dynamic executable'
    du -bh -- *

# Let the fuzzer at everything that reads what strangers write, so many seconds at each
fuzz seconds="30": (_needs "cargo-fuzz")
    #!/usr/bin/env bash
    set -euo pipefail
    for target in transcript asciicast notebook frames terminal diff svg script answers; do
        mkdir -p fuzz/corpus/$target
        # Without a sanitizer, so that a stable Rust will do; panics and hangs are found all the same.
        cargo fuzz run --sanitizer none $target fuzz/corpus/$target fuzz/seeds/$target -- -max_total_time={{ seconds }} -timeout=10
    done

# Install a program by cargo unless it is there
_needs program:
    @command -v {{ program }} >/dev/null || cargo install --locked {{ program }}
