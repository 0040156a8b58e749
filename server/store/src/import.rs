//! Customers imported from a CSV file (DOMAIN A18): uploaded, its columns taken as fields, checked line by line, and imported all or
//! nothing. A file is its maker's alone. Whatever takes long is done before the transaction that writes.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use model::{
    CustomerId, FieldError, GroupId, ImportId, Problem, Refusal, UserId,
    customers::{CustomerInput, PAGE_ROWS},
    groups::validate_name,
    import::{
        Column, Doubt, Encoding, GROUP_SEPARATORS, GROUPS, ImportDetail, ImportRow, NotImported, OPEN_MOST, ReportLine,
        ReportPage, Shown, Stage, Summary, label, mapping_flaws,
    },
    lifecycle::State,
    msps::MspSettings,
    roles::{Action, Relation, Role},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    catalogue::give_packs,
    choices,
    customers::{COLUMNS, NewCustomer, form_changes, last_page, sort_key},
    db::{Tx, Value, values},
    drafts::adder_in,
    events::{Changes, Event, record_each},
    import_csv::{Sheet, cut, decode, read, unguarded},
    import_headers::targets_of,
    msps::{Room, number, take_room},
};

/// The longest file name, sample and name in a report that is kept, in characters.
const NAME_MOST: usize = 80;
const SAMPLE_MOST: usize = 40;
/// Values that a column is shown with.
const SAMPLES: usize = 3;
/// Names of new groups that a summary tells.
const GROUPS_TOLD: usize = 20;
/// Rows between two steps of the progress.
const STEP: usize = 500;
/// Portal names in one question.
const ASKED_AT_ONCE: usize = 100;

/// How far a dry run or an import is, in lines.
pub type Done = Arc<AtomicU32>;

/// One line of the file as it would be imported.
struct Draft {
    line: u32,
    input: CustomerInput,
    groups: Vec<String>,
    errors: Vec<FieldError>,
}

/// A draft without errors, ready to be written.
struct Ready {
    line: u32,
    id: CustomerId,
    name: String,
    portal_name: String,
    groups: Vec<String>,
    row: [Value; COLUMNS],
    changes: Changes,
}

impl Store {
    /// Keeps a file, and takes its columns as what they are called.
    ///
    /// # Errors
    /// [`Refusal::Import`] where it cannot be read; [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn upload_import(&self, actor: &Actor, file_name: &str, bytes: Vec<u8>, encoding: Encoding) -> Result<ImportId> {
        let user = importer(actor)?;
        let (content, columns, customers) = blocking(move || {
            let content = decode(bytes, encoding)?;
            let sheet = read(&content, |_| ())?;
            let columns = columns_of(&sheet);
            let customers = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
            Ok::<_, model::import::Unreadable>((content, columns, customers))
        })
        .await?
        .map_err(Refusal::from)?;
        let now = self.now();
        let id = ImportId::from_u128(self.inner.ids.bits(now));
        let file_name: String = file_name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut tx = self.db().begin().await?;
        let sql = "INSERT INTO imports (id, msp_id, user_id, file_name, content, columns, customers, stage, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let stage = Stage::Uploaded.key();
        let file_name = cut(file_name.trim(), NAME_MOST);
        tx.run(sql, values![&id, actor.msp(), user, file_name, content, json(&columns)?, customers, stage, now]).await?;
        let sql = "DELETE FROM imports WHERE user_id = $1 AND id NOT IN
            (SELECT id FROM imports WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)";
        tx.run(sql, values![user, OPEN_MOST]).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The person's own files, the newest first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn imports(&self, actor: &Actor) -> Result<Vec<ImportRow>> {
        let user = importer(actor)?;
        let sql = "SELECT id, file_name, stage, customers, created_at FROM imports WHERE user_id = $1 AND msp_id = $2
            ORDER BY created_at DESC, id DESC";
        let rows: Vec<(String, String, String, i64, i64)> = self.db().rows(sql, values![user, actor.msp()]).await?;
        rows.into_iter()
            .map(|(id, file_name, stage, customers, created_at)| {
                let (id, stage) = (id.parse().map_err(Error::unreadable)?, stage_of(&stage)?);
                Ok(ImportRow { id, file_name, stage, customers: number(customers), created_at })
            })
            .collect()
    }

    /// One of the person's own files.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for another person's; [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn import(&self, actor: &Actor, id: &ImportId) -> Result<ImportDetail> {
        let user = importer(actor)?;
        let sql = "SELECT file_name, stage, columns, customers, created_at, version, summary FROM imports
            WHERE id = $1 AND user_id = $2 AND msp_id = $3";
        let found: Option<(String, String, String, i64, i64, i64, String)> =
            self.db().maybe(sql, values![id, user, actor.msp()]).await?;
        let (file_name, stage, columns, customers, created_at, version, summary) = found.ok_or(Refusal::NotFound)?;
        Ok(ImportDetail {
            id: id.clone(),
            file_name,
            stage: stage_of(&stage)?,
            columns: parsed(&columns)?,
            customers: number(customers),
            created_at,
            version,
            summary: if summary.is_empty() { None } else { Some(parsed(&summary)?) },
        })
    }

    /// Takes the columns as `mapping` says, in their order; an empty text ignores one. What a dry run said before is forgotten.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] where another change came first; [`Refusal::BadRequest`] for what is no column or no field;
    /// [`Refusal::Import`] where it was imported; and as [`Store::import`].
    pub async fn map_import(&self, actor: &Actor, id: &ImportId, version: i64, mapping: &[String]) -> Result<()> {
        let mut detail = self.import(actor, id).await?;
        if detail.stage == Stage::Imported {
            return Err(Refusal::from(NotImported::Over).into());
        }
        let is_known = |target: &String| target.is_empty() || label(target).is_some();
        if mapping.len() != detail.columns.len() || !mapping.iter().all(is_known) {
            return Err(Refusal::BadRequest.into());
        }
        for (column, target) in detail.columns.iter_mut().zip(mapping) {
            column.target.clone_from(target);
        }
        let sql = "UPDATE imports SET columns = $3, stage = $4, summary = '', report = '', version = version + 1
            WHERE id = $1 AND version = $2 AND stage <> $5";
        let values = values![id, version, json(&detail.columns)?, Stage::Uploaded.key(), Stage::Imported.key()];
        let mut tx = self.db().begin().await?;
        if tx.run(sql, values).await? == 0 {
            return Err(Refusal::Conflict.into());
        }
        tx.commit().await
    }

    /// Looks at every line, and keeps what is to be said of it. Nothing is imported.
    ///
    /// # Errors
    /// [`Refusal::Import`] where the columns have flaws; [`Refusal::Conflict`] where they were changed meanwhile; and as
    /// [`Store::import`].
    pub async fn check_import(&self, actor: &Actor, id: &ImportId, done: &Done) -> Result<()> {
        let detail = self.import(actor, id).await?;
        let drafts = self.lines_of(actor, &detail, done).await?;
        let there = self.there(actor, &drafts).await?;
        let (summary, report) = blocking(move || {
            let lines = report_of(&drafts, &there);
            let summary = summary_of(&drafts, &lines, &there);
            Ok::<_, Error>((json(&summary)?, json(&lines)?))
        })
        .await??;
        let sql = "UPDATE imports SET stage = $3, summary = $4, report = $5 WHERE id = $1 AND version = $2 AND stage <> $6";
        let values = values![id, detail.version, Stage::Checked.key(), summary, report, Stage::Imported.key()];
        let mut tx = self.db().begin().await?;
        if tx.run(sql, values).await? == 0 {
            return Err(Refusal::Conflict.into());
        }
        tx.commit().await
    }

    /// One page of what the dry run said. A page past the end is the last one.
    ///
    /// # Errors
    /// As [`Store::import`].
    pub async fn import_report(&self, actor: &Actor, id: &ImportId, shown: Shown, page: u32) -> Result<ReportPage> {
        let lines = self.import_report_lines(actor, id).await?;
        let matching: Vec<ReportLine> = lines.into_iter().filter(|line| line.is(shown)).collect();
        let count = u32::try_from(matching.len()).unwrap_or(u32::MAX);
        let page = page.clamp(1, last_page(count));
        let first = (page as usize - 1) * PAGE_ROWS as usize;
        let lines = matching.into_iter().skip(first).take(PAGE_ROWS as usize).collect();
        Ok(ReportPage { lines, matching: count, page })
    }

    /// All of it.
    ///
    /// # Errors
    /// As [`Store::import`].
    pub async fn import_report_lines(&self, actor: &Actor, id: &ImportId) -> Result<Vec<ReportLine>> {
        let user = importer(actor)?;
        let sql = "SELECT report FROM imports WHERE id = $1 AND user_id = $2 AND msp_id = $3";
        let found: Option<(String,)> = self.db().maybe(sql, values![id, user, actor.msp()]).await?;
        let (report,) = found.ok_or(Refusal::NotFound)?;
        if report.is_empty() {
            return Ok(Vec::new());
        }
        blocking(move || parsed(&report)).await?
    }

    /// Adds every customer of a checked file, or none; `leave_doubtful_out` those only that do not look like somebody who is there
    /// already, now or when it was checked. How many they are. Where more of them look like somebody than was said, the file is checked
    /// again instead: whoever imports it has to know.
    ///
    /// # Errors
    /// [`Refusal::Import`]; and as [`Store::import`].
    pub async fn run_import(&self, actor: &Actor, id: &ImportId, leave_doubtful_out: bool, done: &Done) -> Result<u32> {
        let detail = self.import(actor, id).await?;
        detail.importable().map_err(Refusal::from)?;
        let drafts = self.lines_of(actor, &detail, &Done::default()).await?;
        let there = self.there(actor, &drafts).await?;
        let doubtful = |lines: &[ReportLine]| -> HashSet<u32> {
            lines.iter().filter(|line| line.is_doubtful()).map(|line| line.line).collect()
        };
        let (mut drafts, lines) = blocking(move || {
            let lines = report_of(&drafts, &there);
            (drafts, lines)
        })
        .await?;
        let (told, now) = (doubtful(&self.import_report_lines(actor, id).await?), doubtful(&lines));
        if leave_doubtful_out {
            drafts.retain(|draft| !told.contains(&draft.line) && !now.contains(&draft.line));
        } else if !now.is_subset(&told) {
            self.check_import(actor, id, &Done::default()).await?;
            return Err(Refusal::from(NotImported::MoreDoubtful).into());
        }
        if drafts.is_empty() {
            return Err(Refusal::from(NotImported::Nothing).into());
        }
        self.require_room(actor, drafts.len()).await?;
        let now = self.now();
        let (store, importer) = (self.clone(), actor.clone());
        let ready = blocking(move || store.ready(&importer, drafts, now)).await?;
        self.write_import(actor, &detail, ready, now, done).await
    }

    /// Forgets a file.
    ///
    /// # Errors
    /// As [`Store::import`].
    pub async fn discard_import(&self, actor: &Actor, id: &ImportId) -> Result<()> {
        let user = importer(actor)?;
        let mut tx = self.db().begin().await?;
        let sql = "DELETE FROM imports WHERE id = $1 AND user_id = $2 AND msp_id = $3";
        if tx.run(sql, values![id, user, actor.msp()]).await? == 0 {
            return Err(Refusal::NotFound.into());
        }
        tx.commit().await
    }

    /// Forgets every file that was uploaded before; it crosses tenants.
    pub async fn forget_imports(&self, before: i64) -> Result<()> {
        let mut tx = self.db().begin().await?;
        tx.run("DELETE FROM imports WHERE created_at < $1", values![before]).await?;
        tx.commit().await
    }

    /// The lines of the file, as its columns are taken.
    async fn lines_of(&self, actor: &Actor, detail: &ImportDetail, done: &Done) -> Result<Vec<Draft>> {
        let mapping: Vec<String> = detail.columns.iter().map(|column| column.target.clone()).collect();
        if !mapping_flaws(&mapping).is_empty() {
            return Err(Refusal::from(NotImported::NotChecked).into());
        }
        let sql = "SELECT content FROM imports WHERE id = $1 AND version = $2";
        let found: Option<(String,)> = self.db().maybe(sql, values![&detail.id, detail.version]).await?;
        let (content,) = found.ok_or(Refusal::Conflict)?;
        let (presets, done) = (self.presets(actor).await?, done.clone());
        blocking(move || {
            let sheet = read(&content, |_| ())?;
            let draft = |(count, row): (usize, &crate::import_csv::Row)| {
                if count.is_multiple_of(STEP) {
                    done.store(u32::try_from(count).unwrap_or(u32::MAX), Ordering::Relaxed);
                }
                draft_of(row.line, row.fields.iter(), &mapping, &presets)
            };
            Ok::<_, model::import::Unreadable>(sheet.rows.iter().enumerate().map(draft).collect())
        })
        .await?
        .map_err(|unreadable| Refusal::from(unreadable).into())
    }

    /// What the file leaves open, as the form of one customer is filled in at first (DOMAIN A3).
    async fn presets(&self, actor: &Actor) -> Result<CustomerInput> {
        let MspSettings { language, report_zone, .. } = self.settings_of(actor.msp()).await?;
        let account_manager_email = actor.email().to_owned();
        Ok(CustomerInput { account_manager_email, language, report_zone, ..CustomerInput::default() })
    }

    /// What is there already, as far as the person may see it.
    async fn there(&self, actor: &Actor, drafts: &[Draft]) -> Result<There> {
        let mut values = Vec::new();
        let seen = actor.sees("msp_id", "id", &mut values);
        let sql = format!("SELECT name_sort, email_sort, internal_reference FROM customers WHERE {seen}");
        let known: Vec<(String, String, String)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let references = known.iter().filter(|(.., reference)| !reference.is_empty()).map(|(.., reference)| sort_key(reference));
        let references = references.collect();
        let groups: Vec<(String,)> =
            self.db().rows("SELECT name_sort FROM customer_groups WHERE msp_id = $1", values![actor.msp()]).await?;
        Ok(There {
            references,
            people: known.into_iter().map(|(name, email, _)| (name, email)).collect(),
            portals: self.taken_portals(drafts).await?,
            groups: groups.into_iter().map(|(name,)| name).collect(),
            room: self.room(actor).await?,
        })
    }

    /// Those portal names that some customer of this installation has: they are unique in all of it.
    async fn taken_portals(&self, drafts: &[Draft]) -> Result<HashSet<String>> {
        let wanted: Vec<&str> =
            drafts.iter().map(|draft| draft.input.portal_name.as_str()).filter(|name| !name.is_empty()).collect();
        let mut taken = HashSet::new();
        for part in wanted.chunks(ASKED_AT_ONCE) {
            let places: Vec<String> = (1..=part.len()).map(|place| format!("${place}")).collect();
            let sql = format!("SELECT portal_name FROM customers WHERE portal_name IN ({})", places.join(", "));
            let found: Vec<(String,)> =
                self.db().rows(AssertSqlSafe(sql), part.iter().map(|name| Value::from(*name)).collect()).await?;
            taken.extend(found.into_iter().map(|(name,)| name));
        }
        Ok(taken)
    }

    /// How many more customers the MSP has room for.
    async fn room(&self, actor: &Actor) -> Result<u32> {
        let sql = "SELECT customers_quota - customers_used - customers_held FROM msps WHERE id = $1";
        let (room,): (i64,) = self.db().one(sql, values![actor.msp()]).await?;
        Ok(number(room))
    }

    async fn require_room(&self, actor: &Actor, customers: usize) -> Result<()> {
        let (customers, room) = (u32::try_from(customers).unwrap_or(u32::MAX), self.room(actor).await?);
        if customers > room { Err(Refusal::from(NotImported::Quota { customers, room }).into()) } else { Ok(()) }
    }

    fn ready(&self, actor: &Actor, drafts: Vec<Draft>, now: i64) -> Vec<Ready> {
        let created_by = actor.title();
        let admins = u32::from(actor.role() == Some(Role::Admin));
        let ready = drafts.into_iter().map(|Draft { line, input, groups, .. }| {
            let id = CustomerId::from_u128(self.inner.ids.bits(now));
            let new = NewCustomer {
                id: &id,
                msp: actor.msp(),
                input: &input,
                state: State::Active,
                monitors: 0,
                admins,
                added_at: now,
                demo: false,
                created_by: &created_by,
            };
            let row = new.row();
            let changes = form_changes(&CustomerInput::default(), &input).with("state", "", State::Active.key()).with(
                "groups",
                "",
                &groups.join("; "),
            );
            Ready { line, id, name: input.display_name(), portal_name: input.portal_name, groups, row, changes }
        });
        ready.collect()
    }

    /// The transaction. Order of locks as everywhere: staff, the new customers, groups, the MSP's row.
    async fn write_import(
        &self,
        actor: &Actor,
        detail: &ImportDetail,
        mut ready: Vec<Ready>,
        now: i64,
        done: &Done,
    ) -> Result<u32> {
        let user = importer(actor)?;
        let count = u32::try_from(ready.len()).unwrap_or(u32::MAX);
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE imports SET stage = $3, customers = $4, content = '', summary = '', report = '', version = version + 1
            WHERE id = $1 AND version = $2 AND stage = $5";
        let values = values![&detail.id, detail.version, Stage::Imported.key(), count, Stage::Checked.key()];
        if tx.run(sql, values).await? == 0 {
            return Err(Refusal::Conflict.into());
        }
        // They count themselves among each customer's Admins.
        if Some(adder_in(&mut tx, actor, user).await?) != actor.role() {
            return Err(Refusal::Forbidden.into());
        }
        insert_customers(&mut tx, &mut ready, done).await?;
        let rows = ready.iter().map(|ready| [(&ready.id).into(), user.into(), now.into()]).collect();
        tx.bulk("INSERT INTO associations (customer_id, user_id, created_at) VALUES", "", rows).await?;
        let new_groups = self.insert_in_groups(&mut tx, actor, &ready, now).await?;
        let pack = give_packs(&mut tx, actor.msp(), "", ready.iter().map(|ready| (ready.id.clone(), now)).collect()).await?;
        ready.iter_mut().for_each(|ready| pack.note(&mut ready.changes));
        if let Err(error) = take_room(&mut tx, actor.msp(), Room::Customers, count).await {
            tx.rollback().await?;
            // Says by how many it is too much, where it is that.
            self.require_room(actor, ready.len()).await?;
            return Err(error);
        }
        let events = events_of(&mut ready, &new_groups, &detail.file_name);
        record_each(&mut tx, actor, now, events).await?;
        tx.commit().await?;
        Ok(count)
    }

    /// Puts the customers into their groups; those groups that are not there yet are made, and told.
    async fn insert_in_groups(&self, tx: &mut Tx, actor: &Actor, ready: &[Ready], now: i64) -> Result<Vec<String>> {
        let mut wanted: BTreeMap<String, &str> = BTreeMap::new();
        for name in ready.iter().flat_map(|ready| &ready.groups) {
            wanted.entry(sort_key(name)).or_insert(name);
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let rows = wanted.iter().map(|(key, name)| {
            let id = GroupId::from_u128(self.inner.ids.bits(now));
            [(&id).into(), actor.msp().into(), (*name).into(), key.into(), now.into(), now.into()]
        });
        let rows: Vec<[Value; 6]> = rows.collect();
        let head = "INSERT INTO customer_groups (id, msp_id, name, name_sort, created_at, modified_at) VALUES";
        let made: Vec<(String,)> = tx.bulk_returning(head, " ON CONFLICT DO NOTHING RETURNING name", rows).await?;
        // Somebody whose form shows a group now is told that there is more in it. This keeps it from being deleted meanwhile, too.
        let sql = "UPDATE customer_groups SET version = version + 1 WHERE msp_id = $1 AND name_sort IN (";
        let mut ids: HashMap<String, String> = HashMap::new();
        let keys: Vec<&String> = wanted.keys().collect();
        for part in keys.chunks(ASKED_AT_ONCE) {
            let mut values = values![actor.msp()];
            values.extend(part.iter().map(|key| Value::from(*key)));
            let places: Vec<String> = (2..=values.len()).map(|place| format!("${place}")).collect();
            let sql = format!("{sql}{}) RETURNING name_sort, id", places.join(", "));
            ids.extend(tx.rows::<(String, String)>(AssertSqlSafe(sql), values).await?);
        }
        let members = ready.iter().flat_map(|ready| {
            let ids = &ids;
            ready.groups.iter().filter_map(move |name| Some([ids.get(&sort_key(name))?.into(), (&ready.id).into()]))
        });
        let members: Vec<[Value; 2]> = members.collect();
        tx.bulk("INSERT INTO group_members (group_id, customer_id) VALUES", "", members).await?;
        Ok(made.into_iter().map(|(name,)| name).collect())
    }
}

/// Who may import, and only to whom a file is shown: a person who may add customers.
fn importer(actor: &Actor) -> Result<&UserId> {
    actor.require(Action::AddCustomer, Relation::None)?;
    Ok(actor.user().ok_or(Refusal::Forbidden)?)
}

/// Runs what would keep everybody else waiting.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::unreadable)
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::unreadable)
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::unreadable)
}

fn stage_of(key: &str) -> Result<Stage> {
    Stage::from_key(key).ok_or_else(|| Error::unreadable("an import is at no known stage"))
}

fn columns_of(sheet: &Sheet) -> Vec<Column> {
    let targets = targets_of(&sheet.header);
    let column = |(place, (name, target)): (usize, (&String, &str))| {
        let values = sheet.rows.iter().filter_map(|row| row.fields.get(place)).map(str::trim);
        let samples = values.filter(|value| !value.is_empty()).take(SAMPLES).map(|value| cut(value, SAMPLE_MOST)).collect();
        Column { name: cut(name, NAME_MOST), samples, target: target.to_owned() }
    };
    sheet.header.iter().zip(targets).enumerate().map(column).collect()
}

fn draft_of<'a>(line: u32, fields: impl Iterator<Item = &'a str>, mapping: &[String], presets: &CustomerInput) -> Draft {
    let mut input = CustomerInput::default();
    let mut groups = Vec::new();
    for (value, target) in fields.zip(mapping) {
        let value = unguarded(value.trim());
        if target == GROUPS {
            groups = groups_in(value);
        } else if let Some(field) = CustomerInput::FIELDS.iter().find(|field| field.name == target) {
            *(field.set)(&mut input) = one_line(target, value);
        }
    }
    for field in CustomerInput::FIELDS {
        let value = (field.set)(&mut input);
        if value.is_empty() {
            value.clone_from((field.get)(presets));
        }
    }
    let (input, mut errors) = accepted(input);
    if let Some(problem) = groups.iter().find_map(|name| Some(validate_name(name).err()?.remove(0).problem)) {
        errors.push(FieldError::new(GROUPS, problem));
    }
    Draft { line, input, groups, errors }
}

/// The form as it is stored, and what is wrong with it where: by the same rules as a customer that is added by hand.
fn accepted(input: CustomerInput) -> (CustomerInput, Vec<FieldError>) {
    match choices::accepted(&input, &CustomerInput::default()) {
        Ok(accepted) => (accepted, Vec::new()),
        Err(errors) => (input.trimmed(), errors),
    }
}

/// A cell may have several lines; a field of the form has one.
fn one_line(target: &str, value: &str) -> String {
    if !value.contains(['\r', '\n', '\t']) {
        return value.to_owned();
    }
    let between = if target == "industries" || target.starts_with("address") { ", " } else { " " };
    value.split(['\r', '\n', '\t']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

/// Each group once, however it is written.
fn groups_in(value: &str) -> Vec<String> {
    let mut keys = HashSet::new();
    let names = value.split(GROUP_SEPARATORS).map(str::trim).filter(|name| !name.is_empty());
    names.filter(|name| keys.insert(sort_key(name))).map(str::to_owned).collect()
}

/// What is there already.
struct There {
    /// Name and email as they are sorted by.
    people: HashSet<(String, String)>,
    references: HashSet<String>,
    portals: HashSet<String>,
    groups: HashSet<String>,
    room: u32,
}

fn report_of(drafts: &[Draft], there: &There) -> Vec<ReportLine> {
    let mut portals: HashSet<&str> = HashSet::new();
    let mut lines_of: HashMap<(String, String), u32> = HashMap::new();
    let mut report = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let name = draft.input.display_name();
        let mut errors = draft.errors.clone();
        let portal = draft.input.portal_name.as_str();
        if !portal.is_empty() && (there.portals.contains(portal) || !portals.insert(portal)) {
            errors.push(FieldError::new("portal_name", Problem::Taken));
        }
        let key = (sort_key(&name), sort_key(&draft.input.email));
        let mut doubts = Vec::new();
        if there.people.contains(&key) {
            doubts.push(Doubt::SameNameAndEmail);
        }
        if there.references.contains(&sort_key(&draft.input.internal_reference)) {
            doubts.push(Doubt::SameReference);
        }
        match lines_of.get(&key) {
            Some(line) => doubts.push(Doubt::LikeLine(*line)),
            None => {
                lines_of.insert(key, draft.line);
            }
        }
        report.push(ReportLine { line: draft.line, name: cut(&name, NAME_MOST), errors, doubts });
    }
    report
}

fn summary_of(drafts: &[Draft], lines: &[ReportLine], there: &There) -> Summary {
    let count =
        |those: fn(&ReportLine) -> bool| u32::try_from(lines.iter().filter(|line| those(line)).count()).unwrap_or(u32::MAX);
    let mut new: BTreeMap<String, &String> = BTreeMap::new();
    for name in drafts.iter().flat_map(|draft| &draft.groups) {
        let key = sort_key(name);
        if !there.groups.contains(&key) {
            new.entry(key).or_insert(name);
        }
    }
    Summary {
        good: count(|line| line.errors.is_empty()),
        wrong: count(|line| !line.errors.is_empty()),
        doubtful: count(ReportLine::is_doubtful),
        new_groups_count: u32::try_from(new.len()).unwrap_or(u32::MAX),
        new_groups: new.into_values().take(GROUPS_TOLD).map(|name| cut(name, NAME_MOST)).collect(),
        room: there.room,
    }
}

/// One for each group that was made and for each customer, and one for the whole.
fn events_of<'a>(ready: &'a mut [Ready], new_groups: &'a [String], file_name: &'a str) -> Vec<Event<'a>> {
    let changes: Vec<Changes> = ready.iter_mut().map(|ready| std::mem::take(&mut ready.changes)).collect();
    let count = changes.len().to_string();
    let mut events: Vec<Event<'_>> = Vec::with_capacity(changes.len() + new_groups.len() + 1);
    events.extend(new_groups.iter().map(|name| {
        let changes = Changes::default().with("name", "", name);
        Event { kind: "group.created", customer: None, subject: name, changes }
    }));
    events.extend(ready.iter().zip(changes).map(|(ready, changes)| Event {
        kind: "customer.created",
        customer: Some(&ready.id),
        subject: &ready.name,
        changes,
    }));
    let changes = Changes::default().with("customers", "", &count);
    events.push(Event { kind: "customers.imported", customer: None, subject: file_name, changes });
    events
}

/// Inserts them in the order of their portal names: two at once that want the same ones then wait for each other, never both.
async fn insert_customers(tx: &mut Tx, ready: &mut [Ready], done: &Done) -> Result<()> {
    let mut order: Vec<usize> = (0..ready.len()).collect();
    order.sort_by(|a, b| ready[*a].portal_name.cmp(&ready[*b].portal_name));
    let head = NewCustomer::insert_head();
    for part in order.chunks(STEP) {
        let rows: Vec<[Value; COLUMNS]> =
            part.iter().map(|at| std::mem::replace(&mut ready[*at].row, std::array::from_fn(|_| Value::Bool(false)))).collect();
        let inserted: Vec<(String,)> = tx.bulk_returning(&head, " ON CONFLICT DO NOTHING RETURNING id", rows).await?;
        if inserted.len() != part.len() {
            let inserted: HashSet<&str> = inserted.iter().map(|(id,)| id.as_str()).collect();
            let line = part.iter().map(|at| &ready[*at]).find(|ready| !inserted.contains(ready.id.to_string().as_str()));
            let line = line.map_or(0, |ready| ready.line);
            return Err(Refusal::from(NotImported::PortalNameTaken { line }).into());
        }
        done.fetch_add(u32::try_from(part.len()).unwrap_or_default(), Ordering::Relaxed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(fields: &[(&str, &str)]) -> Draft {
        let mapping: Vec<String> = fields.iter().map(|(target, _)| (*target).to_owned()).collect();
        let presets = CustomerInput { account_manager_email: "rita@msp.example".into(), ..CustomerInput::default() };
        draft_of(7, fields.iter().map(|(_, value)| *value), &mapping, &presets)
    }

    fn nothing() -> There {
        There {
            people: HashSet::new(),
            references: HashSet::new(),
            portals: HashSet::new(),
            groups: HashSet::from(["north".into()]),
            room: 3,
        }
    }

    #[test]
    fn a18_a_line_is_read_as_its_columns_are_taken() {
        let Draft { input, groups, errors, .. } = draft(&[
            ("company", " Ärzte Süd "),
            ("", "ignored"),
            ("email", "it@sued.example"),
            ("business_phone", "'+49 30 901820"),
            ("address1", "Kai 1\r\nHaus 2"),
            (GROUPS, "North; south |NORTH\n"),
        ]);
        assert_eq!(errors, []);
        assert_eq!((input.company.as_str(), input.business_phone.as_str()), ("Ärzte Süd", "+4930901820"));
        assert_eq!((input.address1.as_str(), input.account_manager_email.as_str()), ("Kai 1, Haus 2", "rita@msp.example"));
        assert_eq!(groups, ["North", "south"]);
    }

    #[test]
    fn a18_each_error_of_a_line_stands_at_its_field() {
        let long = "x".repeat(10_000);
        let draft = draft(&[("company", &long), ("email", "nobody"), ("account_manager_email", "x"), (GROUPS, &long)]);
        let at: Vec<&str> = draft.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(at, ["company", "email", "account_manager_email", GROUPS]);
        let report = report_of(&[draft], &nothing());
        assert_eq!(report[0].name.chars().count(), NAME_MOST + 1);
    }

    #[test]
    fn a18_what_looks_like_a_customer_who_is_there_is_told_and_no_error() {
        let line = |number: u32, name: &str, portal: &str| {
            let fields = [("company", name), ("email", "a@b.example"), ("internal_reference", "R1"), ("portal_name", portal)];
            Draft { line: number, ..draft(&fields) }
        };
        let drafts = [line(2, "Aster", ""), line(3, "ÁSTER", ""), line(4, "Birch", "harbor"), line(5, "Cedar", "harbor")];
        let there = There { people: HashSet::from([("birch".into(), "a@b.example".into())]), ..nothing() };
        let report = report_of(&drafts, &there);
        assert_eq!(report[1].doubts, [Doubt::LikeLine(2)]);
        assert_eq!(report[2].doubts, [Doubt::SameNameAndEmail]);
        assert_eq!(report[3].errors, [FieldError::new("portal_name", Problem::Taken)]);
        let summary = summary_of(&drafts, &report, &there);
        assert_eq!((summary.good, summary.wrong, summary.doubtful, summary.room), (3, 1, 2, 3));
        let there = There { references: HashSet::from(["r1".into()]), portals: HashSet::from(["harbor".into()]), ..nothing() };
        let report = report_of(&drafts, &there);
        assert!(report.iter().all(|line| line.doubts.contains(&Doubt::SameReference)));
        assert_eq!(report.iter().filter(|line| !line.errors.is_empty()).count(), 2);
    }

    #[test]
    fn a18_only_groups_that_are_not_there_are_new() {
        let drafts = [draft(&[(GROUPS, "North; West")]), draft(&[(GROUPS, "west|East")])];
        let summary = summary_of(&drafts, &[], &nothing());
        assert_eq!((summary.new_groups, summary.new_groups_count), (vec!["East".into(), "West".into()], 2));
    }
}
