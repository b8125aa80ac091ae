//! The tables of a dump whose rows are read, and what a row of each must be.

use std::borrow::Cow;

use crate::feed::DecodeError;
use crate::feed::text::text;

use super::batch_builder::BatchBuilder;
use super::copy_text;
use super::fields::{self, Fault};
use super::lines::{LONGEST, Line};
use super::location::{At, Location};
use super::price::Price;

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

    /// Only a region may have nothing around it.
    fn may_lack(self, column: &str) -> bool {
        matches!(self, Table::Regions) && column == "parent_slug"
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// What a field says; nothing if it is null.
type Text<'l> = Option<Cow<'l, [u8]>>;

/// A table's columns as a dump has them.
pub(super) struct Columns {
    table: Table,
    /// How many fields a row has.
    count: usize,
    /// Where in a row the columns are, in the order of [`Table::columns`].
    places: Vec<usize>,
}

impl Columns {
    /// Finds the columns of a table in the order of its rows; or tells what is wrong with them.
    pub(super) fn of(table: Table, columns: &[String]) -> Result<Self, String> {
        let name = table.name();
        if columns.is_empty() {
            return Err(format!("the COPY of {name} does not name its columns"));
        }
        if let Some(extra) = columns.iter().find(|column| !table.columns().contains(&column.as_str())) {
            let extra = extra.escape_debug();
            return Err(format!("the COPY of {name} has a column `{extra}`, which Landfall does not know"));
        }
        let place = |wanted: &&str| {
            columns
                .iter()
                .position(|column| column == wanted)
                .ok_or_else(|| format!("the COPY of {name} has no column {wanted}"))
        };
        let places = table.columns().iter().map(place).collect::<Result<_, _>>()?;
        Ok(Self { table, count: columns.len(), places })
    }

    /// Takes a row, or notes what is wrong with it.
    pub(super) fn take(&self, builder: &mut BatchBuilder, at: At, row: &Line<'_>) -> Result<(), DecodeError> {
        match self.read(row) {
            Ok(Row::Price(price)) => builder.price(at, Ok(price)),
            Ok(Row::Port(code, port)) => builder.port(at, code, port),
            Ok(Row::Region(slug, region)) => builder.region(at, slug, region),
            // Records are counted in each table anew, so what is wrong with one names the table.
            Err(faults) => faults.into_iter().try_for_each(|(field, reason)| {
                builder.reject(at, (field, format!("{reason} (in {})", self.table.name())))
            }),
        }
    }

    fn read(&self, row: &Line<'_>) -> Result<Row, Vec<Fault>> {
        let texts = self.texts(row)?;
        let bytes = |place: usize| texts[place].as_deref().unwrap_or_default();
        if let Table::Prices = self.table {
            return fields::price([bytes(0), bytes(1), bytes(2), bytes(3)]).map(Row::Price);
        }
        let is_port = matches!(self.table, Table::Ports);
        let key = match is_port {
            true => fields::code(bytes(0)).map(|code| code.to_string()),
            false => fields::slug(bytes(0)),
        };
        let name = text("name", bytes(1)).map(str::to_owned).map_err(|record_error| record_error.reason);
        let parent = texts[2].as_deref().map(fields::slug).transpose();
        match (key, name, parent) {
            (Ok(key), Ok(name), Ok(parent)) if is_port => Ok(Row::Port(key, Location { name, parent })),
            (Ok(key), Ok(name), Ok(parent)) => Ok(Row::Region(key, Location { name, parent })),
            (key, name, parent) => {
                let faults = self.table.columns().iter().zip([key.err(), name.err(), parent.err()]);
                Err(faults.filter_map(|(column, fault)| Some((Some(*column), fault?))).collect())
            }
        }
    }

    /// What the fields of a row say, in the order of [`Table::columns`].
    fn texts<'l>(&self, row: &Line<'l>) -> Result<Vec<Text<'l>>, Vec<Fault>> {
        if row.is_cut {
            return Err(vec![(None, format!("the row is longer than {LONGEST} bytes"))]);
        }
        let fields: Vec<&[u8]> = copy_text::fields(row.bytes).collect();
        if fields.len() != self.count {
            let reason = format!("the row has {} fields, its table {} columns", fields.len(), self.count);
            return Err(vec![(None, reason)]);
        }
        let texts: Vec<_> = self.places.iter().map(|place| copy_text::unescape(fields[*place])).collect();
        let nulls: Vec<Fault> = self
            .table
            .columns()
            .iter()
            .zip(&texts)
            .filter(|(column, text)| text.is_none() && !self.table.may_lack(column))
            .map(|(column, _)| (Some(*column), "the field is null".to_owned()))
            .collect();
        if nulls.is_empty() { Ok(texts) } else { Err(nulls) }
    }
}

/// What a row says.
enum Row {
    Port(String, Location),
    Region(String, Location),
    Price(Price),
}
