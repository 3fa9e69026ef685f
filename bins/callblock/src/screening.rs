//! From a configuration to the lists and rules that judge.

use std::path::{Path, PathBuf};

use call_event::counted;
use call_guard::GuardFolder;
use call_screen::{ListKind, ListSettings, Loaded, Screen, ScreenSettings};
use phone_number::{Areas, Numbering};

use crate::config::Config;

/// Where a newer table of German area codes lies; `callblock numbers update` puts it there.
pub(crate) fn areas_file(folder: &Path) -> PathBuf {
    folder.join("areas-49.csv")
}

/// The numbering plan at home, with the newer table of areas where there is one.
pub(crate) fn numbering(config: &Config, folder: &Path) -> Result<Numbering, String> {
    let numbering = crate::guarding::numbering(&config.numbers)?;
    let file = areas_file(folder);
    let Ok(bytes) = std::fs::read(&file) else { return Ok(numbering) };
    let areas = Areas::from_official_csv(&bytes).map_err(|e| {
        format!(
            "{}: {e}; `callblock numbers reset` goes back to the table that came with the program",
            file.display()
        )
    })?;
    Ok(numbering.with_german_areas(areas))
}

/// The settings with the guard's own two lists, as far as they are there.
pub(crate) fn settings(config: &Config, folder: &GuardFolder) -> ScreenSettings {
    let mut settings = config.screen.clone();
    for (kind, file) in [(ListKind::Allow, folder.allow_list()), (ListKind::Deny, folder.deny_list())] {
        if file.exists() && settings.lists.iter().all(|list| list.file != file) {
            settings.lists.push(ListSettings::new(kind, file));
        }
    }
    settings
}

/// The screen that `callblock run` would judge with.
pub(crate) fn screen(config: &Config, folder: &GuardFolder) -> Result<(Screen, Vec<Loaded>), String> {
    let numbering = numbering(config, folder.path())?;
    Screen::new(&settings(config, folder), numbering, folder.path()).map_err(|e| e.to_string())
}

/// What people should hear of lists that were read; nothing if all is well.
pub(crate) fn troubles(report: &[Loaded]) -> Vec<String> {
    let trouble = |loaded: &Loaded| match loaded {
        Loaded::Failed { name, reason } => Some(format!("list {name}: {reason}")),
        Loaded::Read { name, problems, .. } if *problems > 0 => Some(format!(
            "list {name}: {} cannot be read; `callblock list check` names them",
            counted(*problems, "line")
        )),
        _ => None,
    };
    report.iter().filter_map(trouble).collect()
}
