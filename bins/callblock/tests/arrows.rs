//! Holds every dependency between our crates to the order in which a call passes their folders.

#![allow(clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// The folders in the order of the design; a crate may depend on its own folder and on those before it.
const FOLDERS: [&str; 8] = ["base", "codec", "device", "judge", "react", "run", "bins", "examples"];

/// Arrows that only tests and examples may draw.
const DEV_ONLY: [(&str, &str); 0] = [];

fn rank(manifest: &str) -> usize {
    let path = Path::new(manifest).parent().expect("a manifest stands in a folder");
    let of = |p: &Path| {
        let name = p.file_name()?.to_str()?;
        FOLDERS.iter().position(|f| *f == name)
    };
    of(path)
        .or_else(|| of(path.parent()?))
        .unwrap_or_else(|| panic!("{manifest}: not in a folder of the design"))
}

#[test]
fn every_arrow_points_back_along_the_way_of_a_call() {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let ranks: HashMap<&str, usize> = packages
        .iter()
        .map(|p| (p["name"].as_str().expect("name"), rank(p["manifest_path"].as_str().expect("path"))))
        .collect();
    assert!(ranks.len() >= 19, "only {} crates found", ranks.len());

    let mut wrong = Vec::new();
    for package in packages {
        let from = package["name"].as_str().expect("name");
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let to = dependency["name"].as_str().expect("name");
            let dev = dependency["kind"].as_str() == Some("dev");
            if let Some(&rank) = ranks.get(to)
                && rank > ranks[from]
                && !(dev && DEV_ONLY.contains(&(from, to)))
            {
                wrong.push(format!("{from} -> {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows against the order of the folders: {wrong:?}");
}
