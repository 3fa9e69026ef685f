//! Statistics as pictures: bars of text for the terminal, SVG for everything else.

use std::fmt::Write as _;

use crate::{Count, Day, Statistics};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// At most so many bars stand side by side; more days are put together.
const MOST_BARS: usize = 62;

impl Statistics {
    /// The days as bars: one each, or where they are many, as many days together as make at most 62 bars.
    /// Days without calls are there with nothing.
    pub fn day_bars(&self) -> Vec<(String, Count)> {
        let (Some((first, _)), Some((last, _))) = (self.days.first(), self.days.last()) else {
            return Vec::new();
        };
        let span = last.0 - first.0 + 1;
        let most = i64::try_from(MOST_BARS).unwrap_or(i64::MAX);
        let together = (span + most - 1) / most;
        let bars = (span + together - 1) / together;
        let mut out: Vec<(String, Count)> =
            (0..bars).map(|i| (Day(first.0 + i * together).to_string(), Count::default())).collect();
        for (day, count) in &self.days {
            if let Some(bar) = usize::try_from((day.0 - first.0) / together).ok().and_then(|i| out.get_mut(i))
            {
                bar.1.calls += count.calls;
                bar.1.blocked += count.blocked;
                bar.1.answered_for += count.answered_for;
            }
        }
        out
    }

    /// The days as lines of text, at most so many columns wide: `#` blocked, `=` rang.
    pub fn text_plot(&self, columns: usize) -> String {
        let mut out = String::new();
        let bars = self.day_bars();
        text_bars(&mut out, "day", &bars, columns);
        let hours: Vec<_> = self.hours.iter().enumerate().map(|(h, c)| (format!("{h:02}:00"), *c)).collect();
        text_bars(&mut out, "hour", &hours, columns);
        let weekdays: Vec<_> = WEEKDAYS.iter().zip(&self.weekdays).map(|(d, c)| ((*d).into(), *c)).collect();
        text_bars(&mut out, "weekday", &weekdays, columns);
        out
    }

    /// The days, hours, weekdays and causes as one SVG picture that needs nothing from outside.
    pub fn svg(&self) -> String {
        let mut parts = Vec::new();
        parts.push(("Calls by day", self.day_bars()));
        parts.push((
            "Calls by hour",
            self.hours.iter().enumerate().map(|(h, c)| (format!("{h:02}"), *c)).collect(),
        ));
        parts.push((
            "Calls by weekday",
            WEEKDAYS.iter().zip(&self.weekdays).map(|(d, c)| ((*d).into(), *c)).collect(),
        ));
        parts.push((
            "Calls by what decided",
            self.causes.iter().take(12).map(|(cause, c)| (cause.clone(), *c)).collect(),
        ));
        let height = parts.len() * PART_HEIGHT + 40;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
             font-family=\"sans-serif\" font-size=\"11\">\n<title>{} calls, {} blocked</title>\n\
             <style>.b{{fill:#c0392b}}.r{{fill:#2e86c1}}text{{fill:#333}}\
             @media(prefers-color-scheme:dark){{text{{fill:#ddd}}}}</style>\n",
            self.total.calls, self.total.blocked
        );
        for (i, (title, bars)) in parts.iter().enumerate() {
            svg_bars(&mut svg, title, bars, i * PART_HEIGHT + 20);
        }
        let y = height - 12;
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<rect class=\"b\" x=\"40\" y=\"{}\" width=\"10\" height=\"10\"/><text x=\"54\" y=\"{y}\">blocked</text>\
             <rect class=\"r\" x=\"120\" y=\"{}\" width=\"10\" height=\"10\"/><text x=\"134\" y=\"{y}\">rang</text>\n\
             </svg>\n",
            y - 9,
            y - 9
        );
        svg
    }
}

const WIDTH: usize = 800;
const PART_HEIGHT: usize = 170;
const BAR_HEIGHT: f64 = 100.0;

fn svg_bars(svg: &mut String, title: &str, bars: &[(String, Count)], top: usize) {
    let most = bars.iter().map(|(_, c)| c.calls).max().unwrap_or(0).max(1);
    let _ = writeln!(svg, "<text x=\"40\" y=\"{top}\" font-size=\"14\">{}</text>", escaped(title));
    let base = f64::from(u32::try_from(top).unwrap_or(0)) + 18.0 + BAR_HEIGHT;
    let _ = writeln!(
        svg,
        "<text x=\"36\" y=\"{:.1}\" text-anchor=\"end\">{most}</text>",
        base - BAR_HEIGHT + 4.0
    );
    let step = 740.0 / f64::from(u32::try_from(bars.len().max(1)).unwrap_or(u32::MAX));
    for (i, (label, count)) in bars.iter().enumerate() {
        let x = 40.0 + step * f64::from(u32::try_from(i).unwrap_or(0));
        let tall = |n: u64| BAR_HEIGHT * share(n, most);
        let (blocked, rang) = (tall(count.blocked), tall(count.calls - count.blocked.min(count.calls)));
        let width = (step - 1.0).max(0.5);
        let _ = writeln!(
            svg,
            "<g><title>{}: {} calls, {} blocked</title>\
             <rect class=\"b\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{blocked:.1}\"/>\
             <rect class=\"r\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{rang:.1}\"/></g>",
            escaped(label),
            count.calls,
            count.blocked,
            base - blocked,
            base - blocked - rang,
        );
        // Labels stand only where there is room for them.
        let every = bars.len().div_ceil(24).max(1);
        if i % every == 0 {
            let short: String = label.chars().take(if bars.len() > 12 { 10 } else { 24 }).collect();
            let turned = bars.len() > 24 || label.chars().count() > 8;
            let turn = if turned {
                format!(" transform=\"rotate(20 {x:.1} {:.1})\"", base + 12.0)
            } else {
                String::new()
            };
            let _ =
                writeln!(svg, "<text x=\"{x:.1}\" y=\"{:.1}\"{turn}>{}</text>", base + 12.0, escaped(&short));
        }
    }
}

/// How large a share `n` is of `most`.
fn share(n: u64, most: u64) -> f64 {
    let small = |n: u64| f64::from(u32::try_from(n.min(u64::from(u32::MAX))).unwrap_or(u32::MAX));
    small(n) / small(most.max(1))
}

fn text_bars(out: &mut String, title: &str, bars: &[(String, Count)], columns: usize) {
    let most = bars.iter().map(|(_, c)| c.calls).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let _ = writeln!(out, "Calls by {title} (# blocked, = rang)");
    let labels = bars.iter().map(|(l, _)| l.chars().count()).max().unwrap_or(0);
    let room = columns.saturating_sub(labels + 3 + most.to_string().len()).max(8) as u64;
    // Rounded up, so that a single call is seen.
    let long = |n: u64| usize::try_from((n * room).div_ceil(most)).unwrap_or(0);
    for (label, count) in bars {
        let all = long(count.calls);
        let blocked = long(count.blocked).min(all);
        let _ = writeln!(
            out,
            "{label:labels$} {}{} {}",
            "#".repeat(blocked),
            "=".repeat(all - blocked),
            count.calls
        );
    }
    out.push('\n');
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
