//! An MSP's settings: what new customers begin with, and the numbers by which accounts and screens go (DOMAIN A3, B3, B5, E2).

use serde::{Deserialize, Serialize};

use crate::{FieldError, Problem, customers::check_text};

/// The languages that the product speaks (DOMAIN D6): the tag (BCP 47), and what it calls itself.
pub const LANGUAGES: [(&str, &str); 5] =
    [("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français"), ("ja", "日本語")];

/// The longest name of an MSP, in characters.
pub const NAME_MOST: u32 = 100;

/// How an MSP is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MspSettings {
    pub name: String,
    /// What new customers begin with: a tag of [`LANGUAGES`].
    pub language: String,
    /// What new customers begin with: a name of the tz database.
    pub report_zone: String,
    /// How many monitors a FREE account keeps, the oldest (DOMAIN B3).
    pub free_monitors: u32,
    /// How long a termination can be undone, in days (DOMAIN B5).
    pub restore_days: u32,
    /// How often the health view reads itself anew, and how long the server keeps its figures (DOMAIN E2), in minutes.
    pub refresh_minutes: u32,
    /// Sent back by an edit; another one since then refuses it.
    pub version: i64,
}

impl MspSettings {
    /// How long a termination can be undone, in milliseconds.
    #[must_use]
    pub const fn restore_ms(&self) -> i64 {
        self.restore_days as i64 * 24 * 60 * 60 * 1000
    }
}

/// The form of the settings, as typed. Names are those of the form's controls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MspSettingsInput {
    pub name: String,
    pub language: String,
    pub report_zone: String,
    pub free_monitors: String,
    pub restore_days: String,
    pub refresh_minutes: String,
}

impl From<&MspSettings> for MspSettingsInput {
    fn from(settings: &MspSettings) -> Self {
        Self {
            name: settings.name.clone(),
            language: settings.language.clone(),
            report_zone: settings.report_zone.clone(),
            free_monitors: settings.free_monitors.to_string(),
            restore_days: settings.restore_days.to_string(),
            refresh_minutes: settings.refresh_minutes.to_string(),
        }
    }
}

impl MspSettingsInput {
    /// What the form holds, by the controls' names.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("name", &self.name),
            ("language", &self.language),
            ("report_zone", &self.report_zone),
            ("free_monitors", &self.free_monitors),
            ("restore_days", &self.restore_days),
            ("refresh_minutes", &self.refresh_minutes),
        ]
    }

    /// The settings that the form means; whether there is such a time zone only the server knows.
    ///
    /// # Errors
    /// One entry for every field that cannot be taken.
    pub fn validate(&self, version: i64) -> Result<MspSettings, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, true, NAME_MOST);
        if !LANGUAGES.iter().any(|(tag, _)| *tag == self.language) {
            errors.push(FieldError::new("language", Problem::NotAChoice));
        }
        let mut number = |field: &str, text: &str, from: u32, to: u32| {
            let problem = match text.trim().parse::<u32>() {
                Ok(number) if (from..=to).contains(&number) => return number,
                Ok(_) => Problem::OutOfRange { from, to },
                Err(_) if text.trim().is_empty() => Problem::Required,
                Err(_) => Problem::NotANumber,
            };
            errors.push(FieldError::new(field, problem));
            from
        };
        let settings = MspSettings {
            name: self.name.trim().to_owned(),
            language: self.language.clone(),
            report_zone: self.report_zone.clone(),
            free_monitors: number("free_monitors", &self.free_monitors, 1, 1000),
            restore_days: number("restore_days", &self.restore_days, 1, 365),
            refresh_minutes: number("refresh_minutes", &self.refresh_minutes, 1, 60),
            version,
        };
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> MspSettingsInput {
        MspSettingsInput {
            name: " Night Shift ".into(),
            language: "de".into(),
            report_zone: "Europe/Berlin".into(),
            free_monitors: "5".into(),
            restore_days: " 30".into(),
            refresh_minutes: "5".into(),
        }
    }

    #[test]
    fn settings_read_back_what_was_typed() {
        let settings = typed().validate(3).unwrap();
        assert_eq!((settings.name.as_str(), settings.restore_days, settings.version), ("Night Shift", 30, 3));
        assert_eq!(MspSettingsInput::from(&settings).validate(3), Ok(settings));
    }

    #[test]
    fn each_wrong_setting_is_said_at_its_field() {
        let problem = |change: fn(&mut MspSettingsInput)| {
            let mut input = typed();
            change(&mut input);
            let mut errors = input.validate(1).unwrap_err();
            assert_eq!(errors.len(), 1, "{errors:?}");
            errors.remove(0)
        };
        assert_eq!(problem(|i| i.name.clear()), FieldError::new("name", Problem::Required));
        assert_eq!(problem(|i| i.language = "xx".into()), FieldError::new("language", Problem::NotAChoice));
        let range = |from, to| Problem::OutOfRange { from, to };
        assert_eq!(problem(|i| i.free_monitors = "0".into()), FieldError::new("free_monitors", range(1, 1000)));
        assert_eq!(problem(|i| i.restore_days = "366".into()), FieldError::new("restore_days", range(1, 365)));
        assert_eq!(problem(|i| i.refresh_minutes = "often".into()), FieldError::new("refresh_minutes", Problem::NotANumber));
        assert_eq!(problem(|i| i.refresh_minutes.clear()), FieldError::new("refresh_minutes", Problem::Required));
    }
}
