//! Customers: the list (DOMAIN A1, A2), adding and editing (A3, A6, A13), the life of an account (B1 to B5), and who is
//! associated with one (C5).

use model::{
    CustomerId, MspId, Problem, Refusal, UserId,
    customers::{
        CustomerDetail, CustomerInput, CustomerPage, CustomerQuery, CustomerRow, CustomerSort, OutageRow, PAGE_ROWS, check_text,
        filter::CustomerFilter,
    },
    drafts::{AccountEdit, Draft},
    health::Counts,
    lifecycle::{State, Step, Taker, WrongStep},
    msps::MspSettings,
    people::TieStep,
    roles::{Action, Relation},
    text::{fold, like_infix},
};
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Type};

use crate::{
    Actor, Error, Result, Store,
    db::{Tx, Value, row, values},
    events::{Changes, Event, record},
    monitors::Hold,
    msps::{Room, give_room_back, number, settings_in, take_room},
    outages::{OUTAGE, OUTAGES_JOINED, OutageStored, outage_row},
};

/// The longest reason of a termination, in characters.
const REASON_MOST: u32 = 500;

/// Folded texts are cut here for sorting, so that they fit into an index of either engine.
const SORT_CHARS: usize = 200;

/// The columns of a new row beside those of the form.
const OWN_COLUMNS: &str =
    "id, msp_id, search, name_sort, email_sort, state, name, monitors, admins, added_at, modified_at, demo, created_by";

/// How many columns a new row has.
pub(crate) const COLUMNS: usize = 13 + CustomerInput::FIELDS.len();

/// `text` as a `_sort` column keeps it.
pub(crate) fn sort_key(text: &str) -> String {
    fold(text).chars().take(SORT_CHARS).collect()
}

/// What a search looks in (DOMAIN A2). The line break keeps a match from spanning two of them.
fn search_text(id: &CustomerId, input: &CustomerInput) -> String {
    let contact = format!("{} {}", input.contact_first, input.contact_last);
    [fold(&input.display_name()), id.to_string(), fold(&contact), fold(&input.email)].join("\n")
}

/// A pattern that finds what a person typed; NUL, which PostgreSQL cannot hold, is never found.
pub(crate) fn search_pattern(query: &str) -> String {
    like_infix(&query.replace('\0', "\u{fffd}"))
}

/// A customer as it is first stored.
pub(crate) struct NewCustomer<'a> {
    pub(crate) id: &'a CustomerId,
    pub(crate) msp: &'a MspId,
    pub(crate) input: &'a CustomerInput,
    pub(crate) state: State,
    pub(crate) monitors: u32,
    pub(crate) admins: u32,
    pub(crate) added_at: i64,
    pub(crate) demo: bool,
    pub(crate) created_by: &'a str,
}

impl NewCustomer<'_> {
    /// `INSERT INTO customers (...) VALUES`.
    pub(crate) fn insert_head() -> String {
        let form: Vec<&str> = CustomerInput::FIELDS.iter().map(|field| field.name).collect();
        format!("INSERT INTO customers ({OWN_COLUMNS}, {}) VALUES", form.join(", "))
    }

    pub(crate) fn row(&self) -> [Value; COLUMNS] {
        let name = self.input.display_name();
        let own: [Value; 13] = [
            self.id.into(),
            self.msp.into(),
            search_text(self.id, self.input).into(),
            sort_key(&name).into(),
            sort_key(&self.input.email).into(),
            self.state.key().into(),
            name.into(),
            self.monitors.into(),
            self.admins.into(),
            self.added_at.into(),
            self.added_at.into(),
            self.demo.into(),
            self.created_by.into(),
        ];
        let mut all = own.into_iter().chain(CustomerInput::FIELDS.iter().map(|field| (field.get)(self.input).into()));
        std::array::from_fn(|_| all.next().unwrap_or(Value::Bool(false)))
    }
}

/// What is known of a customer before anything is done to it.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) id: CustomerId,
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) state_before: Option<State>,
    pub(crate) terminated_at: i64,
    pub(crate) monitors: u32,
    pub(crate) version: i64,
    pub(crate) associated: bool,
}

/// Name, state, state before, terminated at, monitors, version.
type HeadStored = (String, String, String, i64, i64, i64);

const HEAD: &str = "name, state, state_before, terminated_at, monitors, version";

impl Head {
    fn read(
        id: &CustomerId,
        (name, state, before, terminated_at, monitors, version): HeadStored,
        (associations, denials): (i64, i64),
    ) -> Result<Self> {
        // Whatever else they have: to whom it is denied, it does not exist (DOMAIN C7).
        if denials > 0 {
            return Err(Refusal::NotFound.into());
        }
        Ok(Self {
            id: id.clone(),
            name,
            state: state_of(&state)?,
            state_before: State::from_key(&before),
            terminated_at,
            monitors: number(monitors),
            version,
            associated: associations > 0,
        })
    }

    /// Whether `actor` may do `action` to this customer, which is one of the actor's own MSP.
    pub(crate) fn allow(&self, actor: &Actor, action: Action) -> Result<(), Refusal> {
        let relation = match actor.customer() {
            // To a customer user every other customer is as good as none.
            Some(own) if *own != self.id => return Err(Refusal::NotFound),
            Some(_) => Relation::Own,
            None if self.associated => Relation::Associated,
            None => Relation::Unassociated,
        };
        let reads_own = action == Action::OpenCustomer && actor.may(Action::ReadOwnPortal, relation);
        if reads_own || actor.may(action, relation) {
            return Ok(());
        }
        if relation == Relation::Unassociated && actor.may(action, Relation::Associated) {
            let may_associate = actor.may(Action::AssociateSelf, relation);
            return Err(Refusal::NotAssociated { customer: self.id.clone(), name: self.name.clone(), may_associate });
        }
        Err(Refusal::Forbidden)
    }

    /// An INACTIVE account is not changed (DOMAIN B2), nor is one that is PENDING (B4).
    pub(crate) const fn changeable(&self) -> Result<(), Refusal> {
        match self.state {
            State::Active | State::Free => Ok(()),
            State::Pending => Err(Refusal::Pending),
            State::Inactive => Err(Refusal::Inactive),
        }
    }
}

/// The last page of a list of so many rows, from 1.
pub(crate) fn last_page(matching: u32) -> u32 {
    matching.div_ceil(PAGE_ROWS).max(1)
}

pub(crate) fn state_of(key: &str) -> Result<State> {
    State::from_key(key).ok_or_else(|| Error::unreadable("a customer is in no known state"))
}

/// Whether the user is associated with the customer, and whether they are denied it: asked each time, so that what an actor was
/// when the request came does not matter here.
const TIES: &str = "SELECT (SELECT COUNT(*) FROM associations WHERE customer_id = $1 AND user_id = $2),
    (SELECT COUNT(*) FROM denials WHERE customer_id = $1 AND user_id = $2)";

/// The user's id, or a text that is nobody's.
pub(crate) fn user_key(actor: &Actor) -> String {
    actor.user().map(ToString::to_string).unwrap_or_default()
}

/// The customer, locked until the transaction ends, once `actor` may do `action` to it.
pub(crate) async fn lock_customer(tx: &mut Tx, actor: &Actor, action: Action, id: &CustomerId) -> Result<Head> {
    // A write that changes nothing locks the row on either engine.
    let sql = format!("UPDATE customers SET monitors = monitors WHERE id = $1 AND msp_id = $2 RETURNING {HEAD}");
    let Some(stored) = tx.maybe(AssertSqlSafe(sql), values![id, actor.msp()]).await? else {
        return Err(Refusal::NotFound.into());
    };
    let ties: (i64, i64) = tx.one(TIES, values![id, user_key(actor)]).await?;
    let head = Head::read(id, stored, ties)?;
    head.allow(actor, action)?;
    Ok(head)
}

impl Store {
    /// The customer, once `actor` may do `action` to it.
    pub(crate) async fn require_for_customer(&self, actor: &Actor, action: Action, id: &CustomerId) -> Result<Head> {
        let sql = format!("SELECT {HEAD} FROM customers WHERE id = $1 AND msp_id = $2");
        let Some(stored) = self.db().maybe(AssertSqlSafe(sql), values![id, actor.msp()]).await? else {
            return Err(Refusal::NotFound.into());
        };
        let ties: (i64, i64) = self.db().one(TIES, values![id, user_key(actor)]).await?;
        let head = Head::read(id, stored, ties)?;
        head.allow(actor, action)?;
        Ok(head)
    }

    /// One page of the MSP's customers. `counts` are the board's to fill. A page past the end is the last one.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`]; [`Refusal::Invalid`] at the filter's fields.
    pub async fn customers(&self, actor: &Actor, query: &CustomerQuery) -> Result<CustomerPage> {
        actor.require(Action::SeeAll, Relation::None)?;
        let mut page = self.customers_by_state(actor).await?;
        if query.is_narrowed() {
            return self.narrowed_customers(actor, query, page).await;
        }
        page.matching = match query.state {
            None => page.all,
            Some(State::Pending) => page.pending,
            Some(State::Active) => page.active,
            Some(State::Free) => page.free,
            Some(State::Inactive) => page.inactive,
        };
        page.page = query.page.clamp(1, last_page(page.matching));
        page.rows = self.customer_rows(actor, query, page.page).await?.1;
        Ok(page)
    }

    /// The page and how many match, found in one scan.
    async fn narrowed_customers(&self, actor: &Actor, query: &CustomerQuery, mut page: CustomerPage) -> Result<CustomerPage> {
        page.page = query.page.max(1);
        (page.matching, page.rows) = self.customer_rows(actor, query, page.page).await?;
        if page.rows.is_empty() && page.page > 1 {
            let (matching, _) = self.customer_rows(actor, query, 1).await?;
            page.page = last_page(matching);
            (page.matching, page.rows) = self.customer_rows(actor, query, page.page).await?;
        }
        Ok(page)
    }

    async fn customers_by_state(&self, actor: &Actor) -> Result<CustomerPage> {
        let mut values = Vec::new();
        let seen = actor.sees("msp_id", "id", &mut values);
        let sql = format!("SELECT state, COUNT(*) FROM customers WHERE {seen} GROUP BY state");
        let mut page = CustomerPage::default();
        for (state, count) in self.db().rows::<(String, i64)>(AssertSqlSafe(sql), values).await? {
            let count = number(count);
            page.all += count;
            match state_of(&state)? {
                State::Pending => page.pending = count,
                State::Active => page.active = count,
                State::Free => page.free = count,
                State::Inactive => page.inactive = count,
            }
        }
        Ok(page)
    }

    /// The rows of one page, and where the list is narrowed how many match over all pages (0 past the end).
    async fn customer_rows(&self, actor: &Actor, query: &CustomerQuery, page: u32) -> Result<(u32, Vec<CustomerRow>)> {
        let (condition, mut values) = self.list_condition(actor, query).await?;
        let column = sort_column(query.sort);
        let direction = if query.descending { "DESC" } else { "ASC" };
        values.extend(values![user_key(actor), PAGE_ROWS, i64::from(page - 1) * i64::from(PAGE_ROWS)]);
        let last = values.len();
        // Counting over all that match keeps SQLite from walking the sort's index and looking up every row to search in.
        let matching = if query.is_narrowed() { "COUNT(*) OVER ()" } else { "CAST(0 AS BIGINT)" };
        let sql = format!(
            "SELECT id, name, email, state, services, monitors, admins, added_at, modified_at,
                (SELECT COUNT(*) FROM associations WHERE customer_id = customers.id AND user_id = ${user}), matching
            FROM (SELECT id AS page_id, {matching} AS matching FROM customers WHERE {condition}
                ORDER BY {column} {direction}, id {direction} LIMIT ${limit} OFFSET ${last}) AS page
            JOIN customers ON customers.id = page_id ORDER BY {column} {direction}, id {direction}",
            user = last - 2,
            limit = last - 1,
        );
        let rows: Vec<ListStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let matching = rows.first().map_or(0, |row| number(row.10));
        Ok((matching, rows.into_iter().map(list_row).collect::<Result<_>>()?))
    }

    /// A customer's page. A customer user gets their own.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for another tenant's; [`Refusal::NotAssociated`] (DOMAIN C5).
    pub async fn customer(&self, actor: &Actor, id: &CustomerId) -> Result<CustomerDetail> {
        let head = self.require_for_customer(actor, Action::OpenCustomer, id).await?;
        let found: Option<DetailStored> =
            self.db().maybe("SELECT * FROM customers WHERE id = $1 AND msp_id = $2", values![id, actor.msp()]).await?;
        let row = found.ok_or(Refusal::NotFound)?;
        let (restorable_until, is_final) = self.restorable(actor.msp(), &head).await?;
        let asked = if head.state == State::Pending { self.asked(id).await? } else { None };
        Ok(CustomerDetail {
            restorable_until,
            is_final,
            asked,
            id: head.id,
            input: row.form.0,
            name: row.name,
            state: state_of(&row.state)?,
            state_before: State::from_key(&row.state_before),
            terminate_reason: row.terminate_reason,
            terminated_at: row.terminated_at,
            created_by: row.created_by,
            added_at: row.added_at,
            modified_at: row.modified_at,
            version: row.version,
            counts: Counts::default(),
            associated: head.associated,
            demo: row.demo,
        })
    }

    /// Adds a customer of this form alone, as [`Store::add_customer`] does.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::CustomerQuota`], [`Refusal::Forbidden`].
    pub async fn create_customer(&self, actor: &Actor, input: &CustomerInput) -> Result<CustomerId> {
        self.add_customer(actor, &Draft::of(input.clone()), None).await
    }

    /// Replaces the form alone, as [`Store::edit_account`] does.
    ///
    /// # Errors
    /// As there.
    pub async fn edit_customer(&self, actor: &Actor, id: &CustomerId, version: i64, input: &CustomerInput) -> Result<()> {
        let edit = AccountEdit { input: input.clone(), ..AccountEdit::default() };
        self.edit_account(actor, id, version, &edit, false).await.map(|_| ())
    }

    /// Upgrades, downgrades, terminates, restores or withdraws (DOMAIN B1): the state, its monitors, its room and its people's
    /// sessions, all or nothing. A reason is asked for where it terminates; `version` where the person saw one.
    ///
    /// # Errors
    /// [`Refusal::WrongStep`]; [`Refusal::Overtaken`] where another change came first; [`Refusal::Invalid`] at `reason`; the quotas
    /// where it restores; [`Refusal::Forbidden`], also for the steps of others; [`Refusal::NotFound`].
    pub async fn step_customer(
        &self,
        actor: &Actor,
        id: &CustomerId,
        step: Step,
        reason: &str,
        version: Option<i64>,
    ) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ChangeLifecycle, id).await?;
        if step.taker() != Taker::Admin {
            return Err(Refusal::Forbidden.into());
        }
        if version.is_some_and(|version| version != head.version) {
            return Err(overtaken(&mut tx, actor, &head).await?.into());
        }
        let Some(next) = step.from(head.state, head.state_before).map_err(Refusal::from)? else {
            return self.end_request(tx, actor, &head, step).await;
        };
        let settings = settings_in(&mut tx, actor.msp()).await?;
        if step == Step::Restore && now - head.terminated_at > settings.restore_ms() {
            return Err(Refusal::from(WrongStep { step, state: head.state }).into());
        }
        let reason = if step == Step::Terminate { accepted_reason(reason)? } else { "" };
        let (state_before, terminated_at) = if next == State::Inactive { (head.state.key(), now) } else { ("", 0) };
        let sql =
            "UPDATE customers SET state = $3, state_before = $4, terminate_reason = $5, terminated_at = $6, modified_at = $7,
                version = version + 1 WHERE id = $1 AND msp_id = $2";
        tx.run(sql, values![id, actor.msp(), next.key(), state_before, reason, terminated_at, now]).await?;
        tx.lock_statuses().await?;
        self.step_monitors(&mut tx, actor, &head, step, next, &settings).await?;
        step_room(&mut tx, actor.msp(), &head, step).await?;
        let changes = Changes::default().with("state", head.state.key(), next.key()).with("terminate_reason", "", reason);
        record(&mut tx, actor, now, Event { kind: kind_of(step), customer: Some(id), subject: &head.name, changes }).await?;
        tx.commit().await
    }

    /// What a step does to the customer's monitors (DOMAIN B2, B3, B5), the oldest first.
    async fn step_monitors(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        head: &Head,
        step: Step,
        next: State,
        settings: &MspSettings,
    ) -> Result<()> {
        let keeps = settings.free_monitors;
        let room = if next == State::Free { keeps as usize } else { usize::MAX };
        match step {
            Step::Terminate => {
                let standing = self.standing(tx, &head.id, Hold::Nobody).await?;
                self.suspend(tx, actor, &head.id, standing, Hold::Terminated, "The account was terminated.").await?;
                let sql = "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE customer_id = $1)";
                tx.run(sql, values![&head.id]).await?;
                self.close_invitations(tx, actor, &head.id).await
            }
            Step::Downgrade => {
                let mut standing = self.standing(tx, &head.id, Hold::Nobody).await?;
                let beyond = standing.split_off(standing.len().min(room));
                let rule = format!("The account was downgraded to Free, which keeps its {keeps} oldest monitors.");
                self.suspend(tx, actor, &head.id, beyond, Hold::Free, &rule).await
            }
            Step::Upgrade => {
                let standing = self.standing(tx, &head.id, Hold::Free).await?;
                self.resume(tx, actor, &head.id, standing, "The account was upgraded.").await
            }
            Step::Restore => {
                let mut standing = self.standing(tx, &head.id, Hold::Terminated).await?;
                let beyond = standing.split_off(standing.len().min(room));
                self.resume(tx, actor, &head.id, standing, "The account was restored.").await?;
                let rule = format!("The account was restored as Free, which keeps its {keeps} oldest monitors.");
                self.suspend(tx, actor, &head.id, beyond, Hold::Free, &rule).await
            }
            Step::Withdraw | Step::Approve | Step::Decline | Step::Expire | Step::Leave => Ok(()),
        }
    }

    /// Up to when the termination can be undone (DOMAIN B5), and whether that is over; 0 where nothing was terminated.
    pub(crate) async fn restorable(&self, msp: &MspId, head: &Head) -> Result<(i64, bool)> {
        if head.state != State::Inactive {
            return Ok((0, false));
        }
        let until = head.terminated_at + self.settings_of(msp).await?.restore_ms();
        Ok((until, self.now() > until))
    }

    /// Associates the person with a customer of their MSP, by their own click. Being so already is no error.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::AssociateSelf`]; [`Refusal::NotFound`].
    pub async fn associate_self(&self, actor: &Actor, id: &CustomerId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::AssociateSelf, id).await?;
        let user = actor.user().ok_or(Refusal::Forbidden)?;
        self.tie_in(tx, actor, &head, user, TieStep::Associate).await
    }

    /// The customer's outages: those that last, then the others, each the newest first.
    ///
    /// # Errors
    /// As [`Store::customer`].
    pub async fn outages_of_customer(&self, actor: &Actor, id: &CustomerId, limit: u32) -> Result<Vec<OutageRow>> {
        self.require_for_customer(actor, Action::OpenCustomer, id).await?;
        let now = self.now();
        let sql = format!(
            "SELECT {OUTAGE} FROM {OUTAGES_JOINED} WHERE o.customer_id = $1 AND o.msp_id = $2
            ORDER BY o.ended_at IS NOT NULL, o.started_at DESC, o.id DESC LIMIT $3"
        );
        let rows: Vec<OutageStored> = self.db().rows(AssertSqlSafe(sql), values![id, actor.msp(), limit]).await?;
        rows.into_iter().map(|row| outage_row(actor, now, row)).collect()
    }
}

/// Whether there was none yet.
pub(crate) async fn insert_association(tx: &mut Tx, customer: &CustomerId, user: &UserId, now: i64) -> Result<bool> {
    let sql = "INSERT INTO associations (customer_id, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING user_id";
    Ok(tx.maybe::<(String,)>(sql, values![customer, user, now]).await?.is_some())
}

/// INACTIVE customers and their monitors do not count against the MSP's quotas.
async fn step_room(tx: &mut Tx, msp: &MspId, head: &Head, step: Step) -> Result<()> {
    match step {
        Step::Terminate => {
            give_room_back(tx, msp, Room::Customers, 1).await?;
            give_room_back(tx, msp, Room::Monitors, head.monitors).await
        }
        Step::Restore => {
            take_room(tx, msp, Room::Customers, 1).await?;
            take_room(tx, msp, Room::Monitors, head.monitors).await
        }
        Step::Downgrade | Step::Upgrade | Step::Withdraw | Step::Approve | Step::Decline | Step::Expire | Step::Leave => Ok(()),
    }
}

/// What the audit trail calls a step.
pub(crate) const fn kind_of(step: Step) -> &'static str {
    match step {
        Step::Downgrade => "customer.downgraded",
        Step::Upgrade => "customer.upgraded",
        Step::Terminate => "customer.terminated",
        Step::Restore => "customer.restored",
        Step::Withdraw => "approval.withdrawn",
        Step::Approve => "approval.approved",
        Step::Decline => "approval.declined",
        Step::Expire => "approval.expired",
        Step::Leave => "account.left",
    }
}

/// Who changed the account last, and what it is now.
async fn overtaken(tx: &mut Tx, actor: &Actor, head: &Head) -> Result<Refusal> {
    let sql =
        "SELECT actor FROM events WHERE msp_id = $1 AND customer_id = $2 AND (kind LIKE 'customer.%' OR kind LIKE 'approval.%')
        ORDER BY seq DESC LIMIT 1";
    let by: Option<(String,)> = tx.maybe(sql, values![actor.msp(), &head.id]).await?;
    Ok(Refusal::Overtaken { state: head.state, by: by.map(|(by,)| by).unwrap_or_default() })
}

fn accepted_reason(reason: &str) -> Result<&str, Refusal> {
    let mut errors = Vec::new();
    // A reason may have several lines; each is held to the same.
    check_text(&mut errors, "reason", &reason.replace(['\r', '\n', '\t'], " "), true, REASON_MOST);
    if errors.is_empty() { Ok(reason.trim()) } else { Err(Refusal::Invalid(errors)) }
}

pub(crate) async fn update_form(tx: &mut Tx, msp: &MspId, id: &CustomerId, input: &CustomerInput, now: i64) -> Result<()> {
    let name = input.display_name();
    let mut values = values![id, msp, search_text(id, input), sort_key(&name), sort_key(&input.email), name, now];
    let mut sql = String::from(
        "UPDATE customers SET search = $3, name_sort = $4, email_sort = $5, name = $6, modified_at = $7, version = version + 1",
    );
    for field in CustomerInput::FIELDS {
        values.push((field.get)(input).into());
        sql.push_str(&format!(", {} = ${}", field.name, values.len()));
    }
    sql.push_str(" WHERE id = $1 AND msp_id = $2");
    match tx.run(AssertSqlSafe(sql), values).await {
        // The portal's name is the only thing in this row that must be unique.
        Err(Error::Broken(sqlx::Error::Database(error))) if error.is_unique_violation() => {
            Err(Refusal::field("portal_name", Problem::Taken).into())
        }
        other => other.map(|_| ()),
    }
}

pub(crate) fn form_changes(before: &CustomerInput, after: &CustomerInput) -> Changes {
    let mut changes = Changes::default();
    for field in CustomerInput::FIELDS {
        changes.note(field.name, (field.get)(before), (field.get)(after));
    }
    changes
}

pub(crate) const fn sort_column(sort: CustomerSort) -> &'static str {
    match sort {
        CustomerSort::Name => "name_sort",
        CustomerSort::Email => "email_sort",
        CustomerSort::State => "state",
        CustomerSort::Services => "services",
        CustomerSort::Monitors => "monitors",
        CustomerSort::Admins => "admins",
        CustomerSort::Added => "added_at",
        CustomerSort::Modified => "modified_at",
    }
}

impl Store {
    /// The list's `WHERE`, and its values.
    pub(crate) async fn list_condition(&self, actor: &Actor, query: &CustomerQuery) -> Result<(String, Vec<Value>)> {
        let filter = query.filter.accept().map_err(Refusal::Invalid)?;
        let [added, modified] = self.instants(actor, [filter.added, filter.modified]).await?;
        let mut values = Vec::new();
        let mut condition = actor.sees("msp_id", "id", &mut values);
        if let Some(state) = query.state {
            values.push(state.key().into());
            condition.push_str(&format!(" AND state = ${}", values.len()));
        }
        if !query.search.trim().is_empty() {
            values.push(search_pattern(&query.search).into());
            condition.push_str(&format!(" AND search LIKE ${} ESCAPE '\\'", values.len()));
        }
        narrow(&filter, added, modified, &mut condition, &mut values);
        Ok((condition, values))
    }
}

/// What the filters leave: bounds of columns that `customers_search` holds. Added and modified from an instant on, and before one.
fn narrow(
    filter: &CustomerFilter,
    added: (Option<i64>, Option<i64>),
    modified: (Option<i64>, Option<i64>),
    condition: &mut String,
    values: &mut Vec<Value>,
) {
    if !filter.name.is_empty() {
        values.push(search_pattern(&filter.name).into());
        condition.push_str(&format!(" AND name_sort LIKE ${} ESCAPE '\\'", values.len()));
    }
    // The sign keeps SQLite from looking up, by an index of that column alone, each row that the range holds.
    let bounds = [
        ("+monitors >=", filter.devices.0.map(i64::from)),
        ("+monitors <=", filter.devices.1.map(i64::from)),
        ("+added_at >=", added.0),
        ("+added_at <", added.1),
        ("+modified_at >=", modified.0),
        ("+modified_at <", modified.1),
    ];
    for (bound, value) in bounds {
        if let Some(value) = value {
            values.push(value.into());
            condition.push_str(&format!(" AND {bound} ${}", values.len()));
        }
    }
}

/// Id, name, email, state, services, monitors, admins, added, modified, whether associated, how many match.
type ListStored = (String, String, String, String, i64, i64, i64, i64, i64, i64, i64);

fn list_row(row: ListStored) -> Result<CustomerRow> {
    let (id, name, email, state, services, monitors, admins, added_at, modified_at, associated, _) = row;
    Ok(CustomerRow {
        id: id.parse().map_err(Error::unreadable)?,
        name,
        email,
        state: state_of(&state)?,
        services: number(services),
        monitors: number(monitors),
        admins: number(admins),
        added_at,
        modified_at,
        counts: Counts::default(),
        associated: associated > 0,
    })
}

row! {
    struct DetailStored {
        ..form: Form,
        name: String,
        state: String,
        state_before: String,
        terminate_reason: String,
        terminated_at: i64,
        created_by: String,
        added_at: i64,
        modified_at: i64,
        version: i64,
        demo: bool,
    }
}

/// The columns of the form, each under its field's name.
pub(crate) struct Form(pub(crate) CustomerInput);

impl<'r, R> FromRow<'r, R> for Form
where
    R: sqlx::Row,
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let mut input = CustomerInput::default();
        for field in CustomerInput::FIELDS {
            *(field.set)(&mut input) = row.try_get(field.name)?;
        }
        Ok(Self(input))
    }
}
