//! How a configuration file is read, by this program and by others beside it.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::ConfigError;

/// A configuration in TOML: unknown keys are errors, every mistake has its line, paths are relative to the file.
pub trait ConfigFile: DeserializeOwned {
    /// The program whose `init` writes one.
    const PROGRAM: &str;

    /// What no type can say.
    ///
    /// # Errors
    ///
    /// The first mistake, with line, key and remedy.
    fn check(&self, path: &Path, source: &str) -> Result<(), ConfigError>;

    /// Puts the folder before paths that are relative to the file.
    fn resolve(&mut self, folder: &Path);

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The first mistake, with file, line, key and remedy.
    fn read(path: &Path) -> Result<Self, ConfigError> {
        let source = std::fs::read_to_string(path).map_err(|e| {
            ConfigError::in_file(path, format!("cannot be read: {e}; `{} init` writes one", Self::PROGRAM))
        })?;
        Self::parse(path, &source)
    }

    /// Reads a text; `path` is for messages and for paths relative to it.
    ///
    /// # Errors
    ///
    /// The first mistake, with file, line, key and remedy.
    fn parse(path: &Path, source: &str) -> Result<Self, ConfigError> {
        let mut config: Self =
            toml::from_str(source).map_err(|e| ConfigError::from_toml(path, source, &e))?;
        config.check(path, source)?;
        // In full, so that nobody puts a folder before it once more.
        let whole = std::path::absolute(path);
        if let Some(folder) = whole.as_deref().unwrap_or(path).parent() {
            config.resolve(folder);
        }
        Ok(config)
    }
}
