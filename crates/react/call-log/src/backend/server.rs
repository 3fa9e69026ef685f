//! The log on a server that speaks PostgreSQL's protocol.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};

use super::{Cell, Odd, Row, Value, tls};
use crate::schema::{STEPS, for_server};
use crate::{LogError, ServerAccess};

/// How long connecting may take, and how long a dead connection goes unnoticed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Any fixed number: whoever brings the layout up to date holds this lock.
const LAYOUT_LOCK: i64 = 0x636c_626b;

/// A connection to a server.
pub(crate) struct Server {
    client: Client,
    place: String,
    /// Statements by our own text.
    prepared: HashMap<String, Statement>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("place", &self.place).finish_non_exhaustive()
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *ty == Type::INT4 => i32::try_from(number)?.to_sql(ty, out),
            Self::Int(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl Server {
    /// Connects, and brings the layout up to date.
    pub(crate) fn connect(server: &str, access: &ServerAccess<'_>) -> Result<Self, LogError> {
        let mut config: Config = server.parse().map_err(|e: postgres::Error| LogError::Open {
            place: "on a server".into(),
            source: Box::new(e),
        })?;
        config.connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE).keepalives_idle(PATIENCE);
        config.application_name("callblock");
        if let Some(password) = access.password {
            config.password(password);
        }
        let place = shown(&config);
        let client = match config.get_ssl_mode() {
            SslMode::Require => config.connect(tls::trusting(&place, access.ca)?),
            // Half of all servers show a certificate that nobody signed; who wants it checked says so.
            _ => config.connect(NoTls),
        };
        let client = client.map_err(|e| explain(&place, "connecting", e))?;
        let mut this = Self { client, place, prepared: HashMap::new() };
        // A text with a NUL cannot be stored there, and a site that hangs must not hold the others.
        this.batch("SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'")?;
        this.migrate()?;
        Ok(this)
    }

    fn migrate(&mut self) -> Result<(), LogError> {
        self.batch(&format!(
            "BEGIN; SELECT pg_advisory_xact_lock({LAYOUT_LOCK}); \
             CREATE TABLE IF NOT EXISTS callblock_layout (version BIGINT NOT NULL)"
        ))?;
        let done = self.steps();
        self.batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done
    }

    fn steps(&mut self) -> Result<(), LogError> {
        let mut found = 0;
        self.each("SELECT max(version) FROM callblock_layout", &[], &mut |mut row| {
            found = row.maybe_int()?.unwrap_or(0);
            Ok(())
        })?;
        // The number of steps is a handful.
        let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
        if found > known {
            return Err(LogError::Newer { place: self.place.clone(), found, known });
        }
        if found < known {
            for step in &STEPS[usize::try_from(found).unwrap_or(0)..] {
                self.batch(&for_server(step))?;
            }
            self.batch(&format!("INSERT INTO callblock_layout (version) VALUES ({known})"))?;
        }
        Ok(())
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), LogError> {
        self.client.batch_execute(sql).map_err(|e| explain(&self.place, "preparing it", e))
    }

    pub(crate) fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, LogError> {
        let statement = self.prepare(sql)?;
        self.client.execute(&statement, &parameters(values)).map_err(|e| explain(&self.place, "writing", e))
    }

    pub(crate) fn each(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        take: &mut dyn FnMut(Row) -> Result<(), Odd>,
    ) -> Result<(), LogError> {
        let statement = self.prepare(sql)?;
        let rows = self
            .client
            .query(&statement, &parameters(values))
            .map_err(|e| explain(&self.place, "reading", e))?;
        for row in rows {
            let cells = (0..row.len())
                .map(|i| cell(&row, i))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|e| explain(&self.place, "reading", e))?;
            take(Row::new(cells))
                .map_err(|Odd(what)| LogError::Unexpected { place: self.place.clone(), what })?;
        }
        Ok(())
    }

    /// Begins to hear what others tell on the channel. False if the server cannot tell.
    pub(crate) fn listen(&mut self, channel: &str) -> bool {
        self.client.batch_execute(&format!("LISTEN {channel}")).is_ok()
    }

    /// Waits until somebody tells something, at most so long. True if somebody did.
    pub(crate) fn heard(&mut self, at_most: Duration) -> Result<bool, LogError> {
        self.client
            .notifications()
            .timeout_iter(at_most)
            .next()
            .map(|told| told.is_some())
            .map_err(|e| explain(&self.place, "waiting for changes", e))
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, LogError> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self
            .client
            .prepare(&sql.replace('?', "$"))
            .map_err(|e| explain(&self.place, "preparing a statement", e))?;
        self.prepared.insert(sql.into(), statement.clone());
        Ok(statement)
    }
}

fn parameters<'v>(values: &'v [Value<'v>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|v| v as &(dyn ToSql + Sync)).collect()
}

fn cell(row: &postgres::Row, i: usize) -> Result<Cell, postgres::Error> {
    let ty = row.columns()[i].type_();
    Ok(if *ty == Type::BYTEA {
        row.try_get::<_, Option<Vec<u8>>>(i)?.map_or(Cell::Null, Cell::Blob)
    } else if *ty == Type::INT4 {
        row.try_get::<_, Option<i32>>(i)?.map_or(Cell::Null, |n| Cell::Int(n.into()))
    } else if *ty == Type::INT8 {
        row.try_get::<_, Option<i64>>(i)?.map_or(Cell::Null, Cell::Int)
    } else if *ty == Type::VOID {
        Cell::Null
    } else {
        row.try_get::<_, Option<String>>(i)?.map_or(Cell::Null, Cell::Text)
    })
}

/// The server as it may be shown: never with the password.
fn shown(config: &Config) -> String {
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            postgres::config::Host::Tcp(name) => name.clone(),
            postgres::config::Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    format!("{} on {}", config.get_dbname().unwrap_or("(default)"), hosts.join(","))
}

/// Says in the log's own words what the server complains of.
fn explain(place: &str, doing: &'static str, error: postgres::Error) -> LogError {
    let place = place.to_owned();
    let Some(code) = error.code().cloned() else {
        if let Some(what) = tls::distrust(&error) {
            return LogError::Certificate { place, what };
        }
        return if error.is_closed() || error.source().is_some_and(|s| s.is::<std::io::Error>()) {
            LogError::Unreachable { place, source: Box::new(error) }
        } else {
            LogError::Failed { place, doing, source: Box::new(error) }
        };
    };
    let source = Box::new(error);
    if code == SqlState::DISK_FULL {
        LogError::Full { place, source }
    } else if code == SqlState::READ_ONLY_SQL_TRANSACTION || code == SqlState::INSUFFICIENT_PRIVILEGE {
        LogError::ReadOnly { place, source }
    } else if [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::QUERY_CANCELED,
    ]
    .contains(&code)
    {
        LogError::Locked { place, source }
    } else if [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW]
        .contains(&code)
    {
        LogError::Unreachable { place, source }
    } else {
        LogError::Failed { place, doing, source }
    }
}
