//! `cargo bench -p fritz-box`.

fn main() {
    divan::main();
}
