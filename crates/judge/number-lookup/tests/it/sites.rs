//! Each site's file beside pages of our own making in its manner, and beside a page that changed.

use number_lookup::{Error, Site};

/// Site, page, score, votes, name. A score of 0 stands for a number that the site does not know.
const PAGES: [(&str, &str, u8, u32, &str); 14] = [
    (
        "tellows",
        "<?xml version=\"1.0\"?><tellows><number>x</number><score>7</score><comments>12</comments></tellows>",
        7,
        12,
        "",
    ),
    ("tellows", "<tellows><score>5</score><comments>0</comments></tellows>", 0, 0, ""),
    (
        "werruft",
        "<title>030 1 (Negativ: 4x)</title><i class=\"comop1\">4</i><i class=\"comop2\">1</i><i class=\"comop3\">0</i><i class=\"comop4\">0</i><i class=\"comop5\">2</i>",
        9,
        7,
        "",
    ),
    (
        "werruft",
        "<title>030 1 (Positiv: 4x)</title><i class=\"comop1\">0</i><i class=\"comop2\">0</i><i class=\"comop3\">0</i><i class=\"comop4\">0</i><i class=\"comop5\">4</i>",
        1,
        4,
        "",
    ),
    (
        "cleverdialer",
        "<div class=\"rating-text\"> <span>1 von 5 Sternen</span> <span>31 Bewertungen</span></div>",
        9,
        31,
        "",
    ),
    (
        "cleverdialer",
        "<div class=\"rating-text\"> <span>4,5 von 5 Sternen</span> <span>(3)</span></div>",
        2,
        3,
        "",
    ),
    (
        "cleverdialer",
        "<div class=\"rating-text\"> <span>0 von 5 Sternen</span> <span>0</span></div>",
        0,
        0,
        "",
    ),
    ("telefonspion", "<title>Wer - 030 1 - 12 Suchen, 5 Meinungen, 1 von 10</title>", 8, 5, ""),
    ("telefonspion", "<title>Wer - 030 1 - 0 Suchen</title>", 0, 0, ""),
    (
        "werhatangerufen",
        "<title>030 1 // 8 Bewertungen</title><span class=\"rating\">Bewertung: 2</span>",
        7,
        8,
        "",
    ),
    ("werhatangerufen", "<title>030 1 // 0 Bewertungen</title>", 0, 0, ""),
    (
        "dasoertliche",
        "<h2><a href=\"x\" class=\"hitlnk_name\">\n M\u{fc}ller &amp; <b>S\u{f6}hne</b> </a></h2>",
        0,
        0,
        "M\u{fc}ller & S\u{f6}hne",
    ),
    ("dasoertliche", "<div class=\"nonumber01\">Kein Treffer</div>", 0, 0, ""),
    ("dasoertliche", "<div id=\"x\" class=\"nonumber\"><p>030 9</p></div>", 0, 0, ""),
];

#[test]
fn pages_are_read_and_brought_to_one_scale() {
    for (site, page, score, votes, name) in PAGES {
        let read = Site::open(site, std::path::Path::new(".")).unwrap().read(page).unwrap();
        match read {
            None => assert_eq!((score, name), (0, ""), "{site}: {page}"),
            Some(answer) => {
                assert_eq!(answer.score.unwrap_or(0), score, "{site}: {page}");
                assert_eq!(answer.votes, votes, "{site}: {page}");
                assert_eq!(answer.name.as_deref().unwrap_or(""), name, "{site}: {page}");
            }
        }
    }
}

#[test]
fn a_page_that_changed_is_told_and_never_misread() {
    let pages = ["", "<html><title>Einen Moment bitte</title>Sind Sie ein Mensch?</html>", "<tellows/>"];
    for name in Site::known() {
        let site = Site::open(name, std::path::Path::new(".")).unwrap();
        for page in pages {
            let error = site.read(page).unwrap_err();
            assert!(matches!(error, Error::PageChanged { .. }), "{name}: {error}");
        }
    }
}

#[test]
fn any_page_is_read_or_refused() {
    let sites: Vec<Site> = Site::known().map(|n| Site::open(n, std::path::Path::new(".")).unwrap()).collect();
    bolero::check!().with_iterations(300).for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        for site in &sites {
            let _ = site.read(&text);
        }
    });
}
