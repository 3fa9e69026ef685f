//! The page's own files, inside the program.

use crate::http::Response;

/// A file of the page.
struct File {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! files {
    ($($path:literal, $kind:literal;)*) => {
        const FILES: &[File] = &[$(File { path: $path, kind: $kind, bytes: include_bytes!(concat!("../page/", $path)) }),*];
    };
}

files! {
    "index.html", "text/html; charset=utf-8";
    "style.css", "text/css; charset=utf-8";
    "icon.svg", "image/svg+xml";
    "openapi.json", "application/json";
    "js/app.js", "text/javascript; charset=utf-8";
    "js/actions.js", "text/javascript; charset=utf-8";
    "js/api.js", "text/javascript; charset=utf-8";
    "js/calls.js", "text/javascript; charset=utf-8";
    "js/german.js", "text/javascript; charset=utf-8";
    "js/sentences.js", "text/javascript; charset=utf-8";
    "js/format.js", "text/javascript; charset=utf-8";
    "js/lines.js", "text/javascript; charset=utf-8";
    "js/lists.js", "text/javascript; charset=utf-8";
    "js/live.js", "text/javascript; charset=utf-8";
    "js/messages.js", "text/javascript; charset=utf-8";
    "js/page.js", "text/javascript; charset=utf-8";
    "js/rules.js", "text/javascript; charset=utf-8";
    "js/statistics.js", "text/javascript; charset=utf-8";
    "js/wave.js", "text/javascript; charset=utf-8";
    "js/words.js", "text/javascript; charset=utf-8";
}

/// The file at a path; only these exist, so that no path leads to a disk.
pub(crate) fn file(path: &str) -> Option<Response> {
    let path = path.trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let file = FILES.iter().find(|f| f.path == path)?;
    Some(Response::bytes(file.kind, file.bytes.to_vec()).with("Cache-Control", "no-cache".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_loads_nothing_from_elsewhere() {
        let all: usize = FILES.iter().map(|f| f.bytes.len()).sum();
        assert!(all <= 120_000, "{all} bytes");
        for file in FILES.iter().filter(|f| f.path != "icon.svg" && f.path != "openapi.json") {
            let text = std::str::from_utf8(file.bytes).unwrap();
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"), "{}", file.path);
            assert!(!text.contains("innerHTML") && !text.contains("eval("), "{}", file.path);
        }
    }

    #[test]
    fn every_module_that_is_imported_is_there() {
        for file in FILES.iter().filter(|f| f.path.starts_with("js/")) {
            let text = std::str::from_utf8(file.bytes).unwrap();
            for name in text.split("from \"./").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(FILES.iter().any(|f| f.path == format!("js/{name}")), "{} imports {name}", file.path);
            }
        }
    }
}
