//! The tables of a dump whose rows are read, and what a row of each must be.

use std::borrow::Cow;

use crate::feed::DecodeError;
use crate::feed::text::text;

use super::batch_builder::BatchBuilder;
use super::copy_text;
use super::fields::{self, FieldError};
use super::location::{At, Location};
use super::price::Price;
use crate::feed::lines::{Line, MAX_LINE_BYTES};

/// A table whose rows are read.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Ports,
    Regions,
    Prices,
}

impl Table {
    const ALL: [Table; 3] = [Table::Ports, Table::Regions, Table::Prices];

    pub(super) fn name(self) -> &'static str {
        match self {
            Table::Ports => "ports",
            Table::Regions => "regions",
            Table::Prices => "prices",
        }
    }

    fn columns(self) -> &'static [&'static str] {
        match self {
            Table::Ports => &["code", "name", "parent_slug"],
            Table::Regions => &["slug", "name", "parent_slug"],
            Table::Prices => &fields::FIELDS,
        }
    }

    /// Only a region may be outside of every region.
    fn may_be_null(self, column: &str) -> bool {
        matches!(self, Table::Regions) && column == "parent_slug"
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// The value of a field; nothing if it is null.
type Text<'l> = Option<Cow<'l, [u8]>>;

/// A table's columns as a dump has them.
pub(super) struct Columns {
    table: Table,
    /// How many fields a row has.
    count: usize,
    /// Positions of the columns in a row, in the order of [`Table::columns`].
    positions: Vec<usize>,
}

impl Columns {
    /// Finds the columns of a table in the order of its rows; or returns what is wrong with them.
    pub(super) fn of(table: Table, columns: &[String]) -> Result<Self, String> {
        let name = table.name();
        if columns.is_empty() {
            return Err(format!("the COPY of {name} does not name its columns"));
        }
        if let Some(extra) = columns.iter().find(|column| !table.columns().contains(&column.as_str())) {
            let extra = extra.escape_debug();
            return Err(format!(
                "the COPY of {name} has a column `{extra}`, which Landfall does not support"
            ));
        }
        let position = |wanted: &&str| {
            columns
                .iter()
                .position(|column| column == wanted)
                .ok_or_else(|| format!("the COPY of {name} has no column {wanted}"))
        };
        let positions = table.columns().iter().map(position).collect::<Result<_, _>>()?;
        Ok(Self { table, count: columns.len(), positions })
    }

    /// Adds a row or its errors to a batch.
    pub(super) fn take(&self, builder: &mut BatchBuilder, at: At, row: &Line<'_>) -> Result<(), DecodeError> {
        match self.read(row) {
            Ok(TableRow::Price(price)) => builder.price(at, Ok(price)),
            Ok(TableRow::Port(code, port)) => builder.port(at, code, port),
            Ok(TableRow::Region(slug, region)) => builder.region(at, slug, region),
            // Records are counted by table, so an error names the table.
            Err(errors) => errors.into_iter().try_for_each(|(field, reason)| {
                builder.reject(at, (field, format!("{reason} (in {})", self.table.name())))
            }),
        }
    }

    fn read(&self, row: &Line<'_>) -> Result<TableRow, Vec<FieldError>> {
        let texts = self.texts(row)?;
        let bytes = |index: usize| texts[index].as_deref().unwrap_or_default();
        if let Table::Prices = self.table {
            return fields::price([bytes(0), bytes(1), bytes(2), bytes(3)]).map(TableRow::Price);
        }
        let is_port = matches!(self.table, Table::Ports);
        let key = match is_port {
            true => fields::code(bytes(0)).map(|code| code.to_string()),
            false => fields::slug(bytes(0)),
        };
        let name = text("name", bytes(1)).map(str::to_owned).map_err(|record_error| record_error.reason);
        let parent = texts[2].as_deref().map(fields::slug).transpose();
        match (key, name, parent) {
            (Ok(key), Ok(name), Ok(parent)) if is_port => Ok(TableRow::Port(key, Location { name, parent })),
            (Ok(key), Ok(name), Ok(parent)) => Ok(TableRow::Region(key, Location { name, parent })),
            (key, name, parent) => {
                let errors = self.table.columns().iter().zip([key.err(), name.err(), parent.err()]);
                Err(errors.filter_map(|(column, error)| Some((Some(*column), error?))).collect())
            }
        }
    }

    /// The values of a row, in the order of [`Table::columns`].
    fn texts<'l>(&self, row: &Line<'l>) -> Result<Vec<Text<'l>>, Vec<FieldError>> {
        if row.is_cut {
            return Err(vec![(None, format!("the row is longer than {MAX_LINE_BYTES} bytes"))]);
        }
        let fields: Vec<&[u8]> = copy_text::fields(row.bytes).collect();
        if fields.len() != self.count {
            let reason = format!("the row has {} fields, its table {} columns", fields.len(), self.count);
            return Err(vec![(None, reason)]);
        }
        let texts: Vec<_> =
            self.positions.iter().map(|position| copy_text::unescape(fields[*position])).collect();
        let nulls: Vec<FieldError> = self
            .table
            .columns()
            .iter()
            .zip(&texts)
            .filter(|(column, text)| text.is_none() && !self.table.may_be_null(column))
            .map(|(column, _)| (Some(*column), "the field is null".to_owned()))
            .collect();
        if nulls.is_empty() { Ok(texts) } else { Err(nulls) }
    }
}

/// A decoded row.
enum TableRow {
    Port(String, Location),
    Region(String, Location),
    Price(Price),
}
