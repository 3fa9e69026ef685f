//! pycallblock's lists on the command line: of `run`, and of `check` and `replay`, which ask what they would do.

use std::path::PathBuf;

use call_screen::{ListKind, ListSettings, Mode, RuleSettings};

use crate::config::Config;

/// Lists beside those of the configuration.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ListOptions {
    /// Block private numbers.
    #[arg(short = 'p', long)]
    pub block_private: bool,
    /// List with the callers that are blocked; may be given several times.
    #[arg(short = 'b', long, value_name = "CSV")]
    pub blacklist: Vec<PathBuf>,
    /// List with the callers that may ring; may be given several times. Without -b nobody else rings.
    #[arg(short = 'w', long, value_name = "CSV")]
    pub whitelist: Vec<PathBuf>,
}

impl ListOptions {
    /// Puts them over what the file says.
    pub fn lay_over(&self, config: &mut Config) {
        let screen = &mut config.screen;
        let list = |kind| {
            move |path: &PathBuf| {
                ListSettings::new(kind, std::path::absolute(path).unwrap_or_else(|_| path.clone()))
            }
        };
        screen.lists.extend(self.whitelist.iter().map(list(ListKind::Allow)));
        screen.lists.extend(self.blacklist.iter().map(list(ListKind::Deny)));
        if !self.whitelist.is_empty() || !self.blacklist.is_empty() {
            // Only callers of the list ring if there is nothing but lists of those who may.
            screen.mode = if self.blacklist.is_empty() { Mode::AllowListed } else { Mode::BlockListed };
        }
        if self.block_private {
            let rule = RuleSettings {
                name: "private number".into(),
                caller: vec!["withheld".into()],
                ..RuleSettings::default()
            };
            screen.rules.insert(0, rule);
        }
    }
}
